#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values outlive a stop by way of a file: under load, in another boot, and whatever is at its place.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

stops=10
[[ -z $long ]] || stops=100

catalogs=(--created=on --catalog "$scenarios/catalogs/basic.json" --catalog "$scenarios/catalogs/owners.json")
mkdir "$work/state"
state=$work/state/file

alone=(--no-supervisor)

# start_again [ARGUMENT...]: a daemon at the same socket and port.
start_again() {
  launch_daemon "${alone[@]}" "${catalogs[@]}" --socket "$socket" --metrics-listen "127.0.0.1:$port" --state-file "$state" "$@"
  wait_for is_ready || fail "statgated was not ready"
}
# starts_empty WORDS: a start that does not use the file, and says so.
starts_empty() {
  start_again
  expect_contains "the log" "$(<"$log")" "$1"
  expect_metric shop_visits_total 0
  expect_metric 'statgate_restarts_total{cause="state_file"}' 0
}
created_of() { scrape_openmetrics | grep "^shop_visits_created "; }

# ---- stops and starts while processes send ----

start_daemon "${alone[@]}" "${catalogs[@]}" --state-file "$state"
expect_contains "how far values get" "$(grep -F '[keep]' "$log")" "values survive a stop, in the state file, but no crash"
start_sender stays goes
send_as stays 'executor_inflight:3|g' 'workers_cpu_seconds_total:0.25|g'
send_as goes 'executor_inflight:4|g' 'workers_cpu_seconds_total:0.5|g'
expect_metric executor_inflight 7
send 'shop_visits_total:5|c'
expect_metric shop_visits_total 5
created=$(created_of)
"$root/tests/support/gap_senders.py" "$socket" 4 >"$work/sent" 2>"$work/gap.log" </dev/null &
senders=$!
helpers+=("$senders")
last=5
for ((stop = 1; stop <= stops; stop++)); do
  is_above() { (($(metric shop_visits_total) > last)); }
  wait_for is_above || fail "nothing is counted after stop $((stop - 1))"
  last=$(metric shop_visits_total)
  stop_daemon
  [[ -s $state && $(stat -c %a "$state") == 600 ]] || fail "stop $stop left no file"
  ((stop > 1)) || kill_sender goes
  start_again
  [[ ! -e $state ]] || fail "the file is there while a daemon runs"
  now=$(metric shop_visits_total)
  ((now >= last)) || fail "shop_visits_total fell from $last to $now with stop $stop"
done
kill -TERM "$senders"
wait_for test -s "$work/sent" || fail "the senders do not end"
sent=$(<"$work/sent")
expect_metric shop_visits_total $((sent + 5))
expect_metric 'shop_orders_total{outcome="ok"}' $((2 * sent))
expect_eq "shop_visits_created" "$(created_of)" "$created"
expect_metric executor_inflight 3
expect_metric workers_cpu_seconds_total 0.75
expect_metric 'statgate_restarts_total{cause="state_file"}' "$stops"
expect_metric 'statgate_restarts_total{cause="crash"}' 0
expect_metric statgate_handover_pause_seconds_count "$stops"
expect_sums
expect_json /debug/ingress .restore.cause state_file
say "$stops stops: $((3 * sent)) samples delivered and counted"

# ---- another boot ----

