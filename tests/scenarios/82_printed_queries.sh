#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The queries of the five documents, unchanged, on a real Prometheus with the shipped configuration over the
# shipped deployment file, under an exact load: each returns what data/queries says, the two that cannot match
# nothing, and their working forms the truth. The same load makes the shipped alerts true, and gives each
# recording rule a value.
#
# usage: 82_printed_queries.sh BUILD_FOLDER [SYSTEM | secret]; all of them at once, each in a network of its own
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for tool in prometheus promtool jq socat; do
  command -v "$tool" >/dev/null || { say "$tool is not installed"; exit 77; }
done

if (($# == 1)); then
  status=0
  declare -A runs=()
  for system in imgsrv imgforge connaisseur gallery inference secret; do
    bash "$0" "$build" "$system" &
    runs[$system]=$!
  done
  for system in "${!runs[@]}"; do
    result=0
    wait "${runs[$system]}" || result=$?
    ((result == 0)) || say "$system ended with $result"
    ((result == 0 || status == 1)) || status=$((result == 77 ? 77 : 1))
  done
  exit "$status"
fi

source "$scenarios/systems.sh"
own_network "$@"
system=$2

# ---- the load ----

# many COUNT VALUE: that many packed values
many() {
  local values
  values=$(printf ":$2%.0s" $(seq "$1"))
  printf '%s' "${values#:}"
}

load_imgsrv() { # ROUND
  local request='http_request_method:GET,url_scheme:https,server_address:img.example.org,server_port:443' pool=imgsrv_postgres_pool
  send "http_server_request_duration_seconds:$(many 90 0.02)|h|#$request,http_response_status_code:200,http_route:GET /v1/images/{name}" \
    "imgsrv_objectstore_operations_total:97|c|#operation:open_object,outcome:success" \
    "imgsrv_objectstore_operations_total:2|c|#operation:open_object,outcome:error" \
    "imgsrv_objectstore_operations_total:1|c|#operation:put_part,outcome:not_found" \
    "imgsrv_objectstore_operation_duration_seconds:$(many 97 0.04)|h|#operation:open_object,outcome:success" \
    "imgsrv_objectstore_bytes_total:1000000|c|#operation:open_object,direction:read"
  send_as server "http_server_active_requests:1|c|#$request" \
    "${pool}_connections:9|g|#state:acquired" "${pool}_connections:1|g|#state:idle" "${pool}_connections:0|g|#state:constructing" \
    "${pool}_connections:10|g|#state:total" "${pool}_connections:10|g|#state:max" \
    "${pool}_acquires_total:$((500 * $1))|g" "${pool}_empty_acquires_total:$((5 * $1))|g" \
    "${pool}_canceled_acquires_total:$1|g" "${pool}_acquire_duration_seconds_total:0.$1|g"
  if (($1 == 1)); then
    send "imgsrv_background_job:worked|a|#job:publish" "imgsrv_background_job:idle|a|#job:cas-promotion"
    sql "INSERT INTO upload_sessions (state) VALUES ('completed'), ('ingesting');
         INSERT INTO cas_blobs (digest, size_bytes) VALUES ('sha256:' || repeat('0', 64), 1000);
         INSERT INTO cas_ingest_jobs (upload_id, state, run_after, locked_at)
           SELECT id, 'queued', now() - interval '400 s', NULL FROM upload_sessions WHERE state = 'completed'
           UNION ALL SELECT id, 'running', now(), now() - interval '20 min' FROM upload_sessions WHERE state = 'ingesting';
         INSERT INTO image_versions (image, version, state) VALUES ('debian', '12', 'publishing');
         INSERT INTO publish_jobs (version_id, state) SELECT id, 'running' FROM image_versions;
         INSERT INTO publish_job_steps (job_id, name, sequence, state, run_after)
           SELECT id, 'validate_catalog', 10, 'queued', now() - interval '10 min' FROM publish_jobs"
  else # five failures in a row open the breaker
    local _
    for _ in 1 2 3 4 5; do
      send "imgsrv_background_job:error|a|#job:publish"
    done
  fi
}

load_imgforge() {
  send "status_codes_total:900|c|#status:200" "status_codes_total:60|c|#status:404" "status_codes_total:40|c|#status:502" \
    "cache_hits_total:15|c|#cache_type:memory" "cache_hits_total:5|c|#cache_type:disk" \
    "cache_misses_total:60|c|#cache_type:memory" "cache_misses_total:20|c|#cache_type:disk" \
    "processed_images_total:100|c|#format:jpeg" \
    "source_images_fetched_total:80|c|#status:success" "source_images_fetched_total:20|c|#status:error" \
    "source_image_fetch_duration_seconds:$(many 10 0.2)|h" \
    "image_processing_duration_seconds:$(many 90 0.04)|h|#format:jpeg" \
    "image_processing_duration_seconds:$(many 10 200)|ms|#format:jpeg" \
    "image_processing_duration_seconds:$(many 100 2)|h|#format:webp" \
    "http_requests_duration_seconds:$(many 10 0.02)|h|#method:GET,path:/{*path}"
}

# The example of its page: what Connaisseur counts is a counter, what the runtime says is a reading.
load_connaisseur() {
  local lines
  mapfile -t lines < <(tr -d '"' <"$scenarios/data/connaisseur.prom" |
    sed -nE '/^#/d; /^promhttp_/d; s/^(connaisseur_[a-z_]+)\{(.*)\} (.*)$/\1:\3|c|#\2/p; t
      s/^(connaisseur_[a-z_]+) (.*)$/\1:\2|c/p; t
      s/^([a-z_]+)\{(.*)\} (.*)$/\1:\3|g|#\2/p; t
      s/^([a-z_]+) (.*)$/\1:\2|g/p' | tr '=' ':')
  send_as server "${lines[@]}"
}

load_gallery() {
  local visual='task:clip,type:visual'
  send "immich_users_total:3|g" "immich_assets_total:120|g|#type:image" "immich_assets_total:30|g|#type:video" \
    "immich_assets_storage_bytes:5e9|g|#type:image" "immich_search_embedding_coverage_ratio:0.75|g" \
    "immich_faces_total:40|g" "immich_people_total:7|g" "immich_assets_trash_total:2|g" "immich_assets_external_total:0|g" \
    "immich_queues_jobs:12|g|#queue:smartSearch,status:waiting" "immich_queues_jobs:1|g|#queue:smartSearch,status:active" \
    "immich_queues_oldest_job_age_seconds:2400|g|#queue:smartSearch,status:waiting" \
    "immich_queues_oldest_job_age_seconds:0|g|#queue:smartSearch,status:failed" \
    "immich_ml_requests_total:90|c|#$visual,status:success" "immich_ml_requests_total:10|c|#$visual,status:error" \
    "immich_ml_request_duration_ms:$(many 80 80)|ms|#$visual,status:success" \
    "immich_ml_request_duration_ms:$(many 20 200)|ms|#$visual,status:success" \
    "immich_ml_model_load_duration_ms:900|ms|#$visual,status:success"
  send_as server "immich_ml_active_requests:1|c" "immich_ml_model_cache_entries:1|g|#$visual"
}

load_inference() {
  local who='model:my_model,version:v1,tenant'
  send "inference_requests_total:80|c|#$who:a" "inference_requests_total:20|c|#$who:b" \
    "inference_errors_total:6|c|#$who:a,error_type:timeout" "inference_errors_total:2|c|#$who:a,error_type:inference_error" \
    "inference_latency_seconds:$(many 50 0.015)|h|#$who:a" "inference_latency_seconds:$(many 45 80)|ms|#$who:a" \
    "inference_latency_seconds:$(many 5 3)|d|#$who:a" "inference_latency_seconds:$(many 20 0.015)|h|#$who:b" \
    "executor_timeouts_total:2|c|#device:cpu" \
    "job_queue_depth:150|c|#model:my_model,version:v1" "job_queue_depth:-30|g|#model:my_model,version:v1"
  # In flight is what live processes hold.
  send_as server "executor_inflight:3|c|#device:cpu"
}

load() {
  "load_$system" "$1"
  expect_json /debug/rejections .total 0
  expect_json /debug/senders .total.folded 0
  expect_sums
}

# ---- what comes out ----

# judge EXPECTED: what is wrong with the query result on standard input; nothing when it is as expected.
judge() {
  jq -r --arg expected "$1" '
    def number: if . == "NaN" or . == "+Inf" or . == "-Inf" then . else tonumber end;
    def near($a; $b): $a == $b or (($a | type) == "number" and ($b | type) == "number"
      and (($a - $b) | fabs) <= 1e-9 * (($a | fabs) + ($b | fabs)));
    def key: .metric | del(.__name__, .instance, .error_type) | (if (keys - ["job"]) != [] then del(.job) else . end)
      | with_entries(select(.key | startswith("otel_scope_") | not)) | [to_entries | sort_by(.key)[].value] | join("/");
    def pairs($text): [$text | split(",")[] | capture("^(?<key>.*)=(?<value>[^=]*)$") | {(.key): (.value | number)}] | add;
    def same_pairs($got; $want): ($got | keys) == ($want | keys) and all($want | to_entries[]; near($got[.key]; .value));
    . as $result
    | ([.[] | {(key): (.value[1] | number)}] | add // {}) as $got
    | (if $result == [] then null else $result[0].value[1] | number end) as $value
    | ($expected
      | if . == "nothing" then $result == []
        elif test("^x[0-9]+$") then ($result | length) == (.[1:] | tonumber)
        elif startswith("=") then ($result | length) == 1 and near($value; .[1:] | number)
        elif startswith("values:") then ($got | length) == ($result | length) and same_pairs($got; pairs(.[7:]))
        elif startswith("shares:") then ([$got[]] | add) as $sum
          | same_pairs($got | map_values(. / $sum); pairs(.[7:]))
        elif startswith("rises:") then (.[6:] | split("/") | map(tonumber)) as [$rise, $window]
          | ($result | length) == 1 and $value * $window >= $rise * 0.999 and $value * $window < $rise * 1.5
        elif test("\\.\\.") then (split("..") | map(tonumber)) as [$low, $high]
          | ($result | length) == 1 and $value >= $low and $value <= $high
        else error("what is expected?") end) as $right
    | if $right then empty else "\($got), expected \($expected)" end'
}

answers() { # EXPECTED QUERY
  last=$(query_result "$2" 2>&1 | judge "$1" 2>&1) && [[ -z $last ]]
}

# ask FORM...: all queries of these forms.
ask() {
  local form expected query_text name count=0
  while read -r name form expected query_text; do
    [[ $name == "$system" && " $* " == *" $form "* ]] || continue
    # What is there must come within some scrapes; what is not, has had the time by then.
    wait_for answers "$expected" "$query_text" || fail "$system, $form: $query_text is $last"
    count=$((count + 1))
  done <"$scenarios/data/queries"
  ((count > 0)) || [[ $* == first ]] || fail "data/queries has none of $system ($*)"
  say "$system: $count right ($*)"
}

# scrapes N: so many more of every target.
scrapes() {
  local before
  before=$(query 'min(count_over_time(up[5m]))')
  [[ $before != absent ]] || before=0
  wait_for scraped $((before + $1)) || fail "Prometheus has not scraped all targets $1 times"
}
scraped() { # in no hurry: six of these share the machine
  query_has_result "min(count_over_time(up[5m])) >= $1" || { sleep 0.2; return 1; }
}

# copy_configuration NAME: to $work/NAME, the shipped configuration and rules; only the intervals are shorter.
copy_configuration() {
  cp -r "$systems" "$work/$1"
  sed -i -E 's/\b((scrape|evaluation)_interval|scrape_timeout): *[0-9a-z]+/\1: 500ms/' "$work/$1"/*/prometheus.yml
}

# imgforge with a secret, on its dedicated listener: what the configuration offers in comments is all it takes.
if [[ $system == secret ]]; then
  printf 'top-secret\n' >"$work/token"
  chmod 600 "$work/token"
  jq --arg catalog "$root/packaging/catalogs/imgforge.json" --arg token "$work/token" '.catalog = [$catalog]
    | (.endpoints[] | select(.listen | endswith(":9600"))).bearer_token_file = $token' \
    "$systems/imgforge/statgate.json" >"$work/secret.json"
  launch_daemon --config "$work/secret.json" --socket "$work/secret.sock"
  url=http://127.0.0.1:9465
  wait_for is_ready || fail "statgated with a secret was not ready"
  for variant in with without; do
    copy_configuration "$variant"
    sed -i 's/127\.0\.0\.1:3000/127.0.0.1:9600/' "$work/$variant/imgforge/prometheus.yml"
  done
  sed -i -E 's/^( +)# (authorization:|  credentials_file:)/\1\2/' "$work/with/imgforge/prometheus.yml"
  cp "$work/token" "$work/with/imgforge/imgforge.token"
  start_prometheus_on "$work/without/imgforge"
  without=$prometheus
  start_prometheus_on "$work/with/imgforge"
  expect_query 'up{job="imgforge"}' 1
  expect_query 'count(cache_hits_total)' 3
  prometheus=$without
  expect_query 'up{job="imgforge"}' 0
  expect_query 'max(ALERTS{alertname="ImgforgeTargetDown"})' 1
  expect_query 'count(cache_hits_total)' absent
  stop_daemon
  exit
fi

copy_configuration shipped
start_system "$system"
start_sender server
if [[ $system == imgsrv ]]; then
  copy_configuration honored
  sed -i -E 's/^( *)- job_name: imgsrv$/&\n\1  honor_labels: true/' "$work/honored/imgsrv/prometheus.yml"
  start_prometheus_on "$work/honored/imgsrv"
  honored=$prometheus
fi
start_prometheus_on "$work/shipped/$system" --web.enable-admin-api
scrapes 3
ask idle
load 1
scrapes 4
ask first

# As if Prometheus had seen the first load at its first scrape: every series then rises by as much again, all are
# extrapolated alike, and ratios of rates are exact.
curl -fsS -X POST -g --max-time 5 "$prometheus/api/v1/admin/tsdb/delete_series?match[]={__name__=~\".%2b\"}"
scrapes 3
load 2
scrapes 5
ask printed working words
ask alert

# Every recording rule has a value, so it names what exists.
while read -r record; do
  wait_query "count($record)"
done < <(sed -nE 's/^ *- record: *//p' "$systems/$system/rules.yml" "$systems/statgate/rules.yml")

# With honor_labels: true the scrape's name makes way for imgsrv's job, and the shipped alert says the same.
if [[ $system == imgsrv ]]; then
  summary_of() {
    curl -fsS --max-time 5 "$1/api/v1/alerts" |
      jq -r '.data.alerts[] | select(.labels.alertname == "ImgsrvBackgroundJobCircuitOpened") | .annotations.summary'
  }
  summary="Circuit breaker of imgsrv's job publish opened on 127.0.0.1:9464"
  expect_eq "the alert as shipped" "$(summary_of "$prometheus")" "$summary"
  prometheus=$honored
  wait_query 'increase(imgsrv_background_job_circuit_open_total{job="publish"}[10m]) > 0'
  expect_query 'count(imgsrv_background_job_circuit_open_total{exported_job!=""})' absent
  expect_eq "the alert with honor_labels" "$(summary_of "$honored")" "$summary"
fi
stop_daemon
