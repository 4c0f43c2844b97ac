#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whoever makes requests chooses paths, Host headers, models and methods. None of that becomes a series,
# and none of it takes the place of what is real: first everything that the documents ban, then the real
# values, by the bundled catalogs as they ship.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

shopt -s extglob
catalogs=$root/packaging/catalogs
durations=http_server_request_duration_seconds

# send_lines FILE: all of its lines arrive.
sent=0
send_lines() {
  "$statgate" send --socket "$socket" --quiet - <"$1"
  sent=$((sent + $(wc -l <"$1")))
  expect_json /debug/senders .total.samples "$sent"
}
# values LABEL [FAMILY]: what the label shows, each once.
values() {
  scrape | sed -nE "s/^${2:-[a-z]}[^{]*\{.*\<$1=\"(([^\"\\\\]|\\\\.)*)\".*/\1/p" | LC_ALL=C sort -u
}
verdicts() {
  json /debug/senders '.total | "\(.accepted) \(.folded) \(.rejected)"'
}

# ---- imgsrv: "must not include upload IDs, object keys, image names, version strings, digests, issuer
# URLs, principals, or raw error text" ----
digest=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
banned=(debian ubuntu-24.04 images v1 other deadbeef "$digest" 0b1c2d3e-0000-4000-8000-000000000000 alice.smith
  alice@example.org 12.5 v1.4.2 cas/sha256/ab eyJhbGciOiJIUzI1NiJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyIf58U0
  https://issuer.example.org/ 'dial tcp 10.0.0.7:5432: connection refused' %7Bname%7D '{name' '{1}' '{na me}')
jq -r '.sets.route[]' "$catalogs/imgsrv.json" >"$work/routes"
expect_eq "routes" "$(wc -l <"$work/routes")" 48

# Every route with every banned value in place of what varies; and with the parts of the routes themselves.
rest=http_request_method:GET,http_response_status_code:404,url_scheme:https
for value in "${banned[@]}"; do
  while IFS= read -r route; do
    raw=${route//"{"*([!\}])"}"/$value}
    printf '%s\n' "$raw" "${raw#* }"
  done < <(grep -F '{' "$work/routes")
  printf '%s\n' "/oauth/callback/$value" "/v1/tokens/$value" "GET /$value" "$value"
done >"$work/raw"
for i in $(seq 1 100); do printf '%s\n' "GET /v1/images/image-$i" "/v1/$i/images" "GET /v1/images/{a$i}/{b}"; done >>"$work/raw"
# What is a route by itself is none of a stranger's making; a longer value than 200 bytes is `too_long`.
LC_ALL=C sort -u "$work/raw" | grep -vxFf "$work/routes" | grep -vxE 'other|.{201,}' >"$work/paths"
sed "s|.*|$durations:0.1\|h\|#http_route:&,$rest|" "$work/paths" >"$work/lines"
say "$(wc -l <"$work/lines") raw paths"

export IMGSRV_SERVER_ADDRESSES=img.example.org,10.0.0.7 IMGSRV_SERVER_PORTS=443
start_daemon --catalog "$catalogs/imgsrv.json"
send_lines "$work/lines"
expect_eq "verdicts on raw paths" "$(verdicts)" "0 $sent 0"
expect_eq "routes after raw paths" "$(values http_route)" other
expect_eq "series of raw paths" "$(scrape | grep -c "^${durations}_count")" 1

# Host headers that clients invent, methods that there are and that there are not.
for i in $(seq 1 50); do
  for method in GET HEAD BREW; do
    printf "$durations:0.1|h|#%s\n" "http_request_method:$method,http_response_status_code:404,server_address:evil-$i.example,server_port:$((1000 + i)),url_scheme:http"
  done
  printf 'http_server_active_requests:1|c|#http_request_method:GET,server_address:evil-%d.example,server_port:%d,url_scheme:http\n' "$i" "$i"
done >"$work/lines"
send_lines "$work/lines"
expect_eq "addresses" "$(values server_address)" other
expect_eq "ports" "$(values server_port)" other
expect_eq "methods" "$(values http_request_method | xargs)" "GET HEAD _OTHER"

# All that a stranger can do to the number of series: every method that a route takes, Hosts that are
# there and not, statuses that he can provoke.
while IFS= read -r route; do
  methods=("${route%% *}")
  [[ $route != GET* ]] || methods+=(HEAD)
  for method in "${methods[@]}"; do
    for status in 200 304 400 401 403 404 412; do
      for where in img.example.org:443 img.example.org:1 evil:443 evil:1; do
        printf "$durations:0.1|h|#%s\n" \
          "http_request_method:$method,http_response_status_code:$status,http_route:$route,server_address:${where%:*},server_port:${where#*:},url_scheme:https"
      done
    done
  done
done <"$work/routes" >"$work/lines"
send_lines "$work/lines"
expect_json /debug/rejections '(.by_reason.series_limit // 0) + (.by_reason.label_overflow // 0)' 0

# And then what is real shows as it is: each route, each address, a status that nobody had.
while IFS= read -r route; do
  printf "$durations:0.1|h|#%s\n" "http_request_method:${route%% *},http_response_status_code:507,http_route:$route,server_address:10.0.0.7,server_port:443,url_scheme:https"
done <"$work/routes" >"$work/lines"
before=$(verdicts)
send_lines "$work/lines"
expect_eq "verdicts on real routes" "$(verdicts)" "$((${before%% *} + 48)) ${before#* }"
expect_eq "routes" "$(values http_route)" "$(printf 'other\n' | cat - "$work/routes" | LC_ALL=C sort)"
expect_eq "addresses" "$(values server_address | xargs)" "10.0.0.7 img.example.org other"
expect_eq "ports" "$(values server_port | xargs)" "443 other"
# What the program calls a variable is no matter.
send "$durations:0.1|h|#http_route:GET /v1/images/{image},http_request_method:GET,http_response_status_code:507,server_address:10.0.0.7,server_port:443,url_scheme:https"
sent=$((sent + 1))
expect_metric "${durations}_count{http_request_method=\"GET\",http_response_status_code=\"507\",http_route=\"GET /v1/images/{name}\",network_protocol_name=\"http\",server_address=\"10.0.0.7\",server_port=\"443\",url_scheme=\"https\"}" 2
scrape | grep -vE '^(#|statgate_config_files_refused )' >"$work/page"
for value in debian deadbeef "$digest" alice eyJ issuer.example evil refused 12.5; do
  ! grep -F -- "$value" "$work/page" || fail "'$value' shows in the page"
done
expect_sums
stop_daemon

# Nobody has listed an address: no address shows.
unset IMGSRV_SERVER_ADDRESSES IMGSRV_SERVER_PORTS
start_daemon --catalog "$catalogs/imgsrv.json"
send "http_server_active_requests:1|c|#http_request_method:GET,server_address:img.example.org,server_port:443,url_scheme:https"
wait_for eval '[[ $(json /debug/senders .total.samples) == 1 ]]'
expect_eq "folded" "$(verdicts)" "0 1 0"
"$statgate" explain --catalog "$catalogs/imgsrv.json" \
  'http_server_active_requests:1|c|#http_request_method:GET,server_address:img.example.org,server_port:443,url_scheme:https' >"$work/why"
expect_contains "explain" "$(<"$work/why")" "IMGSRV_SERVER_ADDRESSES of the daemon's environment lists the values of server_address; here it is not set"
stop_daemon

# ---- imgforge: raw URLs of images, and codes of any upstream ----
start_daemon --catalog "$catalogs/imgforge.json"
sent=0
for i in $(seq 1 100); do
  printf 'http_requests_duration_seconds:0.1|h|#method:GET,path:/sig/resize:fill:%d/plain/https://example.org/a.jpg\n' "$i"
done >"$work/lines"
for status in $(seq 100 599); do printf 'status_codes_total:1|c|#status:%d\n' "$status"; done >>"$work/lines"
printf 'http_requests_duration_seconds:0.1|h|#method:GET,path:%s\n' '/info/{*path}' '/{*path}' >>"$work/lines"
send_lines "$work/lines"
expect_eq "paths" "$(values path | xargs)" "/info/{*path} /{*path} other"
expect_eq "codes" "$(values status status_codes_total | wc -l)" 500
stop_daemon

# ---- Gallery: "Names, emails, filenames, paths, search text, IP addresses, and request payloads are not
# exported as labels" ----
start_daemon --catalog "$catalogs/gallery-api.json" --catalog "$catalogs/gallery-ml.json"
sent=0
texts=(alice alice@example.org IMG_0001.JPG /home/alice/a.jpg 'cat on a sofa' 192.0.2.7 2001:db8::7 '{"text":"cat"}')
for text in "${texts[@]}"; do
  printf 'immich_users_assets_total:1|g|#user_id:%s,type:image\n' "$text"
  printf 'immich_assets_total:1|g|#type:%s\n' "$text"
  printf 'immich_ml_requests_total:1|c|#task:%s,type:%s,status:%s\n' "$text" "$text" "$text"
done >"$work/lines"
printf 'immich_users_assets_total:3|g|#user_id:7c9e6679-7425-40de-944b-e07fc1f90ae7,type:image\n' >>"$work/lines"
send_lines "$work/lines"
scrape >"$work/page"
for text in "${texts[@]}"; do
  ! grep -F -- "=\"${text//\"/\\\"}\"" "$work/page" || fail "'$text' shows in Gallery's page"
done
expect_metric 'immich_users_assets_total{type="image",user_id="7c9e6679-7425-40de-944b-e07fc1f90ae7"}' 3
stop_daemon

# ---- the inference service: who may make requests may invent models ----
invent() {
  local i
  for i in $(seq 1 300); do
    printf 'inference_requests_total:1|c|#model:invented-%d,version:v%d,tenant:nobody-%d\n' "$i" "$i" "$i"
    printf 'inference_errors_total:1|c|#model:invented-%d,version:v%d,tenant:nobody-%d,error_type:model_not_found\n' "$i" "$i" "$i"
  done
}
real='model:resnet,version:2024-06,tenant:acme'
invent >"$work/lines"
printf 'inference_requests_total:1|c|#%s\n' "$real" >>"$work/lines"
export INFERENCE_MODELS=resnet,bert INFERENCE_VERSIONS=2024-06 INFERENCE_TENANTS='acme, globex'
start_daemon --catalog "$catalogs/inference.json"
sent=0
send_lines "$work/lines"
expect_metric 'inference_requests_total{model="resnet",tenant="acme",version="2024-06"}' 1
expect_metric 'inference_requests_total{model="other",tenant="other",version="other"}' 300
expect_eq "models" "$(values model | xargs)" "other resnet"
expect_json /debug/catalog '[.. | objects | select(.variable).variable] | unique | join(" ")' \
  "INFERENCE_MODELS INFERENCE_TENANTS INFERENCE_VERSIONS"
stop_daemon

# As it ships, all are taken, up to the numbers that the catalog gives.
unset INFERENCE_MODELS INFERENCE_VERSIONS INFERENCE_TENANTS
start_daemon --catalog "$catalogs/inference.json"
sent=0
send_lines "$work/lines"
expect_eq "models" "$(values model | wc -l)" 51
stop_daemon
