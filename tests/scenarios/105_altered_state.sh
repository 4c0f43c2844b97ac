#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A state file that changed on the disk: whichever part of it, no wrong value is shown. The file is set aside, and the
# log, an event and /debug say so. And it holds no address of the process that wrote it.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

state=$work/state
altered="its checksum is wrong, so it is not as it was written"
catalogs=(--catalog "$scenarios/catalogs/basic.json" --catalog "$scenarios/catalogs/owners.json")

# start_with [ALTERATION...]: a start that finds the file, altered by tests/support/state_file.py.
start_with() {
  rm -f "$state.bad"
  cp "$work/good" "$state"
  (($# == 0)) || "$root/tests/support/state_file.py" "$state" "$@" || fail "the file cannot be altered: $*"
  launch_daemon "${catalogs[@]}" --socket "$socket" --metrics-listen "127.0.0.1:$port" --state-file "$state"
  wait_for is_ready || fail "statgated was not ready"
}
# expect_refused WORDS: nothing of the file is shown, and these words say why.
expect_refused() {
  expect_contains "the log" "$(<"$log")" "all series start at 0: state file $state: $1; it is kept aside as $state.bad"
  expect_metric shop_visits_total 0
  expect_metric executor_inflight absent
  expect_metric 'statgate_restarts_total{cause="state_file"}' 0
  told=$(json '/debug/events?kind=handover' '.events[].text')
  expect_contains "the event" "$told" "could not take the values over from the state file: state file $state: $1"
  expect_json /debug/ingress '.restore.cause' state_file
  expect_json /debug/ingress '.restore.done' false
  [[ -s $state.bad ]] || fail "the file is not set aside"
  stop_daemon
}
expect_taken() {
  expect_metric shop_visits_total 5
  expect_metric executor_inflight 3
  expect_metric 'statgate_restarts_total{cause="state_file"}' 1
  [[ ! -e $state.bad ]] || fail "a file that is taken is set aside as well"
  stop_daemon
}

start_daemon "${catalogs[@]}" --state-file "$state"
start_sender stays
send_as stays 'executor_inflight:3|g' 'workers_cpu_seconds_total:0.25|g'
send 'shop_visits_total:5|c' 'shop_checkout_duration_seconds:0.5|h' 'nobody_knows_total:1|c'
expect_metric shop_visits_total 5
expect_metric executor_inflight 3
daemon=$(children_of "$daemon_pid" || echo "$daemon_pid") # a supervisor has other addresses
cp "/proc/$daemon/maps" "$work/maps"
cp "$(find "/proc/$daemon/fd" -lname '*statgate-object*' | head -n 1)" "$work/object"
stop_daemon
cp "$state" "$work/good"

# addresses FILE: the parts that hold some.
addresses() { "$root/tests/support/state_file.py" "$1" addresses "$work/maps"; }
expect_eq "addresses in the file" "$(addresses "$state")" ""
# The kernel finds the place of each datagram by an address, as long as the daemon receives.
expect_eq "addresses in memory" "$(addresses "$work/object" | cut -d ' ' -f 1)" inbox_header

for number in 1000005 1e300 2.5 -5 nan; do
  start_with number series 5 "$number"
  expect_refused "$altered"
done
for part in header undo families directory fields; do
  start_with alter "$part"
  expect_refused "$altered"
done
tables=$("$root/tests/support/state_file.py" "$work/good" tables)
for table in $tables; do
  start_with alter "$table"
  grep -q "$altered" "$log" || fail "an altered $table is not seen: $(<"$log")"
  expect_metric shop_visits_total 0
  stop_daemon
done
say "$(wc -w <<<"$tables") tables, each with one bit that changed: $(xargs <<<"$tables")"

start_with without-checksum
expect_refused "$altered"
start_with
expect_taken
