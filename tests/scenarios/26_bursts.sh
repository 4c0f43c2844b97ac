#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Bursts of statgate.h, from handles that never wait: every count arrives, no call is long, and the
# books of both sides agree.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

burst=$(program statgate-burst)
start_daemon --catalog "$scenarios/catalogs/burst.json"

# give THREADS COUNTS SERIES RATE [timed]: sets `report`; all of it has to arrive.
arrived=0
give() {
  timeout 500 "$burst" "$socket" "$@" >"$work/report" || fail "statgate-burst $* ended with exit code $?"
  report=$(<"$work/report")
  say "$* $report"
  arrived=$((arrived + $2))
  expect_eq "given" "$(jq .given <<<"$report")" "$2"
  expect_eq "lost of $*" "$(jq .lost <<<"$report")" 0
  wait_for sum_is burst_total "$arrived" || fail "$last of $arrived counts arrived after $*"
}

# A tight loop of one thread; then eight.
give 1 10000 1 0
give 1 10000 300 0
give 8 1000000 100 0
(($(jq .merged <<<"$report") > 0)) || fail "nothing was merged: $report"
give 8 1000000 100 0 timed
say "of a million calls $(jq .long_calls <<<"$report") took over 100 us of CPU time, of as many bare sends $(jq .long_sends <<<"$report")"

# sent = received + lost, though merged lines are fewer samples than were given.
expect_json /debug/senders '[.senders[], .departed | .sent - .numbered - .lost] | add' 0
expect_json /debug/senders '[.senders[], .departed | .lost] | add' 0
expect_sums
stop_daemon
