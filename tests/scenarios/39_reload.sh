#!/usr/bin/env bash
# A daemon hands over to another process of its program: under nobody, under a keeper and under a manager. No value is
# reset, no datagram lost, and whoever asked something over HTTP gets an answer.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

reloads_are() {
  [[ $(metric 'statgate_restarts_total{cause="reload"}') == "$1" ]]
}

# reload PID TIMES: that process hands over, and it is the daemon's hand-over number TIMES. Sets daemon_pid.
reload() {
  local former=$1
  kill -HUP "$former"
  wait_for 10 reloads_are "$2" || fail "process $former has not handed over"
  wait_for 10 is_gone "$former" || fail "process $former does not end after it has handed over"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) goes on from here.*/\1/p' "$log" | tail -n 1)
  daemons+=("$daemon_pid")
}

# exercise: three hand-overs, and one series goes on through all of them. The pages and files stay what they are.
exercise() {
  local round inode
  inode=$(stat -c %i "$socket")
  send 'shop_visits_total:1|c' 'shop_temperature_celsius:21.5|g'
  expect_metric shop_visits_total 1
  for round in 1 2 3; do
    reload "$daemon_pid" "$round"
    send 'shop_visits_total:1|c'
    expect_metric shop_visits_total $((round + 1))
  done
  expect_metric 'statgate_restarts_total{cause="crash"}' 0
  expect_eq "the socket's inode" "$(stat -c %i "$socket")" "$inode"
  [[ -e $socket.lock ]] || fail "the lock beside the socket is gone"
  expect_sums
}

# ---- nobody keeps anything ----

start_daemon --catalog "$scenarios/catalogs/basic.json"
first=$daemon_pid
exercise
wait "$first" || fail "a former daemon ended with $?"
# Another daemon still finds the path taken.
! "$statgated" --socket "$socket" --metrics-listen "" --catalog "$scenarios/catalogs/basic.json" 2>"$work/second.txt" ||
  fail "two daemons at one path"
kill -TERM "$daemon_pid"
wait_for 10 is_gone "$daemon_pid" || fail "the last daemon does not end"
[[ ! -e $socket && ! -e $socket.lock ]] || fail "a clean end leaves files"

# ---- a keeper ----

start_daemon --keeper --catalog "$scenarios/catalogs/basic.json"
keeper=$daemon_pid
daemon_pid=$(children_of "$keeper")
exercise
# What it stored is the last daemon's: a kill costs nothing.
kill -KILL "$daemon_pid"
wait_for 10 metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the keeper does not go on after a kill"
expect_metric shop_visits_total 4
expect_metric 'statgate_restarts_total{cause="reload"}' 3
stop_daemon "$keeper"

# ---- a manager ----

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
exercise
expect_event 'main [0-9]+' 3
expect_eq "objects that are kept" "$(grep -c '^statgate-object-' "$managed/stored")" 1
expect_eq "sockets that are kept" "$(grep -c '^statgate-socket-' "$managed/stored")" 1
tell_manager kill
managed_ready 5
expect_metric shop_visits_total 4
kill -TERM "$manager_pid"
wait_for 15 is_gone "$manager_pid" || fail "the manager does not end"
