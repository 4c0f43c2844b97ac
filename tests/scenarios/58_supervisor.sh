#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The supervisor: what it holds and passes on, when it starts the daemon again, when it ends. Most of it with
# a stand-in for the daemon, whose lives are written down.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stand_in=$(program statgate-stand-in)
catalog=$scenarios/catalogs/basic.json

# keep NAME [ARGUMENT...]: the supervisor of the stand-in with the lives of that name; sets supervisor_pid and log.
keep() {
  log=$work/$1.log
  lives=$work/lives-$1
  "${launcher[@]}" "$stand_in" --supervisor=8000 "$lives" "${@:2}" </dev/null >"$log" 2>&1 &
  supervisor_pid=$!
  daemons+=("$supervisor_pid")
}
# expect_end CODE: of that supervisor.
expect_end() {
  local status=0
  wait_for is_gone "$supervisor_pid" || fail "the supervisor does not end: $(cat "$log")"
  wait "$supervisor_pid" || status=$?
  expect_eq "exit code of the supervisor" "$status" "$1"
}
# logged PART: the log has it.
logged() {
  wait_for grep -qsF -- "$1" "$log" || fail "the log lacks '$1': $(cat "$log")"
}

# lived TIMES: it has begun so many lives.
lived() {
  [[ -s $lives/lives && $(stat -c %s "$lives/lives") == "$1" ]]
}

# ---- what is held and passed on ----
lives_of store
life 1 <<'LIFE'
print
store first one
store second two
twice third three
bare nothing
tell FDSTORE=1|FDNAME=a:b
child READY=1
child FDSTOREREMOVE=1|FDNAME=first
pipe torn
ready
sleep 550
signal 11
LIFE
life 2 <<'LIFE'
print
remove second
store first four
tell FDSTOREREMOVE=1
ready
successor
print
sleep 550
signal 9
LIFE
life 3 <<'LIFE'
print
heed 1
heed 10
ready
wait
LIFE
keep store an argument
expect_printed 'passed statgate-supervisor= statgate-lock-@meanwhile=.*'
expect_printed 'arguments an argument'
logged '(SIGSEGV)'
expect_printed 'passed first=one second=two third=three statgate-supervisor= statgate-lock-@meanwhile=.*'
logged 'is now process'
logged 'was killed by signal 9 (SIGKILL); it is started again at once'
expect_printed 'passed first=one third=three first=four statgate-supervisor= statgate-lock-@meanwhile=.*'
expect_eq "starts at once" "$(grep -c 'started again at once' "$log")" 2
kill -USR1 "$supervisor_pid"
expect_printed 'got 10'
kill -HUP "$supervisor_pid"
expect_printed 'got 01'
kill -TERM "$supervisor_pid"
expect_end 0
expect_printed 'got 15'

# More than it holds: the rest is refused, the daemon gets what there is.
lives_of many
printf 'many 600 some\nready\nsleep 550\nsignal 9\n' | life 1
printf 'print\nexit 0\n' | life 2
keep many
expect_end 0
expect_eq "descriptors of the second daemon" "$(grep ^passed "$log" | wc -w)" $((1 + 512 + 2))
logged 'no room for a descriptor named some: 512 are kept at most'

# Nor more than it has descriptors for: enough is left to start a daemon.
lives_of few
printf 'many 100 some\nready\nsleep 550\nsignal 9\n' | life 1
printf 'print\nexit 0\n' | life 2
launcher=(prlimit --nofile=64:64)
keep few
launcher=()
expect_end 0
logged 'no room for a descriptor named some'
passed=$(grep ^passed "$log" | wc -w)
((passed > 20 && passed < 64)) || fail "$passed descriptors of 64 are passed on"

# ---- when it starts the daemon again ----
# Times are those of the log's own lines, so that a busy machine can only make them longer.
lives_of backoff
printf 'ready\nsignal 6\n' | life 1
for number in 2 3 4; do printf 'exit 3\n' | life "$number"; done
printf 'ready\nsleep 550\nexit 1\n' | life 5
printf 'ready\nsignal 9\n' | life 6
printf 'ready\nwait\n' | life 7
keep backoff
wait_for lived 7 || fail "no seventh life: $(cat "$log")"
kill -TERM "$supervisor_pid"
expect_end 0
grep -oE 'it is started again (at once|in [0-9]+ ms)' "$log" | sed 's/at once/in 0 ms/' | grep -oE '[0-9]+' | xargs >"$work/delays"
expect_eq "delays" "$(<"$work/delays")" "100 200 400 800 0 100"
moment() { # of a line of the log, in ms
  date -d "${1%% *}" +%s%3N
}
ended=''
mapfile -t lines <"$log"
for line in "${lines[@]}"; do
  case $line in
  *'it is started again'*)
    ended=$(moment "$line")
    delay=$(sed -nE 's/.* in ([0-9]+) ms$/\1/p' <<<"$line")
    ;;
  *'runs as process'*)
    [[ -n $ended ]] || continue
    took=$(($(moment "$line") - ended))
    ((took >= ${delay:-0} - 2 && took <= ${delay:-0} + 2000)) || fail "after ${delay:-0} ms it took $took ms"
    ;;
  esac
