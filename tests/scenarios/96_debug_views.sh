#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The JSON of /debug is what its schemas say, and no member of it goes away: with the catalogs of the five
# bundled systems, each family sent what it takes and what it refuses, texts that mean harm, processes that
# ended, a reload that was refused; whole, in pages, filtered and indented.
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
