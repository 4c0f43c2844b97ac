#!/usr/bin/env bash
# Datagrams of thousands of new series take the daemon several turns each, and no scrape sees half of
# one: its first and its last line count together.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
sender=$(program statgate-sender)
start_daemon --catalog "$scenarios/catalogs/pair.json" --catalog "$scenarios/catalogs/bulk.json"
datagrams=200

awk -v datagrams="$datagrams" 'BEGIN {
  for (d = 0; d < datagrams; d++) {
    text = "pair_first_total:1|c"
    for (line = 0; line < 2000; line++) text = text "\\nbulk_level:1|g|#id:" ++id
    print text "\\npair_last_total:1|c"
  }
}' >"$work/datagrams"
"$sender" "$socket" <"$work/datagrams" >/dev/null &
sending=$!
helpers+=("$sending")

last=0 seen=0
while ((last < datagrams)); do
  page=$(scrape /metrics/pair)
  first=$(sample pair_first_total <<<"$page")
  last=$(sample pair_last_total <<<"$page")
  ((first == last)) || fail "a scrape saw $first first lines and $last last ones"
  ((seen += last > 0 && last < datagrams)) || true
  ((SECONDS < 60)) || fail "only $last of $datagrams datagrams came"
done
wait "$sending" || fail "the sender ended with exit code $?"
say "$seen scrapes met $datagrams datagrams on their way; $(json /debug/ingress '.work | "\(.held) turns left a rest, \(.slow_cpu) of \(.callbacks) took over 1 ms of CPU time"')"
((seen >= 5)) || fail "only $seen scrapes came in between"
expect_json /debug/senders .total.samples $((2002 * datagrams))
expect_json /debug/senders .total.rejected 0
expect_sums
stop_daemon
