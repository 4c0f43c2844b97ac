#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Another catalog behind the values of the one before: after a kill under a supervisor, and by a reload. What still fits is
# kept, what does not starts again and is counted, and an open breaker keeps clients away.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

catalog=$work/shop.json

cat >"$catalog" <<'JSON'
{"statgate": 1, "service": "shop",
 "families": {
   "shop_orders_total": {"type": "counter", "help": "Orders.", "labels": {"outcome": ["ok", "failed"]}},
   "shop_served_total": {"type": "counter", "help": "Served.", "labels": {"site": ["east", "west"]}},
   "shop_wait_seconds": {"type": "histogram", "help": "Waits.", "buckets": [1, 10]},
   "shop_workers": {"type": "gauge", "help": "Workers.", "merge": "sum"},
   "shop_load": {"type": "gauge", "help": "Load."}},
 "attempts": {
   "shop_payment": {"labels": {"bank": ["a", "b"]}, "success": ["ok"], "failure": ["error"],
     "breaker": {"open_after": 2, "cooldown_s": 600, "probes": 1}, "expose": ["circuit_state"]}},
 "jobs": {"shop_mail": {"buckets": [1, 10], "max_live": 10}}}
JSON

# change_catalog FILTER: by this filter of jq.
change_catalog() {
  jq "$1" "$catalog" >"$catalog.new"
  mv "$catalog.new" "$catalog"
}

created_of() {
  scrape_openmetrics | grep "^$1"
}

open_breaker='shop_payment_circuit_state{bank="a",state="open"}'
start_daemon --created --catalog "$catalog"
supervisor=$supervisor_pid
start_sender worker
send_as worker 'shop_workers:3|g'
send 'shop_orders_total:5|c|#outcome:ok' 'shop_orders_total:2|c|#outcome:failed' 'shop_served_total:7|c|#site:east' \
  'shop_served_total:1|c|#site:west' 'shop_wait_seconds:4|h' 'shop_load:9|g' \
  'shop_payment:error:error|a|#bank:a' 'shop_mail:queued|j|i:m1'
expect_metric "$open_breaker" 1
created=$(created_of 'shop_orders_created{outcome="ok"}')
vigil() {
  echo >&"$to_vigil"
  read -r -t 20 longest_us <&"$from_vigil" || fail "the client that asks all the time does not answer"
}
mkfifo "$work/to_vigil" "$work/from_vigil"
"$(program statgate-vigil)" "$socket" shop_payment bank:a <"$work/to_vigil" >"$work/from_vigil" 2>"$work/vigil.log" &
helpers+=("$!")
exec {to_vigil}>"$work/to_vigil" {from_vigil}<"$work/from_vigil"
vigil
vigil
expect_eq "how long an open breaker said yes, in us" "$longest_us" 0

# ---- a kill, and then: values more and less, a label with a default, another help, other buckets ----

change_catalog '.families.shop_orders_total |= (.help = "Orders by outcome." | .labels.outcome = ["failed", "late", "ok"]
    | .labels.shop = {values: ["main", "other"], default: "main"})
  | .families.shop_served_total.labels.site = ["east"] | .families.shop_wait_seconds.buckets = [1, 5, 10]
  | .families.shop_workers.labels.pool = {const: "p"} | .attempts.shop_payment.breaker.open_after = 5
  | .jobs.shop_mail.max_live = 20'
kill -KILL "$daemon_pid"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
expect_metric 'shop_orders_total{outcome="ok",shop="main"}' 5
expect_metric 'shop_orders_total{outcome="failed",shop="main"}' 2
expect_eq "when it was created" "$(created_of 'shop_orders_created{outcome="ok"' | sed 's/.* //')" "${created##* }"
expect_metric 'shop_served_total{site="east"}' 7
expect_metric 'shop_served_total{site="west"}' absent
expect_metric shop_wait_seconds_count 0
expect_metric 'shop_workers{pool="p"}' 3
expect_metric shop_load 9
expect_metric "$open_breaker" 1
expect_metric 'shop_payment_attempts_total{bank="a",outcome="error"}' 2
expect_metric 'shop_mail_jobs{state="queued"}' 1
expect_metric 'statgate_families_restarted_total{reason="buckets"}' 1
expect_metric 'statgate_families_restarted_total{reason="labels"}' 0
expect_printed '.*shop_wait_seconds of shop starts again: its catalog has other buckets'
expect_sums
send 'shop_orders_total:1|c|#outcome:ok'
expect_metric 'shop_orders_total{outcome="ok",shop="main"}' 6

# ---- reloads ----

# reload: the daemon hands over to another process.
reloads=0
reload() {
  reloads=$((reloads + 1))
  kill -HUP "$supervisor"
  wait_for metric_is 'statgate_restarts_total{cause="reload"}' "$reloads" || fail "reload $reloads is not taken"
}
page=${socket%.sock}.breakers
inode=$(stat -c %i "$page")
generation() {
  od -An -t u8 -j 40 -N 8 "$page" | tr -d ' '
}

# The same breakers: nothing changes for clients.
vigil
before=$(generation)
reload
vigil
expect_eq "generation behind a reload with the same breakers" "$(generation)" "$before"
expect_eq "how long an open breaker said yes, in us" "$longest_us" 0

# Others beside it: they search again, and may try for a moment at most.
for values in '["a"]' '["a", "b", "c"]' '["a", "b"]'; do
  before=$(generation)
  change_catalog ".attempts.shop_payment.labels.bank = $values"
  reload
  vigil
  [[ $(generation) != "$before" ]] || fail "the page has other breakers, and the same generation"
  ((longest_us <= 10000)) || fail "an open breaker said yes for $longest_us us"
  say "an open breaker said yes for $longest_us us"
  expect_metric "$open_breaker" 1
done
expect_eq "inode of the page" "$(stat -c %i "$page")" "$inode"

# What can't be kept: a label less, another type, another merge, a label less of attempts.
change_catalog 'del(.families.shop_served_total.labels) | .families.shop_load.type = "updowncounter"
  | .families.shop_workers.merge = "max" | del(.attempts.shop_payment.labels)'
before=$(metric 'statgate_families_restarted_total{reason="labels"}')
reload
expect_metric shop_served_total 0
expect_metric shop_load 0
expect_metric shop_workers absent
expect_metric 'statgate_families_restarted_total{reason="type"}' 1
expect_metric 'statgate_families_restarted_total{reason="merge"}' 1
expect_metric 'statgate_families_restarted_total{reason="labels"}' $((before + 8))
expect_metric 'shop_orders_total{outcome="ok",shop="main"}' 6
expect_metric 'shop_mail_jobs{state="queued"}' 1
expect_sums

# Without a daemon it may try at once: who watches would have seen it.
vigil
kill -TERM "$supervisor"
wait "$supervisor" || fail "the supervisor ended with $?"
vigil
((longest_us > 0)) || fail "nobody says no, and the client did not notice"