done
logged 'was killed by signal 6 (SIGABRT)'
logged 'exited with status 3; it is started again in 200 ms'

# ---- when it ends ----
# expect_first CODE [TEXT]: a first life of these lines is the last, too. One that exits has said why itself.
expect_first() {
  lives_of "first-$1"
  life 1
  keep "first-$1"
  expect_end "$1"
  if [[ -n ${2:-} ]]; then
    logged "$2"
  else
    ! grep '\[supervisor\]' "$log" || fail "the supervisor says something, too"
  fi
  lived 1 || fail "more than one life"
}
expect_first 2 <<<$'exit 2'
expect_first 5 <<<$'child READY=1\nexit 5'
expect_first 139 '(SIGSEGV) before it was ready; it is not started again' <<<$'signal 11'
expect_first 0 'exited with status 0' <<<$'ready\nexit 0'
expect_first 4 'exited with status 4' <<<$'ready\ntell STOPPING=1\nexit 4'
# While the next start is awaited.
lives_of between
printf 'ready\nexit 1\n' | life 1
for number in 2 3 4 5 6 7 8 9; do printf 'exit 1\n' | life "$number"; done
keep between
logged 'it is started again in 1600 ms'
kill -TERM "$supervisor_pid"
expect_end 0
lived 5 || fail "it began another life after SIGTERM"
logged 'SIGTERM while no daemon runs'

# ---- beneath a manager of its own ----
lives_of managed
printf 'print\nstore a one\ntell READY=1|STATUS=in its first life\nsleep 550\nsignal 9\n' | life 1
printf 'print\nready\nwait\n' | life 2
manager_options=(--datagram unit.socket "$work/unit.sock")
manage "$stand_in" --supervisor=8000 "$lives"
expect_event 'status in its first life'
expect_event ready 2
expect_event 'status statgated was killed by signal 9 \(SIGKILL\); it is started again at once'
expect_printed 'passed unit\.socket= statgate-supervisor= statgate-lock-@meanwhile=.*'
expect_printed 'passed unit\.socket= a=one statgate-supervisor= statgate-lock-@meanwhile=.*'
expect_eq "what the manager keeps, too" "$(cat "$managed/stored")" a
tell_manager stop
expect_event stopping
expect_event 'ended exit 0'
kill -TERM "$manager_pid"

# ---- the daemon itself ----
# keep_daemon ARGUMENT...: as start_daemon, under a supervisor; sets supervisor_pid, too.
keep_daemon() {
  start_daemon "$@"
}
keep_daemon --stop-timeout 20 --catalog "$catalog"
expect_eq "name of the process" "$(<"/proc/$daemon_pid/comm")" statgated
expect_eq "arguments of the daemon" "$(tr '\0' ' ' <"/proc/$daemon_pid/cmdline")" \
  "$statgated --socket $socket --metrics-listen 127.0.0.1:$port --catalog $catalog "
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1

