#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each incident is an event, a line of the log and, while it is a problem, in the status. Events go on through a
# reload and a crash. Who asks for those after an id gets each once.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

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
# follow FILE [FLAG...]: statgate events --follow in the background, from the start.
follow() {
  "$statgate" events --daemon "127.0.0.1:$port" --follow --json "${@:2}" >"$work/$1" 2>"$work/$1.err" &
  follower=$!
  helpers+=("$follower")
}

start_daemon --strict --catalog "$work/shop.json"
expect_json /debug/status '.ok' true
expect_json /debug/status '.problems | length' 0

# ---- each incident ----
follow followed --after 0
start_sender worker
send_as worker 'sync:no|a|#job:a' 'sync:no|a|#job:a'
told breaker_opened '.name == "sync" and .labels == "job=\"a\"" and .sender.pid == '"${sender_pid[worker]}" \
  'WARN  \[breakers\] the breaker of sync{job="a"} of shop is open' breaker_open
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
told family_rejected '.family == "orders_total"' 'WARN  \[rejections\] samples of orders_total of shop are rejected, label outcome: ' rejections
for page in {1..11}; do
  send "visits_total:1|c|#page:p$page"
done
told table_full '.name == "label_values"' 'WARN  \[tables\] table label_values is full' table_full
expect_json /debug/status '[.problems[] | select(.kind == "bound_near")][0].text' 'visits_total has 10 of at most 10 series'
start_sender loser
send_as loser 'orders_total:1|c|#outcome:good|q:a,8,7'
told sender_loss '.sender.pid == '"${sender_pid[loser]}" 'WARN  \[senders\] .* lost 7 samples, 7 in all' sender_loss
kill_sender loser
followed() {
  [[ $(jq -r .event "$work/followed" | sort | uniq -c | sed 's/^ *//' | paste -sd,) == \
    "1 breaker_closed,1 breaker_opened,2 family_rejected,1 job_lost,1 sender_loss,1 table_full" ]]
}
wait_for followed || fail "what was followed: $(cat "$work/followed")"
kill "$follower"

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
expect_eq "lines of it" "$(grep -c 'breaker of sync{job="b"} of shop is open' "$log")" 1

# ---- after an id ----
last_id=$(json /debug/events .last_id)
ids() {
  json "/debug/events?$1" '[.events[].id] | join(",")'
}
expect_eq "ids after the last but two" "$(ids "after=$((last_id - 2))")" "$((last_id - 1)),$last_id"
expect_eq "ids of one page" "$(ids "after=0&limit=2")" "1,2"
expect_json '/debug/events?after=0&limit=2' .next 2
expect_eq "ids of a kind" "$(ids 'after=0&kind=job_lost')" "$(ids kind=job_lost)"
expect_eq "ids after the last" "$(ids "after=$last_id")" ""
for wrong in after=x since=yesterday kind=nothing; do
  expect_eq "a list with $wrong" "$(curl -s -m 2 -o "$work/refused" -w '%{http_code}' "$url/debug/events?$wrong")" 400
  expect_contains "why a list with $wrong is refused" "$(jq -r .error "$work/refused")" "${wrong%%=*}: "
done

# ---- the ids go on, and the command with them ----
after=$last_id
follow over --after "$after"
kill -HUP "$daemon_pid"
is_taken() {
  grep -qE '"event":"(reload|handover)"' "$work/over"
}
wait_for is_taken || fail "the follower has not heard of the reload: $(cat "$work/over")"
wait_for is_gone "$daemon_pid" || fail "the former daemon does not end while somebody follows"
daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
echo '{' >"$work/broken.json"
mv "$work/shop.json" "$work/good.json"
mv "$work/broken.json" "$work/shop.json"
kill -HUP "$daemon_pid"
is_refused() {
  jq -r 'select(.event == "reload") | .name' "$work/over" | grep -q refused
}
wait_for is_refused || fail "the follower has not heard of the refusal: $(cat "$work/over")"
expect_json /debug/status '[.problems[] | select(.kind == "reload_refused")] | length' 1
mv "$work/good.json" "$work/shop.json"
kill -KILL "$daemon_pid"
has_all() {
  [[ $(wc -l <"$work/over") == 4 ]]
}
wait_for has_all || fail "the follower misses the crash: $(cat "$work/over" "$work/over.err")"
expect_eq "ids without a gap" "$(jq .id "$work/over" | paste -sd,)" "$((after + 1)),$((after + 2)),$((after + 3)),$((after + 4))"
expect_eq "the last" "$(tail -n 1 "$work/over" | jq -r '"\(.event) \(.name)"')" "handover crash"
kill "$follower"

# ---- a scraper that stops coming ----
for _ in {1..12}; do
  curl -fsS "$url/metrics/statgate" >/dev/null
  sleep 1
done
scraper_is_missed() {
  [[ $(json /debug/status '[.problems[] | select(.kind == "scraper_away" and (.text | contains("/metrics/statgate")))] | length') == 1 ]]
}
wait_for scraper_is_missed || fail "the scraper is not missed: $(curl -s "$url/debug/status")"
