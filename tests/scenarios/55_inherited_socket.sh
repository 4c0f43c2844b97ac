#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Socket activation: the service manager's socket is used, and is the manager's to keep.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools systemd-socket-activate

free_port
url=http://127.0.0.1:$port
socket=$work/activated.sock
log=$work/activate.log
# It waits for a datagram, then becomes the daemon, which finds the datagram in its queue.
systemd-socket-activate --datagram --listen "$socket" "$statgated" \
  --catalog "$scenarios/catalogs/basic.json" --socket "$socket" --metrics-listen "127.0.0.1:$port" \
  >"$log" 2>&1 </dev/null &
daemon_pid=$!
daemons+=("$daemon_pid")
wait_for test -S "$socket" || fail "systemd-socket-activate made no socket"
inode=$(stat -c %i "$socket")
send 'shop_visits_total:1|c' 'shop_orders_total:1|c|#outcome:ok'
wait_for is_ready || fail "not ready after activation"
expect_metric shop_visits_total 1
send 'shop_visits_total:4|c'
expect_metric shop_visits_total 5
expect_eq "inode of the socket" "$(stat -c %i "$socket")" "$inode"
expect_sums
stop_daemon
[[ -S $socket ]] || fail "the daemon removed the service manager's socket"

# What was promised and is not there, or is something else, stops the start with a sentence.
expect_refused() { # WHAT, with descriptors from 3 on as the caller redirects them; $fds, $names
  free_port
  log=$work/refused-$port.log
  (
    export LISTEN_FDS=$fds LISTEN_FDNAMES=$names LISTEN_PID=$BASHPID
    exec "$statgated" --no-supervisor --catalog "$scenarios/catalogs/basic.json" --socket "$work/own.sock" \
      --metrics-listen "127.0.0.1:$port"
  ) >"$log" 2>&1 </dev/null &
  daemon_pid=$!
  daemons+=("$daemon_pid")
  wait_for is_gone "$daemon_pid" || fail "it runs although $1"
  status=0
  wait "$daemon_pid" || status=$?
  expect_eq "exit code where $1" "$status" 1
  expect_eq "lines of the log where $1" "$(grep -c . "$log")" 1
}

fds=1 names=statgate
expect_refused "descriptor 3 is closed" 3>&-
expect_contains "the log" "$(cat "$log")" "descriptor 3 is not open"
expect_refused "descriptor 3 is a file" 3</dev/null
expect_contains "the log" "$(cat "$log")" "descriptor 3 (statgate) is not a Unix datagram socket"
[[ ! -e $work/own.sock ]] || fail "a socket was left behind"

# An activated one under a foreign name, bound elsewhere: nobody would read it.
other=$work/elsewhere.sock
free_port
log=$work/left.log
systemd-socket-activate --datagram --fdname=metrics --listen "$other" "$statgated" \
  --catalog "$scenarios/catalogs/basic.json" --socket "$work/own.sock" \
  --metrics-listen "127.0.0.1:$port" >"$log" 2>&1 </dev/null &
daemon_pid=$!
daemons+=("$daemon_pid")
wait_for test -S "$other" || fail "systemd-socket-activate made no socket"
socket=$other send 'shop_visits_total:1|c'
wait_for is_gone "$daemon_pid" || fail "it runs beside a socket that it does not know"
status=0
wait "$daemon_pid" || status=$?
expect_eq "exit code with a socket for nobody" "$status" 1
expect_contains "the log" "$(cat "$log")" "(metrics) fits no socket of ours"

# Closed standard descriptors are not given to sockets, or the log would go to senders and scrapers.
free_port
url=http://127.0.0.1:$port socket=$work/closed.sock
"$statgated" --catalog "$scenarios/catalogs/basic.json" --socket "$socket" \
  --metrics-listen "127.0.0.1:$port" <&- >&- 2>&- &
daemon_pid=$!
daemons+=("$daemon_pid")
wait_for is_ready || fail "not ready without standard descriptors"
for fd in 0 1 2; do
  expect_eq "descriptor $fd" "$(readlink "/proc/$daemon_pid/fd/$fd")" /dev/null
done
stop_daemon
