#!/usr/bin/env bash
# Daemons that die while they take over: the third starts with empty tables and has the object kept for whoever wants
# to look at it. And memory that is too little for two objects: there is no second attempt.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq prlimit

preload=$(find "$build" -name 'statgate-preload.so' -print -quit)
program=$statgated
export STATGATE_TEST_DEATHS=$work/deaths
echo 0 >"$work/deaths"

# ---- deaths ----

statgated=$work/preloaded-statgated
printf '#!/bin/sh\nexec env LD_PRELOAD="%s" "%s" "$@"\n' "$preload" "$program" >"$statgated"
chmod +x "$statgated"
manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
readies=1
inode=$(stat -c %i "$socket")
# die TIMES: and so many daemons after it, in the middle of their takeovers.
die() {
  local before
  before=$(grep -c '^ended signal 9' "$managed/events" || true)
  echo "$1" >"$work/deaths"
  tell_manager kill
  readies=$((readies + 1))
  managed_ready "$readies"
  expect_eq "deaths" "$(grep -c '^ended signal 9' "$managed/events")" $((before + 1 + $1))
}
objects() { grep -c '^statgate-object-' "$managed/stored"; }
has_object() { grep -qx "statgate-object-$1" "$managed/stored"; }

send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
# What comes while nobody lives waits in the socket; one death is forgiven.
kill -STOP "$daemon_pid"
send 'shop_visits_total:1|c'
die 1
expect_metric shop_visits_total 8
expect_json /debug/ingress '.takeover | "\(.done) \(.attempts)"' 'true 2'
expect_eq "objects that are kept" "$(objects)" 1
# The count begins anew.
die 1
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="crash"}' 2

die 2
expect_metric shop_visits_total 0
grep -q 'all start again: object: 2 daemons died while they took it over; what they were in is kept as statgate-object-kept' "$log" ||
  fail "the log does not say why"
expect_json /debug/ingress '.takeover | "\(.done) \(.kept_for_inspection)"' 'false statgate-object-kept'
wait_for 5 has_object kept || fail "no object is kept for inspection: $(cat "$managed/stored")"
expect_eq "objects that are kept" "$(objects)" 2
expect_eq "inode of the socket" "$(stat -c %i "$socket")" "$inode"
# What is kept is the object that they died with.
kept() {
  local fd
  for fd in "/proc/$daemon_pid/fd/"*; do
    if [[ $(readlink "$fd") == /memfd:statgate-object* ]] && grep -qa shop_visits "$fd"; then echo "$fd"; fi
  done | wc -l
}
expect_eq "objects that the daemon has open" "$(kept)" 2

# Three times in a row, and the daemon is none the worse for it.
send 'shop_visits_total:3|c'
expect_metric shop_visits_total 3
die 0
expect_metric shop_visits_total 3
wait_for 5 has_object kept || fail "the next daemon gives up what is kept for inspection"
die 2
expect_metric shop_visits_total 0
expect_eq "objects that are kept" "$(objects)" 2
send 'shop_visits_total:4|c'
expect_metric shop_visits_total 4
expect_sums
tell_manager stop
expect_event 'ended exit 0'
nothing_is_kept() { [[ ! -s $managed/stored ]]; }
wait_for 5 nothing_is_kept || fail "after a clean end these are kept: $(cat "$managed/stored")"
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- address space for one object ----

jq -cn 'def values(n): [range(n) | "v\(.)"];
  {statgate: 1, service: "many", max_series: 2000000,
   families: {many_total: {type: "counter", help: "M.", labels: {x: values(1000), y: values(1000)}}}}' >"$work/many.json"
catalogs=(--catalog "$work/many.json" --catalog "$scenarios/catalogs/basic.json")
mapped() { awk '$1 == "VmPeak:" { print $2 * 1024 }' "/proc/$daemon_pid/status"; }
statgated=$program
start_managed "${catalogs[@]}"
alone=$(mapped)
tell_manager kill
managed_ready 2
both=$(mapped)
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"
wait "$manager_pid" || true
((both - alone > 20000000)) || fail "one object takes $alone bytes, two $both"

# fits FRACTION: with a limit at this fraction of the way from the one to the other
fits() {
  local limit=$((alone + (both - alone) * $1 / 100))
  statgated=$work/limited-statgated
  printf '#!/bin/sh\nexec prlimit --as=%s:%s "%s" "$@"\n' "$limit" "$limit" "$program" >"$statgated"
  chmod +x "$statgated"
  start_managed "${catalogs[@]}"
  send 'shop_visits_total:7|c' 'many_total:5|c|#x:v1,y:v1'
  expect_metric shop_visits_total 7
  tell_manager kill
  managed_ready 2
  expect_eq "starts" "$(grep -c '^started' "$managed/events")" 2
  if [[ $(metric shop_visits_total) == 7 ]]; then
    expect_json /debug/ingress .takeover.done true
  else
    expect_metric shop_visits_total 0
    expect_json /debug/ingress .takeover.done false
    grep -q 'the values of the daemon before are lost, all start again' "$log" || fail "the log does not say that values are lost"
    fresh=$((fresh + 1))
  fi
  # What it has now outlives it.
  expect_json /debug/ingress .outlives true
  expect_eq "objects that are kept" "$(objects)" 1
  send 'shop_visits_total:2|c'
  tell_manager kill
  managed_ready 3
  tell_manager stop
  expect_event 'ended exit 0'
  kill -TERM "$manager_pid"
  wait "$manager_pid" || true
}
fresh=0
for percent in 20 60 110; do fits "$percent"; done
((fresh > 0 && fresh < 3)) || fail "$fresh of 3 limits were too low"
say "two deaths are forgiven once; $fresh of 3 limits were too low for two objects"
