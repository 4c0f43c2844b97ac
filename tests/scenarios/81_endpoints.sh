#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Several endpoints on one daemon: what each shows, who may see it, and which configurations are
# refused, with the place of the mistake.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/catalogs" "$work/config"
cat >"$work/catalogs/api.json" <<END
{"statgate": 1, "service": "api", "groups": ["http", "host", "debug"], "scope": {"name": "api-meter", "version": "2"},
 "resource": {"service.name": "api", "service.version": {"env": "API_VERSION"}},
 "families": {
   "requests_total": {"type": "counter", "help": "Requests.", "group": "http", "labels": {"code": ["200", "500"]}},
   "cpu_seconds": {"type": "gauge", "help": "Host.", "group": "host"},
   "noise": {"type": "gauge", "help": "Shown nowhere.", "group": "debug"},
   "users": {"type": "gauge", "help": "Without a group."}}}
END
cat >"$work/catalogs/jobs.json" <<END
{"statgate": 1, "service": "jobs", "socket": "$work/jobs.sock",
 "resource": {"service.name": "jobs", "deployment.environment": "test"},
 "families": {"requests_total": {"type": "counter", "help": "Requests to jobs."},
   "waiting": {"type": "histogram", "help": "Waiting.", "buckets": [1]}}}
END
cat >"$work/catalogs/rest.json" <<END
{"statgate": 1, "service": "rest", "families": {"leftover": {"type": "gauge", "help": "On the default endpoint."}}}
END
printf 'globe\n' >"$work/config/token"
printf 'other\n' >"$work/config/other"
chmod 600 "$work/config/token" "$work/config/other"

# Ports of the endpoints; `port` is the default one's.
free_port && a=$port
free_port && b=$port
free_port && debug=$port
cat >"$work/config/statgate.json" <<END
{"catalog": ["../catalogs"], "bearer_token_file": "token", "debug_listen": "127.0.0.1:$debug", "handler_metrics": true,
 "endpoints": [
  {"listen": "127.0.0.1:$a", "services": ["api"], "bearer_token_file": "", "include": ["http"],
   "resource": "target_info", "scope_labels": true},
  {"listen": "127.0.0.1:$a", "path": "/metrics/host", "services": ["api"], "bearer_token_file": "other",
   "exclude": ["http", "debug"], "handler_metrics": false},
  {"listen": "127.0.0.1:$b", "path": "/j", "services": ["jobs", "statgate"], "bearer_token_file": "", "resource": "labels",
   "handler_metrics": false}]}
END

# get PORT PATH [CURL ARGUMENT...]: the text exposition.
get() {
  local at="http://127.0.0.1:$1$2"
  shift 2
  curl -fsS --max-time 10 -H 'Accept: text/plain;version=0.0.4' "$@" "$at"
}
# code PORT PATH [CURL ARGUMENT...]
code() {
  local at="http://127.0.0.1:$1$2"
  shift 2
  curl -sS --max-time 10 -o /dev/null -w '%{http_code}' "$@" "$at"
}
globe=(-H 'Authorization: Bearer globe')
other=(-H 'Authorization: Bearer other')
# families: of an exposition, in a line.
families() {
  sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | tr '\n' ' '
}

is_ready_there() {
  [[ -d /proc/$daemon_pid ]] || fail "statgated ended before it was ready"
  [[ $(code "$debug" /readyz 2>/dev/null) == 200 ]]
}
# start_endpoints ARGUMENT...: the daemon of the file above.
start_endpoints() {
  free_port
  socket=$work/statgate.sock
  launch_daemon --config "$work/config/statgate.json" --socket "$socket" --metrics-listen "127.0.0.1:$port" "$@"
  wait_for is_ready_there || fail "statgated was not ready"
}

API_VERSION=1.4 start_endpoints
send 'requests_total:2|c|#code:200' 'cpu_seconds:7|g' 'noise:1|g' 'users:3|g' 'leftover:5|g'
shared=$socket
socket=$work/jobs.sock send 'requests_total:9|c' 'waiting:0.5|h'
has_sent() {
  [[ $(get "$b" /j | sample 'requests_total{deployment_environment="test",service_name="jobs"}') == 9 &&
    $(get "$port" /metrics "${globe[@]}" | sample leftover) == 5 ]]
}
wait_for has_sent || fail "what was sent does not show: $(get "$b" /j | head -n 5)"

