#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Programs that cannot send Unix datagrams send to an input, unchanged, and each value arrives: gunicorn, Perl's Net::Statsd,
# node-statsd, statsd-client and lynx by UDP, hot-shots over a stream, Python's statsd by both. Their gauges take changes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq perl gunicorn node npm
perl -MNet::Statsd -e 1 2>/dev/null || {
  echo "Net::Statsd is not installed" >&2
  exit 77
}
"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit

clients='["hotshots", "lynx", "nodestatsd", "perl", "pystream", "pyudp", "statsdclient"]'
jq -n --argjson clients "$clients" '{statgate: 1, service: "app", families: {
  app_hits_total: {type: "counter", help: "Hits.", aliases: ["{client}.hits"],
    labels: {client: $clients, outcome: {values: ["ok", "none"], default: "none"}}},
  app_depth: {type: "gauge", help: "Depth.", aliases: ["{client}.depth"], labels: {client: $clients}},
  app_time_seconds: {type: "histogram", help: "Time.", unit: "seconds", buckets: [0.3], aliases: ["{client}.time"],
    labels: {client: $clients}}}}' >"$work/app.json"
jq -n '{statgate: 1, service: "web", families: {
  web_requests_total: {type: "counter", help: "Requests.", aliases: ["web.gunicorn.requests"]},
  web_responses_total: {type: "counter", help: "Responses.", aliases: ["web.gunicorn.request.status.{code}"],
    labels: {code: ["200", "404"]}},
  web_request_seconds: {type: "histogram", help: "Time of a request.", unit: "seconds", buckets: [10],
    aliases: ["web.gunicorn.request.duration"]},
  web_workers: {type: "gauge", help: "Workers.", aliases: ["web.gunicorn.workers"]},
  web_log_total: {type: "counter", help: "Lines of the log.", aliases: ["web.gunicorn.log.{level}"],
    labels: {level: ["critical", "error", "warning", "exception"]}}}}' >"$work/web.json"
free_port && udp=$port
stream=$work/stream.sock
jq -n --arg udp "udp:127.0.0.1:$udp" '{catalog: ["app.json", "web.json"], inputs: [
  {listen: "unix-stream:stream.sock", gauges: "statsd"}, {listen: $udp, services: ["app", "web"], gauges: "statsd"}]}' >"$work/statgate.json"
start_daemon --config "$work/statgate.json"

# expect_client NAME HITS DEPTH [OUTCOME]
expect_client() {
  expect_metric "app_hits_total{client=\"$1\",outcome=\"${4:-none}\"}" "$2"
  expect_metric "app_depth{client=\"$1\"}" "$3"
  expect_metric "app_time_seconds_sum{client=\"$1\"}" 0.25
}
/usr/bin/python3 "$scenarios/clients/python/inputs.py" "$udp" "$stream"
expect_client pyudp 500 13
expect_client pystream 500 13
perl "$scenarios/clients/perl/counts.pl" "$udp"
expect_client perl 305 15
(cd "$build/clients/npm" && timeout 100 node counts.js "$udp")
expect_client nodestatsd 200 7 ok
expect_client statsdclient 200 13
expect_client lynx 200 9
(cd "$build/clients/npm" && NODE_PATH=$build/clients/node_modules timeout 100 node stream.js "$stream")
expect_client hotshots 500 11 ok

cat >"$work/webapp.py" <<'END'
def app(environ, start_response):
    start_response("200 OK" if environ["PATH_INFO"] == "/" else "404 Not Found", [("Content-Type", "text/plain")])
    return [b"hello\n"]
END
free_port
(cd "$work" && exec gunicorn --workers 3 --bind "127.0.0.1:$port" --statsd-host "127.0.0.1:$udp" --statsd-prefix web webapp:app) \
  >"$work/gunicorn.log" 2>&1 &
gunicorn_pid=$!
helpers+=("$gunicorn_pid")
answers() { [[ $(curl -s --max-time 2 "http://127.0.0.1:$port/") == hello ]]; }
wait_for answers || fail "gunicorn does not answer: $(<"$work/gunicorn.log")"
expect_metric web_requests_total 1
for _ in {1..40}; do curl -s "http://127.0.0.1:$port/" >/dev/null; done
for _ in {1..7}; do curl -s "http://127.0.0.1:$port/none" >/dev/null; done
expect_metric web_requests_total 48
expect_metric 'web_responses_total{code="200"}' 41
expect_metric 'web_responses_total{code="404"}' 7
expect_metric web_request_seconds_count 48
expect_metric web_workers 3
kill -TERM "$gunicorn_pid"
expect_json /debug/rejections .total 0
expect_sums
stop_daemon
