#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The JSON of /debug is what its schemas say, and no member of it goes away: with the catalogs of the five
# bundled systems, each family sent what it takes and what it refuses, texts that mean harm, processes that
# ended, a reload that was refused; whole, in pages, filtered and indented. A patch that /debug/rejections
# shows makes the catalog take the line.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq
need_python jsonschema
catalogs=$root/packaging/catalogs
views=$scenarios/debug_views.py
former=$scenarios/data/debug_members.txt

# check_views: every answer of the daemon.
check_views() {
  "$python" "$views" check "$url" "$root/packaging/schemas" "$former"
}

for system in imgsrv imgforge connaisseur gallery inference; do
  mkdir "$work/$system"
  cp "$catalogs/$system"*.json "$work/$system/"
  start_daemon --catalog "$work/$system"
  sleeper=$("$python" "$views" busy "$url" "$socket")
  helpers+=("$sleeper")
  echo '{' >"$work/$system/broken.json"
  kill -HUP "$daemon_pid"
  expect_json /debug/catalog '.reload.ok' false
  checked=$(check_views)
  say "$system: $checked"
  # Each sample is in one row, whatever was spelled.
  expect_json /debug/rejections '(.total == ([.by_reason[]] | add)) and (.total == ([.by_family[].count] | add))' true
  kill -KILL "$sleeper"
  stop_daemon
done

# ---- texts are hidden ----
start_daemon --catalog "$catalogs/demo.json" --rejected-text=off
helpers+=("$("$python" "$views" busy "$url" "$socket")")
checked=$(check_views)
say "without texts: $checked"
! curl -fsS "$url/debug/rejections" | grep -qE 'script|new_orders' || fail "texts of senders are shown"
stop_daemon

# ---- a patch is taken ----
cp "$catalogs/demo.json" "$work/demo.json"
lines=('demo_requests_total:1|c|#outcome:ok,region:eu'
  'demo_requests_total:1|c|#outcome:timeout'
  'demo_temperature_celsius:1|g'
  'demo_new_total:1|c|#kind:a'
  'demo_request_duration_seconds:-1|h|#outcome:ok'
  'demo_job:skipped|a|#task:report')
for line in "${lines[@]}"; do
  start_daemon --catalog "$work/demo.json"
  send "$line"
  expect_json /debug/rejections .total 1
  json /debug/rejections '[.by_family[], .unknown_names[]] | map(select(.patch != null)) | first | .patch' >"$work/patch.json"
  [[ $(<"$work/patch.json") != null ]] || fail "no patch for $line"
  jq -s '.[0] * .[1]' "$work/demo.json" "$work/patch.json" >"$work/patched.json"
  mv "$work/patched.json" "$work/demo.json"
  "$statgate" check --catalog "$work/demo.json" >"$work/check.log" 2>&1 || fail "$line: $(<"$work/check.log")"
  stop_daemon
  start_daemon --catalog "$work/demo.json"
  send "$line"
  expect_json /debug/senders '.total.accepted' 1
  stop_daemon
done
say "${#lines[@]} patches are taken"
