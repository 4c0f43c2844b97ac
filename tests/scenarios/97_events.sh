#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each incident is an event, a line of the log and, while it is a problem, in the status. Events go on through a
# reload and a crash. Who follows them gets each once, comes again with its id, and delays nobody when it stalls.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq node
followers=$scenarios/followers.py

numbers=$(seq -f '"%g"' -s, 1 110)
cat >"$work/shop.json" <<EOF
{"statgate": 1, "service": "shop",
 "families": {
  "orders_total": {"type": "counter", "help": "", "labels": {"outcome": ["good", "bad"]}},
  "visits_total": {"type": "counter", "help": "", "labels": {"page": {"pattern": "slug", "max": 10}}}},
 "attempts": {
  "sync": {"labels": {"job": ["a", "b"]}, "success": ["ok"], "failure": ["no"],
           "breaker": {"open_after": 2, "cooldown_s": 1, "probes": 1}},
  "many": {"labels": {"n": [$numbers]}, "success": ["ok"], "failure": ["no"], "breaker": "reported"}},
 "jobs": {"thumbs": {"buckets": [1]}}}
EOF
event_of() {
  json "/debug/events?kind=$1" "[.events[] | select($2)] | length"
}
has_event() {
  [[ $(event_of "$@") -ge 1 ]]
}
# told KIND FILTER LINE [NEED]: the event, the log's line and the need.
told() {
  wait_for has_event "$1" "$2" || fail "no event $1 with $2: $(curl -s "$url/debug/events")"
  wait_for grep -q -- "$3" "$log" || fail "the log has no line '$3'"
  [[ -z ${4:-} ]] || expect_json /debug/status "[.problems[] | select(.kind == \"$4\")] | length >= 1" true
}
follow() {
  "$followers" follow "$url" "$@"
}

start_daemon --strict --catalog "$work/shop.json"
supervisor=$supervisor_pid
expect_json /debug/status '.ok' true
expect_json /debug/status '.problems | length' 0

# ---- each incident ----
follow "" 6 >"$work/followed" &
follower=$!
helpers+=("$follower")
wait_for grep -q following "$work/followed" || fail "nobody can follow"
start_sender worker
send_as worker 'sync:no|a|#job:a' 'sync:no|a|#job:a'
told breaker_opened '.name == "sync" and .labels == "job=\"a\"" and .sender.pid == '"${sender_pid[worker]}" \
  'WARN  \[breakers\] the breaker of sync{job="a"} of shop opened' breaker_open
send_as worker 'sync:ok|a|#job:a'
sleep_until_closed() {
  send_as worker 'sync:ok|a|#job:a'
  has_event breaker_closed '.over and .name == "sync"'
}
wait_for sleep_until_closed || fail "the breaker does not close"
told breaker_closed '.over' 'LOG   \[breakers\] the breaker of sync{job="a"} of shop is closed'
expect_json /debug/status '[.problems[] | select(.kind == "breaker_open")] | length' 0
send_as worker 'thumbs:started|j|i:7f3a'
expect_json /debug/jobs '.jobs | length' 1
kill_sender worker
told job_lost '.name == "thumbs" and .service == "shop"' 'WARN  \[jobs\] job 7f3a of thumbs of shop is lost' job_lost
send 'orders_total:1|c|#outcome:ugly'
told family_rejected '.family == "orders_total"' 'WARN  \[rejections\] samples of orders_total of shop are rejected (label_value, label outcome)' rejections
for page in {1..11}; do
  send "visits_total:1|c|#page:p$page"
done
told table_full '.name == "label_values"' 'WARN  \[tables\] table label_values is full' table_full
expect_json /debug/status '[.problems[] | select(.kind == "bound_near")][0].text' 'visits_total has 10 of at most 10 series'
start_sender loser
send_as loser 'orders_total:1|c|#outcome:good|q:a,8,7'
told sender_loss '.sender.pid == '"${sender_pid[loser]}" 'WARN  \[senders\] .* lost 7 samples, 7 in all' sender_loss
kill_sender loser
wait_for is_gone "$follower" || fail "the follower misses something: $(cat "$work/followed")"
expect_eq "what was followed" "$(grep -v following "$work/followed" | cut -d' ' -f2 | sort | uniq -c | sed 's/^ *//' | paste -sd,)" \
  "1 breaker_closed,1 breaker_opened,2 family_rejected,1 job_lost,1 table_full"

