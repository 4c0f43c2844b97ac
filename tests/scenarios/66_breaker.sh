#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The breaker page: clients of several processes ask it before they try; failures of all of them open
# it once, probes are rationed, and it works through a restart of the daemon and without one.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_daemon --catalog "$scenarios/catalogs/processes.json"
page=${socket%.sock}.breakers
[[ $(stat -c %a "$page") == 444 ]] || fail "the page has mode $(stat -c %a "$page")"
inode=$(stat -c %i "$page")

# At rest its timers fire together, four times a second, and those of breakers not at all. History's comes 5 ms after
# the full second.
waits() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$daemon_pid/status"; }
scrape >/dev/null
before=$(waits)
sleep 2
((waited = $(waits) - before, waited <= 24)) || fail "a daemon at rest woke $waited times in two seconds"

# start_probe NAME: a client process with a breaker of its own; ask NAME and report NAME OUTCOME talk to it.
declare -A probe_in=() probe_out=()
start_probe() {
  local in out
  mkfifo "$work/$1.to" "$work/$1.from"
  "$(program statgate-probe)" "$socket" imgsrv_background_job job:publish <"$work/$1.to" >"$work/$1.from" 2>>"$work/probes.log" &
  helpers+=("$!")
  exec {in}>"$work/$1.to" {out}<"$work/$1.from"
  probe_in[$1]=$in
  probe_out[$1]=$out
}
say_to() {
  echo "$2" >&"${probe_in[$1]}"
  read -r -t 10 answer <&"${probe_out[$1]}" || fail "probe $1 does not answer"
}
ask() {
  say_to "$1" '?'
}
says() {
  ask "$1"
  [[ $answer == "$2" ]]
}
opened='imgsrv_background_job_circuit_open_total{job="publish"}'

start_probe a
start_probe b
start_probe c
for probe in a b c; do
  says $probe yes || fail "closed, but $probe may not"
done
# Three failures, one from each process, open it: once.
for probe in a b c; do
  say_to $probe error
done
expect_metric "$opened" 1
# Whose attempts led there, and which of them it was.
publish='.breakers[] | select(.labels.job == "publish")'
expect_json /debug/breakers "$publish | [.opened_by.comm, (.attempts | length), ([.attempts[].pid] | unique | length)] | tojson" \
  '["statgate-probe",3,3]'
expect_json /debug/breakers "$publish | .opened_by.pid == .attempts[-1].pid and .opened_by.at == .attempts[-1].at" true
for probe in a b c; do
  wait_for says $probe no || fail "open, but $probe may"
done
# Half-open after two seconds: one attempt at a time for the host, until a success closes it.
fifo=${socket%.sock}.probes
expect_eq "the FIFO's mode" "$(stat -c '%F %a' "$fifo")" "fifo $(stat -c %a "$socket" | tr 2 6)"
wait_for says a yes || fail "half-open, but a may not try"
says b no || fail "a probes, and b may too"
says a no || fail "a probes, and may twice"
say_to a '!'
wait_for says c yes || fail "a gave its attempt up, but c may not try"
says b no || fail "c probes, and b may too"
say_to c =worked
expect_metric 'imgsrv_background_job_circuit_state{job="publish",state="closed"}' 1
says c yes || fail "closed again, but c may not"
says c yes || fail "closed again, but c may only once"
expect_metric "$opened" 1

# ---- a restart: nobody is stopped by a daemon that is away; the same page serves the next one ----
for probe in a b c; do
  say_to $probe error
done
wait_for says a no || fail "open, but a may"
old=$socket
stop_daemon
wait_for says a yes || fail "without a daemon a is stopped"
free_port
url=http://127.0.0.1:$port
launch_daemon --socket "$old" --metrics-listen "127.0.0.1:$port" --catalog "$scenarios/catalogs/processes.json"
wait_for is_ready || fail "statgated was not ready again"
expect_eq "the page's inode after a restart" "$(stat -c %i "$page")" "$inode"
says a yes || fail "a fresh breaker is closed, but a may not"
say_to b error
say_to b error
say_to c error
expect_metric "$opened" 1
wait_for says a no || fail "open after the restart, but a may"

