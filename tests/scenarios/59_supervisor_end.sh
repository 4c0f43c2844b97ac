#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The ends of a supervisor: the time for a daemon that does not end, orphans, and all of it once more as process 1 of a
# pid namespace, as in a container.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stand_in=$(program statgate-stand-in)

# keep NAME STOP_MS [COMMAND...]: the supervisor of the stand-in with these lives, run by that command; sets supervisor_pid,
# the process to signal, and waited, the process whose exit code is the supervisor's.
keep() {
  log=$work/$1.log
  lives=$work/lives-$1
  "${@:3}" "$stand_in" --supervisor="$2" "$lives" </dev/null >"$log" 2>&1 &
  waited=$!
  daemons+=("$waited")
  supervisor_pid=$waited
  (($# == 2)) || wait_for inner_pid || fail "no supervisor: $(cat "$log")"
}
inner_pid() {
  supervisor_pid=$(children_of "$waited") && [[ $(readlink "/proc/$supervisor_pid/exe") == "$stand_in" ]]
}
expect_end() { # CODE
  local status=0
  wait_for is_gone "$waited" || fail "the supervisor does not end: $(cat "$log")"
  wait "$waited" || status=$?
  expect_eq "exit code of the supervisor" "$status" "$1"
}
zombies() {
  local child
  for child in $(children_of "$1"); do
    ! is_gone "$child" || echo "$child"
  done | wc -l
}
has_no_zombie() {
  [[ $(zombies "$supervisor_pid") == 0 ]]
}
moment() { # PART: when the log said so, in ms
  date -d "$(grep -m 1 -F -- "$1" "$log" | cut -d ' ' -f 1)" +%s%3N
}

# ends NAME [COMMAND...]: what has to hold for a supervisor that this command runs.
ends() {
  local name=$1 command=("${@:2}") first last

  # It passes on the end that it was asked for, and buries whom the daemon leaves behind.
  lives_of "$name-orderly"
  printf 'ready\norphan\norphan\norphan\nprint\nwait\n' | life 1
  keep "$name-orderly" 8000 "${command[@]}"
  expect_printed 'arguments'
  expect_printed "orphan [0-9]+ of ${supervisor_as:-$supervisor_pid}" 3
  wait_for has_no_zombie || fail "$(zombies "$supervisor_pid") zombies are left"
  kill -TERM "$supervisor_pid"
  expect_end 0
  expect_printed 'got 15'

  # A daemon that does not end is killed in time; its status is that of the signal.
  lives_of "$name-stubborn"
  printf 'ready\nprint\nsleep 60000\n' | life 1
  keep "$name-stubborn" 300 "${command[@]}"
  expect_printed 'arguments'
  kill -TERM "$supervisor_pid"
  expect_end 137
  first=$(moment 'SIGTERM: statgated has 300 ms to end')
  last=$(moment 'did not end within 300 ms: killed')
  ((last - first >= 298 && last - first < 3000)) || fail "it was killed after $((last - first)) ms"

  # Dead in a loop, started in a loop, and none is left unburied.
  lives_of "$name-loop"
  printf 'store a one\nready\nsignal 11\n' | life 1
  printf 'orphan\nsignal 11\n' >"$lives/life"
  keep "$name-loop" 8000 "${command[@]}"
  wait_for grep -qF 'in 800 ms' "$log" || fail "it is not started again and again: $(cat "$log")"
  has_no_zombie || fail "$(zombies "$supervisor_pid") zombies are left"
  kill -TERM "$supervisor_pid"
  expect_end 0
}
ends ordinary

# Ctrl-C at a terminal reaches both: the supervisor does not repeat it, since a second one would cut answers short.
lives_of terminal
printf 'heed 2\nready\nprint\nwait\n' | life 1
mkfifo "$work/keys"
log=$work/terminal.log
script -qfec "exec $stand_in --supervisor=8000 $lives" "$log" <"$work/keys" >"$work/screen" 2>&1 &
waited=$!
daemons+=("$waited")
exec {keys}>"$work/keys"
wait_for grep -qs arguments "$log" || fail "nothing runs at a terminal: $(cat "$log")"
printf '\003' >&"$keys"
wait_for grep -q 'SIGINT: statgated has' "$log" || fail "the supervisor does not hear Ctrl-C"
supervisor_pid=$(children_of "$waited")
kill -TERM "$supervisor_pid"
expect_end 0
expect_eq "interrupts that the daemon got" "$(grep -c 'got 02' "$log")" 1
exec {keys}>&-

# A daemon that hands over, at once gone or not: then nobody tells how its successor ended, and it is killed, since
# there may be one daemon.
lives_of handover
printf 'ready\nsuccessor\nsleep 550\nsignal 7\n' | life 1
printf 'ready\nheir\nsleep 550\nsignal 7\n' | life 2
printf 'print\nready\nwait\n' | life 3
keep handover 8000
expect_printed 'arguments'
grep -qF '(SIGBUS); it is started again at once' "$log" || fail "the successor's end is not told: $(cat "$log")"
grep -qF ' ended; it is started again at once' "$log" || fail "the heir's end is not told: $(cat "$log")"
wait_for eval '[[ $(children_of "$supervisor_pid" | wc -l) == 1 ]]' || fail "the former daemon is left"
kill -TERM "$supervisor_pid"
expect_end 0

within=(unshare --pid --fork --kill-child --mount-proc)
((EUID == 0)) || within+=(--map-root-user)
"${within[@]}" true 2>/dev/null || {
  say "no pid namespace can be had here: nothing is said of process 1"
  exit 0
}
supervisor_as=1
ends process-1 "${within[@]}"

# Killed, it takes the daemon with it.
lives_of killed
printf 'ready\nprint\nsleep 60000\n' | life 1
keep killed 8000 "${within[@]}"
expect_printed 'arguments'
daemon_pid=$(children_of "$supervisor_pid")
kill -KILL "$supervisor_pid"
wait_for is_gone "$daemon_pid" || fail "the daemon outlives process 1"

# The daemon itself in there.
free_port
socket=$work/inner.sock url=http://127.0.0.1:$port log=$work/inner.log
"${within[@]}" "$statgated" --catalog "$scenarios/catalogs/basic.json" --socket "$socket" \
  --metrics-listen "127.0.0.1:$port" </dev/null >"$log" 2>&1 &
waited=$!
daemons+=("$waited")
daemon_pid=$waited
wait_for is_ready || fail "no daemon in a namespace"
supervisor_pid=$(children_of "$waited")
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
kill -KILL "$(children_of "$supervisor_pid")"
wait_for grep -qF 'it is started again' "$log" || fail "it is not started again"
wait_for is_ready || fail "the daemon is not back"
expect_metric shop_visits_total 1
kill -TERM "$supervisor_pid"
expect_end 0
