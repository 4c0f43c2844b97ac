#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# /debug/senders says which of thousands of processes have ended and which still live.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mortal=$(program statgate-mortal)
count=3000
start_daemon --catalog "$scenarios/catalogs/mortals.json"

# How many rows say so of their process: "ALIVE GONE NOT-KNOWN", of those but the shell's own.
rows() {
  json '/debug/senders?limit=100000' '[.senders[] | .alive] |
    "\(map(select(. == true)) | length) \(map(select(. == false)) | length) \(map(select(. == null)) | length)"'
}

start_sender first second third
send_as first 'mortal_entries:1|g' # owns something, so it is watched; all the others are not
send_as second 'nothing:1|c'
send_as third 'nothing:1|c'
timeout 500 "$mortal" "$socket" "$count" 'nothing:1|c' || fail "statgate-mortal: $?"
expect_metric statgate_datagrams_total $((count + 3))
expect_eq "alive, gone, not known" "$(rows)" "3 $count 0"

# It is looked at when asked, not some time before.
kill_sender third
expect_eq "after one more end" "$(rows)" "2 $((count + 1)) 0"
expect_sums
stop_daemon