# ---- killed: the beat stops, and after a few seconds everything is allowed ----
kill_daemon
wait_for says a yes || fail "a dead daemon's breaker still stops a"
launch_daemon --socket "$old" --metrics-listen "127.0.0.1:$port" --catalog "$scenarios/catalogs/processes.json"
wait_for is_ready || fail "statgated was not ready after it was killed"

# ---- a page that somebody cut has its length again at once, and its readers go on ----
inode=$(stat -c %i "$page")
has_length() { [[ $(stat -c %s "$page") == 69632 ]]; }
truncate -s 100 "$page"
wait_for has_length || fail "a page that was cut stays so"
expect_eq "the page's inode after it was cut" "$(stat -c %i "$page")" "$inode"
for probe in a b c; do
  say_to $probe error
done
expect_metric "$opened" 1
wait_for says b no || fail "the page that was cut is not read"

# ---- a page that somebody removed comes back, and is found ----
rm "$page"
page_is_back() { [[ -e $page ]]; }
wait_for page_is_back || fail "a removed page stays away"
for probe in a b c; do
  say_to $probe error
done
expect_metric "$opened" 1
wait_for says b no || fail "the page that came back is not found"
# ---- a person decides: it outlives a reload and kill -9, ends at its time, and is not for everybody ----
"$statgate" breakers --socket "$socket" --force closed imgsrv_background_job job=publish >"$work/out" 2>&1 || fail "not forced: $(<"$work/out")"
expect_eq "the answer" "$(<"$work/out")" "1 breaker of imgsrv_background_job (job=publish) is closed"
wait_for says a yes || fail "forced closed, but a may not"
"$statgate" breakers --socket "$socket" --force open imgsrv_background_job job=publish --for 4s --why "it is down" >"$work/out" 2>&1 ||
  fail "not forced: $(<"$work/out")"
forced_at=$SECONDS
wait_for says a no || fail "forced open, but a may"
for probe in a b c; do
  say_to $probe worked
done
begin_reload "$daemon_pid"
end_reload taken
expect_json /debug/breakers "$publish | [.state, .forced.uid, .forced.why] | tojson" "[\"open\",$(id -u),\"it is down\"]"
kill -KILL "$(daemon_of "$daemon_pid")"
wait_for is_ready || fail "statgated was not ready after its daemon was killed"
expect_json /debug/breakers "$publish | .forced.until > .forced.at" true
says a no || fail "forced open before the crash, but a may"
status=0
"$statgate" breakers --socket "$socket" --ask imgsrv_background_job job=publish >"$work/out" || status=$?
expect_eq "asked" "$status $(<"$work/out")" "1 no"
expect_json /debug/breakers "$publish | .forced" null
((SECONDS - forced_at >= 3)) || fail "a decision for 4 s ended after $((SECONDS - forced_at))"
wait_for says b yes || fail "half-open, but b may not try"
say_to b =worked
expect_json /debug/breakers "$publish | .state" closed
expect_contains "events" "$("$statgate" events --daemon "127.0.0.1:$port")" "user $(id -u) decided: 1 breaker of imgsrv_background_job (job=publish) is open for 4 s: it is down"
if ((EUID == 0)); then
  chmod 755 "$work"
  ! setpriv --reuid 65534 --regid 65534 --clear-groups "$statgate" breakers --socket "$socket" --force open imgsrv_background_job \
    >"$work/out" 2>&1 || fail "another user decides"
  expect_contains "refused" "$(<"$work/out")" "permission denied"
fi
[[ ! -s $work/probes.log ]] || fail "a probe complained: $(<"$work/probes.log")"
stop_daemon
