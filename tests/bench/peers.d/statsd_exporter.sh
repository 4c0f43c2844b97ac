# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
title=statsd_exporter
window=4

# Debian 12 has no package of it.
peer_find() {
  find_program statsd_exporter || find_program prometheus-statsd-exporter
}

peer_start() {
  free_ports
  url=http://127.0.0.1:$port/metrics
  receiver "$program" --web.listen-address="127.0.0.1:$port" --statsd.listen-udp="127.0.0.1:$statsd" \
    --statsd.listen-tcp= --statsd.listen-unixgram="$PWD/s.sock"
  wait_until 10 answers
}

peer_ways() {
  measure_udp &&
    measure_way "$title, Unix, a line a datagram" "$build/tests/bench/bench_load" unix "$PWD/s.sock" "$processes" "$series"
}

peer_totals() {
  awk '/^bench_requests_total\{/ { n++; sum += $2 } END { printf "%d %.0f\n", n, sum }'
}
