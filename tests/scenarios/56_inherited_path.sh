#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The path of the service manager's socket is removed: one of our own takes it, the manager's is read
# on, and the next start does the same.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools systemd-socket-activate jq

free_port
url=http://127.0.0.1:$port
socket=$work/activated.sock
log=$work/activate.log

# The socket of a unit that lives as long as this script does: systemd-socket-activate becomes the
# daemon and would take its own along.
cat >"$work/keep.py" <<'EOF'
import os, socket, subprocess, sys
unit = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
unit.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o622)
os.dup2(unit.fileno(), 3)
for _ in sys.stdin:  # each line is a start
    pid = os.fork()
    if pid == 0:
        os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="statgate", LISTEN_PID=str(os.getpid()))
        os.set_inheritable(3, True)
        os.execv(sys.argv[2], sys.argv[2:])
    print(pid, flush=True)
    os.waitpid(pid, 0)
EOF
need_tools python3
mkfifo "$work/starts" "$work/pids"
python3 "$work/keep.py" "$socket" "$statgated" --catalog "$scenarios/catalogs/basic.json" --socket "$socket" \
  --metrics-listen "127.0.0.1:$port" <"$work/starts" >"$work/pids" 2>"$log" &
helpers+=("$!")
exec {starts}>"$work/starts" {pids}<"$work/pids"

start_unit() {
  echo >&"$starts"
  read -r -t 15 daemon_pid <&"$pids" || fail "the unit did not start"
  helpers+=("$daemon_pid")
  wait_for is_ready || fail "the unit is not ready"
}
stop_unit() {
  kill -TERM "$daemon_pid"
  wait_for is_gone "$daemon_pid" || fail "no end after SIGTERM"
}
sockets() {
  json /debug/ingress '[.sockets[] | [.inherited, .in_place, .former]] | tojson'
}

start_unit
expect_eq "sockets" "$(sockets)" '[[true,true,false]]'
start_connected
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 1

rm "$socket"
wait_for test -S "$socket" || fail "no socket in place of the manager's"
wait_for is_ready || fail "not ready with a socket of its own"
expect_json /debug/ingress '[.sockets[] | [.inherited, .in_place, .former]] | tojson' '[[false,true,false],[true,false,true]]'
expect_eq "mode, which is the manager's" "$(stat -c %a "$socket")" 622
expect_metric statgate_socket_rebinds_total 1
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 3

# What is sent to the manager's between two daemons waits in it, and the next one takes the path again.
stop_unit
[[ ! -e $socket && ! -e $socket.lock ]] || fail "something was left behind"
echo 'shop_visits_total:1|c' >&"$connected"
start_unit
expect_metric shop_visits_total 1
wait_for test -S "$socket" || fail "no socket after the next start"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2
expect_sums
stop_unit
