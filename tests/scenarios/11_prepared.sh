#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prepared metrics of statgate.h: samples leave with the daemon's beat, twice a second, also where no breaker is declared;
# all of them arrive.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

cat >"$work/calls.json" <<'EOF'
{"statgate": 1, "service": "calls", "families": {
  "calls_total": {"type": "counter", "help": "Calls."},
  "calls_seconds": {"type": "histogram", "unit": "seconds", "help": "Their durations.", "buckets": [0.01, 1]}}}
EOF

beat() {
  od -An -t u8 -j 24 -N 8 "${socket%.sock}.breakers" | tr -d ' '
}
beats_again() {
  [[ $(beat) -gt $1 ]]
}
has_calls() {
  (($(metric calls_total) >= $1))
}

start_daemon --catalog "$work/calls.json"
wait_for beats_again "$(beat)" || fail "the page of a daemon without breakers does not beat"
"$(program statgate-prepared)" "$socket" calls_total calls_seconds >"$work/given" &
sender=$!
helpers+=("$sender")
wait_for has_calls 1500 || fail "of a thousand calls a second $(metric calls_total) are there"
datagrams=$(json /debug/senders ".senders[] | select(.pid == $sender) | .datagrams")
calls=$(metric calls_total)
((datagrams * 20 < calls)) || fail "$datagrams datagrams for $calls calls: nothing was held"
kill -TERM "$sender"
wait "$sender"
read -r given lost <"$work/given"
expect_eq "samples lost" "$lost" 0
expect_metric calls_total "$given"
expect_metric calls_seconds_count "$given"
say "$given calls in $(json /debug/senders ".senders[] | select(.pid == $sender) | .datagrams") datagrams"
