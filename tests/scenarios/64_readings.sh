#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A process reports what its own runtime measured: gauges, counters as absolute readings, a summary, an
# info. They come out number for number, in both formats, and go with the process.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools promtool
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || { say "prometheus_client is not installed"; exit 77; }

golden=$scenarios/data/go_process.prom
# The service has process_* families of its own, so the daemon's make way.
start_daemon --catalog "$scenarios/catalogs/go_process.json"

# The exposition as a process would send it: name{label="value"} number becomes name:number|g|#label:value.
readings() {
  sed -nE '/^#/d; s/^([a-z_]+)\{([a-z]+)="([^"]*)"\} (.*)$/\1:\4|g|#\2:\3/p; t; s/^([a-z_]+) (.*)$/\1:\2|g/p' "$1"
}
start_sender app
mapfile -t lines < <(readings "$golden")
((${#lines[@]} == $(grep -vc '^#' "$golden"))) || fail "not every line of the exposition was understood"
send_as app "${lines[@]}"
expect_json /debug/rejections .total 0
expect_metric go_threads 8

# ---- text 0.0.4: the same bytes ----
scrape /metrics/admission >"$work/text"
diff "$golden" "$work/text" >"$work/difference" || fail "the exposition differs: $(head -20 "$work/difference")"
promtool check metrics <"$work/text" >"$work/promtool.log" 2>&1 || fail "promtool is not content: $(<"$work/promtool.log")"
[[ ! -s $work/promtool.log ]] || fail "promtool remarks: $(<"$work/promtool.log")"


# ---- OpenMetrics: valid for a strict parser, though gauge X and counter X_total share a stem ----
scrape_openmetrics /metrics/admission >"$work/openmetrics"
read -r families samples < <(/usr/bin/python3 "$scenarios/openmetrics_parse.py" <"$work/openmetrics")
expect_eq "families in OpenMetrics" "$families" "$(grep -c '^# TYPE' "$golden")"
expect_eq "samples in OpenMetrics" "$samples" "${#lines[@]}"
expect_contains OpenMetrics "$(<"$work/openmetrics")" '# TYPE go_memstats_alloc_bytes_total unknown'
expect_contains OpenMetrics "$(<"$work/openmetrics")" '# TYPE go_memstats_alloc_bytes gauge'
expect_contains OpenMetrics "$(<"$work/openmetrics")" 'process_virtual_memory_max_bytes 1.8446744073709552e+19'
expect_contains OpenMetrics "$(<"$work/openmetrics")" 'go_memstats_last_gc_time_seconds 1.772808370590906e+09'

# ---- readings rise, restart, and end ----
expect_metric process_cpu_seconds_total 1.04
send_as app 'process_cpu_seconds_total:1.5|g' 'go_info:1|g|#version:go1.25.9' 'go_gc_duration_seconds_count:10|g'
expect_metric process_cpu_seconds_total 1.5
expect_metric 'go_info{version="go1.25.9"}' 1
expect_metric 'go_info{version="go1.25.8"}' absent
expect_metric go_gc_duration_seconds_count 10
expect_metric 'go_gc_duration_seconds{quantile="0.5"}' 0.000666734
kill_sender app
expect_metric go_threads absent
scrape /metrics/admission >"$work/text"
[[ ! -s $work/text ]] || fail "something is left after the process: $(head -3 "$work/text")"
start_sender next
send_as next 'process_cpu_seconds_total:0.25|g'
expect_metric process_cpu_seconds_total 0.25

# The daemon's process is still on its own page, and the log says so.
expect_eq "families of the daemon's process on its own page" "$(scrape /metrics/statgate | grep -c '^# TYPE process_')" 6
expect_contains "the log" "$(<"$log")" "those of statgated itself are on 127.0.0.1:$port/metrics/statgate alone"
expect_sums
stop_daemon
