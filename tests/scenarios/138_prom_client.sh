#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Unchanged prom-client programs by the drop-in: random ones, each run in a cluster by npm's prom-client and by the drop-in, show the
# same samples but for the table of client/node/README.md; 300, with --long 10,000.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq node npm
"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit
batch=100 count=300
[[ -z $long ]] || count=10000
programs=$build/clients/npm/programs.js
drop_in=$root/client/node/prometheus.js

for ((first = 0; first < count; first += batch)); do
  node "$programs" prom-client "$first" "$batch" >"$work/wanted.json" || fail "$first: prom-client"
  MAKE_CATALOG="$first $batch" node "$root/client/node/catalog.js" "$programs" --service programs --output "$work/written.json" 2>"$work/guesses" ||
    fail "$first: $(<"$work/guesses")"
  jq '.families |= map_values(if .labels then .max_series = 150 | .labels |= map_values(.max = 16 | del(.otherwise)) else . end | del(.quantiles))' \
    "$work/written.json" >"$work/programs.json"
  start_daemon --catalog "$work/programs.json" --unix-stream "$work/stream.sock"
  mkfifo "$work/go"
  STATGATE_SOCKET=$socket STATGATE_STREAM=$work/stream.sock node --require "$drop_in" "$programs" statgate "$first" "$batch" \
    <"$work/go" >"$work/drop-in.out" 2>"$work/drop-in.err" &
  node=$!
  helpers+=("$node")
  exec 8>"$work/go"
  arrived() {
    [[ -d /proc/$node ]] || fail "$first: the drop-in ended: $(tail -3 "$work/drop-in.err")"
    node "$programs" compare "$work/wanted.json" "$url/metrics" >"$work/compared"
  }
  wait_for arrived || fail "$first: $(<"$work/compared")"
  expect_json /debug/rejections .total 0
  exec 8>&-
  wait "$node" || fail "$first: the drop-in ended with exit code $?"
  expect_eq "errors of the drop-in" "$(<"$work/drop-in.err")" ''
  rm "$work/go"
  stop_daemon
done
say "the last batch: $(<"$work/compared")"
