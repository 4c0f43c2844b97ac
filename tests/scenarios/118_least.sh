#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A daemon of a build without libpq, libsystemd and ISA-L: what it keeps, and what it says of queries.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

statgated=$(program statgated-least)

# ---- deaths and reloads, under a service manager and under the supervisor ----
manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
send 'shop_visits_total:41|c'
expect_metric shop_visits_total 41
tell_manager kill
managed_ready 2
expect_metric shop_visits_total 41
begin_reload "$daemon_pid"
end_reload taken
managed_ready 3
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 42
expect_metric 'statgate_restarts_total{cause="crash"}' 1
expect_metric 'statgate_restarts_total{cause="reload"}' 1
tell_manager stop

start_daemon --catalog "$scenarios/catalogs/basic.json"
send 'shop_visits_total:41|c'
expect_metric shop_visits_total 41
before=$(daemon_of "$supervisor_pid")
kill -KILL "$before"
expect_metric 'statgate_restarts_total{cause="crash"}' 1
expect_metric shop_visits_total 41
stop_daemon

# ---- queries: their families show nothing, the rest is served ----
start_daemon --catalog "$scenarios/catalogs/queries.json"
send 'imgsrv_requests_total:1|c'
expect_metric imgsrv_requests_total 1
expect_metric 'statgate_query_up{query="imgsrv_cas_ingest_ages"}' 0
! scrape | grep -q '^imgsrv_upload_sessions{' || fail "a query that can't run has series"
expect_json /debug/queries '[.databases[].message] | unique | join(" ")' 'this statgated was built without libpq'
for ((i = 0; i < 5; i++)); do scrape >/dev/null; done
expect_eq "lines of the log" "$(grep -cF 'database main of imgsrv cannot be reached, so its families show nothing: connect: this statgated was built without libpq' "$log")" 1
begin_reload "$(daemon_of "$supervisor_pid")"
end_reload taken
expect_metric imgsrv_requests_total 1
stop_daemon
