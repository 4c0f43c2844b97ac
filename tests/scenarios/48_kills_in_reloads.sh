#!/usr/bin/env bash
# A reload, and at any moment of it the daemon or its successor is killed: whichever goes on, or is started again, has
# all that was sent.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

kills=30
[[ -z $long ]] || kills=1000

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
"$root/tests/support/pack_flood.py" "$socket" 4 >"$work/sent" 2>"$work/flood.log" </dev/null &
flood=$!
helpers+=("$flood")
killed=$(timeout 2400 "$root/tests/support/kill_in_reload.py" "$managed" "$kills") || fail "$killed $(tail -n 20 "$managed/events" | xargs)"
kill -TERM "$flood"
wait_for 20 test -s "$work/sent" || fail "the senders do not end"
read -r visits orders observations <"$work/sent"

expect_metric shop_visits_total "$visits"
expect_metric 'shop_orders_total{outcome="ok"}' "$orders"
expect_metric 'shop_checkout_duration_seconds_count{till="1"}' "$observations"
expect_metric 'statgate_samples_total{service="shop",verdict="accepted"}' $((visits + orders + observations))
expect_metric statgate_crash_skipped_datagrams_total 0
expect_sums
expect_eq "objects that are kept" "$(grep -c '^statgate-object-' "$managed/stored")" 1
expect_eq "sockets that are kept" "$(grep -c '^statgate-socket-' "$managed/stored")" 1
! grep 'the values of the daemon before are lost' "$log" || fail "values were lost"
say "killed amid reloads, daemons and successors: $killed; $((visits + orders + observations)) samples sent and counted; $(
  metric 'statgate_restarts_total{cause="reload"}') reloads, $(metric 'statgate_restarts_total{cause="crash"}') deaths"