# ---- what each shows ----
# curl reads all that is in the file, which is asked for once: the handler counts.
get "$a" /metrics >"$work/a"
expect_eq "families of api's endpoint" "$(families <"$work/a")" \
  'target_info promhttp_metric_handler_requests_in_flight promhttp_metric_handler_requests_total requests_total users '
scope='otel_scope_name="api-meter",otel_scope_version="2"'
expect_eq "requests of api" "$(sample "requests_total{code=\"200\",$scope}" <"$work/a")" 2
expect_eq "target_info" "$(sample 'target_info{service_name="api",service_version="1.4"}' <"$work/a")" 1
get "$a" /metrics/host "${other[@]}" >"$work/host"
expect_eq "families of the host's page" "$(families <"$work/host")" 'cpu_seconds users '
expect_eq "a group that one endpoint excludes and another shows" "$(sample cpu_seconds <"$work/host")" 7
get "$b" /j >"$work/j"
labels='deployment_environment="test",service_name="jobs"'
expect_eq "a bucket" "$(sample "waiting_bucket{$labels,le=\"1\"}" <"$work/j")" 1
grep -q '^statgate_build_info{' "$work/j" || grep -q '^statgate_' "$work/j" || fail "the daemon's own metrics are missing"
get "$port" /metrics "${globe[@]}" >"$work/default"
expect_eq "families of the default endpoint" "$(families <"$work/default")" \
  'leftover promhttp_metric_handler_requests_in_flight promhttp_metric_handler_requests_total '
curl -fsS --max-time 10 -H 'Accept: application/openmetrics-text;version=1.0.0' "http://127.0.0.1:$a/metrics" >"$work/openmetrics"
expect_contains "target_info in OpenMetrics" "$(cat "$work/openmetrics")" $'# TYPE target info\n'
expect_eq "its last line" "$(tail -n 1 "$work/openmetrics")" '# EOF'
if command -v promtool >/dev/null; then
  for page in a host default; do
    promtool check metrics <"$work/$page" >"$work/promtool.log" 2>&1 || fail "promtool on $page: $(cat "$work/promtool.log")"
  done
fi

# One service alone; the longest path wins.
expect_eq "a service's page" "$(get "$b" /j/jobs | families)" 'requests_total waiting '
expect_eq "a service of another endpoint" "$(code "$b" /j/api)" 404
expect_eq "api's own page" "$(get "$a" /metrics/api | families)" 'target_info requests_total users '
expect_eq "the host's page, by its service" "$(get "$a" /metrics/host/api "${other[@]}" | families)" 'cpu_seconds users '

# ---- a group that no endpoint shows: ignored, not rejected ----
own=$(curl -fsS "${globe[@]}" "http://127.0.0.1:$debug/debug/senders")
expect_eq "rejected" "$(jq .total.rejected <<<"$own")" 0
expect_eq "ignored" "$(jq .total.ignored <<<"$own")" 1
expect_eq "accepted" "$(jq .total.accepted <<<"$own")" 6
"$statgate" explain --config "$work/config/statgate.json" 'noise:1|g' >"$work/explained"
expect_contains "explain" "$(cat "$work/explained")" "no endpoint exposes the group debug: 127.0.0.1:$a/metrics (include: http, exclude: none)"

# ---- tokens ----
expect_eq "open" "$(code "$a" /metrics)" 200
expect_eq "no token" "$(code "$a" /metrics/host)" 401
expect_eq "another's token" "$(code "$a" /metrics/host "${globe[@]}")" 401
expect_eq "the token" "$(code "$a" /metrics/host "${other[@]}")" 200
expect_eq "default, no token" "$(code "$port" /metrics)" 401
expect_eq "default" "$(code "$port" /metrics "${globe[@]}")" 200
expect_eq "/debug, no token" "$(code "$debug" /debug)" 401
expect_eq "/debug, an endpoint's token" "$(code "$debug" /debug "${other[@]}")" 401
expect_eq "/debug" "$(code "$debug" /debug "${globe[@]}")" 200
expect_eq "health needs none" "$(code "$debug" /healthz)" 200
for at in "$a" "$b" "$port"; do
  expect_eq "health checks where /debug is elsewhere" "$(code "$at" /healthz "${globe[@]}")" 404
  expect_eq "/debug there" "$(code "$at" /debug "${globe[@]}")" 404
