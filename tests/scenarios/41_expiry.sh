#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Expired series are never in the way: a label full of them takes as many new values as soon as the
# page no longer shows the old ones, and without new ones they are gone within seconds.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
sender=$(program statgate-sender)
start_daemon --catalog "$scenarios/catalogs/expiring.json"
values=100000

# write_wave FIRST FILE: packed datagrams with that many values from FIRST on, for statgate-sender.
write_wave() {
  awk -v first="$1" -v count="$values" 'BEGIN {
    for (i = first; i < first + count; i++) {
      datagram = datagram (datagram == "" ? "" : "\\n") "expiring_level:1|g|#id:" i
      if (length(datagram) > 1400) { print datagram; datagram = "" }
    }
    print datagram }' >"$2"
}
shown() {
  scrape /metrics/expiring | grep -c '^expiring_level' || true
}
none_shown() {
  [[ $(shown) == 0 ]]
}

write_wave 1 "$work/old"
write_wave $((1 + values)) "$work/new"
"$sender" "$socket" <"$work/old" >/dev/null
wait_for none_shown || fail "$(shown) values are on the page long after their time"
"$sender" "$socket" <"$work/new" >/dev/null

expect_json /debug/senders .total.accepted $((2 * values))
expect_json /debug/senders .total.rejected 0
expect_json /debug/senders .total.folded 0
expect_sums
series_is() {
  last=$(scrape /metrics/statgate | sample 'statgate_series{service="expiring"}')
  same "$last" "$1"
}
wait_for series_is 0 || fail "$last series are kept seconds after their time"
stop_daemon
