# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# Each worker writes files of its own, which whoever answers a scrape reads: there is no receiver.
title='prometheus_client, multi-process'
window=3

peer_find() {
  for python in /usr/bin/python3 python3; do
    ! "$python" -c 'import prometheus_client' 2>/dev/null || return 0
  done
  unpack python3-prometheus-client || return 1
  export PYTHONPATH=$unpacked/usr/lib/python3/dist-packages
  python=/usr/bin/python3
  "$python" -c 'import prometheus_client' 2>>"$work/apt.log" || { why="not installed" && return 1; }
}

peer_start() {
  mkdir files
  free_port
  url=http://127.0.0.1:$port/metrics
  receiver "$python" "$here/peers.d/load.py" serve "$PWD/files" "$port"
  wait_until 10 answers
}

peer_ways() {
  measure_way "$title" "$python" "$here/peers.d/load.py" prometheus_client "$PWD/files" "$processes" "$series"
}

peer_files() {
  du -sB1 files | cut -f 1
}

peer_totals() {
  awk '/^bench_requests_total\{/ { n++; sum += $2 } END { printf "%d %.0f\n", n, sum }'
}
