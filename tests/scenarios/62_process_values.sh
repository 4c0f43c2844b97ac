#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values that belong to processes, over several real ones that live and die, as a real Prometheus
# stores them: in-flight requests, a queue that outlives who fills it, model caches, background jobs
# and the alert on the first opening of their breaker.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools prometheus promtool

start_daemon --catalog "$scenarios/catalogs/processes.json" --catalog "$root/packaging/catalogs/inference.json"

# ---- Prometheus, with the document's alert ----
cat >"$work/rules.yml" <<'YML'
groups:
  - name: imgsrv
    interval: 1s
    rules:
      - alert: BackgroundJobCircuitBreakerOpened
        expr: increase(imgsrv_background_job_circuit_open_total[10m]) > 0
YML
promtool check rules "$work/rules.yml" >/dev/null || fail "wrong rules"
start_prometheus 500ms rules.yml

# query EXPRESSION: the value of a result of one series, "absent" for none
query() {
  curl -fsS --max-time 5 "$prometheus/api/v1/query" --data-urlencode "query=$1" |
    jq -r 'if .data.result | length > 1 then "several" else .data.result[0].value[1] // "absent" end'
}
query_is() {
  last=$(query "$1" 2>/dev/null) && same "$last" "$2"
}
# expect_query EXPRESSION VALUE: Prometheus says so.
expect_query() {
  wait_for query_is "$1" "$2" || fail "Prometheus: $1 is '$last', expected '$2'"
}
alerts() {
  curl -fsS --max-time 5 "$prometheus/api/v1/alerts" | jq -r '[.data.alerts[] | select(.state == "firing")] | length'
}
alerts_are() {
  last=$(alerts 2>/dev/null) && [[ $last == "$1" ]]
}

# ---- in-flight requests ----
start_sender api1 api2 api3 batch
api='#http_request_method:GET,url_scheme:https,server_address:img.example.org,server_port:443'
active='http_server_active_requests{http_request_method="GET",server_address="img.example.org",server_port="443",url_scheme="https"}'
send_as api1 "http_server_active_requests:3|c|$api" 'immich_ml_active_requests:2|c'
send_as api2 "http_server_active_requests:3|c|$api" 'immich_ml_active_requests:1|c'
send_as api3 "http_server_active_requests:3|g|$api" 'executor_inflight:4|c|#device:cpu'
send_as api3 'executor_inflight:-1|c|#device:cpu' "http_server_active_requests:-1|c|$api"
expect_query http_server_active_requests 8
expect_query immich_ml_active_requests 3
expect_query executor_inflight 3
kill_sender api3
expect_metric "$active" 6
expect_query http_server_active_requests 6
expect_query executor_inflight 0
# A finished request whose start was never heard takes nothing from the others.
send_as batch "http_server_active_requests:-1|c|$api"
send_as api1 "http_server_active_requests:-2|c|$api"
expect_metric "$active" 4
kill_sender api1 api2
expect_query http_server_active_requests 0
expect_query immich_ml_active_requests 0

# ---- a queue: filled by one process, emptied by another ----
queue='model:my_model,version:v1'
send_as batch "job_queue_depth:150|c|#$queue"
expect_query job_queue_depth 150
kill_sender batch
start_sender worker1 worker2
send_as worker1 "job_queue_depth:-30|c|#$queue"
expect_query 'job_queue_depth{model="my_model", version="v1"}' 120
send_as worker2 "job_queue_depth:-200|c|#$queue"
expect_query job_queue_depth 0

# ---- model caches: each process sets its own, the sum falls when it ends ----
send_as worker1 'immich_ml_model_cache_entries:2|g|#task:clip,type:visual' 'immich_ml_model_cache_entries:1|g|#task:clip,type:textual'
send_as worker2 'immich_ml_model_cache_entries:3|g|#task:clip,type:visual'
send_as worker2 'immich_ml_model_cache_entries:4|g|#task:clip,type:visual'
expect_query 'immich_ml_model_cache_entries{task="clip",type="visual"}' 6
expect_query 'sum(immich_ml_model_cache_entries)' 7
kill_sender worker1
expect_query 'sum(immich_ml_model_cache_entries)' 4
expect_query 'immich_ml_model_cache_entries{type="textual"}' absent
kill_sender worker2
expect_query immich_ml_model_cache_entries absent

