#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# statgate learn: a daemon that knows nothing hears the emitters of the five systems; the catalog that is written passes the
# check, and the same traffic is then taken whole. Where types or labels are not those of the shipped catalogs, the difference is
# the one that is listed below.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
own_network "$@"
need_tools jq

empty=$work/empty.json
printf '{"statgate": 1, "service": "none", "families": {"none": {"type": "gauge"}}}\n' >"$empty"

# shape CATALOG...: a line for each family that is sent, with its type and labels.
shape() {
  jq -r '[.queries[]?.values | if type == "array" then .[] else keys[] end] as $asked |
    (.families // {} | to_entries[] | select([.key] | inside($asked) | not) |
      "\(.key) \(.value.type)\(if .value.reading then " reading" else "" end) \(.value.labels // {} | keys | join(","))"),
    (.attempts // {} | to_entries[] | "\(.key) attempts \(.value.labels // {} | keys | join(","))"),
    (.jobs // {} | to_entries[] | "\(.key) jobs \(.value.labels // {} | keys | join(","))")' "$@" | sed 's/ *$//' | sort -u
}
# emit: the traffic of the system, for some seconds.
emit() {
  start_emitter "$system" --seconds 4
  wait_for is_gone "$emitter_pid" || fail "the emitter does not end"
  wait "$emitter_pid" || fail "the emitter ended with exit code $?"
}

rare=' inference ' # an error of a kind that did not come before is none that the catalog knows
: >"$work/differs.txt"
for system in imgsrv imgforge connaisseur gallery inference; do
  [[ $system != imgsrv ]] || start_database
  start_daemon --catalog "$empty"
  "$statgate" learn --for 1h --service "$system" --output "$work/$system.json" --socket "$socket" 2>"$work/$system.evidence" &
  learner=$!
  helpers+=("$learner")
  sleep 0.5
  emit
  kill -INT "$learner"
  wait "$learner" || fail "learn of $system: $(<"$work/$system.evidence")"
  stop_daemon
  "$statgate" check "$work/$system.json" >"$work/check.log" 2>&1 || fail "check of $system: $(<"$work/check.log")"
  diff <(shape "$root/packaging/catalogs/$system"*.json) <(shape "$work/$system.json") | grep '^[<>]' | sed "s/^/$system /" >>"$work/differs.txt" || true

  start_daemon --catalog "$work/$system.json"
  emit
  rejected=$(json /debug/rejections '.by_family | map("\(.family) \(.["label"]) \(.reason) \(.count)") | join("; ")')
  [[ -z $rejected || $rare == *" $system "* ]] || fail "$system: $rejected"
  say "$system: $(grep -c . "$work/$system.evidence") lines of evidence, $(jq '.families | length' "$work/$system.json") families"
  stop_daemon
done

# What is allowed to differ: rare lines that did not come; numbers that did not change, or only rose, in these seconds.
odd=$(grep -vE '^inference < (executor_timeouts|inference_errors)_total |^[a-z]+ [<>] (immich|process)_[a-z_]+_total (gauge|counter reading)' "$work/differs.txt" || true)
[[ -z $odd ]] || fail "these families are not those of the shipped catalogs: $odd"

# ---- a daemon that is ended, Ctrl-C at once, four followers ----
start_daemon --catalog "$empty"
send 'new.name:1|c' 'new.name:3|c|#a:b'
"$statgate" learn --for 1s --socket "$socket" >"$work/kept.json" 2>"$work/kept.evidence" || fail "$(<"$work/kept.evidence")"
expect_eq "from what the daemon kept" "$(jq -c '.families | map_values(.aliases)' "$work/kept.json")" '{"new_name_total":["new.name"]}'
stop_daemon
