# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# Its statsd collector alone, with a chart for each metric, or an exposition would not show them; numbers are in memory.
# Tags of a line do not make series there: labels are in the names.
title=netdata
window=3

peer_find() {
  unpack netdata-core && find_program netdata || return 1
  title="netdata $("$program" -v 2>&1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)"
}

peer_start() {
  mkdir -p etc cache lib log home web plugins
  touch etc/.opt-out-from-anonymous-statistics
  free_ports
  cat >netdata.conf <<CONF
[global]
  run as user = $(id -un)
[directories]
  config = $PWD/etc
  stock config = $PWD/etc
  cache = $PWD/cache
  lib = $PWD/lib
  log = $PWD/log
  home = $PWD/home
  web = $PWD/web
  plugins = $PWD/plugins
[db]
  mode = ram
  retention = 120
[web]
  bind to = 127.0.0.1
  default port = $port
  web server threads = 1
[health]
  enabled = no
[registry]
  enabled = no
[plugins]
  netdata monitoring = no
  enable running new plugins = no
  proc = no
  diskspace = no
  cgroups = no
  tc = no
  idlejitter = no
  timex = no
  slabinfo = no
  perf = no
  apps = no
  checks = no
  statsd = yes
[statsd]
  bind to = udp:127.0.0.1:$statsd
  create private charts for metrics matching = *
  max private charts hard limit = 1000000
CONF
  url="http://127.0.0.1:$port/api/v1/allmetrics?format=prometheus&source=as-collected&help=no&timestamps=no"
  receiver "$program" -D -c "$PWD/netdata.conf" -P "$PWD/netdata.pid"
  wait_until 20 answers
}

peer_ways() {
  measure_udp flat
}

peer_totals() {
  awk '/^[a-z_]*bench[._]requests/ { n++; sum += $NF } END { printf "%d %.0f\n", n, sum }'
}
