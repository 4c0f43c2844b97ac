#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Files that are edited while a daemon runs: whichever edit was the last when somebody asked for a reload is in force
# soon, also if a reload was under way by then.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

readonly catalog=$work/shop.json
edits=0

# prepare: the next edit, which takes longer to write than a reload takes; edit: it replaces the file, as an editor does.
prepare() {
  jq --arg help "Edit $((edits + 1 + ${1:-0}))." '.families.shop_visits_total.help = $help' \
    "$scenarios/catalogs/basic.json" >"$work/edit-$((edits + 1 + ${1:-0}))"
}
edit() {
  mv "$work/edit-$((edits += 1))" "$catalog"
}
in_force() {
  [[ $(curl -s --max-time 5 "$url/debug/catalog") == *"Edit $edits."* ]]
}

# ask WHERE: SIGHUP to the process whose number is in that file. If that is another one by then, it is asked as well,
# since the signal may have come to a process that had already exited.
ask() {
  local pid
  pid=$(<"$1")
  kill -HUP "$pid" 2>/dev/null || true
  [[ $(<"$1") == "$pid" ]] || ask "$1"
}

# twice WHERE PAUSE: an edit and a SIGHUP, and the same again that many seconds later.
twice() {
  prepare
  prepare 1
  edit
  ask "$1"
  [[ $2 == 0 ]] || sleep "$2"
  edit
  ask "$1"
  wait_for in_force || fail "edit $edits, $2 s after the one before, is not in force: $(grep -F '[reload]' "$log" | tail -n 5)"
}

# exercise WHERE: the pauses are shorter and longer than the time of a reload.
exercise() {
  local pause
  for pause in 0 0.005 0.01 0.015 0.02 0.025 0.03 0.035 0.04 0.05 0.06 0.08; do
    twice "$1" "$pause"
  done
  expect_metric statgate_config_last_reload_successful 1
}

prepare
edit
start_daemon --strict --catalog "$catalog"
echo "$supervisor_pid" >"$work/supervisor"
exercise "$work/supervisor"

# What runs is what the file has, as others compute it, too.
runs_file() {
  local fingerprint
  fingerprint=$(sha256sum <"$catalog")
  [[ $(metric "statgate_catalog_info{file=\"$catalog\",fingerprint=\"${fingerprint%% *}\",service=\"shop\"}") == 1 ]]
}
runs_file || fail "another fingerprint runs: $(scrape | grep catalog_info)"
expect_eq "fingerprints of one service" "$(scrape | grep -c '^statgate_catalog_info')" 1
expect_eq "what check prints" "$("$statgate" check --fingerprint "$catalog")" \
  "$(sha256sum <"$catalog" | cut -d' ' -f1)  shop  $catalog"

# Any number of them during a reload are one more. How many reloads that makes depends on the machine, but not 201.
before=$(metric 'statgate_restarts_total{cause="reload"}')
prepare
prepare 1
edit
for _ in {1..200}; do kill -HUP "$supervisor_pid"; done
edit
kill -HUP "$supervisor_pid"
wait_for in_force || fail "the last of 201 is not in force"
after=$(metric 'statgate_restarts_total{cause="reload"}')
((after - before <= 50)) || fail "201 signals are $((after - before)) reloads"

# The reload under way is refused, and the edit that follows mends the file.
for pause in 0 0.01 0.02; do
  prepare
  echo '{' >"$catalog"
  kill -HUP "$supervisor_pid"
  sleep "$pause"
  edit
  kill -HUP "$supervisor_pid"
  wait_for in_force || fail "the mended file, $pause s after a refused one, is not in force"
done
# An edit that nobody loads is said after a minute, a touch is not. It takes two minutes to see.
differs() {
  [[ $(metric statgate_config_files_changed) == "$1" ]]
}
if [[ -n $long ]]; then
  touch "$catalog"
  ! watch_for 125 differs 1 || fail "a touch is said to differ"
  prepare
  edit
  wait_for differs 1 || fail "an edit is not noticed"
  expect_json /debug/status '[.problems[] | select(.kind == "files_changed")] | length' 1
  kill -HUP "$supervisor_pid"
  wait_for differs 0 || fail "what runs is said to differ"
fi
stop_daemon

prepare
edit
manager_options=(--restart)
start_managed --strict --catalog "$catalog"
exercise "$managed/pid"
kill -TERM "$manager_pid"
wait_for is_gone "$manager_pid" || fail "the manager does not end"

say "all $edits edits in force"
