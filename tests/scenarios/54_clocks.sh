#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The wall clock is set forth and back by hours between two daemons: times of creation stay, and cool-downs, ages,
# expiry, windows and the pause do not know of it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

cat >"$work/catalog.json" <<'JSON'
{"statgate": 1, "service": "clocks", "families": {
  "c_total": {"type": "counter", "help": "C.", "labels": {"x": {"pattern": "[a-z]+", "max": 9}}},
  "kept": {"type": "gauge", "help": "K.", "ttl_s": 600, "labels": {"x": {"pattern": "[a-z]+", "max": 9}}},
  "brief": {"type": "gauge", "help": "B.", "ttl_s": 2, "labels": {"x": {"pattern": "[a-z]+", "max": 9}}},
  "own": {"type": "gauge", "help": "O.", "merge": "sum"},
  "w_seconds": {"type": "summary", "help": "W.", "quantiles": [0.5], "window_s": 600}},
 "attempts": {"at": {"success": ["ok"], "failure": ["bad"], "breaker": {"open_after": 2, "cooldown_s": 4, "probes": 1},
  "expose": ["circuit_state"]}},
 "jobs": {"jo": {"max_live": 10, "buckets": [1, 60]}}}
JSON

# set_clock HOURS: the daemon's is ahead by so much.
set_clock() {
  python3 -c 'import struct, sys; open(sys.argv[1], "r+b").write(struct.pack("q", int(float(sys.argv[2]) * 3600e9)))' "$work/clock" "$1"
}
printf '\0\0\0\0\0\0\0\0' >"$work/clock"
export STATGATE_TEST_CLOCK=$work/clock
preload=$(find "$build" -name 'statgate-preload.so' -print -quit)
program=$statgated
statgated=$work/preloaded-statgated
printf '#!/bin/sh\nexec env LD_PRELOAD="%s" "%s" "$@"\n' "$preload" "$program" >"$statgated"
chmod +x "$statgated"

created() { # NAME: its lines
  scrape_openmetrics | grep "^$1_created" || fail "no $1_created"
}
# near METRIC VALUE WITHIN
near() {
  awk -v a="$(metric "$1")" -v b="$2" -v w="$3" 'BEGIN { d = a - b; exit !(a == a + 0 && d <= w && -d <= w) }' ||
    fail "$1 is $(metric "$1"), expected $2 within $3"
}
now_ms() { date +%s%3N; }
stamp() { metric "at_last_error_timestamp_seconds"; }
state_is() { [[ $(metric "at_circuit_state{state=\"$1\"}") == 1 ]]; }
daemon_hour() { # of its own clock, in hours ahead
  local at
  at=$(json /debug/ingress .restore.at_ms)
  echo $(((at / 1000 - $(date +%s) + 1800 + 3600 * 100) / 3600 - 100))
}

manager_options=(--restart)
start_managed --catalog "$work/catalog.json" --created
readies=1
start_sender owner
send 'c_total:7|c|#x:a' 'kept:5|g|#x:a' 'w_seconds:3|h'
send_as owner 'own:4|g' 'jo:queued|j|i:1' 'jo:started|j|i:1' 'c_total:1|c|#x:own|q:5,1,0'
expect_metric own 4
expect_metric 'c_total{x="a"}' 7
first=$(created c)

turn=0
counted=1
for hours in 5 -10 0.5; do
  turn=$((turn + 1))
  # Just before the jump the breaker opens, and something brief begins.
  opening_ms=$(now_ms)
  send 'at:bad|a' 'at:bad|a' 'brief:1|g|#x:a'
  wait_for state_is open || fail "the breaker does not open"
  error_at=$(stamp)
  set_clock "$hours"
  tell_manager kill
  readies=$((readies + 1))
  managed_ready "$readies"
  [[ $turn == 3 ]] || expect_eq "hours by which the daemon's clock is ahead" "$(daemon_hour)" "$hours"

  expect_metric 'c_total{x="a"}' 7
  expect_eq "times of creation after $hours h" "$(created c | grep -F 'x="a"')" "$(grep -F 'x="a"' <<<"$first")"
  expect_metric 'kept{x="a"}' 5
  expect_metric own 4
  expect_metric 'w_seconds{quantile="0.5"}' 3
  expect_metric 'jo_jobs{state="running"}' 1
  near jo_oldest_running_age_seconds 10 20
  same "$(stamp)" "$error_at" || fail "the time of the last error moved: $(stamp), was $error_at"
  state_is open || (($(now_ms) - opening_ms > 4000)) || fail "the cool-down ends at once after $hours h"
  pause=$(json /debug/ingress .restore.pause_ms)
  ((${pause/null/10000} < 10000)) || fail "nobody read for $pause ms"
  near statgate_handover_pause_seconds_sum 0 30
  expect_metric statgate_handover_pause_seconds_count "$turn"
  # What time changes goes on at its pace.
  wait_for state_is half_open || fail "the cool-down does not end after $hours h"
  [[ $(metric 'brief{x="a"}') == absent ]] || fail "something brief outlives its time"
  send 'at:ok|a'
  wait_for state_is closed || fail "the breaker does not close"
  # Reports are believed, processes are known.
  counted=$((counted + 2))
  send_as owner "c_total:2|c|#x:own|q:5,$((turn + 2)),1"
  expect_metric 'c_total{x="own"}' "$counted"
  expect_eq "implausible reports" "$(metric statgate_client_implausible_reports_total)" 0
  expect_eq "lost samples" "$(metric statgate_client_lost_samples_total)" 1
  expect_sums
done
# Ages do not know of it either: between two steps of the clock beneath a daemon that runs.
age_s=$(json /debug/jobs '.jobs[0].age_s | floor')
uptime_s=$(json /debug/status '.uptime_s | floor')
for hours in 3.5 -20; do
  set_clock "$hours"
  age=$(json /debug/jobs '.jobs[0].age_s | floor')
  uptime=$(json /debug/status '.uptime_s | floor')
  ((age >= age_s && age < age_s + 300)) || fail "a job is $age s old after a step to $hours h, and was $age_s"
  ((uptime >= uptime_s && uptime < uptime_s + 300)) || fail "uptime $uptime s after a step to $hours h, was $uptime_s"
done
((age_s < 600)) || fail "the job is $age_s s old after steps between daemons"
kill_sender owner
expect_metric own absent
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- the monotonic clock, which only another time namespace sets back ----
uptime() { unshare --time --monotonic "$1" --boottime "$1" cut -d . -f 1 /proc/uptime 2>/dev/null; }
(($(uptime 36000 || echo 0) > $(cut -d . -f 1 /proc/uptime) + 35000)) || {
  say "three jumps of the wall clock; no time namespace can be had here"
  exit 0
}
printf '#!/bin/sh\nexec unshare --time --monotonic "$(cat "%s")" "%s" "$@"\n' "$work/forth" "$program" >"$statgated"
echo 36000 >"$work/forth"
start_managed --catalog "$work/catalog.json" --created
send 'c_total:7|c|#x:a' 'at:bad|a' 'at:bad|a' 'brief:1|g|#x:a'
wait_for state_is open || fail "the breaker does not open"
echo 0 >"$work/forth"
tell_manager kill
managed_ready 2
expect_metric 'c_total{x="a"}' 7
expect_json /debug/ingress .restore.pause_ms null
expect_metric statgate_handover_pause_seconds_count 0
wait_for state_is half_open || fail "the cool-down does not end"
[[ $(metric 'brief{x="a"}') == absent ]] || fail "something brief outlives its time"
say "three jumps of the wall clock, one of the monotonic clock"
