# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For scenarios about the five bundled systems: each from its own deployment file, with its emitter,
# its database and its Prometheus configuration. Sourced behind lib.sh.
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   source "$scenarios/systems.sh"
#   own_network "$@"
#   start_system imgforge                 # socket, url (of the debug listener), daemon_pid
#   start_emitter imgforge --rounds 20    # returns when they are sent; its processes stay
#   start_prometheus imgforge             # prometheus=http://127.0.0.1:PORT
#   expect_query 'sum(status_codes_total)' 200
#   stop_emitter
#   stop_daemon

# own_network "$@": runs the scenario again in a network namespace of its own, where the ports of the
# deployment files are free; who is not root makes it in a user namespace, and keeps no capability of that.
# Who may not make one, as in a chroot, waits until no other such scenario runs.
own_network() {
  [[ -z ${scenario_network:-} ]] || return 0
  # shellcheck disable=SC2154
  rm -rf "$work"
  local -a within=(unshare --net bash -c 'ip link set lo up && exec "$@"' -)
  ((EUID == 0)) || within=(unshare --map-current-user --keep-caps --net
    bash -c 'ip link set lo up && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' -)
  if "${within[@]}" true 2>/dev/null; then
    # shellcheck disable=SC2154
    scenario_network=own STATGATE_TEST_LONG=$long exec "${within[@]}" bash "$0" "$@"
  fi
  scenario_network=shared STATGATE_TEST_LONG=$long exec flock --close --timeout 600 "${TMPDIR:-/tmp}/statgate-systems-$EUID.lock" \
    bash "$0" "$@"
}

# shellcheck disable=SC2154
systems=$root/packaging/systems

# ---- the daemon ----

# start_system NAME [ARGUMENT...]: statgated on the unchanged deployment file, with more arguments;
# imgsrv with a database that has its example tables (pg is the folder of its socket, `sql TEXT` asks
# it). Sets daemon_pid, socket, log and url, the debug listener's.
start_system() {
  local name=$1
  shift
  if [[ $name == imgsrv ]]; then
    start_database
    export IMGSRV_SERVER_ADDRESSES=img.example.org IMGSRV_SERVER_PORTS=443
  fi
  [[ $name != gallery ]] || export IMMICH_TELEMETRY_INCLUDE=api,app,job
  socket=$work/$name.sock
  # shellcheck disable=SC2034
  url=http://127.0.0.1:9465
  launch_daemon --config "$systems/$name/statgate.json" --state-file "${state_file:-}" --socket "$socket" "$@"
  wait_for is_ready || fail "statgated was not ready"
}

start_database() {
  # shellcheck source=postgres.sh disable=SC2154
  source "$scenarios/postgres.sh"
  start_postgres
  database="host=$pg dbname=postgres user=statgate"
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$database" --file "$root/packaging/catalogs/imgsrv.sql" \
    >"$work/sql.log" 2>&1 || fail "imgsrv.sql: $(<"$work/sql.log")"
  sql "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"
  : >"$PGSERVICEFILE"
  service imgsrv "host=$pg" dbname=postgres user=reader
}

# ---- the emitters ----

# emitter_command NAME: sets `emitter` to the program of packaging/examples/NAME and what comes before
# its arguments. The clients of others are made ready first; 77 without node or go.
emitter_command() {
  # shellcheck disable=SC2154
  case $1 in
  inference)
    need_python prometheus_client
    # shellcheck disable=SC2154
    emitter=("$python" "$root/packaging/examples/inference/emitter.py")
    return
    ;;
  imgsrv | imgforge)
    emitter=("$(program "statgate-example-$1")")
    return
    ;;
  connaisseur) emitter=("$build/clients/statgate-example-connaisseur") ;;
  gallery) emitter=(node "$build/clients/gallery/emitter.js") ;;
  *) fail "there is no emitter of $1" ;;
  esac
  "$root/packaging/examples/prepare" "$build/clients" "$1" >"$work/prepare-$1.log" 2>&1 || exit
}

