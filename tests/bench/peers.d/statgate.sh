# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
title=statgate
window=3

peer_find() {
  statgated=$build/bin/statgated
  [[ -x $statgated ]] || { why="there is no $statgated" && return 1; }
}

peer_start() {
  cat >bench.json <<JSON
{"statgate": 1, "service": "bench", "max_series": 200000, "families": {
  "bench_requests_total": {"type": "counter", "help": "Requests.", "labels": {
    "route": {"pattern": "r[0-9]+", "max": $((series / 4))}, "code": ["200", "301", "404", "500"]}}}}
JSON
  free_port
  url=http://127.0.0.1:$port/metrics/bench
  receiver "$statgated" --no-supervisor --config '' --catalog bench.json --socket "$PWD/s.sock" --metrics-listen "127.0.0.1:$port"
  wait_until 10 answers
}

peer_ways() {
  local load=$build/tests/bench/bench_load
  local python=(python3 "$here/peers.d/load.py") lib
  lib=$(find "$build" -name libstatgate.so.0 -print -quit)
  measure_way 'statgate, a line a datagram' "$load" unix "$PWD/s.sock" "$processes" "$series" &&
    measure_way 'statgate, packed datagrams' "$load" unix "$PWD/s.sock" "$processes" "$series" packed &&
    measure_way 'statgate, `statgate_count`' "$load" client "$PWD/s.sock" "$processes" "$series" &&
    measure_way 'statgate, `statgate_counter_add`' "$load" prepared "$PWD/s.sock" "$processes" "$series" &&
    measure_way 'statgate, from Python' "${python[@]}" libstatgate "$lib" "$PWD/s.sock" "$processes" "$series" || return 1
  # Who prepares metrics has few of them.
  ((series > 1000)) ||
    measure_way 'statgate, from Python, prepared' "${python[@]}" prepared "$lib" "$PWD/s.sock" "$processes" "$series"
}

peer_totals() {
  awk '/^bench_requests_total\{/ { n++; sum += $2 } END { printf "%d %.0f\n", n, sum }'
}
