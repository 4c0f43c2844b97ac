#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A daemon hands over to another process of its program: under a supervisor and under a manager. No value is
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
  wait_for reloads_are "$2" || fail "process $former has not handed over"
  wait_for is_gone "$former" || fail "process $former does not end after it has handed over"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
}

# exercise: three hand-overs, and one series goes on through all of them. The pages and files stay what they are.
exercise() {
  local round inode
  inode=$(stat -c %i "$socket")
  send 'shop_visits_total:1|c' 'shop_customers:21|g'
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

# ---- nobody would know the successor ----

start_daemon --no-supervisor --catalog "$scenarios/catalogs/basic.json"
begin_reload "$daemon_pid"
end_reload "not taken"
expect_contains "the reason" "$said" "what started it would take its end for the daemon's; leave out --no-supervisor"
expect_metric statgate_config_last_reload_successful 0
stop_daemon

# ---- a supervisor ----

start_daemon --catalog "$scenarios/catalogs/basic.json"
supervisor=$supervisor_pid
exercise
# Another daemon still finds the path taken.
! "$statgated" --socket "$socket" --metrics-listen "" --catalog "$scenarios/catalogs/basic.json" 2>"$work/second.txt" ||
  fail "two daemons at one path"
# What it stored is the last daemon's: a kill costs nothing.
kill -KILL "$daemon_pid"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
expect_metric shop_visits_total 4
expect_metric 'statgate_restarts_total{cause="reload"}' 3
stop_daemon "$supervisor"
[[ ! -e $socket && ! -e $socket.lock ]] || fail "a clean end leaves files"

# ---- a path that is removed as a reload begins ----

# Whichever of the two processes binds it, the reload is taken, and what the new socket takes is counted.
start_daemon --catalog "$scenarios/catalogs/basic.json"
sent=0
for moment in 0 0.05 0.1 0.15 0.2 0.23 0.24 0.25 0.26 0.3; do
  rm "$socket"
  sleep "$moment"
  begin_reload "$supervisor_pid"
  until is_judged && [[ -S $socket ]]; do
    ! send 'shop_visits_total:1|c' 2>/dev/null || sent=$((sent + 1))
  done
  end_reload taken "$moment s after its path was removed"
  expect_metric shop_visits_total "$sent"
done
stop_daemon "$supervisor_pid"

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
wait_for is_gone "$manager_pid" || fail "the manager does not end"

# ---- a manager that does not answer ----

# What is sent to it is read, and descriptors stay open: it knows nothing yet.
python3 -c 'import socket, sys
listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.bind(sys.argv[1])
kept = []
while True:
    kept.append(socket.recv_fds(listening, 65536, 16)[1])' "$work/silent" &
silent=$!
daemons+=("$silent")
wait_for test -S "$work/silent" || fail "no manager"

# hand_over_silently: a new daemon has handed over, and cannot tell the manager. Sets former, and daemon_pid.
hand_over_silently() {
  NOTIFY_SOCKET=$work/silent start_daemon --no-supervisor --catalog "$scenarios/catalogs/basic.json"
  former=$daemon_pid
  kill -HUP "$former"
  wait_for grep -qF 'took over; sockets' "$log" || fail "process $former has not handed over"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log")
}

# A stop is passed on, and both end in order.
hand_over_silently
stop_daemon "$former"
is_gone "$daemon_pid" || fail "the successor goes on"
[[ ! -e $socket && ! -e $socket.lock ]] || fail "a stop amid a reload leaves files"

# ready_times TIMES: daemons of this log have said so often that they are ready.
ready_times() {
  [[ $(grep -cF '[start] ready' "$log") == "$1" ]]
}

# A former daemon that hangs does not keep its successor from beginning, and may come back.
if [[ -n $long ]]; then
  hand_over_silently
  kill -STOP "$former"
  wait_for ready_times 2 || fail "the successor waits for one that hangs"
  kill -CONT "$former"
  wait_for is_gone "$former" || fail "process $former does not end"
  ! is_gone "$daemon_pid" || fail "the successor has ended"
  kill -TERM "$daemon_pid"
  wait_for is_gone "$daemon_pid" || fail "process $daemon_pid does not end"
fi
kill "$silent"

# A former daemon that hangs while it answers is killed by the next reload.
if [[ -n $long ]]; then
  start_daemon --catalog "$scenarios/catalogs/basic.json"
  former=$daemon_pid
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /metrics HTTP/1.1\r\n' >&9
  expect_metric 'statgate_restarts_total{cause="crash"}' 0
  kill -HUP "$former"
  wait_for ready_times 2 || fail "process $former has not handed over"
  kill -STOP "$former"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log")
  kill -HUP "$daemon_pid"
  wait_for is_gone "$former" || fail "process $former hangs, and is not killed"
  wait_for is_gone "$daemon_pid" || fail "process $daemon_pid does not end"
  grep -qF "old process $former does not exit and is killed" "$log" || fail "no line on the kill"
  exec 9>&-
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
fi

# ---- what changed is said ----

cp "$scenarios/catalogs/basic.json" "$work/catalog.json"
cp "$statgated" "$work/statgated"
own=$statgated
statgated=$work/statgated
start_daemon --strict --catalog "$work/catalog.json"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
jq '.families.shop_extra_total = {type: "counter", help: "More."} | del(.families.shop_customers)
  | .families.shop_visits_total.help = "Other words."' "$scenarios/catalogs/basic.json" >"$work/catalog.json"
reload "$daemon_pid" 1
grep -q '\[reload\] changed service shop$' "$log" || fail "the log does not say what changed"
expect_json /debug/catalog '.reload.changed | length' "$(grep -cE '\[reload\] (added|removed|changed) ' "$log")"
send 'shop_extra_total:5|c'
expect_metric shop_extra_total 5
expect_metric shop_visits_total 1

# Another file at the program's path, of the same build.
cp "$statgated" "$work/other"
mv "$work/other" "$statgated"
former=$daemon_pid
kill -HUP "$former"
wait_for metric_is 'statgate_restarts_total{cause="reload"}' 2 || fail "no second reload"
wait_for is_gone "$former" || fail "process $former does not end after it has handed over"
daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
expect_metric shop_extra_total 5
expect_json /debug/ingress '.restore.cause' reload

# ---- a successor that fails leaves everything as it is ----

# refused SENTENCE: a reload that is not taken, for this reason.
refused() {
  local lines
  lines=$(grep -c 'reload rejected' "$log" || true)
  kill -HUP "$daemon_pid"
  more_lines() { [[ $(grep -c 'reload rejected' "$log") -gt $lines ]]; }
  wait_for more_lines || fail "no line on a reload that cannot be taken"
  grep 'reload rejected' "$log" | tail -n 1 | grep -qE "$1" || fail "not '$1': $(grep 'reload rejected' "$log" | tail -n 1)"
  ! is_gone "$daemon_pid" || fail "the daemon has ended"
  send 'shop_extra_total:1|c'
  extra=$((extra + 1))
  expect_metric shop_extra_total "$extra"
  [[ -S $socket && -e $socket.lock ]] || fail "a failed reload takes files away"
}
extra=5

good=$(<"$work/catalog.json")
echo '{ "service": 1 }' >"$work/catalog.json"
refused 'catalog.json:1:1: the key'
printf '%s\n' "$good" >"$work/catalog.json"
expect_metric statgate_config_last_reload_successful 0

mv "$statgated" "$work/away"
refused 'statgated cannot be started: No such file or directory'
printf '#!/bin/sh\nexit 3\n' >"$statgated"
chmod +x "$statgated"
refused 'ended with exit code 3'
printf '#!/bin/sh\nkill -SEGV $$\n' >"$statgated"
refused 'killed by signal 11'
# The address sanitizer needs terabytes of addresses.
if ! grep -q __asan_init "$work/away"; then
  printf '#!/bin/sh\nulimit -v 32000\nexec "%s" "$@"\n' "$work/away" >"$statgated"
  refused 'memory|mapped'
fi
printf '#!/bin/sh\nulimit -Hn 10\nulimit -n 10\nexec "%s" "$@"\n' "$work/away" >"$statgated"
refused 'reload rejected, still running'
if [[ -n $long ]]; then
  printf '#!/bin/sh\nsleep 30\n' >"$statgated"
  refused 'not ready in time'
fi
mv "$work/away" "$statgated"
former=$daemon_pid
kill -HUP "$former"
wait_for is_gone "$former" || fail "no reload after those that failed"
daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
expect_metric shop_extra_total "$extra"
expect_metric statgate_config_last_reload_successful 1
statgated=$own
