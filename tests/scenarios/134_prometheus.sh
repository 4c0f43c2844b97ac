#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Unchanged prometheus_client programs by the drop-in: random ones, each run by Debian's prometheus_client in multi-process mode
# (infos and enums in one process) and by the drop-in, with libstatgate and without, show the same samples but for the table of
# client/python/README.md; 300, with --long 10,000.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq
need_python prometheus_client
export PYTHONPATH=$root/client/python PYTHONDONTWRITEBYTECODE=1
library=$(dirname "$statgated")/../client/libstatgate.so.0
batch=50 count=300
[[ -z $long ]] || count=10000
programs=$scenarios/prometheus_programs.py

# equal KIND FIRST LIBRARY: a batch of programs, by both.
equal() {
  "$python" "$programs" catalog "$2" "$batch" "$work/$1.json"
  "$python" "$programs" "$1" "$2" "$batch" >"$work/wanted.json" || fail "$1 $2: prometheus_client"
  start_daemon --catalog "$work/$1.json"
  mkfifo "$work/go"
  STATGATE_SOCKET=$socket STATGATE_LIBRARY=$3 "$python" "$programs" statgate "$1" "$2" "$batch" <"$work/go" >"$work/drop-in.out" 2>"$work/drop-in.err" &
  local drop_in=$!
  helpers+=("$drop_in")
  exec 8>"$work/go"
  performed() {
    [[ -d /proc/$drop_in ]] || fail "$1 $2: the drop-in ended: $(tail -3 "$work/drop-in.err")"
    grep -q ready "$work/drop-in.out"
  }
  wait_for performed "$1" "$2" || fail "$1 $2: the drop-in does not get ready"
  arrived() { "$python" "$programs" compare "$work/wanted.json" "$url/metrics" >"$work/compared"; }
  wait_for arrived || fail "$1 $2, library $3: $(<"$work/compared")"
  expect_json /debug/rejections .total 0
  expect_eq "errors of the drop-in" "$(<"$work/drop-in.err")" ''
  exec 8>&-
  wait "$drop_in" || fail "$1 $2: the drop-in ended with exit code $?"
  rm "$work/go"
  stop_daemon
}

for ((first = 0; first < count; first += batch)); do
  senders=("$library" none)
  equal "$( ((first / batch % 3 == 2)) && echo single || echo multi)" "$first" "${senders[first / batch % 2]}"
done
say "the last batch: $(<"$work/compared")"
