#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a process sent counts even if it is dead before anybody reads it: on an idle daemon, and while
# another process floods.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mortal=$(program statgate-mortal)
flood=$(program statgate-flood)
count=400
[[ -z $long ]] || count=1000

# All that the dead left is given up again.
nobody_is_left() {
  last=$(json /debug/ingress '.owners | .live + .to_release')
  [[ $last == 0 ]]
}

# die_saying SAMPLES DATAGRAM...: that many processes, each with so many samples, and the daemon is
# done with them.
die_saying() {
  said=$((said + count * $1))
  shift
  timeout 500 "$mortal" "$socket" "$count" "$@" || fail "statgate-mortal ended with exit code $?"
  expect_metric 'statgate_samples_total{service="mortals",verdict="accepted"}' "$said"
  wait_for nobody_is_left || fail "$last dead processes still own something"
}

rounds=0
said=0
# Every kind of value that belongs to a process, from as many processes that are dead.
one_round() {
  local started=$SECONDS
  rounds=$((rounds + 1))
  local all=$((rounds * count))
  die_saying 1 "mortal_job:started|j|i:$rounds-a%"
  expect_eq "lost jobs" "$(metric 'mortal_job_finished_total{outcome="lost"}')" "$all"
  die_saying 2 "mortal_job:started|j|i:$rounds-b%" "mortal_job:succeeded|j|i:$rounds-b%"
  expect_eq "jobs with success" "$(metric 'mortal_job_finished_total{outcome="succeeded"}')" "$all"
  die_saying 1 'mortal_seconds_total:1|g'
  expect_eq "readings" "$(metric mortal_seconds_total)" "$((all + (all - count) * 7))"
  die_saying 2 'mortal_seconds_total:5|g' 'mortal_seconds_total:7|g'
  expect_eq "readings" "$(metric mortal_seconds_total)" "$((all * 8))"
  die_saying 2 'mortal_in_flight:+1|g' 'mortal_in_flight:-1|g'
  die_saying 1 'mortal_in_flight:+1|g'
  die_saying 4 'mortal_entries:3|g' $'mortal_oldest:-4|g\nmortal_fresh_total:9|g' 'mortal_build_info:1|g|#version:1.2.3'
  expect_eq "jobs that run" "$(metric 'mortal_job_jobs{state="running"}')" 0
  expect_eq "lost jobs" "$(metric 'mortal_job_finished_total{outcome="lost"}')" "$all"
  expect_eq "in flight" "$(metric mortal_in_flight)" 0
  local family
  for family in mortal_entries mortal_oldest mortal_fresh_total; do
    expect_eq "$family" "$(metric $family)" absent
  done
  expect_eq "what runs" "$(scrape | grep -c '^mortal_build_info' || true)" 0
  expect_eq "rejected" "$(json /debug/rejections '[.by_family[] | select(.service == "mortals") | .count] | add // 0')" 0
  expect_eq "times that the table of processes was full" "$(metric 'statgate_table_full_total{table="owners"}')" 0
  say "$1: $((7 * count)) processes dead before they were heard, $((SECONDS - started)) s"
}

# As people try it on the quick start's catalog: each line is from a process of its own.
start_daemon --catalog "$root/packaging/catalogs/demo.json"
for delta in +1 -1; do
  send "demo_in_flight:$delta|g"
done
"$statgate" send --socket "$socket" 'demo_export:started|j|#queue:fast|i:shell' >"$work/send.log" 2>"$work/send.err"
grep -qF 'and this one ends now: 1 job will count as lost' "$work/send.err" || fail "no warning: $(cat "$work/send.err")"
expect_metric 'demo_export_finished_total{outcome="lost",queue="fast"}' 1
expect_metric 'statgate_samples_total{service="demo",verdict="accepted"}' 3
expect_json /debug/rejections .total 0
expect_metric demo_in_flight 0
expect_json /debug/jobs '.ended[0] | [.id, .outcome, .labels.queue] | join(" ")' 'shell lost fast'
expect_json /debug/senders '[.ended[].took.jobs] | add' 1
expect_json /debug/senders '[.ended[].samples] | add' 3
stop_daemon

start_daemon --catalog "$scenarios/catalogs/mortals.json" --catalog "$scenarios/catalogs/flood.json"
one_round idle
expect_json /debug/ingress '.owners.descriptors' 0
gone_before=$(json /debug/ingress .owners.gone_before)
say "$gone_before of $((7 * count)) were gone when their first datagram was read"

# The queue is full all the time: every sender is dead long before it is read.
helper "$flood" "$socket" 1000000000 7
one_round flooded
gone_flooded=$(($(json /debug/ingress .owners.gone_before) - gone_before))
say "flooded: $gone_flooded of $((7 * count)) were gone"
((gone_flooded > 5 * count)) || fail "the flood is no flood: only $gone_flooded were gone before they were heard"
kill "$helper_pid"
die_saying 1 'mortal_entries:1|g' # behind all of the flood
expect_sums
stop_daemon