# Another supervisor on its path, and one that is told nonsense.
status=0
"$statgated" --catalog "$catalog" --socket "$socket" --metrics-listen '' >"$work/second.log" 2>&1 || status=$?
expect_eq "exit code of a second supervisor" "$status" 1
expect_contains "its log" "$(<"$work/second.log")" "another process is receiving on it"
[[ -d /proc/$daemon_pid ]] || fail "the daemon did not survive a second supervisor"
# Nor one that comes between two daemons: the first supervisor holds the socket.
kill -STOP "$supervisor_pid"
first=$daemon_pid
kill -KILL "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "a killed daemon is still there"
status=0
"$statgated" --catalog "$catalog" --socket "$socket" --metrics-listen '' >"$work/second.log" 2>&1 || status=$?
kill -CONT "$supervisor_pid"
expect_eq "exit code of a supervisor that comes between" "$status" 1
is_back() {
  daemon_pid=$(children_of "$supervisor_pid") && [[ $daemon_pid != "$first" ]] &&
    [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/readyz") == 200 ]]
}
wait_for is_back || fail "the daemon is not back"

for arguments in "--stop-timeout=soon" "--supervisor --stop-timeout=-1" "--no-supervisor --stop-timeout=3" "--no-supervisor=on" "--bogus"; do
  status=0
  # shellcheck disable=SC2086
  "$statgated" $arguments --catalog "$catalog" --socket "$work/none.sock" >"$work/usage.log" 2>&1 || status=$?
  expect_eq "exit code with $arguments" "$status" 2
  expect_eq "lines about $arguments" "$(wc -l <"$work/usage.log")" 1
done
printf '{"no-supervisor": true}' >"$work/supervisor.json"
"$statgated" --config "$work/supervisor.json" --catalog "$catalog" >"$work/usage.log" 2>&1 && fail "a file decides on the supervisor"
expect_contains "the message" "$(<"$work/usage.log")" supervisor

# Killed, it is back, with another process.
first=$daemon_pid
kill -KILL "$daemon_pid"
wait_for is_back || fail "the daemon is not back"

# Without its supervisor it goes on, and says so; another supervisor can follow it.
expect_metric statgate_values_kept 1
disown "$supervisor_pid"
kill -KILL "$supervisor_pid"
daemons+=("$daemon_pid")
logged 'the supervisor is gone'
says_so() {
  expect_metric statgate_values_kept 0
  expect_json /debug/status '[.problems[].kind] | index("supervisor_gone") != null' true
  expect_contains /readyz "$(curl -fsS "$url/readyz")" "ready, but its supervisor is gone"
}
says_so
# A successor knows it, too.
begin_reload "$daemon_pid"
end_reload taken "without a supervisor"
logged 'as its supervisor was killed: start statgated again'
! grep -q 'leave out --no-supervisor' "$log" || fail "the log blames a flag that nobody gave"
wait_for is_gone "$daemon_pid" || fail "the former daemon does not end"
daemon_pid=$(sed -n 's/.*process \([0-9]*\) took over.*/\1/p' <<<"$said")
daemons+=("$daemon_pid")
says_so
before=$(metric shop_visits_total)
send 'shop_visits_total:1|c'
expect_metric shop_visits_total $((${before/absent/0} + 1))

# Only with an upgrade; not while a supervisor watches, which is tried below.
adopt() { # [CURL ARGUMENT...]: the status
  curl -s -o "$work/adopted" -w '%{http_code}' --max-time 5 --unix-socket "${socket%.sock}.control" -X POST "$@" http://localhost/adopt
}
expect_eq "adopt without an upgrade" "$(adopt)" 400

# Started again, it has a supervisor; values and what waits in the socket go on.
left=$daemon_pid
kill -STOP "$left"
send 'shop_visits_total:5|c'
launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" --catalog "$catalog"
supervisor_pid=$daemon_pid
kill -CONT "$left"
wait_for is_gone "$left" || fail "the daemon that was left alone does not end"
logged 'the next daemon continues with its values'
wait_for is_ready || fail "statgated was not ready"
daemon_pid=$(daemon_of "$supervisor_pid")
expect_metric shop_visits_total $((${before/absent/0} + 6))
expect_metric statgate_values_kept 1
expect_eq "adopt with a supervisor" "$(adopt -H 'Connection: Upgrade' -H 'Upgrade: statgate-descriptors')" 403
kill -KILL "$daemon_pid"
first=$daemon_pid
wait_for is_back || fail "the daemon is not back"
expect_metric shop_visits_total $((${before/absent/0} + 6))

# Whoever starts another learns which process has the socket, and how its values go on.
daemon_pid=$(daemon_of "$supervisor_pid")
"$statgated" --socket "$socket" --metrics-listen '' --catalog "$catalog" >"$work/second.log" 2>&1 </dev/null && fail "a second daemon runs"
expect_contains "the second start" "$(<"$work/second.log")" "another process is receiving on it"
expect_contains "the second start" "$(<"$work/second.log")" "process $daemon_pid uses it: \`kill $daemon_pid\` stops it, and its values are restored here if both have the same --state-file"
kill -TERM "$daemon_pid"
wait_for is_gone "$supervisor_pid" || fail "the supervisor does not end with its daemon"
wait "$supervisor_pid" || fail "exit code $? of a supervisor whose daemon ended in order"

# Root does not become the supervisor of another user's daemon.
if ((EUID == 0)) && command -v setpriv >/dev/null; then
  mkdir -m 777 "$work/other"
  chmod 711 "$work"
  free_port
  socket=$work/other/s.sock url=http://127.0.0.1:$port
  launcher=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" --catalog "$catalog"
  wait_for is_ready || fail "statgated was not ready"
  launcher=()
  left=$(daemon_of "$daemon_pid")
  daemons+=("$left")
  disown "$daemon_pid"
  kill -KILL "$daemon_pid"
  logged 'the supervisor is gone'
  status=0
  "$statgated" --catalog "$catalog" --socket "$socket" --metrics-listen '' >"$work/second.log" 2>&1 || status=$?
  expect_eq "exit code of root's supervisor" "$status" 1
  is_gone "$left" && fail "root took over the daemon of another user"
fi

# Each flag of --help is in the manual.
for flag in $("$statgated" --help | grep -oE '^  --[a-z-]+'); do
  grep -qE "^\.It Fl -${flag#--}\b" "$root/packaging/man/statgated.8" || fail "statgated(8) lacks $flag"
done
