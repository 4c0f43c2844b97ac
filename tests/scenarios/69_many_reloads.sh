#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Reloads, one after the other, under three clients, with readers that do not read: some with a catalog that is wrong,
# some with one that has changed. Nothing is lost, nothing is reset but the family that changed, and nothing piles up.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/load.sh"

reloads=40
settled=10 # after so many, memory and descriptors are compared
[[ -z $long ]] || reloads=1000 settled=100

prepare_load

# A catalog in two variants: another bucket (its family starts again), another value of a label and another family
# (what there was stays).
catalog=$work/changing.json
variant() {
  jq -n --argjson odd "$1" '{statgate: 1, service: "changing", families: ({
    changing_total: {type: "counter", help: "C.", labels: {x: (["a", "b"] + if $odd == 1 then ["c"] else [] end)}},
    changing_seconds: {type: "histogram", help: "S.", unit: "seconds", buckets: [0.1, 1 + $odd]}}
    + if $odd == 1 then {changing_more_total: {type: "counter", help: "M.", zeros: true}} else {} end)}' >"$catalog.new"
  mv "$catalog.new" "$catalog"
}
variant 0
jq -n '{statgate: 1, service: "wide", families: {wide_level: {type: "gauge", help: "W.", labels: {
  x: [range(100) | "v\(.)"], y: [range(100) | "v\(.)"]}}}}' >"$work/wide.json"

manager_options=(--restart)
start_managed --strict "${load_catalogs[@]}" --catalog "$catalog" --catalog "$work/wide.json" --created
"$(program statgate-fill)" lines "$socket" 'wide_level:1|g|#x:v{100},y:v{100}'
wait_for metric_is 'statgate_series{service="wide"}' 10000 || fail "$last series to read"
python3 "$scenarios/crowd.py" "$port" /metrics 0 0 6 < <(exec sleep 4000) >"$work/crowd" 2>"$work/crowd.log" &
helpers+=("$!")
start_load 667 'changing_(seconds|more).*'

daemons_are() {
  last=$(children_of "$manager_pid" | wc -l)
  ((last == $1))
}
# note: sets pss (without files, which daemons of other scenarios share) and rss, in KiB, and descriptors, of the daemon
# once it is alone.
note() {
  wait_for daemons_are 1 || fail "$last daemons long after a reload"
  wait_for has_one_object || fail "a former object is kept long after a reload: $(<"$managed/stored")"
  pss=$(awk '/^Pss_(Anon|Shmem):/ { kib += $2 } END { print kib }' "/proc/$daemon_pid/smaps_rollup")
  rss=$(awk '/^Rss:/ { print $2 }' "/proc/$daemon_pid/smaps_rollup")
  descriptors=$(find "/proc/$daemon_pid/fd" -mindepth 1 -lname '*' ! -lname 'socket:*' | wc -l)
  stored=$(sed 's/[0-9]\+/N/g' "$managed/stored" | sort | xargs)
}
expect_reloaded() {
  readies=$((readies + 1))
  managed_ready "$readies"
  last=$(children_of "$manager_pid" | wc -l)
  ((last <= 2)) || fail "$last daemons after reload $i"
}

readies=1
taken=0
changed=0
sent=0
for ((i = 1; i <= reloads; i++)); do
  send 'changing_total:1|c|#x:a' 'changing_seconds:0.5|h'
  sent=$((sent + 1))
  if ((i % 3 == 0)); then
    printf '{"statgate": 1,\n "service": "wide", "families": {"wrong_total": {"type": "count"}}}' >"$work/wide.json.new"
    mv "$work/wide.json" "$work/wide.json.kept"
    mv "$work/wide.json.new" "$work/wide.json"
    before=$daemon_pid
    begin_reload "$daemon_pid"
    end_reload "not taken" "number $i"
    expect_contains "the refusal" "$said" ": /families/wrong_total/type"
    expect_eq "process" "$(<"$managed/pid")" "$before"
    mv "$work/wide.json.kept" "$work/wide.json"
    ((i > 3)) || expect_metric statgate_config_last_reload_successful 0
    continue
  fi
  if ((i % 5 == 0)); then
    changed=$((changed + 1))
    variant $((changed % 2))
  fi
  begin_reload "$daemon_pid"
  end_reload taken "number $i"
  taken=$((taken + 1))
  expect_reloaded
  if ((i % 5 == 0)); then
    expect_contains "what changed" "$said" "changed service changing"
  else
    expect_eq "lines of a reload without changes" "$(wc -l <<<"$said")" 1
  fi
  ((i > 2)) || expect_metric statgate_config_last_reload_successful 1
  ((i < settled || i >= settled + 3)) || { note; first_pss=$pss first_rss=$rss first_descriptors=$descriptors first_stored=$stored; }
done
note

expect_metric 'changing_total{x="a"}' "$sent"
expect_metric 'statgate_families_restarted_total{reason="buckets"}' "$changed"
expect_metric 'statgate_restarts_total{cause="reload"}' "$taken"
expect_metric 'statgate_restarts_total{cause="crash"}' 0
expect_metric statgate_handover_pause_seconds_count "$taken"
expect_metric 'statgate_series{service="wide"}' 10000
end_load
expect_eq "scrapes that were not answered" "$load_failed" 0
expect_eq "what the manager keeps" "$stored" "$first_stored"
((descriptors <= first_descriptors)) || fail "$descriptors descriptors beside sockets, $first_descriptors after $settled reloads"
((pss < first_pss + 2048 && rss < first_rss + 2048)) ||
  fail "$pss KiB (Pss) and $rss KiB (Rss), $first_pss and $first_rss after $settled reloads"
say "$taken reloads, $changed with changes, $((reloads - taken)) refused: $load_summary; $pss KiB (Pss), $first_pss after $settled reloads"