# ---- at most one a minute ----
for _ in {1..5}; do
  send 'sync:no|a|#job:b' 'sync:no|a|#job:b'
  sleep_until_closed_b() {
    send 'sync:ok|a|#job:b'
    expect_state=$(json /debug/breakers '.breakers[] | select(.labels.job == "b") | .state')
    [[ $expect_state == closed ]]
  }
  wait_for sleep_until_closed_b || fail "breaker b does not close"
done
expect_eq "events of a breaker that flaps" "$(event_of breaker_opened '.labels == "job=\"b\""')" 1
expect_eq "lines of it" "$(grep -c 'breaker of sync{job="b"} of shop opened' "$log")" 1

# ---- parameters of a stream ----
# stream TARGET: what has come of it within half a second, without the first line, which says when to come again.
stream() {
  curl -sN -m 0.5 -H 'Accept: text/event-stream' "${@:2}" "$url/debug/events$1" | sed '/^retry/d'
}
ids() {
  sed -n 's/^id: //p' | paste -sd,
}
last=$(json /debug/events .last_id)
expect_eq "ids after the last but two" "$(stream "?after=$((last - 2))" | ids)" "$((last - 1)),$last"
expect_eq "ids where a header is, too" "$(stream "?after=1" -H "Last-Event-ID: $((last - 1))" | ids)" "$last"
expect_eq "ids since a time, of a kind" "$(stream '?since=1h&kind=job_lost' | ids)" "$(json '/debug/events?kind=job_lost' '[.events[].id] | join(",")')"
expect_eq "ids since a moment ago" "$(stream "?since=$(($(date +%s%3N) + 60000))" | ids)" ""
expect_eq "ids of nobody asked for" "$(stream '' | ids)" ""
refused() {
  expect_eq "a stream with $1" "$(curl -s -m 2 -o "$work/refused" -w '%{http_code}' -H 'Accept: text/event-stream' "$url/debug/events?$1")" 400
  expect_contains "why a stream with $1 is refused" "$(jq -r .error "$work/refused")" "${1%%=*}: "
}
refused limit=5
refused pretty
refused after=x
refused after=
refused since=yesterday
refused kind=nothing

# ---- the ids go on, and followers come again: the one of Python, of Node, and the command ----
after=$last
follow "$after" 4 >"$work/over" &
follower=$!
helpers+=("$follower")
node "$scenarios/event_source.mjs" "$url/debug/events?after=$after" 4 >"$work/node" 2>&1 &
node_follower=$!
helpers+=("$node_follower")
"$statgate" events --daemon "127.0.0.1:$port" --follow --json --after "$after" >"$work/command" 2>"$work/command.err" &
command_follower=$!
helpers+=("$command_follower")
follows() {
  grep -q following "$work/over" && grep -q following "$work/node"
}
wait_for follows || fail "nobody can follow: $(cat "$work/over" "$work/node")"
kill -HUP "$daemon_pid"
wait_for grep -q 'reload taken' "$work/over" || fail "the follower has not heard of the reload: $(cat "$work/over")"
wait_for is_gone "$daemon_pid" || fail "the former daemon does not end while somebody follows"
daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
echo '{' >"$work/broken.json"
mv "$work/shop.json" "$work/good.json"
mv "$work/broken.json" "$work/shop.json"
kill -HUP "$daemon_pid"
wait_for grep -q 'reload refused' "$work/over" || fail "the follower has not heard of the refusal: $(cat "$work/over")"
expect_json /debug/status '[.problems[] | select(.kind == "reload_refused")] | length' 1
mv "$work/good.json" "$work/shop.json"
kill -KILL "$daemon_pid"
wait_for is_gone "$follower" || fail "the follower misses the crash: $(cat "$work/over")"
expect_eq "ids without a gap" "$(grep -v following "$work/over" | cut -d' ' -f1 | paste -sd,)" \
  "$((after + 1)),$((after + 2)),$((after + 3)),$((after + 4))"