# start_emitter NAME [ARGUMENT...]: its processes, to the socket of start_system. With --rounds it
# returns when these are sent; the processes stay, with what they hold, until stop_emitter. imgsrv's
# moves rows in the database, too. Sets emitter_pid and emitter_log.
declare -A emitter_in=()
start_emitter() {
  local name=$1 fd
  shift
  emitter_command "$name"
  [[ $name != imgsrv ]] || emitter+=(--database "$database")
  emitter_log=$work/emitter-$name-${#helpers[@]}.log
  mkfifo "$work/emitter.in"
  "${emitter[@]}" --socket "$socket" "$@" <"$work/emitter.in" >"$emitter_log" 2>&1 &
  emitter_pid=$!
  helpers+=("$emitter_pid")
  exec {fd}>"$work/emitter.in"
  rm "$work/emitter.in"
  emitter_in[$emitter_pid]=$fd
  [[ " $* " != *" --rounds "* ]] || wait_for emitter_sent || fail "the emitter of $name sent nothing"
}

emitter_sent() {
  grep -q '^sent ' "$emitter_log" && return
  is_gone "$emitter_pid" && fail "the emitter ended before it had sent its rounds"
  return 1
}

# stop_emitter [PID]: closes its standard input; all of its processes have to end well.
stop_emitter() {
  local pid=${1:-$emitter_pid} fd status=0
  fd=${emitter_in[$pid]}
  exec {fd}>&-
  kill -TERM "$pid" 2>/dev/null || true
  wait_for is_gone "$pid" || fail "the emitter (process $pid) did not end"
  wait "$pid" || status=$?
  unset "emitter_in[$pid]"
  ((status == 0)) || fail "the emitter ended with exit code $status"
}

# ---- Prometheus ----

# start_prometheus NAME: on the system's own prometheus.yml and rules, of which only the intervals are
# shortened to a second. Sets prometheus and prometheus_pid; 77 if it is not installed.
start_prometheus() {
  local name=$1 folder
  need_tools prometheus promtool
  # All of them, since rules of the daemon's own lie beside.
  cp -r "$systems" "$work/prometheus-$name"
  folder=$work/prometheus-$name/$name
  sed -i -E 's/\b(((scrape|evaluation)_)?interval|scrape_timeout): *[0-9a-z]+/\1: 1s/' \
    "$folder/prometheus.yml" "$folder"/../*/rules.yml
  start_prometheus_on "$folder"
}

# start_prometheus_on FOLDER [FLAG...]: on FOLDER/prometheus.yml as it is.
start_prometheus_on() {
  promtool check config "$1/prometheus.yml" >"$work/promtool.log" 2>&1 || fail "promtool: $(<"$work/promtool.log")"
  free_port
  # shellcheck disable=SC2154
  prometheus=http://127.0.0.1:$port
  helper prometheus --config.file="$1/prometheus.yml" --storage.tsdb.path="$1/tsdb" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn "${@:2}"
  # shellcheck disable=SC2154
  prometheus_pid=$helper_pid
  wait_for prometheus_is_ready || fail "Prometheus was not ready"
}

prometheus_is_ready() {
  is_gone "$prometheus_pid" && fail "Prometheus ended before it was ready"
  curl -fsS -o /dev/null --max-time 2 "$prometheus/-/ready" 2>/dev/null
}

# query_result EXPRESSION: the result, as JSON: [{"metric": {...}, "value": [TIME, "VALUE"]}, ...]
query_result() {
  curl -sS --max-time 5 "$prometheus/api/v1/query" --data-urlencode "query=$1" |
    jq -c 'if .status == "success" then .data.result else error(.error) end'
}

# query EXPRESSION: the value of a result of one series; "absent" for none, "several" for more.
query() {
  query_result "$1" |
    jq -r 'if type != "array" then "wrong" elif (.[0] | type) == "number" then .[1]
      elif length > 1 then "several" else .[0].value[1] // "absent" end'
}
query_is() {
  last=$(query "$1" 2>&1) && same "$last" "$2"
}
query_has_result() {
  last=$(query "$1" 2>&1) && [[ $last != absent ]]
}

# expect_query EXPRESSION VALUE: Prometheus says so.
expect_query() {
  wait_for query_is "$1" "$2" || fail "Prometheus: $1 is '$last', expected '$2'"
}

# wait_query EXPRESSION: it has a result.
wait_query() {
  wait_for query_has_result "$1" || fail "Prometheus: $1 has no result: $last"
}

# alerts: the names of those that fire, each once, in order.
alerts() {
  curl -fsS --max-time 5 "$prometheus/api/v1/alerts" |
    jq -r '[.data.alerts[] | select(.state == "firing") | .labels.alertname] | unique | join(" ")'
}
