#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# statgate tail: lines with their verdicts, filters, five followers, one that does not read under a flood, hidden texts, a
# reload and a kill.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3
catalog=$scenarios/catalogs/basic.json
start_daemon --catalog "$catalog"
start_sender worker

# follow NAME [FLAG...]: statgate tail in the background, into $work/NAME.out; waits until it is heard.
declare -A follower
follow() {
  local name=$1
  shift
  "$statgate" tail --socket "$socket" "$@" </dev/null >"$work/$name.out" 2>"$work/$name.err" &
  follower[$name]=$!
  helpers+=("$!")
}
# Until a line of a probe is seen, the follower may not have begun.
sees() { [[ -s $work/$1.out ]]; }
await_follower() {
  local i
  for ((i = 0; i < 100; i++)); do
    send_as worker "${2:-shop_visits_total:1|c}"
    ! sees "$1" || return 0
    sleep 0.05
  done
  fail "$1 sees nothing: $(<"$work/$1.err")"
}

# ---- verdicts and filters ----

follow all --json
await_follower all
send_as worker 'shop_orders_total:1|c|#outcome:ok,env:a' 'shop_orders_total:1|c|#outcome:lost' 'nobody:1|c' '_sc|x|0'
# What is written behind an emptied file begins where it was.
shows() { tr -d '\000' <"$work/$1.out" | jq -rs "$2" >"$work/found" 2>/dev/null && [[ $(<"$work/found") == "$3" ]]; }
expect_tail() {
  wait_for shows "$@" || fail "$1: '$2' is $(<"$work/found"), expected $3"
}
expect_tail all '[.[] | select(.line == "nobody:1|c")] | map(.verdict + " " + .reason) | join(";")' 'rejected unknown_family'
expect_tail all '[.[] | select(.line | startswith("shop_orders_total:1|c|#outcome:lost"))] | .[0].verdict' rejected
expect_tail all '[.[] | select(.line == "_sc|x|0")] | .[0].verdict' ignored
expect_tail all '[.[] | select(.line | startswith("shop_orders_total:1|c|#outcome:ok"))] | .[0] | .verdict + " " + .family' \
  'accepted shop_orders_total'
expect_tail all 'map(.sender.pid) | unique | join(" ")' "${sender_pid[worker]}"

follow refused --verdict rejected --lines 2
await_follower refused nobody:2\|c
send_as worker 'shop_visits_total:5|c' 'nobody:3|c'
wait_for is_gone "${follower[refused]}" || fail "--lines does not end it"
wait "${follower[refused]}" || fail "--lines ends with $?"
grep -q REJECTED "$work/refused.out" || fail "no verdict: $(<"$work/refused.out")"
! grep -q accepted "$work/refused.out" || fail "other verdicts: $(<"$work/refused.out")"
status=0
"$statgate" tail --socket "$socket" --verdict nonsense 2>"$work/wrong" || status=$?
expect_eq "exit code of a wrong filter" "$status" 2

# ---- four at a time ----

follow second
follow third
await_follower second
await_follower third

# The fourth does not read.
python3 - "${socket%.sock}.control" "$work/silent" <<'PYTHON' &
import select, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b"POST /tail HTTP/1.1\r\nHost: x\r\n\r\n")
open(sys.argv[2], "w").close()
end = select.poll()
end.register(client, select.POLLHUP)
end.poll(600000)
PYTHON
silent=$!
helpers+=("$silent")
wait_for test -e "$work/silent" || fail "nobody is silent"
is_full() {
  local status=0
  "$statgate" tail --socket "$socket" --lines 1 2>"$work/fifth" >/dev/null </dev/null &
  local pid=$!
  watch_for 1 is_gone "$pid" || kill "$pid"
  wait "$pid" || status=$?
  ((status == 3))
}
wait_for is_full || fail "a fifth follower is taken"
expect_contains "the fifth" "$(<"$work/fifth")" "four follow already"

# ---- a flood, of which nothing is lost ----

start_flood
wait_for grep -q dropped "$work/all.out" || fail "nothing was dropped under a flood"
kill -TERM "$flood"
wait_for test -s "$work/flooded" || fail "the senders do not end"
read -r _ orders observations <"$work/flooded"
expect_metric 'shop_orders_total{outcome="ok"}' "$((orders + 1))"
expect_metric 'shop_checkout_duration_seconds_count{till="1"}' "$observations"
expect_sums
most=$(jq -rs '[.[] | select(.at != null)] | group_by((.at / 1000) | floor) | map(length) | max' "$work/all.out")
((most <= 2100)) || fail "$most lines in a second"
# Who takes nothing for 10 s is left.
wait_for is_gone "$silent" || fail "a follower that does not read keeps its place"

# ---- the daemon is replaced, and dies ----

: >"$work/all.out"
begin_reload "$daemon_pid"
end_reload taken
await_follower all
kill "${follower[second]}" "${follower[third]}"
kill_daemon "$supervisor_pid"
wait_for grep -q 'has gone' "$work/all.err" || fail "a kill is not told: $(<"$work/all.err")"
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port" --rejected-text=off
wait_for is_ready || fail "no daemon"
start_sender next
: >"$work/all.out"
follow_next() { send_as next 'shop_orders_total:1|c|#outcome:secret'; sees all; }
wait_for follow_next || fail "it does not go on: $(<"$work/all.err")"

# ---- texts are hidden ----

! grep -q secret "$work/all.out" || fail "a text that is to be hidden: $(<"$work/all.out")"
expect_tail all '.[0] | .reason + " " + .family + " " + (.line | tostring)' 'label_value shop_orders_total null'
kill "${follower[all]}"
stop_daemon
