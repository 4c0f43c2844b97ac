#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Memory for one object, and not for two at a time: a daemon starts with empty tables and says so, and there is no loop of
# daemons: below a limit of the process it is the next one, in a control group the one after two that the kernel killed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq prlimit

has_objects() { [[ $(grep -c '^statgate-object-' "$managed/stored") == "$1" ]]; }
expect_objects() {
  wait_for has_objects "$1" || fail "not $1 objects are kept: $(cat "$managed/stored")"
}

# ---- address space for one object ----

jq -cn 'def values(n): [range(n) | "v\(.)"];
  {statgate: 1, service: "many", max_series: 2000000,
   families: {many_total: {type: "counter", help: "M.", labels: {x: values(1000), y: values(1000)}}}}' >"$work/many.json"
catalogs=(--catalog "$work/many.json" --catalog "$scenarios/catalogs/basic.json")
mapped() { awk -v name="$1:" '$1 == name { print $2 * 1024 }' "/proc/$daemon_pid/status"; }
program=$statgated
manager_options=(--restart)
start_managed "${catalogs[@]}"
alone=$(mapped VmSize) # at its start it maps for a moment what it may need later
tell_manager kill
managed_ready 2
both=$(mapped VmPeak)
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"
wait "$manager_pid" || true
((both - alone > 20000000)) || fail "one object takes $alone bytes, two $both"

# limit_to PERCENT: the next daemons have address space up to this part of the way from the one to the other.
statgated=$work/limited-statgated
limit_to() {
  local limit=$((alone + (both - alone) * $1 / 100))
  printf '#!/bin/sh\nexec prlimit --as=%s:%s "%s" "$@"\n' "$limit" "$limit" "$program" >"$statgated.new"
  chmod +x "$statgated.new"
  mv "$statgated.new" "$statgated"
}

# A first daemon whose values could not be taken over does not start.
limit_to 40
free_port
manage "$statgated" --no-supervisor --socket "$work/refused.sock" --metrics-listen "127.0.0.1:$port" "${catalogs[@]}"
is_refused() { grep -q 'are needed to restore the values after a crash, and a limit leaves less: raise it (LimitAS=' "$log"; }
wait_for is_refused || fail "the log does not say what is missing"
! grep -q 'ready:' "$log" || fail "it was ready"
kill -KILL "$manager_pid"
wait "$manager_pid" || true

# One that starts is followed by one that goes on.
limit_to 120
start_managed "${catalogs[@]}"
send 'shop_visits_total:7|c' 'many_total:5|c|#x:v1,y:v1'
expect_metric shop_visits_total 7
tell_manager kill
managed_ready 2
expect_metric shop_visits_total 7
expect_json /debug/ingress .restore.done true
expect_eq readyz "$(curl -s "$url/readyz")" ready

# Under a limit that came later the values are lost, and everything says so.
limit_to 40
tell_manager kill
managed_ready 3
expect_metric shop_visits_total 0
expect_json /debug/ingress .restore.done false
grep -q 'could not restore the values of the previous process, all series start at 0' "$log" || fail "the log does not say that values are lost"
expect_eq readyz "$(curl -s "$url/readyz")" 'ready, but the values of the previous process could not be restored, see /debug/ingress'
expect_json /debug/status 'any(.problems[]; .kind == "values_lost")' true
# What it has now outlives it.
expect_json /debug/ingress .outlives true
expect_objects 1
send 'shop_visits_total:2|c'
tell_manager kill
managed_ready 4
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- a control group with memory for one object: two are killed for a second one, and the next does without ----

# make_group: sets group, its folder, and names its files. False: there may be none.
make_group() {
  if [[ -d /sys/fs/cgroup/memory ]]; then
    group=/sys/fs/cgroup/memory/statgate-$$ most=memory.limit_in_bytes used=memory.usage_in_bytes events=memory.oom_control
  else
    group=/sys/fs/cgroup/statgate-$$ most=memory.max used=memory.current events=memory.events
  fi
  mkdir "$group" 2>/dev/null && [[ -w $group/$most ]]
}
make_group || {
  rmdir "$group" 2>/dev/null || true
  say "no control group can be had here"
  exit 0
}
# It goes when this script has ended, however it ends.
(while [[ -d /proc/$$ ]]; do sleep 0.2; done; rmdir "$group" 2>/dev/null) </dev/null >/dev/null 2>&1 &
disown
jq -cn 'def values(n): [range(n) | "v\(.)"];
  {statgate: 1, service: "many", max_series: 2000000, families: {many_total: {type: "histogram", help: "M.",
   buckets: [range(20)], labels: {x: values(100), y: values(1000)}}}}' >"$work/many.json"
statgated=$work/grouped-statgated
printf '#!/bin/sh\necho $$ >"%s/cgroup.procs"\nexec "%s" "$@"\n' "$group" "$program" >"$statgated"
chmod +x "$statgated"
start_managed "${catalogs[@]}"
"$(program statgate-fill)" lines "$socket" 'many_total:1|h|#x:v{100},y:v{1000}'
wait_for json_is /debug/senders .total.accepted 100000 || fail "$last series of 100000" # a scrape is long
echo $(($(<"$group/$used") + 4000000)) >"$group/$most"
tell_manager kill
managed_ready 2
expect_metric 'statgate_series{service="many"}' 0
expect_eq "starts" "$(grep -c '^started' "$managed/events")" 4
expect_eq "processes killed for memory" "$(awk '$1 == "oom_kill" { print $2 }' "$group/$events")" 2
grep -q 'daemons died while they took it over' "$log" || fail "the log does not say why"
expect_objects 1
# What it has now is small, and so is taken over.
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
tell_manager kill
managed_ready 3
expect_metric shop_visits_total 7
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"
wait "$manager_pid" || true
