#!/usr/bin/env bash
# A role with one connection is enough for a reload: the former daemon has given its connection up, though it still
# answers somebody, before the new one connects.
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
  wait_for 10 grep -q ready "$work/$round.out" || fail "no client"
  former=$daemon_pid
  kill -HUP "$former"
  wait_for 10 eval '[[ $(grep -c "goes on from here" "$log") -ge $round ]]' || fail "no reload"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) goes on from here.*/\1/p' "$log" | tail -n 1)
  expect_eq "sessions uploading right after a reload" "$(uploading)" 2
  ! is_gone "$former" || fail "the former daemon does not wait for its client"
  echo >&"$go"
  exec {go}>&-
  wait_for 10 is_gone "$former" || fail "the former daemon does not end"
done
! grep -q 'no connection' "$log" || fail "a connection was refused: $(grep 'no connection' "$log")"
