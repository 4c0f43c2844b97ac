# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# Its statsd and write_prometheus plugins, with its own interval of ten seconds. It has no labels: they are in the names.
title=collectd
window=10

peer_find() {
  unpack collectd-core libprotobuf-c1 libmicrohttpd12 && find_program collectd || return 1
  title="collectd $("$program" -h 2>&1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)"
}

peer_start() {
  local root=${program%/usr/sbin/collectd}
  free_ports
  cat >collectd.conf <<CONF
Hostname "bench"
FQDNLookup false
BaseDir "$PWD"
PIDFile "$PWD/collectd.pid"
PluginDir "$root/usr/lib/collectd"
TypesDB "$root/usr/share/collectd/types.db"
Interval 10
LoadPlugin statsd
LoadPlugin write_prometheus
<Plugin statsd>
  Host "127.0.0.1"
  Port "$statsd"
</Plugin>
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "$port"
</Plugin>
CONF
  url=http://127.0.0.1:$port/metrics
  receiver "$program" -f -C "$PWD/collectd.conf"
  wait_until 20 answers
}

peer_ways() {
  measure_udp flat
}

peer_totals() {
  awk '/^collectd_statsd_.*bench/ { n++; sum += $(NF - 1) } END { printf "%d %.0f\n", n, sum }'
}
