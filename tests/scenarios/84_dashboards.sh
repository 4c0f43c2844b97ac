#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Grafana boards of imgforge and Gallery: complete and importable, their metrics declared, their lines where the
# alerts' thresholds are, and every query of every panel returns data from a real Prometheus that scrapes the system.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
source "$scenarios/boards.sh"
own_network "$@"

declared=$root/packaging/catalogs
expect_sound "$systems/imgforge/dashboard.json" "$(sample_names "$declared/imgforge.json")"
expect_sound "$systems/gallery/dashboard.json" "$(sample_names "$declared"/gallery-*.json)"
expect_eq "boards with a uid of another" \
  "$(jq -s '[.[].uid] | length - (unique | length)' "$systems"/{imgforge,gallery,statgate}/dashboard.json)" 0

# imgforge's document prints these; they are in its board letter by letter.
while IFS= read -r printed; do
  jq -e --arg expr "$printed" '[.panels[].targets[]?.expr] | index($expr) != null' "$systems/imgforge/dashboard.json" >/dev/null ||
    fail "imgforge's board lacks the printed query $printed"
done <<'QUERIES'
sum(rate(status_codes_total[5m])) by (status)
histogram_quantile(0.95, sum(rate(image_processing_duration_seconds_bucket[5m])) by (le, format))
sum(rate(cache_hits_total[5m])) / (sum(rate(cache_hits_total[5m])) + sum(rate(cache_misses_total[5m])))
sum(rate(source_images_fetched_total{status="error"}[5m]))
sum(rate(status_codes_total{status=~"5.."}[5m]))
QUERIES

expect_all_shown "$systems/imgforge/dashboard.json" "$declared/imgforge.json"
expect_all_shown "$systems/gallery/dashboard.json" "$declared"/gallery-*.json

# CPU and memory over imgforge's latency are of the node exporter, where one runs.
start_node_exporter() {
  command -v prometheus-node-exporter >/dev/null || return 0
  helper prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults --collector.cpu --collector.meminfo
  cat >>"$(tr '\0' '\n' <"/proc/$prometheus_pid/cmdline" | sed -n 's/^--config.file=//p')" <<'YML'
  - job_name: node
    static_configs:
      - targets: ["127.0.0.1:9100"]
YML
  kill -HUP "$prometheus_pid"
  node_exporter=1
}

for name in imgforge gallery; do
  start_system "$name"
  start_prometheus "$name"
  [[ $name != imgforge ]] || start_node_exporter
  start_emitter "$name" --trouble
  expect_data "$systems/$name/dashboard.json"
  expect_thresholds "$systems/$name/dashboard.json"
  expect_picture "$systems/$name/dashboard.json"
  stop_emitter
  kill "$prometheus_pid"
  stop_daemon
done
