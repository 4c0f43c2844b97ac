#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values from a real PostgreSQL: rows show at the next scrape and vanish with their rows, ages grow
# by the database's clock, many scrapes share a run, and real alerts fire and resolve.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"
for tool in prometheus promtool; do
  command -v "$tool" >/dev/null || { say "$tool is not installed"; exit 77; }
done

start_postgres
service main "host=$pg" dbname=postgres user=statgate
sql "CREATE TABLE upload_sessions (id serial, state text);
     CREATE TABLE cas_ingest_jobs (id serial, state text, run_after timestamptz, locked_at timestamptz);
     CREATE TABLE publish_job_steps (id serial, name text, state text, run_after timestamptz)"

# ---- before the deployment ----
"$statgate" check --connect "$scenarios/catalogs/queries.json" >"$work/check" || fail "check --connect: $(<"$work/check")"
expect_contains "check --connect" "$(<"$work/check")" "state text (label state), n bigint (imgsrv_upload_sessions)"
jq '.queries[0].values = {"imgsrv_upload_sessions": "m"} | .queries[2].sql = "SELECT name AS step, name AS age FROM publish_job_steps"' \
  "$scenarios/catalogs/queries.json" >"$work/wrong.json"
status=0
"$statgate" check --connect "$work/wrong.json" >/dev/null 2>"$work/wrong" || status=$?
expect_eq "exit code of check --connect for what does not fit" "$status" 2
expect_contains "what does not fit" "$(<"$work/wrong")" ": /queries/0 (imgsrv_upload_sessions): there is no column \"m\""
expect_contains "what does not fit" "$(<"$work/wrong")" ": /queries/2 (imgsrv_publish_step_oldest_queued_age_seconds): column \"age\" is text"

start_daemon --catalog "$scenarios/catalogs/queries.json" --catalog "$scenarios/catalogs/queries_slow.json"
# Nobody has scraped yet, so nobody was asked.
expect_json /debug/queries '[.databases[].connects, .queries[].runs] | add' 0

# now NAME: that sample of imgsrv in one scrape of now; nothing is waited for.
now() {
  scrape /metrics/imgsrv | sample "$1"
}
sessions() {
  now "imgsrv_upload_sessions{state=\"$1\"}"
}

# ---- rows ----
expect_eq "sessions uploading without rows" "$(sessions uploading)" absent
sql "INSERT INTO upload_sessions (state) VALUES ('uploading'), ('uploading'), ('completed')"
expect_eq "sessions uploading" "$(sessions uploading)" 2
expect_eq "completed sessions" "$(sessions completed)" 1
expect_eq "aborted sessions" "$(sessions aborted)" absent
sql "DELETE FROM upload_sessions WHERE state = 'completed'; UPDATE upload_sessions SET state = 'aborted' WHERE id = 1"
expect_eq "sessions uploading" "$(sessions uploading)" 1
expect_eq "aborted sessions" "$(sessions aborted)" 1
expect_eq "completed sessions whose rows are gone" "$(sessions completed)" absent
# An undeclared state is refused, counted and reported; the others are there.
sql "INSERT INTO upload_sessions (state) VALUES ('frozen')"
expect_eq "sessions uploading beside an unknown state" "$(sessions uploading)" 1
expect_eq "values refused" "$(metric 'statgate_query_rejected_values{query="imgsrv_upload_sessions"}')" 1
expect_eq "rows" "$(metric 'statgate_query_rows{query="imgsrv_upload_sessions"}')" 3
expect_json /debug/rejections '[.by_family[] | select(.family == "imgsrv_upload_sessions" and .reason == "label_value")] | length' 1
sql "DELETE FROM upload_sessions WHERE state = 'frozen'"
# Families of a query take no datagrams.
send 'imgsrv_upload_sessions:7|g|#state:uploading' 'imgsrv_requests_total:3|c'
expect_metric imgsrv_requests_total 3
expect_json /debug/rejections '.by_reason.type_mismatch' 1
expect_eq "sessions uploading behind a datagram" "$(sessions uploading)" 1

# ---- ages ----
queued=imgsrv_cas_ingest_oldest_queued_age_seconds
running=imgsrv_cas_ingest_oldest_running_age_seconds
expect_eq "$queued without jobs" "$(now $queued)" absent
sql "INSERT INTO cas_ingest_jobs (state, run_after) VALUES ('queued', now() + interval '1 hour')"
expect_eq "$queued of a job that is not due" "$(now $queued)" absent
sql "INSERT INTO cas_ingest_jobs (state, run_after) VALUES ('queued', now() - interval '100 s'), ('queued', now() - interval '5 s')"
first=$(now $queued)
awk -v age="$first" 'BEGIN { exit !(age >= 100 && age < 110) }' || fail "$queued is $first, expected some 100"
sleep 1.2
before=$(sql "SELECT extract(epoch FROM now() - min(run_after)) FROM cas_ingest_jobs WHERE state = 'queued'")
second=$(now $queued)
after=$(sql "SELECT extract(epoch FROM now() - min(run_after)) FROM cas_ingest_jobs WHERE state = 'queued'")
awk -v b="$before" -v age="$second" -v a="$after" 'BEGIN { exit !(b <= age && age <= a) }' ||
  fail "$queued is $second, the database says from $before to $after"