done
expect_contains "404 names the pages" "$(curl -sS "${globe[@]}" "http://127.0.0.1:$a/x")" \
  'there are /metrics, /metrics/SERVICE, /metrics/host, /metrics/host/SERVICE'
expect_eq "HEAD" "$(code "$a" /metrics --head)" 200
expect_eq "POST" "$(code "$a" /metrics -X POST)" 405

# ---- metrics of handlers ----
codes=$(get "$a" /metrics | grep -v '^#' | grep '^promhttp')
before=$(sample 'promhttp_metric_handler_requests_total{code="200"}' <<<"$codes")
expect_eq "in flight" "$(sample promhttp_metric_handler_requests_in_flight <<<"$codes")" 1
expect_eq "500" "$(sample 'promhttp_metric_handler_requests_total{code="500"}' <<<"$codes")" 0
expect_eq "503" "$(sample 'promhttp_metric_handler_requests_total{code="503"}' <<<"$codes")" 0
code "$a" /metrics/host >/dev/null # refused
code "$a" /metrics/host "${other[@]}" >/dev/null
code "$a" /metrics/nobody >/dev/null
expect_eq "200 after one more" \
  "$(get "$a" /metrics | sample 'promhttp_metric_handler_requests_total{code="200"}')" $((before + 1))

# ---- /debug/endpoints ----
curl -fsS "${globe[@]}" "http://127.0.0.1:$debug/debug/endpoints" >"$work/endpoints"
expect_eq "places" "$(jq -r '[.endpoints[] | .address + .path] | join(" ")' "$work/endpoints")" \
  "127.0.0.1:$port/metrics 127.0.0.1:$a/metrics 127.0.0.1:$a/metrics/host 127.0.0.1:$b/j"
expect_eq "services" "$(jq -c '[.endpoints[].services]' "$work/endpoints")" '[["rest"],["api"],["api"],["jobs","statgate"]]'
expect_eq "tokens" "$(jq -c '[.endpoints[].token]' "$work/endpoints")" '[true,false,true,false]'
expect_eq "settings" "$(jq -c '[.endpoints[] | [.resource, .scope_labels, .handler_metrics]]' "$work/endpoints")" \
  '[["off",false,true],["target_info",true,true],["off",false,false],["labels",false,false]]'
expect_eq "families" "$(jq -c '[.endpoints[:3][].families]' "$work/endpoints")" '[3,4,2]'
expect_eq "answers" "$(jq -c '.endpoints[1].answers | [.["200"], .["404"], .["405"]]' "$work/endpoints")" "[$((before + 2)),1,1]"
expect_eq "refused tokens" "$(jq -c '[.endpoints[].answers["401"]]' "$work/endpoints")" '[1,0,3,0]'
expect_eq "in flight now" "$(jq -c '[.endpoints[].in_flight]' "$work/endpoints")" '[0,0,0,0]'
expect_contains "the index" "$(curl -fsS "${globe[@]}" "http://127.0.0.1:$debug/debug")" '/debug/endpoints'
grep -q "serving /j on 127.0.0.1:$b: jobs, statgate" "$log" || fail "no line for an endpoint: $(cat "$log")"

# ---- the command sees the same ----
"$statgate" check --config "$work/config/statgate.json" --json >"$work/check" 2>"$work/check.err" ||
  fail "statgate check: $(cat "$work/check.err")"
expect_eq "families in check" "$(jq -c '[.endpoints[:3][].families]' "$work/check")" '[3,4,2]'
expect_eq "bounds in check" "$(jq -c '[.endpoints[].bound]' "$work/check")" "$(jq -c '[.endpoints[].bound]' "$work/endpoints")"

# ---- all listeners end with the daemon ----
stop_daemon
for at in "$a" "$b" "$debug" "$port"; do
  expect_eq "nobody answers" "$(code "$at" /metrics 2>/dev/null || true)" 000
done

