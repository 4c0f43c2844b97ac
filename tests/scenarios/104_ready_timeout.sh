#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A daemon that stays away: senders that block wait for as long as the ready timeout lasts, then the supervisor reads in its
# place, and every datagram is in exactly one of two counters, whatever dies meanwhile.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

catalog=$scenarios/catalogs/basic.json

# The program below the supervisor, which can be replaced.
mkdir "$work/bin"
cp "$statgated" "$work/bin/statgated"
cp "$statgated" "$work/daemon"
printf '#!/bin/sh\nexec sleep 600\n' >"$work/asleep"
chmod +x "$work/asleep"
put() {
  cp "$1" "$work/bin/next"
  mv "$work/bin/next" "$work/bin/statgated"
}
statgated=$work/bin/statgated

start_daemon --ready-timeout 4 --catalog "$catalog"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
expect_metric statgate_unread_datagrams_total 0

# send_blocking COUNT NAME: that many datagrams from a process that waits where it has to; NAME.ms has how long it took.
cat >"$work/block.py" <<'PY'
import socket, sys, time
count, path, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.connect(path)
begin = time.monotonic()
for _ in range(count):
    sender.send(b"shop_visits_total:1|c")
with open(name, "w") as file:
    file.write(str(int((time.monotonic() - begin) * 1000)))
PY
total=1
send_blocking() {
  total=$((total + $1))
  helper python3 "$work/block.py" "$1" "$socket" "$work/$2.ms"
}
sent() { [[ -s $work/$1.ms ]]; }
is_ready_now() { [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/readyz") == 200 ]]; }
# is_another PID: the supervisor has one child, and it is not that; for a moment after a reload there are two.
is_another() { last=$(children_of "$supervisor_pid") && [[ $last != "$1" && $last != *$'\n'* ]]; }
# asks: whether HTTP closes a connection at once, instead of leaving it to wait.
is_closed() {
  local status=0
  curl -s -o /dev/null --max-time 1 "$url/healthz" || status=$?
  ((status == 52 || status == 56))
}
# adds_up: each datagram was applied or left unread.
adds_up() {
  visits=$(metric shop_visits_total) unread=$(metric statgate_unread_datagrams_total)
  [[ $visits$unread == +([0-9]) ]] && ((visits + unread == total))
}
expect_exact() {
  wait_for adds_up || fail "$1: $visits applied and $unread unread of $total"
}

# ---- away for longer than the ready timeout ----
put "$work/asleep"
kill -KILL "$daemon_pid"
wait_for is_another "$daemon_pid" || fail "the supervisor starts nothing"
send_blocking 6000 first
! is_closed || fail "connections are closed before the ready timeout is over"
! sent first || fail "a queue takes 6,000 datagrams: the test says nothing"
wait_for sent first || fail "a sender that blocks waits for ever"
first_ms=$(<"$work/first.ms")
grep -qF 'no daemon has been ready for 4.0 s' "$log" || fail "the supervisor does not say that it reads"
wait_for is_closed || fail "a new connection is left waiting"

# Again without one that was ready: the timeout does not begin again, and the count goes on.
before=$(children_of "$supervisor_pid")
kill -KILL "$before"
wait_for is_another "$before" || fail "the supervisor starts nothing"
send_blocking 6000 second
wait_for sent second || fail "a daemon that dies before it is ready makes senders wait again"

# A daemon takes the count once it is ready.
put "$work/daemon"
kill -KILL "$(children_of "$supervisor_pid")"
wait_for is_ready_now || fail "no daemon"
expect_exact "after the first absence"
((unread >= 12000)) || fail "$unread datagrams were unread"
grep -qF "it discarded $unread datagrams" "$log" || fail "the log does not say how many"

# ---- the count outlives deaths and reloads ----
send_blocking 1000 third
expect_exact "with a daemon"
counted=$unread
kill -KILL "$(children_of "$supervisor_pid")"
wait_for is_ready_now || fail "no daemon"
send_blocking 1000 fourth
expect_exact "after a kill"
expect_eq "unread after a kill" "$unread" "$counted"
before=$(children_of "$supervisor_pid")
begin_reload "$supervisor_pid"
end_reload taken
wait_for is_another "$before" || fail "the former process stays"
expect_exact "after a reload"
expect_eq "unread after a reload" "$unread" "$counted"

# ---- away for less: nothing is read in its place ----
kill -KILL "$(children_of "$supervisor_pid")"
send_blocking 6000 fifth
wait_for sent fifth || fail "a sender waits for ever"
expect_exact "after a short absence"
expect_eq "unread after a short absence" "$unread" "$counted"
# ---- a first daemon that stays away, with a socket that was there before it ----
lives_of inherited
printf 'sleep 60000\n' | life 1
manager_options=(--datagram unit.socket "$work/unit.sock")
manage "$(program statgate-stand-in)" --supervisor=8000,300 "$lives"
wait_for test -S "$work/unit.sock" || fail "the manager binds no socket"
socket=$work/unit.sock
send_blocking 6000 sixth
wait_for sent sixth || fail "a sender waits for ever for a first daemon"

say "$counted datagrams were read in place of a daemon; a sender waited $first_ms ms of a ready timeout of 4000"
