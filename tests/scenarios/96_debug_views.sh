#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The JSON of /debug is what its schemas say, and no member of it goes away: with the catalogs of the five
# bundled systems, each family sent what it takes and what it refuses, texts that mean harm, processes that
# ended, a reload that was refused; whole, in pages, filtered and indented. A declaration that
# /debug/rejections gives as an example makes the catalog take the line.
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

# ---- a declaration of a hint is taken ----
cp "$catalogs/demo.json" "$work/demo.json"
lines=('demo_new_total:1|c|#kind:a'
  'demo.waiting:20|ms|#queue:fast,shard:1'
  'demo_depth:7|g')
for line in "${lines[@]}"; do
  start_daemon --catalog "$work/demo.json"
  send "$line"
  expect_json /debug/rejections .total 1
  example=$(curl -fsS "$url/debug/rejections" | jq -r '.unknown_names[0].hint' | sed -n 's/^for example: //p')
  [[ -n $example ]] || fail "no example for $line"
  jq ".families += {$example}" "$work/demo.json" >"$work/declared.json"
  mv "$work/declared.json" "$work/demo.json"
  "$statgate" check --catalog "$work/demo.json" >"$work/check.log" 2>&1 || fail "$line: $(<"$work/check.log")"
  stop_daemon
  start_daemon --catalog "$work/demo.json"
  send "$line"
  expect_json /debug/senders '.total.accepted' 1
  stop_daemon
done
say "${#lines[@]} declarations are taken"
