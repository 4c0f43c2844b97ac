#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The command's views of a real daemon: tables, JSON as it is, filters, addresses, and what it says where there is no
# answer.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

cat >"$work/shop.json" <<'JSON'
{"statgate": 1, "service": "shop",
 "families": {"shop_orders_total": {"type": "counter", "help": "Orders.", "labels": {"outcome": ["error", "ok"]}},
              "shop_active": {"type": "updowncounter", "owner": "process", "floor": 0, "help": "Active."}},
 "attempts": {"shop_payment": {"labels": {"bank": ["a", "b"]}, "success": ["ok"], "failure": ["error"],
                               "breaker": {"open_after": 2, "cooldown_s": 3600}}},
 "jobs": {"shop_export": {"labels": {"queue": ["fast"]}, "max_live": 10, "buckets": [1]}}}
JSON
start_daemon --catalog "$work/shop.json"
export STATGATE_DAEMON=127.0.0.1:$port

# shows COMMAND [FLAG...]: sets shown; it has to end with 0.
shows() {
  shown=$("$statgate" "$@" 2>"$work/err") || fail "statgate $*: $(<"$work/err")"
}
# refuses CODE COMMAND [FLAG...]: sets said.
refuses() {
  local code=$1 status=0
  shift
  said=$("$statgate" "$@" 2>&1 >/dev/null) || status=$?
  expect_eq "exit code of statgate $* ($said)" "$status" "$code"
}

start_sender worker
send_as worker 'shop_orders_total:3|c|#outcome:ok' 'shop_orders_total:1|c|#outcome:okay' 'shop_active:2|g'
send_as worker 'shop_payment:error:error|a|#bank:a' 'shop_export:started|j|#queue:slow|i:7f3a' 'shop_oders_total:1|c'
send_as worker $'bad \e[2J line' 'shop_export:started|j|#queue:fast|i:7f3a'
expect_json /debug/senders .total.samples 9
pid=${sender_pid[worker]}

# ---- tables ----

shows series
expect_contains "series" "$shown" 'shop_orders_total{outcome="ok"}'
grep -qE '^  shop_orders_total\{outcome="ok"\} +counter +3' <<<"$shown" || fail "series lacks a value: $shown"
shows series --family shop_active
[[ $shown != *shop_orders_total* ]] || fail "series of another family: $shown"
shows rejections
expect_contains "rejections" "$shown" "label_value"
expect_contains "rejections" "$shown" "unknown_family"
expect_contains "the latest lines" "$shown" "shop_orders_total:1|c|#outcome:okay"
[[ $shown != *$'\e'* ]] || fail "an escape of a sender reaches the terminal"
shows senders
expect_contains "senders" "$shown" "($pid)"
expect_contains "the equation" "$shown" "9 samples = "
shows breakers
expect_contains "the first breaker" "$(sed -n 2p <<<"$shown")" 'shop_payment{bank="a"}'
expect_contains "its state" "$(sed -n 2p <<<"$shown")" "open "
shows jobs
grep -qE "running +shop +shop_export\{queue=\"fast\"\} +7f3a +.*$pid.* +lost" <<<"$shown" || fail "jobs: $shown"
refuses 1 queries
expect_contains "queries" "$said" "no catalog declares queries"

# ---- JSON, as the daemon has it ----

shows series --json --family shop_orders_total
# What changes from one answer to the next is left out.
lasting() { jq -c 'del(.. | objects | .age_s, .rate, .updated_ms_ago, .written, .written_iso)'; }
expect_eq "series --json" "$(lasting <<<"$shown")" "$(curl -fsS "$url/debug/series?family=shop_orders_total" | lasting)"
shows senders --json
expect_eq "who sent" "$(jq -r '.senders[0].pid' <<<"$shown")" "$pid"
shows series --limit 1 --json
shows series --json --limit 1 --after "$(jq -r .next <<<"$shown")"
expect_eq "the next page" "$(jq -r '[.services[].families[].series | length] | add' <<<"$shown")" 1
shows series --limit 1
expect_contains "a short page" "$shown" "There is more: --limit"

# ---- where ----

shows jobs --daemon "localhost:$port"
shows jobs --daemon "http://127.0.0.1:$port/"
refuses 1 jobs --daemon 127.0.0.1:1
expect_contains "nobody" "$said" "no process listens there"
refuses 1 jobs --daemon "unix:$work/none.sock"
expect_contains "no socket" "$said" "no socket there"
refuses 2 jobs --daemon nonsense
refuses 2 series --service none
refuses 1 jobs --daemon "unix:$socket"
stop_daemon

echo secret >"$work/token"
chmod 600 "$work/token"
free_port
launch_daemon --catalog "$work/shop.json" --socket "$work/second.sock" --metrics-listen "127.0.0.1:$port" \
  --debug-listen "unix:$work/debug.sock" --bearer-token-file "$work/token"
wait_for curl -fsS -o /dev/null --unix-socket "$work/debug.sock" http://localhost/readyz 2>/dev/null || fail "no daemon at a Unix socket"
refuses 1 jobs --daemon "unix:$work/debug.sock"
expect_contains "without a token" "$said" "--token-file"
shows jobs --daemon "unix:$work/debug.sock" --token-file "$work/token"
echo wrong >"$work/wrong"
refuses 1 jobs --daemon "unix:$work/debug.sock" --token-file "$work/wrong"
expect_contains "with another token" "$said" "refuses this token"
refuses 1 jobs --daemon "127.0.0.1:$port" --token-file "$work/token"
expect_contains "where /debug is not" "$said" "Ask at the daemon's debug_listen"
# The settings say both.
printf '{"debug_listen": "unix:%s", "bearer_token_file": "%s"}' "$work/debug.sock" "$work/token" >"$work/statgate.json"
unset STATGATE_DAEMON
STATGATE_CONFIG=$work/statgate.json shows jobs
stop_daemon
