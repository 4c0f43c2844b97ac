#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the documents of the systems forbid stays out, and what they bound is bounded: forbidden
# labels, endless users, invalid numbers, states that have ended. By the bundled catalogs as they
# ship.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalogs=$root/packaging/catalogs
start_daemon --catalog "$catalogs/gallery-api.json" --catalog "$catalogs/gallery-microservices.json" \
  --catalog "$catalogs/gallery-ml.json" --catalog "$catalogs/imgsrv.json" --catalog "$catalogs/imgforge.json"

# refused REASON LABEL LINE: it is rejected for this, once more than before, and nothing of it shows.
rejected=0
refused() {
  send "$3"
  rejected=$((rejected + 1))
  expect_json /debug/rejections .total "$rejected"
  expect_eq "why $3 was refused" "$(json '/debug/rejections' '.recent[0].reason')" "$1"
  [[ $2 == - ]] || expect_eq "the label for which $3 was refused" \
    "$(json /debug/rejections '[.by_family[] | select(.reason == $reason and .label == $name)] | length > 0' \
      --arg reason "$1" --arg name "$2")" true
}

# ---- Gallery: user_id, and nothing else that identifies people ----
assets=immich_users_assets_total
refused label_value user_id "$assets:1|g|#user_id:alice,type:image"
refused label_value user_id "$assets:1|g|#user_id:alice@example.org,type:image"
refused unknown_label - "$assets:1|g|#user_id:7c9e6679-7425-40de-944b-e07fc1f90ae7,type:image,email:alice@example.org"
refused unknown_label - 'immich_ml_requests_total:1|c|#task:clip,type:textual,status:success,search_text:cat'
send "$assets:7|g|#user_id:7c9e6679-7425-40de-944b-e07fc1f90ae7,type:image,env:prod,version:1.2.3,dd.internal.entity_id:x"
expect_metric "$assets{type=\"image\",user_id=\"7c9e6679-7425-40de-944b-e07fc1f90ae7\"}" 7

# Places for 1,000 users: what comes later is counted, and nobody else's numbers change.
for i in $(seq 1 1010); do printf '%s:2|g|#user_id:00000000-0000-4000-8000-%012d,type:video\n' "$assets" "$i"; done >"$work/users"
"$statgate" send --socket "$socket" --quiet - <"$work/users"
rejected=$((rejected + 11))
expect_json /debug/rejections .total "$rejected"
expect_json /debug/rejections '.by_reason.label_overflow' 11
expect_eq "users" "$(scrape | grep -c "^$assets{")" 1000
expect_metric "$assets{type=\"image\",user_id=\"7c9e6679-7425-40de-944b-e07fc1f90ae7\"}" 7

# A coverage of nothing is no number.
refused bad_value - 'immich_search_embedding_coverage_ratio:nan|g'
expect_metric immich_search_embedding_coverage_ratio absent
# Gauges, though they are called _total.
send 'immich_assets_trash_total:9|g' && send 'immich_assets_trash_total:4|g'
expect_metric immich_assets_trash_total 4
refused type_mismatch - 'immich_assets_trash_total:1|c'
# By the names of its instruments as well.
send 'immich.assets.storage_bytes:5|g|#type:audio'
expect_metric 'immich_assets_storage_bytes{type="audio"}' 5

# ---- queues: a drained one is 0, its age is gone; no other than those that exist ----
send 'immich_queues_jobs:3|g|#queue:ocr,status:waiting' 'immich_queues_oldest_job_age_seconds:12.5|g|#queue:ocr,status:waiting'
expect_metric 'immich_queues_oldest_job_age_seconds{queue="ocr",status="waiting"}' 12.5
send 'immich_queues_jobs:0|g|#queue:ocr,status:waiting' 'immich_queues_oldest_job_age_seconds:0|g|#queue:ocr,status:waiting'
expect_metric 'immich_queues_oldest_job_age_seconds{queue="ocr",status="waiting"}' absent
expect_metric 'immich_queues_jobs{queue="ocr",status="waiting"}' 0
refused label_value status 'immich_queues_oldest_job_age_seconds:1|g|#queue:ocr,status:active'
refused label_value queue 'immich_queues_jobs:1|g|#queue:new,status:active'
# A sender that stops leaves no stale number: every pushed gauge expires.
expect_eq "gauges without an end" "$(jq -s '[.[].families[] | select(.type == "gauge" and .ttl_s == null and .merge == null)] | length' \
  "$catalogs"/gallery-*.json)" 0

# ---- machine learning: milliseconds from end to end ----
send 'immich_ml_request_duration_ms:40|ms|#task:clip,type:visual,status:success' \
  'immich_ml_request_duration_ms:40|h|#task:clip,type:visual,status:success'
expect_metric 'immich_ml_request_duration_ms_sum{status="success",task="clip",type="visual"}' 80
expect_metric 'immich_ml_request_duration_ms_bucket{status="success",task="clip",type="visual",le="50"}' 2
! scrape_openmetrics | grep '^# UNIT immich_ml_' || fail "a UNIT of milliseconds"
send 'immich_ml_requests_total:1|c|#task:dreaming,type:visual,status:success'
expect_metric 'immich_ml_requests_total{status="success",task="unknown",type="visual"}' 1

# ---- imgsrv: no id, key, digest, version or text of an error ----
operation=imgsrv_objectstore_operations_total
for label in object_key:cas/sha256/ab digest:sha256:ab image:debian upload_id:7 issuer:https://example.org principal:me error:refused; do
  refused unknown_label - "$operation:1|c|#operation:put_part,outcome:error,$label"
done
refused label_value outcome "$operation:1|c|#operation:put_part,outcome:dial tcp: refused"
send "$operation:1|c|#operation:put_part,outcome:success,version:1.4.2"
expect_metric "$operation{operation=\"put_part\",outcome=\"success\"}" 1

# A label that the HTTP conventions add is stripped until the catalog wants it, by the change that
# the catalogs' page describes.
rest=http_request_method:GET,http_response_status_code:200,url_scheme:https
line="http_server_request_duration_seconds:0.1|h|#http_route:GET /v1/images,$rest,network_protocol_version:2"
jq '.ignore_labels -= ["network_protocol_version"]
  | (.families.http_server_request_duration_seconds, .families.http_server_active_requests).labels.network_protocol_version =
    {"values": ["1.0", "1.1", "2", "3"], "otherwise": "other", "default": "other"}' "$catalogs/imgsrv.json" >"$work/newer.json"
for catalog in "$catalogs/imgsrv.json" "$work/newer.json"; do
  "$statgate" explain --catalog "$catalog" --json "$line" | jq -r '"\(.verdict) \(.exposed[-1] | contains("network_protocol_version=\"2\""))"'
done >"$work/verdicts"
expect_eq "without and with the new label" "$(paste -sd, "$work/verdicts")" 'accepted false,accepted true'

# ---- imgforge: ids of requests are no labels ----
refused unknown_label - 'status_codes_total:1|c|#status:200,request_id:7f3a'

expect_sums
stop_daemon
