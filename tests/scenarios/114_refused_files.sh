#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One refused file concerns one service: at a start, at a reload, after a death, and from a state file. What was accepted
# last runs in its place.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq socat
manager_options=(--restart)

catalogs=$work/catalog.d
mkdir "$catalogs"
# put SERVICE [FAMILY...]: its catalog with these counters, beside SERVICE_total.
put() {
  local service=$1 family families=''
  shift
  for family in "${service}_total" "$@"; do
    families+="${families:+,}\"$family\": {\"type\": \"counter\", \"zeros\": true, \"help\": \"x\"}"
  done
  printf '{"statgate": 1, "service": "%s", "families": {%s}}\n' "$service" "$families" >"$catalogs/$service.json"
}
# reload CODE: sets told.
reload() {
  local status=0
  told=$("$statgate" reload --socket "$socket" 2>&1) || status=$?
  expect_eq "exit code of reload ($told)" "$status" "$1"
}
kill_daemon() {
  local was
  was=$(<"$managed/pid")
  kill -KILL "$was"
  goes_on() {
    daemon_pid=$(<"$managed/pid") && [[ $daemon_pid != "$was" ]] && [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/readyz") == 200 ]]
  }
  wait_for goes_on || fail "no daemon after a death: $(tail -n 5 "$log")"
}
ready_says() {
  expect_contains "/readyz" "$(curl -s "$url/readyz")" "$1"
}

# ---- a first start: the file's service is left out, the others are served ----
put shop
put mill
echo '{' >"$catalogs/farm.json"
start_managed --catalog "$catalogs"
send 'shop_total:5|c' 'mill_total:7|c' 'farm_total:1|c'
expect_metric shop_total 5
expect_metric mill_total 7
expect_metric 'statgate_rejected_samples_total{reason="unknown_family",service="(none)"}' 1
expect_metric statgate_config_files_refused 1
expect_metric statgate_config_last_reload_successful 0
ready_says "ready, running without a service, since 1 file is refused: $catalogs/farm.json:2:1: "
rm "$catalogs/farm.json"
reload 0
expect_metric statgate_config_files_refused 0
expect_eq "/readyz" "$(curl -s "$url/readyz")" ready

# ---- what blocks is refused by name: a pipe without a writer, at a reload and at the start after a death ----
rm "$catalogs/shop.json"
mkfifo "$catalogs/shop.json"
put mill mill_more_total
reload 4
expect_contains "the answer" "$told" "$catalogs/shop.json: cannot be read: not a regular file"
kill_daemon
send 'mill_more_total:1|c'
expect_metric shop_total 5
expect_metric mill_more_total 1
rm "$catalogs/shop.json"
put shop
put mill
reload 0

# ---- a reload takes what is good, and leaves the refused file's service as it was ----
echo '{' >"$catalogs/shop.json"
put mill mill_new_total
reload 4
expect_contains "the answer" "$told" "statgate reload: taken, but not all files are in force: running on what was accepted at"
expect_contains "the answer" "$told" "$catalogs/shop.json:2:1: "
expect_contains "the answer" "$told" "changed service mill"
send 'shop_total:1|c'
expect_metric shop_total 6
expect_metric mill_total 7
expect_metric mill_new_total 0
expect_metric statgate_config_last_reload_successful 0
expect_metric statgate_config_files_refused 1
expect_eq "problems" "$(json /debug/status '[.problems[] | select(.kind == "files_refused") | .count] | @json')" '[1]'
expect_contains "/debug/catalog" "$(json /debug/catalog '.reload.refused[]')" "$catalogs/shop.json:2:1: "

# ---- a file of values belongs to its catalog: read at each reload, kept with it, in its fingerprint ----
printf '{"statgate": 1, "service": "hub", "families": {"hub_total": {"type": "counter", "help": "x", "labels": {%s, %s}}}}' \
  '"model": {"values": {"file": "models.txt"}, "otherwise": "other"}' \
  '"zone": {"values": {"env": "HUB_ZONES"}, "otherwise": "other"}' >"$catalogs/hub.json"
printf '# models\nbert\n' >"$catalogs/models.txt"
reload 4
expect_contains "the answer" "$told" "hub takes HUB_ZONES from the environment, which only a restart changes"
send 'hub_total:1|c|#model:bert,zone:x' 'hub_total:1|c|#model:resnet,zone:x'
expect_metric 'hub_total{model="bert",zone="other"}' 1
expect_metric 'hub_total{model="other",zone="other"}' 1
expect_contains "problems" "$(json /debug/status '.problems[] | select(.kind == "list_wrong") | .text')" "HUB_ZONES is not set, so every value becomes \"other\""
expect_contains "the log" "$(cat "$log")" "HUB_ZONES is not set"
expect_contains "check" "$("$statgate" check "$catalogs/hub.json" 2>&1)" "the environment variable HUB_ZONES is not set"
echo resnet >>"$catalogs/models.txt"
reload 4
expect_contains "the answer" "$told" "changed service hub"
send 'hub_total:1|c|#model:resnet,zone:x'
expect_metric 'hub_total{model="resnet",zone="other"}' 1
expect_contains "what check prints" "$("$statgate" check --fingerprint "$catalogs/hub.json")" \
  "$(scrape | sed -n 's/^statgate_catalog_info{.*fingerprint="\([0-9a-f]*\)",service="hub".*/\1/p')  hub"
echo resnet >>"$catalogs/models.txt"
reload 4
expect_contains "the answer" "$told" "$catalogs/hub.json:1:"
expect_contains "the answer" "$told" "values/file: $catalogs/models.txt:4: \"resnet\" is listed twice"
rm "$catalogs/models.txt"
reload 4
expect_contains "the answer" "$told" "$catalogs/models.txt cannot be read: No such file or directory"
kill_daemon
send 'hub_total:1|c|#model:resnet,zone:x'
expect_metric 'hub_total{model="resnet",zone="other"}' 2
echo bert >"$catalogs/models.txt"
reload 4
expect_metric 'hub_total{model="resnet",zone="other"}' absent
rm "$catalogs/hub.json" "$catalogs/models.txt"
reload 4

# ---- a death: the same ----
kill_daemon
send 'shop_total:1|c'
expect_metric shop_total 7
expect_metric mill_total 7
ready_says "ready, running on what was accepted at 2"
expect_contains "events" "$(json /debug/events '.events[].text')" "not all files are in force: running on what was accepted at"

# ---- ... and once more, with the settings refused, too, and a folder that is empty ----
mkdir "$work/away"
mv "$catalogs"/*.json "$work/away"
reload 4
expect_contains "the answer" "$told" "$catalogs: the folder has no catalogs"
rmdir "$catalogs"
kill_daemon
send 'shop_total:1|c'
expect_metric shop_total 8
expect_metric mill_total 7
mv "$work/away" "$catalogs"
put shop
reload 0
expect_metric shop_total 8
expect_metric statgate_config_files_refused 0

# ---- a file that is gone ends its service; a conflict is the fault of what is not in force ----
rm "$catalogs/mill.json"
reload 0
expect_metric mill_total absent
printf '{"statgate": 1, "service": "a", "families": {"shop_total": {"type": "counter", "help": "x"}}}' >"$catalogs/a.json"
reload 4
expect_contains "who is at fault" "$told" "$catalogs/a.json: it conflicts with what is in force"
expect_metric shop_total 8
rm "$catalogs/a.json"
reload 0

# ---- settings: whole or not at all; after a death those that were accepted last ----
echo secret >"$work/token"
endpoint='"endpoints": [{"listen": "unix:'"$work/page"'", "services": "mill", "bearer_token_file": "token"}]'
printf '{"catalog": "catalog.d", %s}' "$endpoint" >"$work/settings.json"
start_managed --config "$work/settings.json"
send 'shop_total:3|c'
expect_metric shop_total 3
printf '{"catalog": "catalog.d", "log_fromat": "json"}' >"$work/settings.json"
reload 2
expect_metric statgate_config_last_reload_successful 0
kill_daemon
expect_metric shop_total 3
expect_metric statgate_config_files_refused 1
ready_says "$work/settings.json"
# The token of an endpoint is kept, too.
printf '{"catalog": "catalog.d", %s}' "$endpoint" >"$work/settings.json"
rm "$work/token"
reload 2
kill_daemon
ready_says "$work/token: cannot be read"
expect_metric statgate_config_files_refused 1
ask_page() {
  curl -s -o /dev/null -w '%{http_code}' --unix-socket "$work/page" "$@" http://here/metrics
}
expect_eq "with the token that was accepted last" "$(ask_page -H 'Authorization: Bearer secret')" 200
expect_eq "without it" "$(ask_page)" 401
echo secret >"$work/token"
reload 0
expect_metric statgate_config_files_refused 0

# ---- a state file has what was accepted, too ----
put shop
start_daemon --catalog "$catalogs" --state-file "$work/values"
send 'shop_total:4|c'
expect_metric shop_total 4
stop_daemon
echo '{' >"$catalogs/shop.json"
start_daemon --catalog "$catalogs" --state-file "$work/values"
expect_metric shop_total 4
ready_says "ready, running on what was accepted at 2"
stop_daemon

# ---- strict: all or nothing, but not after a death ----
put shop
put mill
start_managed --strict --catalog "$catalogs"
send 'shop_total:2|c'
expect_metric shop_total 2
echo '{' >"$catalogs/mill.json"
put shop shop_new_total
reload 2
expect_metric shop_new_total absent
kill_daemon
expect_metric shop_total 2
expect_metric shop_new_total absent
ready_says "ready, running on what was accepted at 2"
status=0
timeout 60 "$statgated" --strict --catalog "$catalogs" --socket "$work/s.sock" --metrics-listen '' >"$work/out" 2>&1 || status=$?
expect_eq "exit code of a strict first start" "$status" 2

# ---- nothing at all: it starts, refuses all lines, and says so ----
start_daemon --catalog "$work/nothing"
ready_says "ready, every line is refused, since 1 file is refused: --catalog: $work/nothing: no such file or folder"
mkdir "$work/nothing"
cp "$catalogs/shop.json" "$work/nothing"
echo '{' >"$work/nothing/farm.json"
reload 4
send 'shop_total:1|c'
expect_metric shop_total 1
stop_daemon
say "a refused file concerned its service alone"
