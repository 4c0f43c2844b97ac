#!/usr/bin/env bash
# The daemon is killed again and again, a few milliseconds after it was ready, while senders that wait for it send
# packed datagrams: what they sent is what is counted, exactly.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

kills=15
[[ -z $long ]] || kills=300

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
"$root/tests/support/pack_flood.py" "$socket" 4 >"$work/sent" 2>"$work/flood.log" </dev/null &
flood=$!
helpers+=("$flood")
killed=$(timeout 1200 "$root/tests/support/kill_when_ready.py" "$managed" "$kills" 3 7)
expect_eq "kills" "$killed" "$kills"
managed_ready $((kills + 1))
kill -TERM "$flood"
wait_for 20 test -s "$work/sent" || fail "the senders do not end"
read -r visits orders observations <"$work/sent"

expect_metric shop_visits_total "$visits"
expect_metric 'shop_orders_total{outcome="ok"}' "$orders"
expect_metric 'shop_checkout_duration_seconds_count{till="1"}' "$observations"
expect_metric 'shop_checkout_duration_seconds_sum{till="1"}' "$(awk -v n="$observations" 'BEGIN { printf "%.1f", n / 2 }')"
expect_metric 'statgate_samples_total{service="shop",verdict="accepted"}' $((visits + orders + observations))
expect_metric statgate_crash_skipped_datagrams_total 0
expect_metric 'statgate_restarts_total{cause="crash"}' "$kills"
expect_sums
say "$kills kills: $((visits + orders + observations)) samples sent and counted"
