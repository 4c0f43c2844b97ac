#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Ten thousand scrapes, each with its queries, leave nothing behind: no memory, no descriptor, no
# connection at the server.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"

start_postgres
service main "host=$pg" dbname=postgres user=statgate
fill_tables
start_daemon --catalog "$scenarios/catalogs/queries.json"

descriptors() {
  find "/proc/$daemon_pid/fd" -mindepth 1 | wc -l
}
resident_kib() {
  awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status"
}
descriptors_are_at_most() {
  last=$(descriptors)
  ((last <= $1))
}
connections() {
  sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'statgate'"
}
scrapes() {
  curl -fsS -o /dev/null "$url/metrics?[1-$1]" || fail "a scrape failed"
}

scrapes 100
before=$(descriptors) # perhaps with the end of the last scrape's connection
expect_eq "connections" "$(connections)" 1
scrapes 5900 # where sanitizers keep freed memory for a while, their store is full by now
kib=$(resident_kib)
scrapes 4000
expect_eq "runs of a query" "$(query_view imgsrv_upload_sessions .runs)" 10000
expect_eq "sessions uploading" "$(metric 'imgsrv_upload_sessions{state="uploading"}')" 2
# The daemon sees the end of the last scrape's connection a little later.
wait_for descriptors_are_at_most "$before" || fail "$last descriptors, $before before"
expect_eq "connections" "$(connections)" 1
more=$(($(resident_kib) - kib))
((more < 2048)) || fail "memory grew by $more KiB in 4,000 scrapes"
say "10,000 scrapes: $before descriptors, 1 connection, $more KiB more in the last 4,000"
stop_daemon
