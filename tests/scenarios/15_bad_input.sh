#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Wrong catalogs, flags, variables, files: exit code 2, a message with place and reason, and the
# daemon leaves nothing behind.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

good=$scenarios/catalogs/basic.json
socket=$work/statgate.sock
free_port

# refused WHAT CODE PART... -- ARGUMENT...: statgated ends at once, says every PART, leaves no socket.
refused() {
  local what=$1 code=$2 parts=() status=0 part message
  shift 2
  while [[ $1 != -- ]]; do
    parts+=("$1")
    shift
  done
  shift
  timeout 60 "$statgated" --socket "$socket" --metrics-listen "127.0.0.1:$port" "$@" \
    >"$work/out" 2>&1 </dev/null || status=$?
  message=$(cat "$work/out")
  expect_eq "$what: exit code (it said: $message)" "$status" "$code"
  for part in "${parts[@]}"; do
    expect_contains "$what: the message" "$message" "$part"
  done
  [[ ! -e $socket ]] || fail "$what: a socket was made"
  [[ $message != *'*** '* && $message != *Sanitizer* ]] || fail "$what: $message"
}

# ---- catalogs ----
# catalog NAME: from standard input, into $work/NAME.json
catalog() {
  cat >"$work/$1.json"
}
catalog syntax <<'JSON'
{
  "statgate": 1,
  "service": "s",
  "families": {"a_total": {"type": "counter" "help": "x"}}
}
JSON
refused "JSON syntax" 2 "$work/syntax.json:4:" -- --catalog "$work/syntax.json"

# family NAME JSON: a catalog with one family x.
family() {
  printf '{"statgate": 1, "service": "s", "families": {"%s": %s}}' "$2" "$3" | catalog "$1"
}
while IFS='|' read -r name family definition place reason; do
  family "$name" "$family" "$definition"
  refused "catalog $name" 2 "$work/$name.json:1:" ": $place:" "$reason" -- --catalog "$work/$name.json"
  # A bad one among good ones stops them all.
  refused "catalog $name beside a good one" 2 "$work/$name.json" -- --strict --catalog "$good" --catalog "$work/$name.json"
  status=0
  "$statgate" check "$work/$name.json" >"$work/out" 2>&1 || status=$?
  expect_eq "statgate check of $name: exit code" "$status" 2
  expect_contains "statgate check of $name" "$(cat "$work/out")" "$place"
done <<'CASES'
no_total|a|{"type": "counter"}|/families/a|_total
bad_type|a|{"type": "guage"}|/families/a/type|gauge
no_quantiles|a|{"type": "summary", "window_s": 60}|/families/a/window_s|quantiles
unknown_key|a|{"type": "gauge", "helpp": "x"}|/families/a/helpp|help
unit|a|{"type": "gauge", "unit": "seconds"}|/families/a/unit|_seconds
no_buckets|a|{"type": "histogram"}|/families/a|buckets
bucket_order|a|{"type": "histogram", "buckets": [1, 0.5]}|/families/a/buckets/1|increase
reserved_label|a|{"type": "gauge", "labels": {"le": ["1"]}}|/families/a/labels/le|le
no_max|a|{"type": "gauge", "labels": {"user": {"pattern": "slug"}}}|/families/a/labels/user|max
bad_pattern|a|{"type": "gauge", "labels": {"user": {"pattern": "(", "max": 3}}}|/families/a/labels/user/pattern|
no_set|a|{"type": "gauge", "labels": {"user": "users"}}|/families/a/labels/user|users
zeros_pattern|a_total|{"type": "counter", "zeros": true, "labels": {"user": {"pattern": "slug", "max": 3}}}|/families/a_total/zeros|pattern
owner|a|{"type": "updowncounter", "owner": "nobody"}|/families/a/owner|process
CASES

# All mistakes in the words of the check, which says how to see those that are too many.
jq -n '{statgate: 1, service: "s", families: ([range(12)] | map({"f\(.)": {type: "gaug"}}) | add)}' | catalog many
status=0
"$statgate" check "$work/many.json" >"$work/checked" 2>&1 || status=$?
expect_eq "statgate check of many: exit code" "$status" 2
refused "many mistakes" 2 "and 2 more: statgate check $work/many.json" -- --catalog "$work/many.json"
expect_eq "what is wrong" "$(sed 's/^.*ERROR \[start\] //' "$work/out" | head -n 10)" "$(head -n 10 "$work/checked")"

printf '{"statgate": 1, "service": "s", "service": "t", "families": {"a": {"type": "gauge"}}}' | catalog duplicate
refused "a duplicate key" 2 "$work/duplicate.json" service -- --catalog "$work/duplicate.json"
printf '{"statgate": 2, "service": "s", "families": {"a": {"type": "gauge"}}}' | catalog version
refused "a later version" 2 "$work/version.json:1:2: /statgate:" -- --catalog "$work/version.json"
jq -n '{statgate: 1, service: "big", families: {big: {type: "gauge", labels:
  ([range(5)] | map({"l\(.)": [range(20) | tostring]}) | add)}}}' | catalog big
refused "3.2 million series" 2 "$work/big.json" 3200000 100000 -- --catalog "$work/big.json"
printf '{"statgate": 1, "service": "other", "families": {"shop_customers": {"type": "gauge"}}}' | catalog clash
refused "two services with one family" 2 shop_customers "$work/clash.json" "$good" -- --strict --catalog "$good" --catalog "$work/clash.json"
printf '{"statgate": 1, "service": "s", "families": {"a": {"type": "histogram", "buckets": [1]}, "a_count": {"type": "gauge"}}}' | catalog samples
refused "clashing samples" 2 "$work/samples.json" a_count -- --catalog "$work/samples.json"
refused "no such catalog" 2 "$work/none.json" -- --catalog "$work/none.json"
mkdir "$work/empty"
refused "a folder without catalogs" 2 "$work/empty" -- --strict --catalog "$work/empty"