expect_contains "what was followed" "$(cat "$work/over")" "handover crash"
wait_for is_gone "$node_follower" || fail "the follower of Node misses something: $(cat "$work/node")"
expect_eq "what Node followed" "$(grep -v following "$work/node")" "$(grep -v following "$work/over")"
(($(grep -c following "$work/node") >= 2)) || fail "Node has not come again"
has_all() {
  [[ $(wc -l <"$work/command") == 4 ]]
}
wait_for has_all || fail "statgate events --follow misses something: $(cat "$work/command" "$work/command.err")"
expect_eq "what the command followed" "$(jq -r '"\(.id) \(.event) \(.name)"' "$work/command")" "$(grep -v following "$work/over")"
expect_contains "what the command says of the daemon" "$(cat "$work/command.err")" "the daemon has gone; waiting for the next one"
expect_contains "what the command says of the next one" "$(cat "$work/command.err")" "the daemon is back"
kill "$command_follower"

# ---- at most eight, and four of one address ----
mkfifo "$work/stay"
"$followers" crowd "$url" 4 127.0.0.2 127.0.0.3 127.0.0.4 <"$work/stay" >"$work/crowd" &
helpers+=("$!")
exec {stay}>"$work/stay"
wait_for grep -q "that is all" "$work/crowd" || fail "the crowd gets no answer: $(cat "$work/crowd")"
for source in 127.0.0.2 127.0.0.3; do
  expect_contains "followers of $source" "$(cat "$work/crowd")" "$source 4"
  expect_contains "the answer to its fifth" "$(cat "$work/crowd")" "$source 503 4 clients of your address follow the events already"
done
expect_contains "followers of a third address" "$(cat "$work/crowd")" "127.0.0.4 0"
expect_contains "the answer to the ninth" "$(cat "$work/crowd")" "127.0.0.4 503 8 clients follow the events already"
exec {stay}>&-
is_free() {
  [[ $(curl -s -o "$work/free" -w '%{http_code}' -m 1 -H 'Accept: text/event-stream' "$url/debug/events") == 200 ]]
}
wait_for is_free || fail "places of followers that are gone are not free again"

# ---- one that stalls delays nobody ----
for n in {1..110}; do
  send "many:open|b|#n:$n" "many:closed|b|#n:$n"
done
expect_json /debug/events '.last_id > 200' true
"$followers" stall "$url" 0 >"$work/stalled" &
helpers+=("$!")
wait_for grep -q stalled "$work/stalled" || fail "nobody stalls"
taken=$(metric 'orders_total{outcome="good"}')
for _ in {1..200}; do
  send 'orders_total:1|c|#outcome:good'
done
expect_metric 'orders_total{outcome="good"}' $((taken + 200))
expect_metric statgate_http_evicted_total 0
wait_for metric_is statgate_http_evicted_total 1 || fail "who takes nothing is never closed"

# ---- a scraper that stops coming ----
for _ in {1..12}; do
  curl -fsS "$url/metrics/statgate" >/dev/null
  sleep 1
done
scraper_is_missed() {
  [[ $(json /debug/status '[.problems[] | select(.kind == "scraper_away" and (.text | contains("/metrics/statgate")))] | length') == 1 ]]
}
wait_for scraper_is_missed || fail "the scraper is not missed: $(curl -s "$url/debug/status")"

# ---- a stop ends streams in order ----
curl -sN -m 20 -H 'Accept: text/event-stream' -H 'Last-Event-ID: 0' "$url/debug/events" >"$work/last" &
stream=$!
wait_for grep -q '^id: ' "$work/last" || fail "nothing comes"
stop_daemon "$supervisor"
wait "$stream" || fail "the stream was cut (curl: $?)"
