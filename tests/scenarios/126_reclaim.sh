#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# imgsrv's stuck ingest jobs, by the line of its README: the job reclaims what is old and nothing else, and is a problem where
# the database is away.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"

system=$root/packaging/systems/imgsrv
start_postgres
service imgsrv "host=$pg" dbname=postgres user=statgate
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "service=imgsrv" --file "$root/packaging/catalogs/imgsrv.sql" >/dev/null
sql "INSERT INTO upload_sessions (state) SELECT 'ingesting' FROM generate_series(1, 3);
     INSERT INTO cas_ingest_jobs (upload_id, state, locked_at)
     SELECT id, 'running', now() - (row_number() OVER ()) * interval '50 minutes' FROM upload_sessions"
line=$(sed -n 's/^\*\/15 \* \* \* \*  *//p' "$system/README.md")
[[ $line == "statgate run "* ]] || fail "the README has no such line: $line"

start_daemon --catalog "$system/reclaim.json"
export STATGATE_SOCKET=$socket
reclaim() { (cd "$system" && PATH=$(dirname "$statgate"):$PATH bash -c "$line"); }
reclaim || fail "it fails"
expect_eq "jobs" "$(sql "SELECT string_agg(state, ' ' ORDER BY state) FROM cas_ingest_jobs")" "queued queued running"
expect_metric 'imgsrv_maintenance_finished_total{outcome="succeeded",task="reclaim_ingest"}' 1
expect_metric 'statgate_job_problem{labels="task=reclaim_ingest",name="imgsrv_maintenance",service="imgsrv_maintenance"}' 0
sql "DROP TABLE cas_ingest_jobs CASCADE"
reclaim 2>/dev/null && fail "it does not see the database's error"
expect_metric 'statgate_job_problem{labels="task=reclaim_ingest",name="imgsrv_maintenance",service="imgsrv_maintenance"}' 1
expect_metric 'imgsrv_maintenance_last_exit_status{task="reclaim_ingest"}' 3
stop_daemon
