#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A daemon that hangs is killed by its supervisor and started again with its values; one that is traced, that hangs
# together with its supervisor, or that never gave a sign of life is not. Signs of life under a manager that asks for them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

catalog=$scenarios/catalogs/basic.json
stand_in=$(program statgate-stand-in)

# keep_daemon NAME: a daemon under a supervisor; sets the variables of start_daemon for use NAME.
declare -A supervisor=() daemon=() urls=() sockets=() logs=()
keep_daemon() {
  start_daemon --catalog "$catalog"
  supervisor[$1]=$supervisor_pid daemon[$1]=$daemon_pid urls[$1]=$url sockets[$1]=$socket logs[$1]=$log
}
use() {
  url=${urls[$1]} socket=${sockets[$1]} log=${logs[$1]} daemon_pid=${daemon[$1]}
}
has_logged() {
  grep -qF -- "$2" "${logs[$1]}"
}

keep_daemon stopped
send 'shop_visits_total:3|c'
expect_metric shop_visits_total 3
keep_daemon both
keep_daemon traced
# A supervisor gives signs of life to its own manager: also while its daemon gives none, or there is no daemon.
lives_of managed
printf 'ready\nsignal 9\n' | life 1
printf 'exit 1\n' >"$lives/life"
WATCHDOG_USEC=2000000 manage "$stand_in" --supervisor=8000 "$lives"
managed_supervisor=$managed
keep_daemon ended

# ---- all at the same time ----
kill -STOP "${daemon[stopped]}"
kill -STOP "${supervisor[both]}" "${daemon[both]}"
cat >"$work/trace.py" <<'PY'
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
if libc.ptrace(16, pid, None, None) != 0:  # PTRACE_ATTACH stops the process
    sys.exit(f"ptrace: {os.strerror(ctypes.get_errno())}")
os.waitpid(pid, 0x40000000)
print("attached", flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.05)
libc.ptrace(17, pid, None, None)
PY
python3 "$work/trace.py" "${daemon[traced]}" "$work/detach" >"$work/trace.log" 2>&1 &
helpers+=("$!")
wait_for grep -q . "$work/trace.log" || fail "nothing traces the daemon"
traces=$(grep -c attached "$work/trace.log") || say "no process may be traced here"
# A stand-in that is ready and gives no sign of life, as a daemon of an earlier version does.
lives_of silent
printf 'ready\nprint\nwait\n' | life 1
"$stand_in" --supervisor=8000 "$lives" </dev/null >"$work/silent.log" 2>&1 &
silent=$!
daemons+=("$silent")
# A stop takes as long as it takes.
lives_of slow
printf 'tell READY=1|WATCHDOG=1\ntell STOPPING=1\nsleep 60000\n' | life 1
"$stand_in" --supervisor=8000 "$lives" </dev/null >"$work/slow.log" 2>&1 &
slow=$!
daemons+=("$slow")
# A daemon that does not die of SIGABRT, either.
lives_of stubborn
printf 'heed 6\ntell READY=1|WATCHDOG=1\nsleep 60000\nsleep 60000\n' | life 1
printf 'ready\nprint\nwait\n' | life 2
"$stand_in" --supervisor=8000 "$lives" </dev/null >"$work/stubborn.log" 2>&1 &
stubborn=$!
daemons+=("$stubborn")

# A start that hangs: the daemon is alive, and never ready.
lives_of starting
printf 'ready\nsignal 9\n' | life 1
printf 'sleep 600000\n' | life 2
printf 'ready\nprint\nwait\n' | life 3
"$stand_in" --supervisor=8000,1000 "$lives" </dev/null >"$work/starting.log" 2>&1 &
daemons+=("$!")

# ---- one that hangs ----
wait_for has_logged stopped 'sent no heartbeat in 10 s and was killed' || fail "a stopped daemon is not noticed"
use stopped
is_back() {
  daemon_pid=$(children_of "${supervisor[stopped]}") && [[ $daemon_pid != "${daemon[stopped]}" ]] &&
    [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/readyz") == 200 ]]
}
wait_for is_back || fail "no daemon follows the one that hung"
has_logged stopped '(SIGABRT' || fail "it was not SIGABRT that ended it"
expect_metric shop_visits_total 3
# ---- the others, which had as long ----
log=$work/stubborn.log
expect_printed 'got 06'
wait_for grep -qF 'did not end within 5000 ms: killed' "$log" || fail "SIGKILL does not follow"
expect_printed 'arguments'
log=$work/starting.log
wait_for grep -qF 'was not ready in 10 s and was killed' "$log" || fail "a start that hangs is not ended: $(cat "$log")"
expect_printed 'arguments'
! has_logged traced 'heartbeat' || fail "a traced daemon was killed"
: >"$work/detach"
for name in silent slow; do
  ! grep -q 'heartbeat' "$work/$name.log" || fail "the $name one was killed: $(cat "$work/$name.log")"
done
kill -CONT "${supervisor[both]}" "${daemon[both]}"
use both
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
if ((${traces:-0} > 0)); then
  use traced
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total 1
fi

managed=$managed_supervisor
expect_event beat 5

# ---- after a reload the successor is watched ----
use ended
supervisor_pid=${supervisor[ended]}
begin_reload "$supervisor_pid"
is_successor() {
  daemon_pid=$(grep -oE 'is now process [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+') && is_ready
}
wait_for is_successor || fail "no successor"
wait_for eval '[[ $(children_of "$supervisor_pid" | wc -l) == 1 ]]' || fail "the former daemon stays"
kill -STOP "$daemon_pid"
wait_for has_logged ended "process $daemon_pid sent no heartbeat" || fail "a successor is not watched"
