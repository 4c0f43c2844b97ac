#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon is killed again and again, a few milliseconds after it was ready, while senders that wait for it send
# packed datagrams: what they sent is what is counted, exactly.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

kills=15
[[ -z $long ]] || kills=300

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
start_flood
killed=$(timeout 1200 "$root/tests/support/kill_when_ready.py" "$managed" "$kills" 3 7)
expect_eq "kills" "$killed" "$kills"
managed_ready $((kills + 1))
end_flood
expect_metric 'shop_checkout_duration_seconds_sum{till="1"}' "$(awk -v n="$flood_observations" 'BEGIN { printf "%.1f", n / 2 }')"
expect_metric 'statgate_restarts_total{cause="crash"}' "$kills"
expect_sums
say "$kills kills: $flood_samples samples sent and counted"
