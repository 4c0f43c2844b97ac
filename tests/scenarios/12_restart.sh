#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sockets across restarts: a stale one is replaced, a live one is refused, and what is queued when
# SIGTERM comes is still read.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalog=$scenarios/catalogs/basic.json
start_daemon --catalog "$catalog"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1

# A second daemon on a live socket ends with a message that names it, and harms nothing.
first_socket=$socket first_url=$url first_pid=$daemon_pid
free_port
launch_daemon --catalog "$catalog" --socket "$first_socket" --metrics-listen "127.0.0.1:$port"
wait_for is_gone "$daemon_pid" || fail "a second daemon runs on a live socket"
status=0
wait "$daemon_pid" || status=$?
expect_eq "exit code on a live socket" "$status" 1
expect_contains "the message" "$(cat "$log")" "$first_socket"
url=$first_url
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2

# A crash leaves the socket's file behind; the next daemon takes its place, and a sender that kept
# its path goes on.
kill_daemon "$first_pid"
[[ -S $first_socket ]] || fail "a killed daemon left no socket"
free_port
socket=$first_socket
url=http://127.0.0.1:$port
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "no start on a stale socket"
expect_eq "mode of the socket" "$(stat -c %a "$socket")" 660
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
stop_daemon

# The Python of PROTOCOL finds the socket of the daemon that was started again, and counts what it could not send.
cat >"$work/example.py" <<EOF
import sys
$(awk '/^```python$/ { on = 1; next } /^```$/ { on = 0 } on && !/^metrics/' "$root/proto/PROTOCOL.md")
metrics = Metrics("$socket")
for line in sys.stdin:
    metrics.send(line.strip().encode())
    print(metrics.lost, flush=True)
EOF
mkfifo "$work/to" "$work/from"
python3 "$work/example.py" <"$work/to" >"$work/from" &
exec {to}>"$work/to" {from}<"$work/from"
python_sends() { echo 'shop_visits_total:1|c' >&"$to" && read -r -t 60 -u "$from" python_lost; }
python_sends
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "no start"
python_sends
stop_daemon
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "no second start"
for _ in {1..5}; do python_sends; done
expect_metric shop_visits_total 5
expect_eq "what Python lost" "$python_lost" 1
exec {to}>&- {from}<&-
stop_daemon

# What is no socket is never replaced.
echo precious >"$work/file"
launch_daemon --catalog "$catalog" --socket "$work/file" --metrics-listen ''
wait_for is_gone "$daemon_pid" || fail "the daemon runs on a plain file"
status=0
wait "$daemon_pid" || status=$?
expect_eq "exit code on a plain file" "$status" 1
expect_contains "the message" "$(cat "$log")" "$work/file"
expect_eq "the file" "$(cat "$work/file")" precious

# SIGTERM while datagrams wait: a stopped process reads none, then gets the signal together with more
# of them than one turn of its loop takes.
start_daemon --no-supervisor --catalog "$catalog" --log-format json
waiting=$(metric statgate_queue_capacity_datagrams)
((waiting < 200)) || waiting=200 # more than that may not fit the sender's own buffer
kill -STOP "$daemon_pid"
timeout 500 "$(program statgate-flood)" "$socket" "$waiting" 1
kill -TERM "$daemon_pid"
kill -CONT "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "no end after SIGTERM with a full queue"
wait "$daemon_pid" || fail "exit code $? after SIGTERM with a full queue"
expect_contains "the log" "$(cat "$log")" "$waiting in all"
