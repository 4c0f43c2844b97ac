#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What jobs should do, with short times: one that is not started, starts late, hangs, is killed, exits 3, overlaps; the daemon is
# killed, reloaded with another schedule, and away. Each is named, none falsely; one that is well is well all the while.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"

catalog=$work/due.json
cat >"$catalog" <<'EOC'
{"statgate": 1, "service": "host", "jobs": {
  "well": {"every_s": 3600},
  "often": {"every_s": 4, "grace_s": 2},
  "tasks": {"labels": {"task": ["exits", "killed", "hangs", "hand", "patient", "never"]},
    "schedule": {"task": {"never": "0 0 29 2 *"}}, "tz": "Europe/Berlin", "finish_within_s": 2},
  "odd": {"labels": {"task": {"values": ["listed"], "otherwise": "other"}}, "every_s": 1, "grace_s": 1},
  "patient": {"finish_within_s": 3600, "alert_after": 2}}}
EOC
run() {
  local job=$1
  shift
  "$statgate" run --socket "$socket" --job "$job" "$@"
}
# problem JOB [TASK]: what /debug/jobs says.
problem() { json /debug/jobs ".watched[] | select(.name == \"$1\" and (.labels.task // \"\") == \"${2-}\") | .problem // \"none\""; }
problem_is() {
  last=$(problem "$1" "$2")
  [[ $last == "$3" ]]
}
expect_problem() { wait_for problem_is "$1" "$2" "$3" || fail "$1 $2 is '$last', expected '$3'"; }
# in_metrics JOB LABELS VALUE: the same as a family.
in_metrics() { expect_metric "statgate_job_problem{labels=\"$2\",name=\"$1\",service=\"host\"}" "$3"; }

start_daemon --catalog "$catalog"
run well -- true
run often -- true
expect_problem well "" none
in_metrics well "(none)" 0

# ---- exits 3; is killed; hangs, and one that no process has ----
run tasks --labels task:exits -- sh -c 'exit 3' || true
expect_problem tasks exits failed
expect_metric 'tasks_last_exit_status{task="exits"}' 3
in_metrics tasks "task=exits" 1
expect_json /debug/status '[.problems[] | select(.kind == "job_problem") | .text] | join(" ")' \
  'job tasks{task="exits"} of host: the last run failed (exit 3)'
"$statgate" run --socket "$socket" --job tasks --labels task:killed -- sleep 30 &
wrapper=$!
wait_for json_is /debug/jobs '[.jobs[] | select(.labels.task == "killed")] | length' 1 || fail "it does not run"
pkill -KILL -P "$wrapper"
wait "$wrapper" || true
expect_problem tasks killed failed
expect_metric 'tasks_last_exit_status{task="killed"}' 137
"$statgate" run --socket "$socket" --job tasks --labels task:hangs -- sleep 300 >/dev/null 2>&1 & # it may be left behind, and must hold no pipe
hanging=$!
helpers+=("$hanging")
"$statgate" job --socket "$socket" tasks started --labels task:hand --id 1
expect_problem tasks hangs "runs for too long"
expect_metric 'tasks_jobs{state="running",task="hangs"}' 1
expect_metric 'tasks_finished_total{outcome="lost",task="hand"}' 1
expect_problem tasks hand failed
kill -KILL "$hanging"
wait "$hanging" 2>/dev/null || true
expect_problem tasks hangs failed
run tasks --labels task:hangs -- true
expect_problem tasks hangs none
# Twice is a problem, once is not; a canceled one is neither.
run patient -- false || true
"$statgate" job --socket "$socket" patient canceled --id 9
expect_metric patient_consecutive_failures 1
expect_problem patient "" none
run patient -- false || true
expect_problem patient "" failed

# ---- not done in time; then late ----
expect_problem often "" "was missed"
missed=$(printf %.0f "$(metric often_missed_total)")
((missed >= 1)) || fail "$missed were missed"
in_metrics often "(none)" 1
"$statgate" jobs --daemon "${url#http://}" >"$work/jobs"
grep -qE '^ *often .* was missed .* late ' "$work/jobs" || fail "statgate jobs does not say so: $(<"$work/jobs")"
run often -- true
expect_problem often "" none
expect_metric often_overdue_seconds 0

# What no list has is counted, and not judged.
run odd --labels task:unheard-of -- true
expect_metric 'odd_started_total{task="other"}' 1
wait_for problem_is odd listed "was missed" || fail "what is listed is not judged"
expect_metric 'odd_missed_total{task="other"}' 0
expect_eq "jobs that are judged" "$(json /debug/jobs '[.watched[] | select(.name == "odd") | .labels.task] | join(" ")')" listed

# ---- a killed daemon and a reload know all of it ----
before=$(json /debug/jobs '[.watched[] | [.name, .labels.task, .failures, .last_exit, .last_success, .last_owner]] | tojson')
kill -KILL "$(daemon_of "$supervisor_pid")"
daemon_pid=$supervisor_pid
wait_for is_ready || fail "statgated was not ready after it was killed"
after() {
  last=$(json /debug/jobs '[.watched[] | [.name, .labels.task, .failures, .last_exit, .last_success, .last_owner]] | tojson')
  # `often` and `odd` continue to be missed.
  [[ $(jq -c 'map(select(.[0] != "often" and .[0] != "odd"))' <<<"$last") == "$(jq -c 'map(select(.[0] != "often" and .[0] != "odd"))' <<<"$before")" ]]
}
wait_for after || fail "after a crash: $last, before $before"
sed -i 's|"0 0 29 2 \*"|"30 5 * * *"|' "$catalog"
"$statgate" run --socket "$socket" --job tasks --labels task:patient -- sleep 1.5 &
running=$!
wait_for json_is /debug/jobs '[.jobs[] | select(.labels.task == "patient")] | length' 1 || fail "it does not run"
begin_reload "$supervisor_pid"
end_reload taken
wait "$running"
expect_problem tasks patient none
expect_metric 'tasks_finished_total{outcome="succeeded",task="patient"}' 1
expect_problem tasks never none
next=$(json /debug/jobs '.watched[] | select(.labels.task == "never") | .next_start')
[[ $(TZ=Europe/Berlin date -d "@$((next / 1000))" +%H:%M:%S) == 05:30:00 ]] || fail "the next start is $next"
((next / 1000 - $(date +%s) <= 90000)) || fail "the next start is too far away: $next"
expect_problem well "" none
in_metrics well "(none)" 0
expect_metric well_missed_total 0
stop_daemon "$supervisor_pid"
