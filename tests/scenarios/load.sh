# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # what lib.sh sets, and what scenarios read
# For scenarios in which the daemon is replaced under load: three clients that count at a pace, and somebody who watches
# what is shown. After lib.sh:
#
#   prepare_load
#   start_managed "${load_catalogs[@]}" --created
#   start_load 667
#   ...
#   end_load

load_catalogs=(--catalog "$scenarios/clients/catalog.json" --catalog "$scenarios/catalogs/burst.json")

prepare_load() {
  need_tools python3 jq
  "$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit
}

# start_load RATE [EXEMPT]: hot-shots, datadog-go and statgate.h, each with so many samples a second; and
# watch_counters.py with EXEMPT beside what ends with a process.
start_load() {
  (cd "$build/clients/node" && exec node paced.js "$socket" "$1") >"$work/node" 2>"$work/node.log" </dev/null &
  load_node=$!
  "$build/clients/paced_go" "$socket" "$1" >"$work/go" 2>"$work/go.log" </dev/null &
  load_go=$!
  "$(program statgate-burst)" "$socket" 1 1000000000 300 "$1" >"$work/burst" 2>"$work/burst.log" </dev/null &
  load_burst=$!
  helpers+=("$load_node" "$load_go" "$load_burst")
  # A series of each is there before anybody watches.
  wait_for is_loaded || fail "not all clients are heard"
  start_watcher "${2:-}"
}
is_loaded() {
  scrape >"$work/loaded"
  grep -q '^client_requests_total{client="node"' "$work/loaded" && grep -q '^client_requests_total{client="go"' "$work/loaded" &&
    (($(grep -c '^burst_total' "$work/loaded") == 300))
}
start_watcher() { # [EXEMPT]
  "$root/tests/support/watch_counters.py" "$port" 0.1 "process_.*${1:+|$1}" >"$work/watched" 2>"$work/watched.log" </dev/null &
  load_watcher=$!
  helpers+=("$load_watcher")
}

# end_load: the clients end, and each sample was counted; no counter was reset meanwhile. Sets load_failed, scrapes
# that were not answered, and load_summary, a sentence.
end_load() {
  kill -TERM "$load_node" "$load_go" "$load_burst"
  wait "$load_node" || fail "hot-shots ended with exit code $?"
  wait "$load_go" || fail "datadog-go ended with exit code $?"
  wait "$load_burst" || fail "statgate-burst ended with exit code $?"
  expect_metric 'client_requests_total{client="node",outcome="ok"}' "$(<"$work/node")"
  expect_metric 'client_requests_total{client="go",outcome="ok"}' "$(<"$work/go")"
  expect_eq "lost by statgate.h" "$(jq .lost "$work/burst")" 0
  wait_for sum_is burst_total "$(jq .given "$work/burst")" || fail "$last counts of burst_total, $(jq .given "$work/burst") given"
  expect_sums
  kill -TERM "$load_watcher"
  wait "$load_watcher" || fail "the watcher ended with exit code $?"
  local scrapes series faults
  read -r scrapes series load_failed faults < <(tail -n 1 "$work/watched")
  expect_eq "counters that were reset: $(head -n 20 "$work/watched")" "$faults" 0
  ((scrapes > 3 && series > 300)) || fail "the watcher saw $series series in $scrapes scrapes"
  load_summary="$(<"$work/node") counts of hot-shots, $(<"$work/go") of datadog-go, $(jq .given "$work/burst") of statgate.h, all counted; $series counters in $scrapes scrapes, none reset"
}
