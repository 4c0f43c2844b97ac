#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Daemons that die while they take over: the third starts with empty tables.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

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
# die TIMES: and so many daemons after it, in the middle of their restores.
die() {
  local before
  before=$(grep -c '^ended signal 9' "$managed/events" || true)
  echo "$1" >"$work/deaths"
  tell_manager kill
  readies=$((readies + 1))
  managed_ready "$readies"
  expect_eq "deaths" "$(grep -c '^ended signal 9' "$managed/events")" $((before + 1 + $1))
}
has_objects() { [[ $(grep -c '^statgate-object-' "$managed/stored") == "$1" ]]; }
expect_objects() {
  wait_for has_objects "$1" || fail "not $1 objects are kept: $(cat "$managed/stored")"
}

send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
# What comes while nobody lives waits in the socket; one death is forgiven.
kill -STOP "$daemon_pid"
send 'shop_visits_total:1|c'
die 1
expect_metric shop_visits_total 8
expect_json /debug/ingress '.restore | "\(.done) \(.attempts)"' 'true 2'
expect_objects 1
# The count begins anew.
die 1
expect_metric shop_visits_total 8
expect_metric 'statgate_restarts_total{cause="crash"}' 2

die 2
expect_metric shop_visits_total 0
grep -q 'all series start at 0: object: 2 daemons died while they took it over' "$log" ||
  fail "the log does not say why"
expect_json /debug/ingress .restore.done false
expect_objects 1
expect_eq "inode of the socket" "$(stat -c %i "$socket")" "$inode"
# Three times in a row, and the daemon is none the worse for it.
send 'shop_visits_total:3|c'
expect_metric shop_visits_total 3
die 0
expect_metric shop_visits_total 3
die 2
expect_metric shop_visits_total 0
expect_objects 1
send 'shop_visits_total:4|c'
expect_metric shop_visits_total 4
expect_sums
# And when those that start with empty tables die as well.
die 6
expect_metric shop_visits_total 0
expect_objects 1
send 'shop_visits_total:5|c'
expect_metric shop_visits_total 5
die 0
expect_metric shop_visits_total 5
tell_manager stop
expect_event 'ended exit 0'
nothing_is_kept() { [[ ! -s $managed/stored ]]; }
wait_for nothing_is_kept || fail "after a clean end these are kept: $(cat "$managed/stored")"
kill -TERM "$manager_pid"
wait "$manager_pid" || true
say "one death in a restore is forgiven, two are not"
