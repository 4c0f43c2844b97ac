#!/usr/bin/env bash
# How long nobody reads when the daemon is killed with 100,000 series, and what that costs senders that do not wait:
# 15,000 datagrams a second from 16 processes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

kills=5
[[ -z $long ]] || kills=20

# catalog SERIES FILE: counters of two labels.
catalog() {
  jq -cn --argjson y $(($1 / 100)) 'def values(n): [range(n) | "v\(.)"];
    {statgate: 1, service: "many", max_series: 2000000,
     families: {many_total: {type: "counter", help: "M.", labels: {x: values(100), y: values($y)}}}}' >"$2"
}

# measure SERIES KILLS: sets `median`, in ms.
measure() {
  local before pauses=() i
  catalog "$1" "$work/many-$1.json"
  manager_options=(--restart)
  start_managed --catalog "$work/many-$1.json" --catalog "$scenarios/catalogs/basic.json"
  "$(program statgate-fill)" lines "$socket" "many_total:1|c|#x:v{100},y:v{$(($1 / 100))}"
  wait_for 60 metric_is 'statgate_series{service="many"}' "$1" || fail "$last series of $1"
  "$root/tests/support/paced_senders.py" "$socket" 16 15000 >"$work/sent" 2>"$work/paced.log" </dev/null &
  local senders=$!
  helpers+=("$senders")
  for ((i = 1; i <= $2; i++)); do
    before=$(metric shop_visits_total)
    wait_for 10 has_more_than "$before" || fail "the senders are not heard"
    tell_manager kill
    managed_ready $((i + 1))
    wait_for 10 knows_pause || fail "no pause is known"
    pauses+=("$(json /debug/ingress .takeover.pause_ms)")
  done
  kill -TERM "$senders"
  wait_for 20 test -s "$work/sent" || fail "the senders do not end"
  read -r sent lost <"$work/sent"
  expect_metric shop_visits_total "$sent"
  expect_metric 'statgate_series{service="many"}' "$1"
  expect_eq "sum of many_total" "$(sum_of many_total)" "$1"
  longest=$(printf '%s\n' "${pauses[@]}" | sort -n | tail -n 1)
  median=$(printf '%s\n' "${pauses[@]}" | sort -n | sed -n "$((($2 + 1) / 2))p")
  say "$1 series: nobody read for ${pauses[*]} ms, median $median; $sent datagrams sent, $lost lost"
  json /debug/ingress '.takeover.steps | map("\(.step) \(.us / 1000 | floor) ms") | join(", ")'
  kill -TERM "$manager_pid"
  wait "$manager_pid" || true
  rm "$work/sent"
}
has_more_than() { (($(metric shop_visits_total) > $1)); }
knows_pause() { [[ $(json /debug/ingress .takeover.pause_ms) != null ]]; }

measure 100000 "$kills"
if [[ -n $long ]]; then
  ((median <= 300)) || fail "the median of $kills times without reading is $median ms"
  # The queue holds 2048 datagrams, so many as come in 136 ms.
  ((lost == 0 || longest > 130)) || fail "$lost datagrams of senders that do not wait are lost"
  measure 1000000 3
fi
