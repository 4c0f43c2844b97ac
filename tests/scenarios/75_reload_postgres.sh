#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A role with one connection is enough for a reload: the former daemon has given its connection up, though it still
# answers somebody, before the new one connects. That holds while slow queries run: they are cancelled, at a stop, too.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"
need_tools python3

start_postgres
sql "CREATE ROLE few LOGIN SUPERUSER"
fill_tables
sql "ALTER ROLE few NOSUPERUSER CONNECTION LIMIT 1; GRANT SELECT ON ALL TABLES IN SCHEMA public TO few"
service main "host=$pg" dbname=postgres user=few
start_daemon --catalog "$scenarios/catalogs/queries.json"
uploading() {
  scrape /metrics/imgsrv | sample 'imgsrv_upload_sessions{state="uploading"}'
}
expect_eq "sessions uploading" "$(uploading)" 2

for round in 1 2 3; do
  mkfifo "$work/$round.in"
  "$root/tests/support/under_way.py" "$port" fresh <"$work/$round.in" >"$work/$round.out" 2>&1 &
  helpers+=("$!")
  exec {go}>"$work/$round.in"
  wait_for grep -q ready "$work/$round.out" || fail "no client"
  former=$daemon_pid
  kill -HUP "$former"
  wait_for eval '[[ $(grep -c "took over; sockets" "$log") -ge $round ]]' || fail "no reload"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
  expect_eq "sessions uploading right after a reload" "$(uploading)" 2
  ! is_gone "$former" || fail "the former daemon does not wait for its client"
  echo >&"$go"
  exec {go}>&-
  wait_for is_gone "$former" || fail "the former daemon does not end"
done
! grep -q 'cannot be reached' "$log" || fail "a connection was refused: $(grep 'cannot be reached' "$log")"

# ---- ten reloads while slow queries run: never more sessions than without ----
stop_daemon_of() { # PID
  kill -TERM "$1"
  wait_for is_gone "$1" || fail "the daemon does not end"
}
stop_daemon_of "$daemon_pid"
service slow "host=$pg" dbname=postgres user=statgate
jq -n '{statgate: 1, service: "slow", databases: {main: {conninfo: "service=slow"}},
  families: ([range(9) | {"slow_q\(.)": {type: "gauge", help: "Takes its time."}}] | add),
  queries: [range(9) | {sql: "SELECT \(.) AS n, pg_sleep(3)", values: {"slow_q\(.)": "n"}, timeout_s: 20}]}' >"$work/slow.json"
start_daemon --catalog "$work/slow.json"
statgates="FROM pg_stat_activity WHERE application_name = 'statgate'"
sessions() {
  sql "SELECT count(*) $statgates"
}
# What a session of its own counts all the time.
watch_sessions() {
  psql --no-psqlrc --quiet --no-align --tuples-only "host=$pg dbname=postgres user=statgate" \
    <<<"SELECT count(*) $statgates \\watch 0.01" >"$work/counts" 2>&1
}
scrapes() {
  while [[ ! -e $work/enough ]]; do
    curl -fsS -o /dev/null --max-time 20 -H 'X-Prometheus-Scrape-Timeout-Seconds: 2' "$url/metrics" || echo "no scrape" >>"$work/failed"
  done
}
scrapes &
scraping=$!
helpers+=("$scraping")
steady() { [[ $(sessions) == 8 ]]; }
wait_for steady || fail "$(sessions) sessions, where nine queries wait for eight"
helper watch_sessions
for ((round = 1; round <= 10; round++)); do
  former=$daemon_pid
  kill -HUP "$former"
  wait_for eval '[[ $(grep -c "took over; sockets" "$log") -ge $round ]]' || fail "no reload"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
  daemons+=("$daemon_pid")
  wait_for steady || fail "$(sessions) sessions after reload $round"
done
touch "$work/enough"
wait "$scraping"
most=$(grep -E '^[0-9]+$' "$work/counts" | sort -n | tail -n 1)
say "ten reloads while nine slow queries run: at most $most sessions of $(grep -cE '^[0-9]+$' "$work/counts") counts, 8 without"
((most <= 8)) || fail "$most sessions"
[[ ! -e $work/failed ]] || fail "$(wc -l <"$work/failed") scrapes failed"
! grep -qE 'no (more )?connection' "$log" || fail "a connection was refused: $(grep -E 'no (more )?connection' "$log")"
(scrape /metrics >/dev/null || true) &
last=$!
someone_runs() { [[ $(sql "SELECT count(*) $statgates AND state = 'active'") -ge 1 ]]; }
wait_for someone_runs || fail "no query runs"
stop_daemon_of "$daemon_pid"
# They sleep for three seconds each, and nobody is left to see it.
expect_eq "sessions right after the stop" "$(sql "SELECT pg_sleep(0.3); SELECT count(*) $statgates AND state = 'active'" | tail -n 1)" 0
wait "$last"