# ---- background jobs: six families ----
job='imgsrv_background_job'
for family in errors_total circuit_open_total consecutive_failures; do
  expect_query "count(${job}_$family == 0)" 2
done
expect_query "count(${job}_attempts_total == 0)" 6
expect_query "count({__name__=~\"${job}_last_.*\"})" absent
start_sender job1 job2
send_as job1 "$job:worked|a|#job:publish"
send_as job2 "$job:idle|a|#job:cas-promotion"
expect_query "sum by (outcome) (${job}_attempts_total{job=\"publish\",outcome=\"worked\"})" 1
expect_query "count(time() - ${job}_last_success_timestamp_seconds < 30)" 2
expect_query "count(${job}_last_error_timestamp_seconds)" absent
send_as job1 "$job:error|a|#job:publish"
send_as job2 "$job:error|a|#job:publish"
expect_query "${job}_consecutive_failures{job=\"publish\"}" 2
expect_query "${job}_circuit_state{job=\"publish\",state=\"closed\"}" 1
send_as job2 "$job:worked|a|#job:publish"
expect_query "${job}_consecutive_failures{job=\"publish\"}" 0
expect_query "count(time() - ${job}_last_error_timestamp_seconds < 30)" 1
wait_for alerts_are 0 || fail "$last alerts fire before anything opened"

# Three failures of two processes: one opening, the first after the start, and the alert fires.
send_as job1 "$job:error:error|a|#job:publish"
send_as job2 "$job:error|a|#job:publish"
expect_metric "${job}_circuit_open_total{job=\"publish\"}" 1
expect_query "${job}_circuit_open_total{job=\"publish\"}" 1
wait_for alerts_are 1 || fail "$last alerts fire after the breaker opened"
send_as job1 "$job:error:error:error|a|#job:publish"
expect_query "${job}_consecutive_failures{job=\"publish\"}" 6
expect_query "${job}_circuit_open_total{job=\"publish\"}" 1
expect_json /debug/breakers '.breakers[] | select(.labels.job == "publish") | .opened' 1
# Half-open after the cool-down of two seconds; a probe that works closes it.
expect_metric "${job}_circuit_state{job=\"publish\",state=\"half_open\"}" 1
send_as job1 "$job:worked|a|#job:publish"
expect_metric "${job}_circuit_state{job=\"publish\",state=\"closed\"}" 1
expect_query "${job}_circuit_transitions_total{job=\"publish\",state=\"half_open\"}" 1
expect_query "${job}_overdue_seconds{job=\"publish\"}" 0
expect_query "sum by (job) (${job}_errors_total{job=\"publish\"})" 8

# ---- jobs with an instance ----
send_as job1 'thumbnails:queued|j|#queue:fast|i:a1' 'thumbnails:queued|j|#queue:fast|i:a2' 'thumbnails:queued|j|#queue:slow|i:b1'
expect_metric 'thumbnails_jobs{queue="fast",state="queued"}' 2
expect_query 'count(thumbnails_oldest_queued_age_seconds > 0)' 2
expect_query thumbnails_oldest_running_age_seconds absent
send_as job2 'thumbnails:started|j|#queue:fast|i:a1' 'thumbnails:started|j|#queue:fast|i:a2'
expect_query 'thumbnails_jobs{queue="fast",state="running"}' 2
expect_json '/debug/jobs' '[.jobs[] | select(.state == "running") | .pid] | unique | .[0]' "${sender_pid[job2]}"
send_as job2 'thumbnails:succeeded|j|#queue:fast|i:a1'
expect_metric 'thumbnails_finished_total{outcome="succeeded",queue="fast"}' 1
kill_sender job2
expect_metric 'thumbnails_finished_total{outcome="lost",queue="fast"}' 1
expect_query 'thumbnails_finished_total{outcome="succeeded"} > 0' 1
expect_query 'sum(thumbnails_jobs)' 1
expect_query 'thumbnails_waiting_seconds_count' 2
kill_sender job1
expect_query 'thumbnails_jobs{queue="slow",state="queued"}' 1

expect_json /debug/rejections .total 0
expect_json /debug/senders '[.senders[] | select(.owns.parts + .owns.jobs > 0)] | length' 0
expect_sums
stop_daemon