stop_daemon
if ((EUID == 0)) && unshare --mount true 2>/dev/null; then
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
  # shellcheck disable=SC2016
  launcher=(unshare --mount bash -c 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' "$work/boot_id")
  start_again
  launcher=()
  expect_metric executor_inflight absent
  expect_metric 'statgate_restarts_total{cause="state_file"}' $((stops + 1))
  send_as stays 'executor_inflight:6|g' 'workers_cpu_seconds_total:0.3|g'
  expect_metric executor_inflight 6
  expect_metric workers_cpu_seconds_total 1.05
else
  start_again
fi
expect_metric shop_visits_total $((sent + 5))
expect_eq "shop_visits_created" "$(created_of)" "$created"
expect_sums

# ---- a start that does not come about leaves the file to the next one ----

stop_daemon
other_port=$port
free_port
launch_daemon "${catalogs[@]}" --socket "$work/no/where" --metrics-listen '' --state-file "$state"
wait_for is_gone "$daemon_pid" || fail "the daemon runs without a folder for its socket"
wait "$daemon_pid" && fail "a daemon that cannot start ended with 0"
[[ -s $state ]] || fail "the start that did not come about took the file with it"
port=$other_port
start_again
expect_metric shop_visits_total $((sent + 5))

# ---- two daemons with one file ----

first_pid=$daemon_pid first_socket=$socket first_port=$port first_url=$url
start_daemon "${catalogs[@]}" --state-file "$state"
expect_contains "the log" "$(<"$log")" "another daemon uses it"
expect_metric shop_visits_total 0
stop_daemon
[[ ! -e $state ]] || fail "a second daemon wrote the first one's file"
daemon_pid=$first_pid socket=$first_socket port=$first_port url=$first_url

# ---- a folder that is made again ----

rm -r "$work/state"
mkdir "$work/state"
stop_daemon
[[ -s $state ]] || fail "nothing was written into the new folder"
start_again
expect_metric shop_visits_total $((sent + 5))

# ---- what is in its place ----

stop_daemon
cp "$state" "$work/copy"
mv "$state" "$work/elsewhere"
ln -s "$work/elsewhere" "$state"
starts_empty 'it is a link, and no link is followed; it is kept aside as'
[[ -L $state.bad && -s $work/elsewhere ]] || fail "the link was not kept aside"
stop_daemon

chmod 666 "$state"
starts_empty 'mode 0666 lets others write to it; it is kept aside as'
[[ -s $state.bad ]] || fail "the file was not kept aside"
stop_daemon

truncate -s 100000 "$state"
starts_empty 'not a statgate state file, or truncated; it is kept aside as'
stop_daemon

# The front as it should be, and nothing behind it: the daemon's reader finds no tables.
dd if=/dev/urandom of="$state" bs=4096 seek=1 count=40 conv=notrunc status=none
start_again
expect_metric 'statgate_restarts_total{cause="crash"}' 0
stop_daemon

# A folder in which nothing can be written, and a disk without room.
if ((EUID == 0)) && unshare --mount true 2>/dev/null; then
  mkdir "$work/small"
  cat >"$work/in_small" <<'SMALL'
mount -t tmpfs -o size=200k tmpfs "$1" || exit 99
shift
exec "$@"
SMALL
  state=$work/small/file
  launcher=(unshare --mount bash "$work/in_small" "$work/small")
  start_again
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total 1
  expect_contains "problems" "$(json /debug/status '.problems[] | select(.kind == "state_file").text')" \
    "a stop would lose the values: state file $state: it needs "
  expect_contains "and why" "$(json /debug/status '.problems[] | select(.kind == "state_file").text')" ': No space left on device'
  stop_daemon
  launcher=()
  expect_contains "the log" "$(<"$log")" "values end with this daemon: state file $state: it cannot be written: No space left on device"
  state=/proc/file
  start_again
  expect_contains "the log" "$(<"$log")" "nothing can be written beside it"
  expect_contains "problems" "$(json /debug/status '.problems[] | select(.kind == "state_file").text')" 'nothing can be written beside it'
  stop_daemon
fi

# ---- killed while it stops, or starts ----

# millis MOST: sleeps for so many milliseconds or fewer.
millis() { sleep "$(awk -v seed="$RANDOM" -v most="$1" 'BEGIN { srand(seed); print rand() * most / 1000 }')"; }
end_now() {
  disown "$daemon_pid" 2>/dev/null || true
  kill -KILL "$daemon_pid" 2>/dev/null || true
  wait_for is_gone "$daemon_pid" || fail "a killed daemon is still there"
}

state=$work/state/killed
start_again
counted=0 lost=0
for ((round = 1; round <= stops; round++)); do
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((++counted))
  kill -TERM "$daemon_pid"
  millis 60
  end_now
  if ((round % 3 == 0)); then
    launch_daemon "${alone[@]}" "${catalogs[@]}" --socket "$socket" --metrics-listen "127.0.0.1:$port" --state-file "$state"
    millis 60
    end_now
  fi
  start_again
  now=$(metric shop_visits_total)
  ((now == counted || now == 0)) || fail "round $round: $now is neither the last value, $counted, nor a fresh start"
  ((now > 0)) || lost=$((lost + 1))
  counted=$now
done
stop_daemon
say "$stops kills: $lost fresh starts, and no older value"

# ---- in a container: the supervisor is process 1, and the next container has other processes ----

if ((EUID == 0)) && unshare --pid --fork --mount-proc true 2>/dev/null; then
  state=$work/state/container
  launcher=(unshare --pid --fork --kill-child --mount-proc) alone=()
  # stop_container: what `docker stop` does.
  stop_container() {
    kill -TERM "$(children_of "$daemon_pid")"
    wait_for is_gone "$daemon_pid" || fail "the container did not end"
    wait "$daemon_pid" || fail "the container ended with exit code $?"
  }
  start_again
  send 'shop_visits_total:3|c'
  expect_metric shop_visits_total 3
  # A process of the container, whose number the daemon sees.
  nsenter --target "$(children_of "$daemon_pid")" --pid --mount bash -c \
    '{ echo "executor_inflight:9|g"; exec sleep 600; } | exec socat -u - "UNIX-SENDTO:$0"' "$socket" &
  inside=$!
  helpers+=("$inside")
  expect_metric executor_inflight 9
  stop_container
  start_again
  expect_metric shop_visits_total 3
  expect_metric executor_inflight absent
  expect_metric 'statgate_restarts_total{cause="state_file"}' 1
  stop_container
  launcher=() alone=(--no-supervisor)
fi

# ---- beside a service manager ----

state=$work/state/managed
manager_options=(--restart)
start_managed "${catalogs[@]}" --state-file "$state"
send 'shop_visits_total:8|c'
expect_metric shop_visits_total 8
cp "$work/copy" "$state"
tell_manager kill
managed_ready 2
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="crash"}' 1
grep -q "not used, since what the service manager has kept is newer" "$log" || fail "the log does not say that the file is older"
[[ ! -e $state && -s $state.bad ]] || fail "the older file was not kept aside"
tell_manager stop
expect_event 'ended exit 0'
nothing_is_kept() { [[ ! -s $managed/stored ]]; }
wait_for nothing_is_kept || fail "after a clean end these are kept: $(<"$managed/stored")"
[[ -s $state ]] || fail "a stop left no file"
tell_manager start
managed_ready 3
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="state_file"}' 1
expect_eq "objects that are kept" "$(grep -c '^statgate-object-' "$managed/stored")" 1
tell_manager kill
managed_ready 4
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="crash"}' 2

