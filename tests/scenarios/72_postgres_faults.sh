#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What goes wrong with a database stays there: the scrape is answered in its time, all else in it is
# exact, datagrams are taken meanwhile, the query's own metrics are right, and nothing needs a
# restart.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"

start_postgres
printf '*:*:*:locked:%s\n' not-sesame >"$work/passfile"
chmod 600 "$work/passfile"
free_port
hung_port=$port
helper socat -u "TCP-LISTEN:$hung_port,bind=127.0.0.1,fork,reuseaddr" OPEN:/dev/null
service main "host=$pg" dbname=postgres user=statgate
service locked "host=$pg" dbname=postgres user=locked "passfile=$work/passfile"
service hung host=127.0.0.1 "port=$hung_port" dbname=postgres user=statgate sslmode=disable
sql "CREATE TABLE things (id int); INSERT INTO things VALUES (1), (2), (3);
     CREATE TABLE missing (id int); CREATE TABLE mixed (v int); INSERT INTO mixed VALUES (7);
     CREATE TABLE amount (rows int); INSERT INTO amount VALUES (4); CREATE TABLE held (id int); CREATE TABLE killed (id int)"
start_daemon --catalog "$scenarios/catalogs/query_faults.json" --catalog "$scenarios/catalogs/query_faults_far.json"

# ---- what is always looked at ----

requests=0
# traffic: datagrams and health checks until the file $work/quiet is there; how many go to $work/sent.
traffic() {
  local count=0
  while [[ ! -e $work/quiet ]]; do
    send 'near_requests_total:1|c'
    count=$((count + 1))
    curl -fsS -o /dev/null --max-time "$hang_s" "$url/healthz"
  done
  echo "$count" >"$work/sent"
}

# timed_scrape PATH SECONDS: by a client that waits so long, whatever the databases do; to $work/scraped. What was
# sent before and during it is counted exactly, and health checks are answered meanwhile.
timed_scrape() {
  local pid count
  rm -f "$work/quiet"
  traffic &
  pid=$!
  curl -fsS -o "$work/scraped" --max-time "$hang_s" \
    -H "X-Prometheus-Scrape-Timeout-Seconds: $2" -H 'Accept: text/plain;version=0.0.4' "$url$1"
  touch "$work/quiet"
  wait "$pid"
  read -r count <"$work/sent"
  requests=$((requests + count))
}

# scraped NAME: from the last timed_scrape.
scraped() {
  sample "$1" <"$work/scraped"
}

# own NAME: of the daemon's metrics, without a run of any query.
own() {
  scrape /metrics/statgate | sample "$1"
}

# expect_fault QUERY REASON [SECONDS]: the next scrape shows it, and nothing else is wrong.
expect_fault() {
  local name=$1 reason=$2 before other
  before=$(query_view "$name" ".errors.$reason")
  timed_scrape /metrics/near "${3:-3}"
  expect_eq "$name, whose query failed" "$(scraped "$name")" absent
  expect_eq "statgate_query_up of $name" "$(own "statgate_query_up{query=\"$name\"}")" 0
  expect_eq "errors of $name, $reason" "$(query_view "$name" ".errors.$reason")" $((before + 1))
  expect_eq "the same, exposed" "$(own "statgate_query_errors_total{query=\"$name\",reason=\"$reason\"}")" $((before + 1))
  expect_eq "last error of $name" "$(query_view "$name" .last_error.reason)" "$reason"
  for other in near_things=3 near_missing=0 near_type=7 near_rows=4 near_held=0 near_killed=0; do
    [[ ${other%=*} == "$name" ]] || expect_eq "${other%=*} while $name fails" "$(scraped "${other%=*}")" "${other#*=}"
  done
  expect_metric_of_near
}
expect_metric_of_near() {
  expect_eq "near_requests_total" "$(scrape /metrics/near | sample near_requests_total)" "$requests"
}

# expect_good NAME VALUE: in one scrape of now, as all others.
expect_good() {
  local other
  timed_scrape /metrics/near 3
  expect_eq "$1, whose query works again" "$(scraped "$1")" "$2"
  expect_eq "statgate_query_up of $1" "$(own "statgate_query_up{query=\"$1\"}")" 1
  for other in near_things=3 near_type=7 near_missing=0; do
    expect_eq "${other%=*}" "$(scraped "${other%=*}")" "${other#*=}"
  done
}
expect_good near_things 3

