#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Datagrams of thousands of lines that are not known take the daemon several turns each, and no scrape
# sees half of one: its first and its last line count together.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
sender=$(program statgate-sender)
start_daemon --catalog "$scenarios/catalogs/pair.json" --catalog "$scenarios/catalogs/bulk.json"
datagrams=100 scrapes=20

awk -v datagrams="$datagrams" 'BEGIN {
  for (d = 0; d < datagrams; d++) {
    text = "pair_first_total:1|c"
    for (line = 0; line < 2000; line++) text = text "\\nbulk_level:1|g|#id:" ++id
    print text "\\npair_last_total:1|c"
  }
}' >"$work/datagrams"

# The datagrams again and again until there is a file `enough`; a line in `waves` each time.
send_waves() {
  until [[ -e $work/enough ]]; do
    "$sender" "$socket" <"$work/datagrams" >/dev/null || exit 1
    echo >>"$work/waves"
  done
}
send_waves &
sending=$!
helpers+=("$sending")

moved=0 before=0
while ((moved < scrapes)); do
  page=$(scrape /metrics/pair)
  first=$(sample pair_first_total <<<"$page")
  last=$(sample pair_last_total <<<"$page")
  ((first == last)) || fail "a scrape saw $first first lines and $last last ones"
  ((moved += last > before)) || true
  before=$last
  ((SECONDS < 300)) || fail "only $moved scrapes met datagrams on their way"
done
touch "$work/enough"
wait "$sending" || fail "the sender ended with exit code $?"
sent=$((datagrams * $(wc -l <"$work/waves")))
expect_metric pair_first_total "$sent"
expect_metric pair_last_total "$sent"
say "$moved scrapes met $sent datagrams on their way; $(json /debug/ingress '.work | "\(.held) turns left a rest, \(.slow_cpu) of \(.callbacks) took over 1 ms of CPU time"')"
(($(json /debug/ingress .work.held) > 0)) || fail "no datagram took more than a turn"
expect_json /debug/senders .total.samples $((2002 * sent))
expect_json /debug/senders .total.rejected 0
expect_sums
stop_daemon
