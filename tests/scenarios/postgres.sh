# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For scenarios with a PostgreSQL server; sourced behind lib.sh, which sets root and work. The server
# is in a folder of its own, since it may run as another user, and ends with the scenario whatever
# happens.
need_tools psql setpriv
# shellcheck disable=SC2154
"$root/tests/support/postgres.sh" binaries >/dev/null || exit 77

# start_postgres: sets pg, its folder and the folder of its socket.
start_postgres() {
  pg=$(mktemp -d "${TMPDIR:-/tmp}/statgate-pg.XXXXXX")
  "$root/tests/support/postgres.sh" start "$pg" $$
}

# shellcheck disable=SC2154
export PGSERVICEFILE=$work/services.conf
# service NAME LINE...: an entry of the service file that daemons find.
service() {
  local IFS=$'\n'
  printf '[%s]\n%s\n' "$1" "${*:2}" >>"$PGSERVICEFILE"
}

# sql TEXT: its rows, from the server itself.
sql() {
  psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
    "host=$pg dbname=postgres user=statgate" --command "$1"
}

# fill_tables: those of catalogs/queries.json, with two sessions uploading and a job that is due.
fill_tables() {
  sql "CREATE TABLE upload_sessions (id serial, state text);
       CREATE TABLE cas_ingest_jobs (id serial, state text, run_after timestamptz, locked_at timestamptz);
       CREATE TABLE publish_job_steps (id serial, name text, state text, run_after timestamptz);
       INSERT INTO upload_sessions (state) VALUES ('uploading'), ('uploading'), ('completed');
       INSERT INTO cas_ingest_jobs (state, run_after) VALUES ('queued', now() - interval '100 s')"
}

# query_view NAME FILTER: of a query in /debug/queries.
query_view() {
  json /debug/queries ".queries[] | select(.name == \$name) | $2" --arg name "$1"
}

# lock_tables NAME...: nobody reads them until unlock_tables.
lock_tables() {
  local IFS=,
  : >"$work/locker.out" # not what a locker before printed, which the next one may not have cut yet
  mkfifo "$work/locker.in"
  psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
    "host=$pg dbname=postgres user=statgate" <"$work/locker.in" >"$work/locker.out" 2>&1 &
  locker_pid=$!
  helpers+=("$locker_pid")
  exec {locker_in}>"$work/locker.in"
  rm "$work/locker.in"
  echo "BEGIN; LOCK TABLE $*; SELECT 'locked';" >&"$locker_in"
  wait_for grep -q locked "$work/locker.out" || fail "no lock within 20 s: $(<"$work/locker.out")"
}
unlock_tables() {
  exec {locker_in}>&-
  wait "$locker_pid" || fail "who held the locks ended with $?: $(<"$work/locker.out")"
}