# ---- without the variable, nothing is said of the version ----
start_endpoints --no-handler-metrics
expect_eq "target_info without a version" "$(get "$a" /metrics | sample 'target_info{service_name="api"}')" 1
expect_eq "handler metrics off by a flag" "$(get "$a" /metrics | grep -c promhttp)" 0
stop_daemon
API_VERSION='' start_endpoints
expect_eq "target_info with an empty version" "$(get "$a" /metrics | sample 'target_info{service_name="api"}')" 1
stop_daemon
socket=$shared

# ---- one endpoint: the same as flags and variables ----
STATGATE_SCOPE_LABELS=on start_daemon --catalog "$work/catalogs/api.json" --resource labels --handler-metrics --exclude host,debug
expect_metric 'requests_total{code="200",otel_scope_name="api-meter",otel_scope_version="2",service_name="api"}' absent
send 'requests_total:1|c|#code:200' 'cpu_seconds:1|g'
expect_metric 'requests_total{code="200",otel_scope_name="api-meter",otel_scope_version="2",service_name="api"}' 1
expect_metric promhttp_metric_handler_requests_in_flight 1
expect_json /debug/senders .total.ignored 1
stop_daemon

# ---- a service that no catalog declares is awaited; the others are served ----
printf '{"catalog": "../catalogs", "metrics_listen": "", "endpoints": [{"listen": "127.0.0.1:%s", "services": ["api", "rset"]}, {"listen": "127.0.0.1:%s", "services": "jobs"}]}\n' \
  "$a" "$b" >"$work/config/awaits.json"
awaits="$work/config/awaits.json: /endpoints/0/services/1: no catalog in force declares the service \"rset\"; did you mean \"rest\"?"
"$statgate" check --config "$work/config/awaits.json" >/dev/null 2>"$work/said"
expect_contains "what check said" "$(sed -E 's/(\.json):1:[0-9]+: /\1: /' "$work/said")" "warning: $awaits"
socket=$work/awaits.sock
free_port
url=http://127.0.0.1:$port
launch_daemon --config "$work/config/awaits.json" --socket "$socket" --debug-listen "127.0.0.1:$port"
wait_for is_ready || fail "not ready while a service is awaited"
send 'requests_total:1|c|#code:200'
url=http://127.0.0.1:$a
expect_metric 'requests_total{code="200"}' 1
expect_contains "the log" "$(cat "$log")" "$awaits"
url=http://127.0.0.1:$port
expect_contains "problems" "$(json /debug/status '.problems[] | select(.kind == "service_awaited") | .text')" \
  'an endpoint or an input lacks a service: '"$work/config/awaits.json: /endpoints/0/services/1"
stop_daemon

# ---- refused at the start ----
# refused TEXT PART: this configuration ends the start with 2 and such a message.
refused() {
  local status=0
  printf '%s\n' "$1" >"$work/config/wrong.json"
  timeout 60 "$statgated" --config "$work/config/wrong.json" --socket "$work/w.sock" >"$work/wrong" 2>&1 || status=$?
  expect_eq "exit code with $1 (it said: $(cat "$work/wrong"))" "$status" 2
  expect_contains "what it said" "$(sed -E 's/(\.json):1:[0-9]+: /\1: /' "$work/wrong")" "$work/config/wrong.json: $2"
  status=0
  "$statgate" check --config "$work/config/wrong.json" >"$work/wrong" 2>&1 || status=$?
  expect_eq "exit code of check with $1" "$status" 2
  # ... with its line and column.
  expect_contains "what check said" "$(sed -E 's/^(.*\.json):1:[0-9]+: /\1: /' "$work/wrong")" "$work/config/wrong.json: $2"
}
some='"catalog": "../catalogs", "metrics_listen": ""'
one="\"listen\": \"127.0.0.1:$a\""
refused "{$some, \"endpoints\": [{$one, \"services\": [\"api\"]}, {$one, \"services\": [\"jobs\"]}]}" \
  "/endpoints/1: 127.0.0.1:$a/metrics is the page of /endpoints/0 already"
refused "{$some, \"endpoints\": [{$one, \"services\": [\"api\"], \"exclude\": \"hots\"}]}" /endpoints/0/exclude
refused "{$some, \"endpoints\": [{$one, \"services\": [\"api\", \"rest\"], \"resource\": \"target_info\"}]}" /endpoints/0
refused "{$some, \"endpoints\": [{$one, \"services\": [\"api\"], \"resource\": \"lables\"}]}" \
  '/endpoints/0/resource: "lables": must be one of off, target_info, labels'
