#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real consumers: Prometheus scrapes both text formats, promtool and the official OpenMetrics parser
# accept them, and the queries of the imgforge and inference documents return the right numbers.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools prometheus promtool
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || { say "prometheus_client is not installed"; exit 77; }

catalogs=$root/packaging/catalogs
start_daemon --catalog "$catalogs/imgforge.json" --catalog "$catalogs/inference.json" \
  --catalog "$catalogs/demo.json"

# many COUNT VALUE: that many packed values
many() {
  local values
  values=$(printf ":$2%.0s" $(seq "$1"))
  printf '%s' "${values#:}"
}

# The load. It is sent twice, so that every series has a first sample above zero and rises by as
# much again: rate() then extrapolates all of them alike, and ratios of rates are exact.
load() {
  send "status_codes_total:90|c|#status:200" "status_codes_total:6|c|#status:404" \
    "status_codes_total:4|c|#status:502" \
    "cache_hits_total:60|c|#cache_type:memory" "cache_hits_total:20|c|#cache_type:disk" \
    "cache_misses_total:15|c|#cache_type:memory" "cache_misses_total:5|c|#cache_type:disk" \
    "processed_images_total:100|c|#format:jpeg" \
    "source_images_fetched_total:97|c|#status:success" "source_images_fetched_total:3|c|#status:error" \
    "image_processing_duration_seconds:$(many 90 0.04)|h|#format:jpeg" \
    "image_processing_duration_seconds:$(many 10 200)|ms|#format:jpeg" \
    "image_processing_duration_seconds:$(many 100 0.3)|h|#format:webp" \
    "http_requests_duration_seconds:$(many 10 0.02)|h|#method:GET,path:/{*path}"
  local who='model:my_model,version:v1,tenant'
  send "inference_requests_total:80|c|#$who:a" "inference_requests_total:20|c|#$who:b" \
    "inference_errors_total:6|c|#$who:a,error_type:timeout" \
    "inference_latency_seconds:$(many 50 0.015)|h|#$who:a" \
    "inference_latency_seconds:$(many 45 80)|ms|#$who:a" \
    "inference_latency_seconds:$(many 5 1.5)|d|#$who:a" \
    "executor_timeouts_total:2|c|#device:cpu" \
    "job_queue_depth:150|c|#model:my_model,version:v1" "job_queue_depth:-30|g|#model:my_model,version:v1"
  # In flight is what live processes hold.
  send_as server "executor_inflight:3|c|#device:cpu"
}
start_sender server
load
expect_metric 'job_queue_depth{model="my_model",version="v1"}' 120
expect_json /debug/rejections .total 0

# ---- formats ----
scrape >"$work/text"
promtool check metrics <"$work/text" >"$work/promtool.log" 2>&1 || fail "promtool is not content: $(cat "$work/promtool.log")"
[[ ! -s $work/promtool.log ]] || fail "promtool remarks: $(cat "$work/promtool.log")"
scrape_openmetrics >"$work/openmetrics"
read -r families samples < <(/usr/bin/python3 "$scenarios/openmetrics_parse.py" <"$work/openmetrics")
((families > 20)) || fail "the OpenMetrics parser saw only $families families"
expect_eq "samples in OpenMetrics and in text" "$samples" "$(grep -vc '^#' "$work/text")"

# ---- scrapes ----
target=127.0.0.1:$port
free_port
proxy_port=$port
helper /usr/bin/python3 "$scenarios/text_proxy.py" "$proxy_port" "http://$target"
declare -A api=()
for format in openmetrics text; do
  [[ $format == text ]] && target=127.0.0.1:$proxy_port
  cat >"$work/$format.yml" <<YML
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: statgate
    honor_labels: true
    static_configs: [{targets: ["$target"]}]
YML
  promtool check config "$work/$format.yml" >/dev/null || fail "wrong Prometheus configuration"
  free_port
  api[$format]=http://127.0.0.1:$port/api/v1/query
  helper prometheus --config.file="$work/$format.yml" --storage.tsdb.path="$work/tsdb-$format" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn
done

# query FORMAT EXPRESSION: the value of a result of one series, "" for none
query() {
  curl -fsS --max-time 5 "${api[$1]}" --data-urlencode "query=$2" |
    jq -r 'if .data.result | length > 1 then "several" else .data.result[0].value[1] // "" end'
}
holds() { # FORMAT EXPRESSION: true when it has a result
  [[ -n $(query "$1" "$2" 2>/dev/null) ]]
}
for format in openmetrics text; do
  wait_for holds "$format" 'count_over_time(status_codes_total{status="200"}[1m]) >= 3' ||
    fail "Prometheus ($format) has no three scrapes"
done
load
for format in openmetrics text; do
  wait_for holds "$format" '(status_codes_total{status="200"} == 180) and (status_codes_total offset 2s == 180)' ||
    fail "Prometheus ($format) does not see the second load"
done

expect_query() { # FORMAT EXPRESSION VALUE
  local got
  got=$(query "$1" "$2")
  same "$got" "$3" || expect_near "$1: $2" "${got:-nothing}" "$3" 1e-9
}
for format in openmetrics text; do
  one=1
  [[ $format == openmetrics ]] && one=1.0 # the formats spell whole bounds differently
  expect_query $format "image_processing_duration_seconds_bucket{format=\"jpeg\",le=\"$one\"}" 200
  expect_query $format 'up' 1
  expect_query $format 'min_over_time(up[1m])' 1

  # imgforge: dashboards and alerts
  hits='sum(rate(cache_hits_total[5m]))'
  expect_query $format "$hits / ($hits + sum(rate(cache_misses_total[5m])))" 0.8
  quantile='histogram_quantile(0.95, sum(rate(image_processing_duration_seconds_bucket[5m])) by (le, format))'
  expect_query $format "sum without (format) ($quantile and on (format) processed_images_total)" 0.175
  expect_query $format "max($quantile)" 0.4875
  expect_query $format 'sum(rate(status_codes_total{status=~"5.."}[5m])) / sum(rate(status_codes_total[5m]))' 0.04
  expect_query $format 'count(sum(rate(status_codes_total[5m])) by (status))' 3
  expect_query $format 'sum(rate(source_images_fetched_total{status="error"}[5m])) / sum(rate(source_images_fetched_total[5m]))' 0.03
  # A rate itself is extrapolated beyond the first and last scrape: by up to 1.6 s of some 6 s here.
  expect_near "$format: rate of status 200" "$(query $format '300 * rate(status_codes_total{status="200"}[5m])')" 110 0.2

  # inference: the queries of its document
  expect_query $format 'count(sum by (tenant) (rate(inference_requests_total[5m])))' 2
  expect_query $format 'sum(rate(inference_requests_total{tenant="a"}[1m])) / sum(rate(inference_requests_total{tenant="b"}[1m]))' 4
  expect_query $format 'histogram_quantile(0.99, rate(inference_latency_seconds_bucket[5m]))' 1.8
  expect_query $format 'job_queue_depth{model="my_model", version="v1"}' 240
  expect_query $format 'count(job_queue_depth > 100)' 1
  expect_query $format 'sum(rate(inference_errors_total[5m])) / sum(rate(inference_requests_total[5m]))' 0.06
  expect_query $format 'count(rate(executor_timeouts_total[5m]) > 0)' 1
  expect_query $format 'sum(executor_inflight)' 6
  say "$format: all queries right"
done
expect_sums
stop_daemon
