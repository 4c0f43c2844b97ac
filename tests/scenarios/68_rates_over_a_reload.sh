#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A metric is added to a catalog of a running host, and the daemon reloaded. Prometheus, which scrapes once a second,
# sees of everything else what it saw before: the same rates, no reset.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/load.sh"
need_tools prometheus

window=8 # seconds before the reload, and after it
[[ -z $long ]] || window=60

prepare_load
jq . "$scenarios/clients/catalog.json" >"$work/catalog.json"
manager_options=(--restart)
start_managed --catalog "$work/catalog.json" --catalog "$scenarios/catalogs/burst.json" --created
start_prometheus 1s
api=$prometheus/api/v1

sees() {
  [[ $(curl -fsS --max-time 5 "$api/query" --data-urlencode "query=$1" | jq '.data.result | length') -gt 0 ]]
}

start_load 667
wait_for sees 'client_requests_total' || fail "Prometheus does not see the clients"
sleep "$((window + 1))" # what is to be compared
before=$(date +%s.%N)
jq '.families.client_added_total = {type: "counter", help: "Added.", zeros: true}' "$work/catalog.json" >"$work/catalog.json.new"
mv "$work/catalog.json.new" "$work/catalog.json"
begin_reload "$daemon_pid"
end_reload taken
managed_ready 2
sleep "$((window - 1))" # the reload is to lie within the window
after=$(date +%s.%N)
sees client_added_total || fail "Prometheus does not see what was added"

compared=$("$root/tests/support/compare_rates.py" "$api" "$window" "$before" "$after") || fail "$compared"
((${compared% *} > 300)) || fail "Prometheus had only ${compared% *} series"
end_load
say "a family more: ${compared% *} rates over $window s as before, the largest difference ${compared#* } of what sampling may do; $load_summary"