refused "{$some, \"endpoints\": [{$one}]}" '/endpoints/0: services is missing'
refused "{$some, \"endpoints\": [{$one, \"services\": \"api\", \"tokenfile\": \"x\"}]}" /endpoints/0/tokenfile
# Two services of one family on one endpoint: the message is about a catalog.
printf '{%s, "endpoints": [{%s, "services": ["api", "jobs"]}]}\n' "$some" "$one" >"$work/config/clash.json"
status=0
timeout 60 "$statgated" --strict --config "$work/config/clash.json" --socket "$work/w.sock" >"$work/wrong" 2>&1 || status=$?
expect_eq "exit code with a clash" "$status" 2
expect_contains "what it said" "$(cat "$work/wrong")" '/families/requests_total'
# A token file that is missing, an address that is taken: the place is named.
printf '{%s, "endpoints": [{%s, "services": "api", "bearer_token_file": "none"}, {"listen": "127.0.0.1:%s", "services": "jobs"}]}\n' \
  "$some" "$one" "$b" >"$work/config/token.json"
status=0
timeout 60 "$statgated" --config "$work/config/token.json" --socket "$work/w.sock" >"$work/wrong" 2>&1 || status=$?
expect_eq "exit code without a token file" "$status" 2
expect_contains "what it said" "$(cat "$work/wrong")" "token.json: /endpoints/0/bearer_token_file: $work/config/none: cannot be read"
expect_contains "and what to do" "$(cat "$work/wrong")" 'write the token into it'
! grep -q 'receiving on' "$work/wrong" || fail "sockets were taken before the token was read: $(cat "$work/wrong")"
status=0
"$statgate" check --config "$work/config/token.json" >"$work/wrong" 2>&1 || status=$?
expect_eq "exit code of check without a token file" "$status" 2
expect_contains "what check said" "$(cat "$work/wrong")" ": /endpoints/0/bearer_token_file: $work/config/none: cannot be read"
printf '{%s, "endpoints": [{%s, "services": "api"}, {%s, "path": "/j", "services": "jobs"}]}\n' "$some" "$one" "$one" >"$work/config/taken.json"
helper socat "TCP-LISTEN:$a,bind=127.0.0.1,reuseaddr,fork" SYSTEM:true
wait_for port_is_taken "$a" || fail "nobody took the port"
status=0
timeout 60 "$statgated" --config "$work/config/taken.json" --socket "$work/w.sock" >"$work/wrong" 2>&1 || status=$?
expect_eq "exit code with an address in use" "$status" 1
expect_contains "what it said" "$(cat "$work/wrong")" \
  "taken.json: /endpoints/0/listen: 127.0.0.1:$a: address already in use (ss -ltnp shows by whom); choose another address"
kill "$helper_pid"
wait "$helper_pid" 2>/dev/null || true

# ---- the examples of the page about endpoints: a configuration, letter by letter, and the scrape of one with a token ----
mkdir "$work/page"
ln -s "$root/packaging/catalogs" "$work/page/catalogs"
printf 'globe\n' >"$work/page/token"
awk -v into="$work/page" '/^```(json|yaml)$/ { file = into "/" ++n "." substr($0, 4); next } /^```/ { file = "" } file != "" { print > file }' "$root/packaging/doc/ENDPOINTS.md"
example=$(grep -l '"endpoints"' "$work/page"/*.json) || fail "the page has no example of endpoints"
"$statgate" check --config "$example" --json >"$work/check" 2>"$work/check.err" || fail "the page's example: $(cat "$work/check.err")"
expect_eq "services of the page's endpoints" "$(jq -c '[.endpoints[].services]' "$work/check")" '[[],["gallery-api"],["inference"],["statgate"]]'
example=$(grep -l credentials_file "$work/page"/*.yaml) || fail "the page has no scrape with a token"
if command -v promtool >/dev/null; then
  promtool check config "$example" >"$work/promtool.log" 2>&1 || fail "the page's scrape: $(cat "$work/promtool.log")"
fi
say "4 endpoints on 3 addresses"
