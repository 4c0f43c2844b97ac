#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Limits of memory below what the daemon needs: it does not start where it could answer nobody, or where the next daemon
# could not take its values over; it says what it lacks; and a system call that is refused is not called lack of memory.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

grep -q '^STATGATE_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt" && { say "sanitizers take address space of their own"; exit 77; }
need_tools prlimit

jq -cn 'def values(n): [range(n) | "v\(.)"];
  {statgate: 1, service: "many", max_series: 100000, families: {many_total: {type: "counter", help: "M.",
   labels: {x: values(71), y: values(900)}}}}' >"$work/many.json"
catalog=(--no-supervisor --catalog "$work/many.json")

# What it has mapped when nobody has asked for anything.
start_daemon "${catalog[@]}"
mapped=$(awk '$1 == "VmSize:" { print $2 * 1024 }' "/proc/$daemon_pid/status")
stop_daemon
mib=$((1 << 20))

# limit_to BYTES: the daemons from here on have this much address space.
limit_to() { launcher=(prlimit "--as=$1"); }

# expect_no_start TEXT: it ends with exit code 1 before it is ready, and its log says so.
expect_no_start() {
  local status=0
  free_port
  launch_daemon --socket "$work/refused.sock" --metrics-listen "127.0.0.1:$port" "${catalog[@]}"
  wait_for is_gone "$daemon_pid" || fail "it goes on: $(tail -n 1 "$log")"
  wait "$daemon_pid" || status=$?
  expect_eq "exit code" "$status" 1
  grep -q "ERROR.*$1" "$log" || fail "the log does not say: $1"
  ! grep -q 'ready:' "$log" || fail "it said that it was ready"
}

# ---- too little to answer anybody, in a range below what it mapped ----

for less in 0 1 2; do
  limit_to $((mapped + mib - less * mib / 2))
  expect_no_start '\(to answer over HTTP\|[Oo]ut of memory\|Cannot allocate memory\)'
done

# ---- too little to take values over, where somebody keeps them ----

limit_to $((mapped + 8 * mib))
launcher=(env "NOTIFY_SOCKET=$work/nobody" FDSTORE=512 "${launcher[@]}")
expect_no_start 'are needed to restore the values after a crash, and a limit leaves less: raise it (LimitAS='

# ---- enough for few clients: it says so, says what it refused, and goes on ----

# What finds no memory first decides: a connection's is refused, one of the daemon's own ends it, and it is started again.
limit_to $((mapped + 4 * mib))
is_told() { grep -q 'memory ran out: [0-9]* connection' "$log"; }
is_told_or_gone() { is_told || is_gone "$daemon_pid"; }
for round in {1..20}; do
  start_daemon "${catalog[@]}"
  grep -q 'WARN .*beside the tables clients can need' "$log" || fail "the log does not warn of the limit"
  expect_eq readyz "$(curl -s "$url/readyz")" ready
  helper "$(program statgate-fill)" readers "$port" 70 /metrics
  wait_for is_told_or_gone || fail "the log does not say that memory ran out"
  kill "$helper_pid"
  is_gone "$daemon_pid" || break
  grep -q 'ERROR .*out of memory: ' "$log" || fail "it ended without a word"
done
say "a connection was refused in round $round"
says_so() { curl -s --max-time 2 "$url/readyz" | grep -q '^ready, but memory ran out'; }
wait_for says_so || fail "/readyz does not say that memory ran out: $(curl -s "$url/readyz")"
is_counted() { (($(scrape | awk '/^statgate_table_full_total\{table="memory"\}/ { print $2 }') > 0)); }
wait_for is_counted || fail "what was refused is not counted"
expect_json /debug/status 'any(.problems[]; .kind == "table_full" and (.text | startswith("memory ran out")))' true
stop_daemon
launcher=()

# ---- around what `statgate check` prints: it serves, or does not start and says why ----

total=$("$statgate" check --json "$work/many.json" | jq .total.bytes)
served=
for tenths in {5..15}; do
  limit_to $((total * tenths / 10))
  free_port
  url=http://127.0.0.1:$port
  launch_daemon --socket "$work/limit.sock" --metrics-listen "127.0.0.1:$port" "${catalog[@]}"
  is_decided() { is_gone "$daemon_pid" || [[ $(curl -s --max-time 2 "$url/readyz") == ready* ]]; }
  wait_for is_decided || fail "with $tenths tenths it neither serves nor ends"
  if is_gone "$daemon_pid"; then
    grep -q 'ERROR.*MemoryMax=\|ERROR.*LimitAS=' "$log" || fail "with $tenths tenths it does not say what it lacks: $(cat "$log")"
  else
    served+=.
    expect_metric 'statgate_series{service="many"}' 0
    stop_daemon
  fi
done
launcher=()
((${#served} > 5)) || fail "it served with ${#served} of 11 limits"

# ---- calls that are refused ----

preload=$(find "$build" -name 'statgate-preload.so' -print -quit)
for call in memfd_create fallocate; do
  echo "$call" >"$work/refused"
  launcher=(env "LD_PRELOAD=$preload" "STATGATE_TEST_REFUSED=$work/refused")
  start_daemon "${catalog[@]}"
  grep -q "its values are lost when it ends: object: .*($call): Operation not permitted; the system refuses this call" "$log" ||
    fail "the log does not say that $call is refused"
  expect_json /debug/ingress .outlives false
  stop_daemon
done
