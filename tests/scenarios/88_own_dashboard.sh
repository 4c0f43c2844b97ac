#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Grafana board of the daemon itself, where it asks a database, too, and somebody sends what nobody declared.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
source "$scenarios/boards.sh"
own_network "$@"
board=$systems/statgate/dashboard.json

# The daemon's own are in no catalog file, but in the table that lists them.
own_names() {
  awk -F'`' '/^\| `/ { split($3, c, " "); if (c[2] == "histogram") print $2 "_bucket\n" $2 "_sum\n" $2 "_count"; else print $2 }' \
    "$root/packaging/systems/statgate/METRICS.md" | jq -c -R -s 'split("\n") | map(select(. != ""))'
}

expect_sound "$board" "$(own_names)"

start_system imgsrv
start_prometheus imgsrv
start_emitter imgsrv
refused='nobody_knows_total:1|c'
expect_data "$board"
expect_thresholds "$board"
expect_picture "$board"
stop_emitter
stop_daemon
