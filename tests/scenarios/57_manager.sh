#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests' own service manager does what sd_notify(3) and sd_listen_fds(3) say: other scenarios rely on it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stand_in=$(program statgate-stand-in)
lives_of manager

life 1 <<'LIFE'
print
store first one
store second two
twice third three
bare nothing
child READY=1
tell READY=1|STATUS=in its first life
signal 9
LIFE
life 2 <<'LIFE'
print
remove second
store first four
pipe torn
ready
wait
LIFE
life 3 <<'LIFE'
print
ready
successor
print
tell STATUS=as another process
exit 3
LIFE
manage "$stand_in" "$lives" an argument
expect_printed passed
expect_printed "arguments an argument"
expect_event 'ended signal 9'
expect_eq "what is kept" "$(xargs <"$managed/stored")" "first second third"
expect_eq "main process of none" "$(cat "$managed/pid")" ""
expect_event ready
expect_event 'status in its first life'
expect_event 'ignored [0-9]+'

tell_manager start
expect_event ready 2
expect_printed "passed third=three second=two first=one"
expect_eq "what is kept" "$(xargs <"$managed/stored")" "first third first torn"
tell_manager 'kill 15'
expect_event 'ended exit 0'
# Nobody has the other end of the pipe any more.
expect_event 'hung torn'

tell_manager 'forget third'
expect_event 'removed third'
tell_manager start
expect_printed "passed first=four first=one"
expect_event 'main [0-9]+'
expect_event 'status as another process'
expect_event 'ended exit 3'
kill -TERM "$manager_pid"
wait_for is_gone "$manager_pid" || fail "the manager does not end"

# At once, and again, with a bound, and a socket as of a unit.
rm "$lives"/life-* "$lives/lives"
printf 'many 5 some\nprint\nexit 1\n' >"$lives/life-1"
printf 'print\nready\nwait\n' >"$lives/life-2"
manager_options=(--restart --max 3 --datagram unit.socket "$work/unit.sock")
manage "$stand_in" "$lives"
expect_event ready
expect_event 'refused some' 2
expect_printed "passed unit\.socket="
expect_printed "passed unit\.socket= some= some= some="
kill -TERM "$manager_pid"
wait_for is_gone "$manager_pid" || fail "the manager does not end"
wait "$manager_pid" || fail "the manager ended with $?"

# The daemon itself.
manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
first=$daemon_pid
tell_manager kill
managed_ready 2
[[ $daemon_pid != "$first" ]] || fail "the same process after a kill"
send 'shop_visits_total:1|c'
wait_for eval '[[ $(metric shop_visits_total) != absent ]]' || fail "no sample is counted after a kill"
kill -TERM "$manager_pid"
wait_for is_gone "$manager_pid" || fail "the manager does not end"
wait "$manager_pid" || fail "the manager ended with $?"
expect_event stopping
