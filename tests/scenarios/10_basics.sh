#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The spine: datagrams from the shell and from statgate, seen in both text formats and in JSON.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_daemon --catalog "$scenarios/catalogs/basic.json"
expect_metric 'shop_orders_total{outcome="ok"}' 0 # zeros: before anything was sent
expect_metric 'shop_visits_total' 0
expect_metric 'shop_basket_items{shop="north"}' absent

send 'shop_orders_total:1|c|#outcome:ok'
send 'shop_orders_total:2:3|c|#outcome:ok,env:test' $'shop_basket_items:7|g|#shop:east\r' '' \
  'shop_customers:5|c' 'shop_customers:-7|c' 'shop_customers:2|g' \
  'shop_checkout_duration_seconds:0.1:0.5|h|#till:1' 'shop_checkout_duration_seconds:20000|ms|#till:1'
{
  "$statgate" send --socket "$socket" 'shop_visits_total:1|c|@0.25' 'shop_orders_total:1|c|#outcome:error'
  echo 'shop_visits_total:1|c' | STATGATE_SOCKET=$socket "$statgate" send -
} >"$work/sent"
expect_eq "datagrams that statgate sent" "$(grep -c 'in 1 datagram' "$work/sent")" 2

expect_metric 'shop_visits_total' 5
expect_metric 'shop_orders_total{outcome="ok"}' 6
expect_metric 'shop_orders_total{outcome="error"}' 1
expect_metric 'shop_basket_items{shop="other"}' 7
expect_metric 'shop_customers' 2
expect_metric 'shop_checkout_duration_seconds_bucket{till="1",le="0.1"}' 1
expect_metric 'shop_checkout_duration_seconds_bucket{till="1",le="1"}' 2
expect_metric 'shop_checkout_duration_seconds_bucket{till="1",le="10"}' 2
expect_metric 'shop_checkout_duration_seconds_bucket{till="1",le="+Inf"}' 3
expect_metric 'shop_checkout_duration_seconds_sum{till="1"}' 20.6
expect_metric 'shop_checkout_duration_seconds_count{till="1"}' 3

# One service alone, whole, in both formats, byte for byte.
cat >"$work/text" <<'TEXT'
# HELP shop_basket_items Items in the last basket.
# TYPE shop_basket_items gauge
shop_basket_items{shop="other"} 7
# HELP shop_checkout_duration_seconds Time at the till.
# TYPE shop_checkout_duration_seconds histogram
shop_checkout_duration_seconds_bucket{till="1",le="0.1"} 1
shop_checkout_duration_seconds_bucket{till="1",le="1"} 2
shop_checkout_duration_seconds_bucket{till="1",le="10"} 2
shop_checkout_duration_seconds_bucket{till="1",le="+Inf"} 3
shop_checkout_duration_seconds_sum{till="1"} 20.6
shop_checkout_duration_seconds_count{till="1"} 3
# HELP shop_customers Customers inside.
# TYPE shop_customers gauge
shop_customers 2
# HELP shop_orders_total Orders by outcome.
# TYPE shop_orders_total counter
shop_orders_total{outcome="error"} 1
shop_orders_total{outcome="ok"} 6
# HELP shop_visits_total Visits.
# TYPE shop_visits_total counter
shop_visits_total 5
TEXT
cat >"$work/openmetrics" <<'TEXT'
# TYPE shop_basket_items gauge
# HELP shop_basket_items Items in the last basket.
shop_basket_items{shop="other"} 7
# TYPE shop_checkout_duration_seconds histogram
# UNIT shop_checkout_duration_seconds seconds
# HELP shop_checkout_duration_seconds Time at the till.
shop_checkout_duration_seconds_bucket{till="1",le="0.1"} 1
shop_checkout_duration_seconds_bucket{till="1",le="1.0"} 2
shop_checkout_duration_seconds_bucket{till="1",le="10.0"} 2
shop_checkout_duration_seconds_bucket{till="1",le="+Inf"} 3
shop_checkout_duration_seconds_sum{till="1"} 20.6
shop_checkout_duration_seconds_count{till="1"} 3
# TYPE shop_customers gauge
# HELP shop_customers Customers inside.
shop_customers 2
# TYPE shop_orders counter
# HELP shop_orders Orders by outcome.
shop_orders_total{outcome="error"} 1
shop_orders_total{outcome="ok"} 6
# TYPE shop_visits counter
# HELP shop_visits Visits.
shop_visits_total 5
# EOF
TEXT
scrape /metrics/shop >"$work/got"
diff -u "$work/text" "$work/got" || fail "the text exposition of one service differs"
scrape_openmetrics /metrics/shop >"$work/got"
diff -u "$work/openmetrics" "$work/got" || fail "the OpenMetrics exposition of one service differs"
scrape /metrics/shop >"$work/got"
diff -u "$work/text" "$work/got" || fail "the text exposition differs when its texts were kept"
[[ $(scrape | grep -c '^shop_') == $(grep -c '^shop_' "$work/text") ]] ||
  fail "/metrics does not show the same series"

expect_json '/debug/series?service=shop&family=shop_orders_total' \
  '.services[0].families[0] | [.type, .bound, ([.series[] | "\(.labels.outcome)=\(.value)"] | sort)] | tojson' \
  '["counter",2,["error=1","ok=6"]]'
expect_json '/debug/series?family=shop_checkout_duration_seconds' \
  '.services[0].families[0].series[0] | [.count, .sum, .buckets[0].le, .buckets[3].le, .buckets[3].count] | tojson' \
  '[3,20.6,"0.1","+Inf",3]'

# What was not counted, and why; none of it became a series.
before=$(scrape /metrics/shop | sha256sum)
send 'shop_orders_total:1|c|#outcome:lost' 'nobody:1|c' 'shop_orders_total:-1|c|#outcome:ok' \
  'shop_orders_total:1|h|#outcome:ok' 'shop_orders_total:1|c' 'shop_visits_total:1|c|#till:9' \
  'shop_visits_total:1e999|c' 'shop_visits_total:1|c|@2' 'nonsense' '_e{1,1}:a|b' '_sc|up|0'
expect_json /debug/rejections '[.total, .by_reason.label_value, .by_reason.unknown_family, .by_reason.bad_value,
  .by_reason.type_mismatch, .by_reason.missing_label, .by_reason.unknown_label, .by_reason.bad_rate,
  .by_reason.malformed] | tojson' '[9,1,1,2,1,1,1,1,1]'
expect_eq "the exposition after rejections" "$(scrape /metrics/shop | sha256sum)" "$before"
expect_json /debug/rejections '[.recent[] | select(.reason == "label_value")][0].line' \
  'shop_orders_total:1|c|#outcome:lost'
expect_sums
stop_daemon
[[ ! -e $socket ]] || fail "the socket is still there after a clean end"
