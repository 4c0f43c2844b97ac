#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How long nobody reads when the daemon is killed with 100,000 series, and when it is reloaded, and what that costs
# senders that do not wait: 15,000 datagrams a second from 16 processes.
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

# measure SERIES KILLS RELOADS: sets `median` and `median_of_reloads`, in ms, and `lost`, datagrams.
measure() {
  local pauses=() reload_pauses=() readies=1
  catalog "$1" "$work/many-$1.json"
  manager_options=(--restart)
  start_managed --catalog "$work/many-$1.json" --catalog "$scenarios/catalogs/basic.json"
  "$(program statgate-fill)" lines "$socket" "many_total:1|c|#x:v{100},y:v{$(($1 / 100))}"
  wait_for metric_is 'statgate_series{service="many"}' "$1" || fail "$last series of $1"
  start_senders
  for ((i = 1; i <= $3; i++)); do
    replace kill -HUP "$daemon_pid"
    reload_pauses+=("$pause")
  done
  end_senders
  lost_by_reloads=$lost
  median_of_reloads=$(middle_of "${reload_pauses[@]}")
  say "$1 series: at a reload nobody read for ${reload_pauses[*]} ms, median $median_of_reloads; $sent datagrams sent, $lost lost"
  reloaded=$sent
  start_senders
  for ((i = 1; i <= $2; i++)); do
    replace tell_manager kill
    pauses+=("$pause")
  done
  end_senders
  expect_metric 'statgate_series{service="many"}' "$1"
  expect_eq "sum of many_total" "$(sum_of many_total)" "$1"
  median=$(middle_of "${pauses[@]}")
  say "$1 series: at a kill nobody read for ${pauses[*]} ms, median $median; $sent datagrams sent, $lost lost"
  kill -TERM "$manager_pid"
  wait "$manager_pid" || true
}
# replace COMMAND...: after it another daemon is ready, the next one of `readies`. Sets pause, in ms.
replace() {
  local before
  before=$(metric shop_visits_total)
  wait_for has_more_than "$before" || fail "the senders are not heard"
  "$@" >"$work/replaced" 2>&1 || fail "$*: exit code $?, $(<"$work/replaced")"
  readies=$((readies + 1))
  managed_ready "$readies"
  wait_for knows_pause || fail "no pause is known"
  pause=$(json /debug/ingress .restore.pause_ms)
}
start_senders() {
  "$root/tests/support/paced_senders.py" "$socket" 16 15000 >"$work/sent" 2>"$work/paced.log" </dev/null &
  senders=$!
  helpers+=("$senders")
}
# Sets sent and lost. All that was sent is counted.
end_senders() {
  kill -TERM "$senders"
  wait_for test -s "$work/sent" || fail "the senders do not end"
  read -r sent lost <"$work/sent"
  rm "$work/sent"
  expect_metric shop_visits_total $((sent + ${reloaded:-0}))
}
middle_of() {
  printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
has_more_than() { (($(metric shop_visits_total) > $1)); }
knows_pause() { [[ $(json /debug/ingress .restore.pause_ms) != null ]]; }

measure 100000 "$kills" "$kills"
if [[ -n $long ]]; then
  expect_eq "datagrams lost by reloads" "$lost_by_reloads" 0
  reloaded=0
  measure 1000000 3 20
fi