# ---- settings ----
refused "an unknown flag" 2 --metrics-lisen --metrics-listen -- --catalog "$good" --metrics-lisen=x
refused "a flag without value" 2 --log-level -- --catalog "$good" --log-level
refused "a wrong word" 2 --log-format json -- --catalog "$good" --log-format xml
refused "a wrong address" 2 --metrics-listen -- --catalog "$good" --metrics-listen 127.0.0.1
refused "a wrong mode" 2 --socket-mode 0999 -- --catalog "$good" --socket-mode 0999
refused "an unknown group" 2 --socket-group no-such-group -- --catalog "$good" --socket-group no-such-group
refused "a stray word" 2 extra -- --catalog "$good" extra
refused "a missing token file" 2 "$work/token" -- --catalog "$good" --bearer-token-file "$work/token"
STATGATE_LOG_LEVEL=loud refused "a wrong variable" 2 STATGATE_LOG_LEVEL loud -- --catalog "$good"
STATGATE_METRIC_PATH=/m refused "an unknown variable" 2 STATGATE_METRIC_PATH STATGATE_METRICS_PATH -- --catalog "$good"
printf '{\n  "log_level": "info",,\n}\n' >"$work/settings.json"
refused "syntax of the settings file" 2 "$work/settings.json:2:" -- --catalog "$good" --config "$work/settings.json"
printf '{"log_levle": "info"}' >"$work/settings.json"
refused "an unknown key" 2 "$work/settings.json:1:2: /log_levle:" log_level -- --catalog "$good" --config "$work/settings.json"
printf '{"strict": true, "catalog": ["%s", "none.json"]}' "$good" >"$work/settings.json"
status=0
timeout 60 "$statgated" --config "$work/settings.json" --socket "$socket" --metrics-listen '' >"$work/out" 2>&1 || status=$?
expect_eq "exit code with a catalog of the file that is missing" "$status" 2
expect_contains "its place" "$(cat "$work/out")" "$work/settings.json:1:$((${#good} + 34)): /catalog/1: $work/none.json: no such file or folder; make it, or"
printf '{"metrics_listen": 9464}' >"$work/settings.json"
refused "a wrong type" 2 "$work/settings.json:1:2: /metrics_listen:" string -- --catalog "$good" --config "$work/settings.json"
refused "a missing settings file" 2 "$work/no.json" -- --catalog "$good" --config "$work/no.json"
long=$work/$(printf 'x%.0s' {1..120})
refused "a socket path that is too long" 2 107 -- --catalog "$good" --socket "$long"

# ---- what turns out wrong at run time: exit code 1, and no half daemon either ----
refused "a folder that is not there" 1 "there is no folder $work/no/such/; make it, or set another path (--socket)" -- --catalog "$good" --socket "$work/no/such/folder.sock"
start_daemon --catalog "$good"
taken=$port first=$socket
socket=$work/second.sock
refused "a port that is taken" 1 "127.0.0.1:$taken" -- --catalog "$good"
socket=$first
stop_daemon

# ---- precedence: flag, variable, file ----
free_port
printf '{"catalog": ["%s"], "metrics_listen": "127.0.0.1:1", "log_level": "error", "log_format": "json"}' "$good" >"$work/settings.json"
export STATGATE_METRICS_LISTEN=127.0.0.1:2 STATGATE_LOG_LEVEL=info STATGATE_CONFIG=$work/settings.json
socket=$work/precedence.sock
url=http://127.0.0.1:$port
launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port"
unset "${!STATGATE_@}"
wait_for is_ready || fail "no start with settings of three sources"
[[ $(jq -r .level "$log" | sort -u) == log ]] || fail "the variable's log level or the file's log format was not taken: $(cat "$log")"
stop_daemon

# ---- the command: what is wrong with a line, what a catalog can grow to ----
while IFS='|' read -r code reason line; do
  status=0
  "$statgate" explain --catalog "$good" "$line" >"$work/out" 2>&1 || status=$?
  expect_eq "exit code of explain '$line'" "$status" "$code"
  expect_contains "explain '$line'" "$(cat "$work/out")" "$reason"
done <<'CASES'
1|malformed|no colon
1|unknown_label|shop_visits_total:1|c|#till:9
1|unknown_family|nobody:1|c
1|label_value|shop_orders_total:1|c|#outcome:lost
0|accepted|shop_visits_total:1|c
0|folded|shop_basket_items:1|g|#shop:east
CASES
"$statgate" check "$good" >"$work/out" || fail "statgate check refuses a good catalog: $(cat "$work/out")"
grep -qE '^shop +5 +9 +19 ' "$work/out" || fail "statgate check: not 5 families, 9 series, 19 lines: $(cat "$work/out")"
status=0
"$statgate" explan >"$work/out" 2>&1 || status=$?
expect_eq "exit code of an unknown subcommand" "$status" 2
expect_contains "the message" "$(cat "$work/out")" explain
status=0
"$statgate" send --socket "$work/nobody.sock" 'shop_visits_total:1|c' >"$work/out" 2>&1 || status=$?
expect_eq "exit code of send to nobody" "$status" 1
expect_contains "the message" "$(cat "$work/out")" "$work/nobody.sock"
