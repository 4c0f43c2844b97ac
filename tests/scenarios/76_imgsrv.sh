#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The bundled catalog of imgsrv over its example tables: every durable family shows what the tables
# hold, through the role that may only read, and goes when the rows go.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"

catalogs=$root/packaging/catalogs
start_postgres
for _ in first second; do # safe to run twice
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "host=$pg dbname=postgres user=statgate" \
    --file "$catalogs/imgsrv.sql" >"$work/sql.log" 2>&1 || fail "imgsrv.sql: $(<"$work/sql.log")"
done
sql "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"
service imgsrv "host=$pg" dbname=postgres user=reader
"$statgate" check --connect "$catalogs/imgsrv.json" >"$work/check" 2>&1 || fail "check --connect: $(<"$work/check")"

start_daemon --catalog "$catalogs/imgsrv.json"
expect_metric 'statgate_query_up{query="imgsrv_cas_blobs"}' 1
for family in upload_sessions cas_ingest_jobs cas_ingest_oldest_queued_age_seconds publish_jobs publish_steps; do
  scrape /metrics/imgsrv | grep -q "^imgsrv_$family" && fail "imgsrv_$family shows without a row"
done
# What processes push is there from the start, in the same exposition.
expect_metric 'imgsrv_background_job_circuit_open_total{job="publish"}' 0

sql "INSERT INTO upload_sessions (state) VALUES ('uploading'), ('completed'), ('completed'), ('ingesting');
     INSERT INTO cas_blobs (digest, size_bytes)
       SELECT 'sha256:' || lpad(i::text, 64, '0'), 1000 * i FROM generate_series(1, 3) AS i;
     INSERT INTO cas_ingest_jobs (upload_id, state, run_after, locked_at)
       SELECT id, 'queued', now() - interval '400 s', NULL FROM upload_sessions WHERE state = 'completed'
       UNION ALL SELECT id, 'running', now(), now() - interval '20 min' FROM upload_sessions WHERE state = 'ingesting';
     INSERT INTO image_versions (image, version, state) VALUES ('debian', '12', 'publishing');
     INSERT INTO publish_jobs (version_id, state) SELECT id, 'running' FROM image_versions;
     INSERT INTO publish_job_steps (job_id, name, sequence, state, run_after)
       SELECT id, 'validate_catalog', 10, 'queued', now() - interval '10 min' FROM publish_jobs;
     INSERT INTO incus_projection_items (version_id, metadata_path, disk_path)
       SELECT id, 'debian/12/incus.tar.xz', 'debian/12/disk.qcow2' FROM image_versions"
scrape /metrics/imgsrv >"$work/full"
value() {
  sample "$1" <"$work/full"
}
expect_eq "completed sessions" "$(value 'imgsrv_upload_sessions{state="completed"}')" 2
expect_eq "queued ingest jobs" "$(value 'imgsrv_cas_ingest_jobs{state="queued"}')" 2
expect_near "age of the oldest queued ingest job" "$(value imgsrv_cas_ingest_oldest_queued_age_seconds)" 405 0.05
expect_near "age of the oldest running ingest job" "$(value imgsrv_cas_ingest_oldest_running_age_seconds)" 1205 0.02
expect_eq "blobs" "$(value imgsrv_cas_blobs)" 3
expect_eq "bytes of blobs" "$(value imgsrv_cas_blob_bytes)" 6000
expect_eq "publish jobs" "$(value 'imgsrv_publish_jobs{state="running"}')" 1
expect_eq "publish steps" "$(value 'imgsrv_publish_steps{state="queued",step="validate_catalog"}')" 1
expect_near "age of the oldest queued step" "$(value 'imgsrv_publish_step_oldest_queued_age_seconds{step="validate_catalog"}')" 605 0.05
expect_eq "versions publishing" "$(value imgsrv_publish_versions_publishing)" 1
grep -q '^imgsrv_incus_projection_rows' "$work/full" || fail "no rows of the projection"
[[ $(grep -c '^imgsrv_publish_step_oldest_running' "$work/full") == 0 ]] || fail "an age of a running step, but none runs"

sql "DELETE FROM image_versions; DELETE FROM upload_sessions"
scrape /metrics/imgsrv >"$work/full"
for family in upload_sessions cas_ingest_jobs publish_jobs publish_steps; do
  grep -q "^imgsrv_$family" "$work/full" && fail "imgsrv_$family still shows, but its rows are gone"
done
expect_eq "versions publishing" "$(value imgsrv_publish_versions_publishing)" 0
expect_eq "blobs" "$(value imgsrv_cas_blobs)" 3
expect_json /debug/queries '[.queries[] | select(.up | not)] | length' 0
stop_daemon

# "Any addition that the upstream conventions make appears here without an imgsrv code change": the library sends one more
# label, for some calls. The catalog strips it until it declares it as optional; series go on, with and without it.
jq 'del(.queries)' "$catalogs/imgsrv.json" >"$work/imgsrv.json"
start_daemon --catalog "$work/imgsrv.json"
request='http_server_request_duration_seconds:0.2|h|#http_request_method:GET,http_route:GET /v1/images,server_address:a,server_port:80,url_scheme:http'
requests() { scrape /metrics/imgsrv | awk '/^http_server_request_duration_seconds_count/ { n += $NF } END { print n + 0 }'; }
send "$request,http_response_status_code:200"
send "$request,http_response_status_code:500,error_type:500"
reached() { [[ $(requests) == "$1" ]]; }
wait_for reached 2 || fail "$(requests) requests of 2"
jq '.ignore_labels -= ["error_type"] | .families.http_server_request_duration_seconds.labels.error_type = {pattern: "[A-Za-z0-9_.]+", max: 20, optional: true, otherwise: "_OTHER"}' \
  "$work/imgsrv.json" >"$work/new.json"
mv "$work/new.json" "$work/imgsrv.json"
"$statgate" reload --socket "$socket" >"$work/reload" || fail "no reload: $(<"$work/reload")"
send "$request,http_response_status_code:200"
send "$request,http_response_status_code:200,error_type:"
send "$request,http_response_status_code:500,error_type:500"
wait_for reached 5 || fail "$(requests) requests of 5: $(scrape /metrics/imgsrv | grep ^http_server)"
scrape /metrics/imgsrv >"$work/full"
series='http_request_method="GET",http_response_status_code="200"'
expect_eq "without the label" "$(awk -v s="{$series" 'index($0, "seconds_count" s) { print $NF }' "$work/full")" 3
expect_eq "with it" "$(awk -v s='seconds_count{error_type="500",http_request' 'index($0, s) { print $NF }' "$work/full")" 1
stop_daemon
