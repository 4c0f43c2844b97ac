#!/usr/bin/env bash
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
wait_for 10 test -S "$socket" || fail "systemd-socket-activate made no socket"
inode=$(stat -c %i "$socket")
send 'shop_visits_total:1|c' 'shop_orders_total:1|c|#outcome:ok'
wait_for 15 is_ready || fail "not ready after activation"
expect_metric shop_visits_total 1
send 'shop_visits_total:4|c'
expect_metric shop_visits_total 5
expect_eq "inode of the socket" "$(stat -c %i "$socket")" "$inode"
expect_sums
stop_daemon
[[ -S $socket ]] || fail "the daemon removed the service manager's socket"
