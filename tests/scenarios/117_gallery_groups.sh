#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Gallery's telemetry groups, switched by the variables of its document, with the unchanged deployment file but for its ports.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq promtool

gallery=$root/packaging/systems/gallery/statgate.json
free_port && api=$port
free_port && jobs=$port
free_port && ml=$port
jq --arg folder "$root/packaging/catalogs/" --arg api "127.0.0.1:$api" --arg jobs "127.0.0.1:$jobs" --arg ml "127.0.0.1:$ml" '
  del(.metrics_listen, .state_file) | .catalog |= map($folder + (split("/") | last)) |
  .endpoints[0].listen = $api | .endpoints[1].listen = $jobs | .endpoints[2].listen = $ml' "$gallery" >"$work/statgate.json"

# A sample of each group, which the queries of the document read: assets, users, queues; and one outside the switch.
send_all() {
  send 'immich_assets_total:7|g|#type:image'
  send 'immich_users_total:2|g'
  send 'immich_queues_jobs:3|g|#queue:thumbnailGeneration,status:waiting'
  send 'immich_ml_requests_total:1|c|#task:clip,type:visual,status:success'
}
# groups: those that the pages show.
groups() {
  local found=()
  { curl -fsS "http://127.0.0.1:$api/metrics" && curl -fsS "http://127.0.0.1:$jobs/metrics"; } >"$work/server" 2>/dev/null || true
  ! grep -q '^immich_assets_total' "$work/server" || found+=(app)
  ! grep -q '^immich_queues_jobs' "$work/server" || found+=(job)
  ! grep -q '^immich_users_total' "$work/server" || found+=(api)
  echo "${found[*]}"
}
# shows GROUPS [VARIABLE=VALUE...]: a daemon with these variables shows these groups.
shows() {
  local wanted=$1
  shift
  unset IMMICH_TELEMETRY_INCLUDE IMMICH_TELEMETRY_EXCLUDE
  # shellcheck disable=SC2163
  (($# == 0)) || export "$@"
  start_daemon --config "$work/statgate.json"
  send_all
  is_shown() { [[ $(groups) == "$wanted" ]] && curl -fsS "http://127.0.0.1:$ml/metrics" | grep -q '^immich_ml_requests_total'; }
  wait_for is_shown || fail "with '$*': $(groups), not $wanted; $(grep -c . "$work/server") lines"
  expect_eq "rejected samples" "$(scrape | awk '/^statgate_rejected_samples_total/ { n += $NF } END { print n + 0 }')" 0
}

shows "app job api" IMMICH_TELEMETRY_INCLUDE=all
stop_daemon
shows "app job api" IMMICH_TELEMETRY_INCLUDE=api,app,job
stop_daemon
shows "api" IMMICH_TELEMETRY_INCLUDE=api
stop_daemon
shows "app api" IMMICH_TELEMETRY_INCLUDE=all IMMICH_TELEMETRY_EXCLUDE=job,host
stop_daemon
# Not set: "will not expose server metrics endpoints by default". The addresses refuse; the third endpoint stays.
shows ""
for port in "$api" "$jobs"; do
  status=0
  curl -s "http://127.0.0.1:$port/metrics" >/dev/null || status=$?
  expect_eq "curl's exit code at a closed endpoint" "$status" 7
done
grep -qF "127.0.0.1:$api/metrics is closed: IMMICH_TELEMETRY_INCLUDE is not set in this daemon's environment" "$log" ||
  fail "no word of a closed endpoint"
"$statgate" check --config "$work/statgate.json" >"$work/check" 2>&1 || fail "check: $(<"$work/check")"
expect_contains "the table of endpoints" "$(<"$work/check")" "closed: IMMICH_TELEMETRY_INCLUDE is not set"
expect_json /debug/endpoints '[.endpoints[1:3][] | "\(.address) \(.closed_by)"] | unique | join(" ")' 'null IMMICH_TELEMETRY_INCLUDE'
# A reload keeps the environment of the daemon, so it stays closed.
"$statgate" reload --socket "$socket" >"$work/reload" || fail "reload: $(<"$work/reload")"
expect_eq "groups after a reload" "$(groups)" ""
stop_daemon

# ---- in containers: the same endpoints at other addresses, and the jobs that scrape them ----
compose=$root/packaging/systems/gallery/compose
endpoints() { jq -S '[(.catalog | map(split("/") | last)), (.endpoints | map(.listen |= (split(":") | last)))]' "$1"; }
expect_eq "endpoints in containers" "$(endpoints "$compose/statgate.json")" "$(endpoints "$gallery")"
jq --arg folder "$root/packaging/catalogs/" '.catalog |= map($folder + (split("/") | last))' "$compose/statgate.json" >"$work/container.json"
IMMICH_TELEMETRY_INCLUDE=all "$statgate" check --config "$work/container.json" >"$work/check" 2>&1 || fail "check of the container's settings: $(<"$work/check")"
jobs_of() { awk '/job_name:/ { job = $NF } match($0, /:[0-9]+"/) { print job substr($0, RSTART, RLENGTH) }' "$1" | grep -v '^statgate'; }
expect_eq "jobs and ports in containers" "$(jobs_of "$compose/prometheus.yml")" "$(jobs_of "${gallery%/*}/prometheus.yml")"
# What compose.yaml mounts is there, and makes a Prometheus whose configuration is good.
mkdir "$work/mounted"
while read -r from to; do
  cp "$compose/$from" "$work/mounted/$to" || fail "compose.yaml mounts $from, which is not there"
done < <(sed -n 's|^ *- \(\.[^:]*\):/etc/[a-z]*/\([a-z.-]*\):ro$|\1 \2|p' "$compose/compose.yaml")
promtool check config "$work/mounted/prometheus.yml" >"$work/promtool" 2>&1 || fail "prometheus.yml: $(<"$work/promtool")"
expect_eq "files that are mounted" "$(ls "$work/mounted")" $'prometheus.yml\nrules.yml\nstatgate-rules.yml\nstatgate.json'