# A successor writes the file, and the daemon before it does not.
tell_manager 'kill 1'
managed_ready 5
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="reload"}' 1
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 9
[[ ! -e $state ]] || fail "a daemon that was followed by another one wrote the file"
tell_manager stop
expect_event 'ended exit 0' 2
tell_manager start
managed_ready 6
expect_metric shop_visits_total 9
expect_metric 'statgate_restarts_total{cause="state_file"}' 2
if grep -q "another daemon's" "$log"; then
  fail "a successor did not get the lock"
fi

# It has the object until that is written, so that whenever it is killed nothing is lost.
readies=6
counted=9
for ((round = 1; round <= stops; round++)); do
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((++counted))
  kill -TERM "$daemon_pid"
  millis 40
  end_now
  readies=$((readies + 1))
  managed_ready "$readies"
  expect_metric shop_visits_total "$counted"
done
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- a stop while the manager does not know a successor yet ----

mkdir "$work/unknown"
free_port
jq -n '{statgate: 1, service: "long", max_series: 50000, families: {long_total: {
  type: "counter", help: "Long.", labels: {v: {pattern: "[0-9]+", max: 40000}}}}}' >"$work/unknown/long.json"
"$root/tests/support/stop_before_known.py" "$work/unknown" "$port" "$statgated" --no-supervisor --catalog "$work/unknown/long.json" \
  --state-file "$work/unknown/state" 2>"$work/unknown/log" || fail "a stop goes on and on: $(tail -n 3 "$work/unknown/log")"
[[ -s $work/unknown/state ]] || fail "a stop left no file"

# ---- a disk that is slower than a stop may take ----

# The supervisor ends the daemon when its time is over, and the next start says what was lost, once.
slow=$work/slow-statgated
preload=$(find "$build" -name 'statgate-preload.so' -print -quit)
program=$statgated
printf '#!/bin/sh\nexec env LD_PRELOAD="%s" STATGATE_TEST_SLOW="%s" "%s" "$@"\n' "$preload" "$work/slow" "$program" >"$slow"
chmod +x "$slow"
state=$work/state/slow
if ! grep -q __asan_init "$program"; then
  echo 0 >"$work/slow"
  statgated=$slow
  start_daemon --stop-timeout 1 "${catalogs[@]}" --state-file "$state"
  statgated=$program
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total 1
  echo 60000 >"$work/slow"
  status=0
  kill -TERM "$supervisor_pid"
  wait "$supervisor_pid" || status=$?
  ((status == 137)) || fail "a stop before a slow disk ends with $status"
  expect_contains "the log" "$(<"$log")" "[state] writing values to $state"
  [[ ! -e $state && -s $state.new ]] || fail "a stop before a slow disk leaves: $(ls "$work/state")"
  starts_empty 'while it wrote its values; give a stop more time'
  [[ ! -e $state.new ]] || fail "what was cut is left"
  stop_daemon
  start_again
  ! grep -q 'while it wrote' "$log" || fail "what was cut is said twice"
  stop_daemon
fi
