#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A PostgreSQL server of its own for tests: a new cluster in a folder, reached by a socket there and
# by nothing else.
#
#   postgres.sh start FOLDER [PID]   makes FOLDER and the cluster if there is none, and starts it;
#                                    with PID, it ends and FOLDER goes when that process ends,
#                                    also when it is killed with its process group
#   postgres.sh stop FOLDER [MODE]   stops it (fast, or immediate); FOLDER stays
#   postgres.sh remove FOLDER        stops it, and FOLDER goes
#   postgres.sh binaries             prints the folder of the server's programs; 77 if there is none
#
# Connect with "host=FOLDER dbname=postgres user=statgate". Everybody is trusted, except the role
# `locked`, whose password is `sesame`. The server refuses to run as root; then it runs as postgres
# or nobody.
set -euo pipefail

usage() {
  sed -n '3,/^set/p' "$0" | sed '/^set/d; s/^# \{0,1\}//' >&2
  exit 2
}

find_binaries() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) \
    "$(pg_config --bindir 2>/dev/null || true)"; do
    if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]]; then
      printf '%s' "$folder"
      return
    fi
  done
  echo "there is no PostgreSQL server here (Debian: postgresql)" >&2
  exit 77
}

# as_server COMMAND...: in a folder that everyone may enter, as whom the server runs.
as_server() {
  local user=postgres
  cd /
  if ((EUID != 0)); then
    "$@"
    return
  fi
  id "$user" >/dev/null 2>&1 || user=nobody
  setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
}

make_cluster() {
  mkdir -p "$folder"
  chmod 755 "$folder"
  ((EUID != 0)) || chown "$(as_server id -u)" "$folder"
  as_server "$binaries/initdb" --pgdata="$folder/data" --username=statgate --auth=trust \
    --encoding=UTF8 --locale=C --no-sync --no-instructions >"$folder/initdb.log"
  as_server tee -a "$folder/data/postgresql.conf" >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$folder'
unix_socket_permissions = 0777
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 64
shared_buffers = 32MB
END
  as_server tee "$folder/data/pg_hba.conf" >/dev/null <<END
local all locked scram-sha-256
local all all trust
END
  echo "CREATE ROLE locked LOGIN PASSWORD 'sesame'" |
    as_server "$binaries/postgres" --single -D "$folder/data" postgres >"$folder/role.log" 2>&1
}

start() {
  [[ -d $folder/data ]] || make_cluster
  as_server "$binaries/pg_ctl" start --pgdata="$folder/data" --log="$folder/server.log" \
    --wait --timeout=60 --silent </dev/null >/dev/null
}

stop() {
  [[ -e $folder/data/postmaster.pid ]] || return 0
  as_server "$binaries/pg_ctl" stop --pgdata="$folder/data" --mode="$1" --wait --timeout=30 \
    --silent </dev/null >/dev/null
}

remove() {
  stop immediate || true
  rm -rf "$folder"
}

# Whatever ends the process, also a signal that it cannot catch, ends the server. This runs in a
# session of its own, since what ends the process may end all of its group.
follow() {
  while kill -0 "$1" 2>/dev/null; do
    [[ -d $folder ]] || exit 0
    sleep 1
  done
  remove
}

case ${1:-} in
binaries)
  find_binaries
  echo
  ;;
start | stop | remove | follow)
  [[ -n ${2:-} ]] || usage
  folder=$2
  binaries=$(find_binaries)
  case $1 in
  start)
    mkdir -p "$folder"
    [[ -z ${3:-} ]] || setsid --fork bash "$0" follow "$folder" "$3" </dev/null >/dev/null 2>&1
    start
    ;;
  follow) follow "${3:?}" ;;
  stop) stop "${3:-fast}" ;;
  remove) remove ;;
  esac
  ;;
*) usage ;;
esac
