#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon is killed again and again under three clients at once, while Prometheus scrapes: each sample that was
# delivered is counted, and Prometheus sees no counter fall.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools prometheus python3 jq

"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit

kills=7
[[ -z $long ]] || kills=200
rate=200 # a second, of each client: what waits while a slow machine starts the next daemon fits the queue

manager_options=(--restart)
start_managed --catalog "$scenarios/clients/catalog.json" --catalog "$scenarios/catalogs/burst.json" --created
start_prometheus 200ms
api=$prometheus/api/v1/query

# query EXPRESSION: the value of a result of one series, "" for none
query() {
  curl -fsS --max-time 5 "$api" --data-urlencode "query=$1" | jq -r '.data.result[0].value[1] // ""'
}
sees() { [[ -n $(query "$1" 2>/dev/null) ]]; }

seconds=$((kills + 2))
(cd "$build/clients/node" && exec node paced.js "$socket" "$rate") >"$work/node" 2>"$work/node.log" </dev/null &
node=$!
"$build/clients/paced_go" "$socket" "$rate" >"$work/go" 2>"$work/go.log" </dev/null &
go=$!
"$(program statgate-burst)" "$socket" 1 $((rate * seconds)) 300 "$rate" >"$work/burst" 2>"$work/burst.log" </dev/null &
burst=$!
helpers+=("$node" "$go" "$burst")
wait_for sees 'client_requests_total{client="go"} > 0 and on () client_requests_total{client="node"} > 0 and on () sum(burst_total) > 0' ||
  fail "Prometheus does not see the clients"

for ((i = 1; i <= kills; i++)); do
  sleep "0.$((RANDOM % 5 + 5))" # the moment of a death is not to wait for anything
  tell_manager kill
  managed_ready $((i + 1))
done
wait "$burst" || fail "statgate-burst ended with exit code $?"
kill -TERM "$node" "$go"
wait "$node" || fail "hot-shots ended with exit code $?"
wait "$go" || fail "datadog-go ended with exit code $?"

expect_metric 'client_requests_total{client="node",outcome="ok"}' "$(<"$work/node")"
expect_metric 'client_requests_total{client="go",outcome="ok"}' "$(<"$work/go")"
expect_eq "lost by statgate.h" "$(jq .lost "$work/burst")" 0
wait_for sum_is burst_total "$(jq .given "$work/burst")" || fail "$last counts of burst_total, $(jq .given "$work/burst") given"
expect_metric 'statgate_restarts_total{cause="crash"}' "$kills"
expect_sums

# What Prometheus has of everything but process_*: resets() and changes() of one family at a time drop its name.
wait_for sees "statgate_restarts_total{cause=\"crash\"} == $kills" || fail "Prometheus does not see the last daemon"
curl -fsS --max-time 20 "$api" --data-urlencode 'query={__name__=~".+_(total|bucket|count|sum|created)",__name__!~"process_.+"}[1h]' >"$work/seen"
# that FILTER: how many series of what was seen fit it; `v` are the values of one, `n` is its name.
that() {
  jq "[.data.result[] | .metric.__name__ as \$n | [.values[][1] | tonumber] as \$v | select($1)] | length" "$work/seen"
}
# shellcheck disable=SC2016
{
  falls='any(range(1; $v | length); $v[.] < $v[. - 1])'
  expect_eq "counters that fell" "$(that "(\$n | endswith(\"_created\") | not) and $falls")" 0
  expect_eq "times of creation that moved" "$(that '($n | endswith("_created")) and ($v | min != max)')" 0
  (($(that '$n | endswith("_created")') > 10 && $(that 'true') > 200)) || fail "Prometheus saw only $(that 'true') series"
}
say "$kills kills, $(<"$work/node") counts of hot-shots, $(<"$work/go") of datadog-go, $(jq .given "$work/burst") of statgate.h: all counted"