expect_eq "$running" "$(now $running)" absent
sql "UPDATE cas_ingest_jobs SET state = 'running', locked_at = now() - interval '1 day 2 hours' WHERE run_after < now() - interval '50 s'"
age=$(now $running)
awk -v age="$age" 'BEGIN { exit !(age >= 93600 && age < 93660) }' || fail "$running is $age, expected some 93600"
age=$(now $queued)
awk -v age="$age" 'BEGIN { exit !(age >= 5 && age < 60) }' || fail "$queued is $age, expected that of the younger job"
sql "DELETE FROM cas_ingest_jobs"
expect_eq "$running behind the last job" "$(now $running)" absent
expect_eq "$queued behind the last job" "$(now $queued)" absent
for name in imgsrv_upload_sessions imgsrv_cas_ingest_ages imgsrv_publish_step_oldest_queued_age_seconds; do
  expect_eq "$name is up" "$(metric "statgate_query_up{query=\"$name\"}")" 1
  expect_eq "errors of $name" "$(query_view "$name" '.errors | add')" 0
  expect_eq "last error of $name" "$(query_view "$name" .last_error)" null
done

# ---- many at once ----
runs=$(query_view slow_answer .runs)
# One process sends all, since twelve that start on a busy machine may take longer than the query.
curl -fsS --no-progress-meter --parallel --parallel-immediate --max-time 100 -H 'Accept: text/plain;version=0.0.4' \
  -o "$work/slow-#1" "$url/metrics/slow?[1-12]" || fail "a scrape failed"
for i in $(seq 12); do
  expect_eq "slow_answer of scrape $i" "$(sample slow_answer <"$work/slow-$i")" 42
done
expect_eq "runs of a query that 12 scrapes shared" "$(query_view slow_answer .runs)" $((runs + 1))
# What is cached stays as it was read, and is not read again.
expect_eq "slow_report" "$(scrape /metrics/slow | sample slow_report)" "$(sample slow_report <"$work/slow-1")"
sql "INSERT INTO upload_sessions (state) VALUES ('uploading')"
report=$(sample slow_report <"$work/slow-1")
expect_eq "cached slow_report" "$(scrape /metrics/slow | sample slow_report)" "$report"
expect_eq "runs of a cached query" "$(query_view slow_report .runs)" 1

# ---- nothing piles up ----
descriptors() {
  find "/proc/$daemon_pid/fd" -mindepth 1 | wc -l
}
held=$(descriptors)
for i in $(seq 300); do
  echo "url = $url/metrics/imgsrv"
  echo 'output = /dev/null'
done >"$work/many.curl"
curl -fsS --max-time 60 --config "$work/many.curl"
expect_eq "connections of statgate" "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'statgate'")" 2
now_held=$(descriptors)
((now_held <= held + 1)) || fail "$now_held descriptors, $held before 300 scrapes"
say "$(scrape /metrics/statgate | grep -E '^statgate_slow_callbacks_total')"

# ---- alerts, as the document of imgsrv has them ----
cat >"$work/rules.yml" <<'YML'
groups:
  - name: imgsrv
    rules:
      - {alert: CasIngestQueueStuck, expr: imgsrv_cas_ingest_oldest_queued_age_seconds > 300}
      - {alert: CasIngestWorkerStuck, expr: imgsrv_cas_ingest_oldest_running_age_seconds > 900}
      - {alert: PublishQueueStuck, expr: max by (step) (imgsrv_publish_step_oldest_queued_age_seconds) > 300}
YML
cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: ["$work/rules.yml"]
scrape_configs:
  - job_name: imgsrv
    metrics_path: /metrics/imgsrv
    static_configs: [{targets: ["127.0.0.1:$port"]}]
YML
promtool check config "$work/prometheus.yml" >/dev/null || fail "wrong Prometheus configuration"
free_port
prometheus_url=http://127.0.0.1:$port/api/v1
helper prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
  --web.listen-address="127.0.0.1:$port" --log.level=warn
firing() {
  curl -fsS --max-time 5 "$prometheus_url/alerts" 2>/dev/null |
    jq -r '[.data.alerts[] | select(.state == "firing") | .labels.alertname + (.labels.step // "" | if . == "" then "" else ":" + . end)] | sort | join(" ")'
}
fires() {
  last=$(firing)
  [[ $last == "$1" ]]
}
scraped() {
  [[ $(curl -fsS --max-time 5 "$prometheus_url/query" --data-urlencode 'query=count_over_time(up{job="imgsrv"}[1m]) >= 3 and up == 1' 2>/dev/null |
    jq '.data.result | length') == 1 ]]
}
sql "INSERT INTO cas_ingest_jobs (state, run_after, locked_at) VALUES ('queued', now() - interval '200 s', NULL), ('running', now(), now() - interval '800 s');
     INSERT INTO publish_job_steps (name, state, run_after) VALUES ('validate_catalog', 'queued', now() - interval '200 s'), ('incus_index', 'queued', now() - interval '100 s')"
wait_for scraped || fail "Prometheus has no three good scrapes"
expect_eq "alerts while all is young enough" "$(firing)" ""
sql "UPDATE cas_ingest_jobs SET run_after = run_after - interval '200 s', locked_at = locked_at - interval '200 s';
     UPDATE publish_job_steps SET run_after = run_after - interval '150 s'"
wait_for fires "CasIngestQueueStuck CasIngestWorkerStuck PublishQueueStuck:validate_catalog" || fail "firing: '$last'"
sql "UPDATE publish_job_steps SET run_after = run_after - interval '1 day' WHERE name = 'incus_index'; DELETE FROM cas_ingest_jobs WHERE state = 'queued'"
wait_for fires "CasIngestWorkerStuck PublishQueueStuck:incus_index PublishQueueStuck:validate_catalog" || fail "firing: '$last'"
sql "DELETE FROM cas_ingest_jobs; UPDATE publish_job_steps SET state = 'succeeded'"
wait_for fires "" || fail "still firing: '$last'"
stop_daemon