# ---- what the server says ----
sql "ALTER TABLE missing RENAME TO gone"
expect_fault near_missing sql
expect_eq "SQLSTATE of a missing table" "$(query_view near_missing .last_error.sqlstate)" 42P01
expect_contains "message of a missing table" "$(query_view near_missing .last_error.message)" 'relation "missing" does not exist'
logged() { # TEXT COUNT
  expect_eq "lines of the log with $1" "$(grep -cF -- "$1" "$log" || true)" "$2"
}
expect_fault near_missing sql # reported once
logged 'query near_missing of near fails, so its families show nothing: sql 42P01: relation "missing" does not exist' 1
logged 'works again' 0
sql "ALTER TABLE gone RENAME TO missing"
expect_good near_missing 0
logged 'query near_missing of near works again' 1

sql "ALTER TABLE mixed ALTER v TYPE text"
expect_fault near_type wrong_type
sql "ALTER TABLE mixed ALTER v TYPE int USING v::int"
expect_good near_type 7

sql "UPDATE amount SET rows = 1000000"
expect_fault near_rows too_many_rows
sql "UPDATE amount SET rows = 4"
expect_good near_rows 4

# ---- time ----
lock_tables held
expect_fault near_held timeout
nobody_waits() {
  [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'statgate' AND state = 'active'") == 0 ]]
}
wait_for nobody_waits || fail "the server still works on a query that was given up"
timed_scrape /metrics/near 0.5
expect_eq "near_held, later than the scrape" "$(scraped near_held)" absent
expect_eq "statgate_query_up of near_held, which is late" "$(own 'statgate_query_up{query="near_held"}')" 0
expect_eq "near_things in a scrape that could not wait" "$(scraped near_things)" 3
unlock_tables
is_over() {
  [[ $(query_view near_held .running) == false ]]
}
wait_for is_over || fail "a late query never ends"
expect_good near_held 0

# ---- the connection ----
lock_tables killed
timed_scrape /metrics/near 20 &
scraper=$!
someone_waits() {
  [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'statgate' AND wait_event_type = 'Lock'") == 1 ]]
}
wait_for someone_waits || fail "nobody waits for the lock"
before=$(query_view near_killed '.errors | .connection_lost + .connect')
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'statgate' AND wait_event_type = 'Lock'" >/dev/null
wait "$scraper" || fail "the scrape during which a backend was killed"
read -r count _ <"$work/sent"
requests=$((requests + count)) # the subshell's own
expect_eq "near_killed, whose backend was killed" "$(scraped near_killed)" absent
expect_eq "errors of near_killed" "$(query_view near_killed '.errors | .connection_lost + .connect')" $((before + 1))
unlock_tables
near_is_good() {
  [[ $(scrape /metrics/near | sample near_killed) == 0 ]]
}
wait_for near_is_good || fail "no new connection"
expect_good near_killed 0

# A restart between two scrapes: the next one finds out, and is good all the same.
"$root/tests/support/postgres.sh" stop "$pg"
"$root/tests/support/postgres.sh" start "$pg"
expect_good near_things 3

# Down for a while: everything else goes on.
"$root/tests/support/postgres.sh" stop "$pg"
for _ in 1 2 3; do
  timed_scrape /metrics 3
  expect_eq "near_things without a server" "$(scraped near_things)" absent
  expect_eq "far_hung" "$(scraped far_hung)" absent
  expect_eq "statgate_query_up without a server" "$(scraped 'statgate_query_up{query="near_things"}')" 0
  expect_metric_of_near
done
[[ $(query_view near_things '.last_error.reason') == connect* ]] || fail "without a server: $(query_view near_things .last_error)"
[[ $(json /debug/queries '.databases[] | select(.name == "main") | .message') != null ]] || fail "no message about the server"
times_are_in_ms() { # retry_at is null once the pause is over, until the next scrape
  scrape /metrics >"$work/scrape"
  [[ $(json /debug/queries '[(.databases[] | select(.name == "main") | .retry_at), (.queries[] | select(.name == "near_things") | .last_run, .last_good)] | all(. > 1500000000000 and . == floor)') == true ]]
}
wait_for times_are_in_ms || fail "times in milliseconds: $(json /debug/queries '.databases')"
expect_eq "/readyz without a server" "$(curl -s -o /dev/null -w '%{http_code}' "$url/readyz")" 200

# What people see of it: an event, a line of the log, a problem, and the command.
down_events() {
  json "/debug/events?kind=query_down&service=near" "[.events[] | select($1)] | length"
}
needs_down() {
  json /debug/status '[.problems[] | select(.kind == "query_down" and .service == "near") | .text] | sort | join("\n")'
}
is_told() {
  [[ $(down_events '.over == false and .name == "main"') -ge 1 ]]
}
wait_for is_told || fail "no event of the database: $(curl -s "$url/debug/events")"
logged 'database main of near cannot be reached, so its families show nothing: ' 1
expect_contains "problems" "$(needs_down)" "database main of near cannot be reached, so its families show nothing: connect: connection to server on socket"
expect_json /debug/status .ok false
expect_contains "the queries" "$(json '/debug/queries?service=near' '.queries[0].last_error.message')" "connect"
expect_contains "statgate doctor" "$("$statgate" doctor --daemon "127.0.0.1:$port" --socket "$socket" || true)" \
  "WRONG  queries    database main of near cannot be reached"
expect_contains "statgate queries" "$("$statgate" queries --daemon "127.0.0.1:$port")" "near_things"
"$root/tests/support/postgres.sh" start "$pg"
things_are_back() {
  [[ $(scrape /metrics/near | sample near_things) == 3 ]]
}
wait_for things_are_back || fail "the server is back, and nobody noticed"
expect_good near_things 3
logged 'database main of near cannot be reached, so its families show nothing: ' 1
logged 'database main of near is connected again' 1
is_over_again() {
  [[ $(down_events '.over and .name == "main"') -ge 1 && -z $(needs_down) ]]
}
wait_for is_over_again || fail "with the server back: $(curl -s "$url/debug/events?kind=query_down") $(needs_down)"

# ---- connecting ----
timed_scrape /metrics/far 2
expect_eq "far_locked with a wrong password" "$(scraped far_locked)" absent
expect_eq "far_hung" "$(scraped far_hung)" absent
expect_eq "reason of a wrong password" "$(query_view far_locked .last_error.reason)" connect
expect_contains "message of a wrong password" "$(json /debug/queries '.databases[] | select(.name == "locked") | .message')" \
  "password authentication failed"
expect_eq "reason of a hung peer" "$(query_view far_hung '.last_error.reason // "connect"')" connect
timed_scrape /metrics 1
expect_eq "near_things beside a hung peer" "$(scraped near_things)" 3
expect_eq "up of the hung" "$(scraped 'statgate_query_up{query="far_hung"}')" 0
curl -fsS "$url/debug/queries" "$url/metrics" "$url/debug/catalog" >"$work/shown"
! grep -F not-sesame "$work/shown" "$log" || fail "a password is shown"
printf '*:*:*:locked:%s\n' sesame >"$work/passfile"
unlocked() {
  [[ $(curl -fsS -H 'X-Prometheus-Scrape-Timeout-Seconds: 0.5' "$url/metrics/far" | sample far_locked) == 5 ]]
}
wait_for unlocked || fail "the password is right, and nobody noticed"

expect_metric_of_near
say "$(json /debug/ingress '.work | "\(.slow) of \(.callbacks) callbacks of the ingest took over 1 ms"')"
expect_sums

# ---- the end does not wait for a connection that never comes about ----
is_connecting() {
  curl -fsS --max-time 5 -H 'X-Prometheus-Scrape-Timeout-Seconds: 0.3' -o /dev/null "$url/metrics/far"
  [[ $(json /debug/queries '.databases[] | select(.name == "hung") | .connecting') == 1 ]]
}
wait_for is_connecting || fail "nobody connects to the hung peer any more"
stop_daemon
