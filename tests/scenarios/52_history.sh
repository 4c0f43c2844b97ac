#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What happened lately: curves of the daemon and of a service, as the daemon itself feeds them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq curl

# sum QUERY CURVE: of its known points.
sum() {
  curl -fsS --max-time 5 "$url/debug/history?$1" | jq ".curves.$2 | map(. // 0) | add"
}
is_sum() {
  [[ $(sum "$1" "$2") == "$3" ]]
}
# expect_sum QUERY CURVE SUM: within ten seconds.
expect_sum() {
  wait_for is_sum "$@" || fail "$1: the sum of $2 is $(sum "$1" "$2"), expected $3"
}
# gaps: how many unknown points have known ones before them.
gaps() {
  curl -fsS --max-time 5 "$url/debug/history" |
    jq '.curves.samples | to_entries | (map(select(.value != null)) | first | .key) as $first |
        map(select(.key > $first and .value == null)) | length'
}

start_daemon --catalog "$scenarios/catalogs/basic.json"
is_known() {
  [[ $(curl -fsS --max-time 5 "$url/debug/history" | jq '.curves.samples[299]') != null ]]
}
wait_for is_known || fail "nothing is known after ten seconds"

# ---- what it has ----

send 'shop_visits_total:1:2:3|c' 'shop_visits_total:x|c' 'shop_basket_items:1|g|#shop:west' 'nobody_total:1|c'
expect_sum service=shop samples 5
expect_sum service=shop rejected 1
expect_sum service=shop folded 1
expect_sum '' samples 6
expect_sum '' rejected 2
expect_json '/debug/history?service=shop' '[.service, .span, .step_ms] | join(" ")' 'shop 5m 1000'
expect_json '/debug/history?service=shop&span=24h' '[.curves[] | length] | unique | join(" ")' 288
ends=$(curl -fsS "$url/debug/history" | jq '.until / 1000 | floor')
((ends <= $(date +%s) && ends >= $(date +%s) - 60)) || fail "the last point ends at $ends"
expect_eq "no such span" "$(curl -s -o /dev/null -w '%{http_code}' "$url/debug/history?span=1h")" 400

# ---- a process that is stopped knows nothing of that time ----

before=$(gaps)
kill -STOP "$daemon_pid"
sleep 4
kill -CONT "$daemon_pid"
wait_for is_known || fail "nothing is known after the stop"
after=$(gaps)
((after >= before + 2 && after <= before + 5)) || fail "$before seconds were unknown before a stop of 4 s, and $after after it"

stop_daemon

# ---- curves outlive the process: a reload, and a crash ----

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
wait_for is_known || fail "nothing is known after ten seconds"
send 'shop_visits_total:1:2:3|c'
expect_sum service=shop samples 3
begin_reload "$daemon_pid"
end_reload taken
managed_ready 2
wait_for is_known || fail "nothing is known after a reload"
expect_sum service=shop samples 3
missing=$(gaps)
((missing <= 1)) || fail "$missing seconds are unknown after a reload"
send 'shop_visits_total:1:2|c'
expect_sum service=shop samples 5
tell_manager kill
managed_ready 3
expect_sum service=shop samples 5
missing=$(gaps)
((missing <= 4)) || fail "$missing seconds are unknown after a crash"

# ---- none ----

start_daemon --catalog "$scenarios/catalogs/basic.json" --history=off
expect_eq "without a history" "$(curl -s -o /dev/null -w '%{http_code}' "$url/debug/history")" 404
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
stop_daemon
with=$("$statgate" check --json "$scenarios/catalogs/basic.json" | jq .total.history_bytes)
without=$("$statgate" check --json --history=off "$scenarios/catalogs/basic.json" | jq .total.history_bytes)
((with > 10000 && without == 0)) || fail "check says $with bytes with a history, $without without"
say "curves of five minutes and a day; $with bytes for a service and the daemon"
