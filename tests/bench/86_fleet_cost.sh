#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a fleet costs, measured on this machine and computed for a million series on a thousand hosts:
# bytes, processor time and memory of a daemon for each series it exposes, and what Prometheus and
# VictoriaMetrics need for each series and sample of three such daemons. packaging/doc/CAPACITY.md shows one run.
#
#   tests/bench/86_fleet_cost.sh BUILD_FOLDER [SECONDS]
#
# A series is here what Prometheus means by it: a line of the exposition. SECONDS (60) is how long each
# of the two servers scrapes, twice a second; 120 samples of a series fill a chunk of Prometheus.
source "$(dirname "${BASH_SOURCE[0]}")/../scenarios/lib.sh"
# shellcheck source=../scenarios/fleet.sh
source "$scenarios/fleet.sh"
seconds=${2:-60}
# shellcheck disable=SC2034
fleet=ports
sender=$(program statgate-sender)

# write_catalog ROUTES: 19 lines for each route: 4 counters, a gauge, a histogram with 11 buckets.
write_catalog() {
  jq -n --argjson routes "$1" '{statgate: 1, service: "shop", max_series: 1000000,
    sets: {route: [range($routes) | "/section-\(. % 17)/page-\(.)"], code: ["200", "301", "404", "500"]},
    families: {
      shop_requests_total: {type: "counter", help: "Requests by route and status code.", labels: {route: "route", code: "code"}},
      shop_queue_depth: {type: "gauge", help: "Requests that wait.", labels: {route: "route"}},
      shop_request_duration_seconds: {type: "histogram", unit: "seconds", help: "Time to answer, by route.",
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], labels: {route: "route"}}}}' >"$work/shop-$1.json"
}

# write_ticks ROUTES SHARE FILE: packed datagrams, a line each, for statgate-sender: that share of the routes,
# each with requests, a depth and five durations.
write_ticks() {
  awk -v routes="$1" -v share="$2" -v seed="$RANDOM" '
    function add(line) {
      if (length(datagram) + length(line) > 1400) { print datagram; datagram = "" }
      datagram = datagram (datagram == "" ? "" : "\\n") line
    }
    BEGIN {
      srand(seed)
      for (r = 0; r < routes; r++) {
        if (rand() >= share) continue
        route = "route:/section-" r % 17 "/page-" r
        for (c = 0; c < 4; c++) add(sprintf("shop_requests_total:%d|c|#%s,code:%s", 1 + 40 * rand() / (1 + c * c), route, substr("200301404500", 1 + 3 * c, 3)))
        add(sprintf("shop_queue_depth:%d|g|#%s", 30 * rand(), route))
        packed = ""
        for (i = 0; i < 5; i++) packed = packed sprintf(":%.5f", -0.2 * log(1 - rand()) + 0.001)
        add("shop_request_duration_seconds" packed "|h|#" route)
      }
      print datagram
    }' >"$3"
}

cpu_ns() { # PID: of all its threads
  cat "/proc/$1/task/"*/schedstat | awk '{ ns += $1 } END { printf "%.0f\n", ns }'
}
rss_bytes() { # PID
  awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$1/status"
}
per() { # TOTAL COUNT [DIGITS]
  awk -v a="$1" -v b="$2" -v d="${3:-1}" 'BEGIN { printf "%.*f", d, a / b }'
}
figure() { # NAME VALUE UNIT [FIGURE]: the last for tests/bench/figures
  printf '%-58s %12s %s\n' "$1" "$2" "$3"
  [[ -z ${4:-} || -z ${STATGATE_TEST_FIGURES:-} ]] || echo "fleet.$4 $2 $3" >>"$STATGATE_TEST_FIGURES"
}

# scrape_cost ACCEPT ENCODING: bytes of an exposition and nanoseconds of the daemon for each line; sets both.
scrape_cost() {
  local count=300 before after
  bytes=$(curl -fsS -o /dev/null -w '%{size_download}' -H "Accept: $1" -H "Accept-Encoding: $2" "$url/metrics/shop")
  seq "$count" | sed "s|.*|url = $url/metrics/shop\noutput = /dev/null|" >"$work/scrapes"
  before=$(cpu_ns "$daemon_pid")
  curl -fsS -H "Accept: $1" -H "Accept-Encoding: $2" --config "$work/scrapes"
  after=$(cpu_ns "$daemon_pid")
  nanoseconds=$(per $((after - before)) $((count * lines)) 0)
}

# measure_daemon ROUTES: one daemon of that size, by itself, with numbers that have grown for a while.
measure_daemon() {
  local base format accept encoding tick
  write_catalog "$1"
  write_ticks "$1" 1 "$work/all"
  start_daemon --catalog "$work/shop-$1.json"
  base=$(rss_bytes "$daemon_pid")
  "$sender" "$socket" <"$work/all" >/dev/null
  lines=$(($1 * 19))
  all_are_there() { [[ $(scrape /metrics/shop | grep -vc '^#') == "$lines" ]]; }
  wait_for all_are_there || fail "not all of $lines lines are there"
  for tick in 1 2 3 4 5 6 7 8; do
    write_ticks "$1" 0.5 "$work/tick-$tick"
  done
  for _ in {1..50}; do
    cat "$work"/tick-*
  done | "$sender" "$socket" >/dev/null
  echo "-- a daemon with $lines series ($(($1 * 6)) in its own count)"
  for format in 'text/plain;version=0.0.4' 'application/openmetrics-text;version=1.0.0'; do
    for encoding in identity gzip; do
      scrape_cost "$format" "$encoding"
      accept=${format%%;*}
      figure "bytes a series and scrape, ${accept#*/}, $encoding" "$(per "$bytes" "$lines")" bytes "${accept#*/}.$encoding.$lines"
      figure "daemon's time a series and scrape, ${accept#*/}, $encoding" "$nanoseconds" ns "time.${accept#*/}.$encoding.$lines"
      [[ $accept:$encoding != application/openmetrics-text:gzip ]] ||
        { wire=$(per "$bytes" "$lines" 2); scrape_ns=$nanoseconds; }
    done
  done
  figure "resident memory before the first sample" "$(per "$base" 1048576)" MB resident
  figure "resident memory with all series, after scrapes" "$(per "$(rss_bytes "$daemon_pid")" 1048576)" MB
  figure "of which for each series" "$(per $(($(rss_bytes "$daemon_pid") - base)) "$lines" 0)" bytes "series.$lines"
  daemon_memory=$(rss_bytes "$daemon_pid")
  stop_daemon
}
measure_daemon 420
measure_daemon 53

# ---- three daemons, the servers one after the other ----
routes=630
write_catalog "$routes"
hosts=(north south west)
for host in "${hosts[@]}"; do
  start_host "$host" --catalog "$work/shop-$routes.json"
  write_ticks "$routes" 1 "$work/all"
  "$sender" "$socket" <"$work/all" >/dev/null
done
for tick in 1 2 3 4 5 6 7 8; do
  write_ticks "$routes" 0.5 "$work/tick-$tick"
done

# load: what hosts send, twice a second: half of the routes.
load() {
  local end=$((SECONDS + seconds)) tick=0
  while ((SECONDS < end)); do
    for host in "${hosts[@]}"; do
      tick=$((tick % 8 + 1))
      "$sender" "${host_socket[$host]}" <"$work/tick-$tick" >/dev/null
    done
    sleep 0.45
  done
}
own() { # METRIC: of the server itself; a sum if it has labels
  curl -fsS --max-time 10 "$server/metrics" | awk -v name="$1" '{ n = $1; sub(/\{.*/, "", n) } n == name { sum += $NF } END { printf "%.6f\n", sum }'
}
answers() { curl -fsS -o /dev/null --max-time 2 "$server/metrics" 2>/dev/null; }

# measure_server SERIES_METRIC SAMPLES_METRIC NAME: memory and time from before it has targets until after the load.
measure_server() {
  wait_for answers || fail "the server does not answer"
  sleep 3
  local base cpu
  base=$(own process_resident_memory_bytes)
  cpu=$(own process_cpu_seconds_total)
  list_hosts "${hosts[@]}"
  load
  cpu=$(awk -v a="$(own process_cpu_seconds_total)" -v b="$cpu" 'BEGIN { printf "%.6f", (a - b) * 1e9 }')
  samples=$(own "$2")
  series=$(own "$1")
  memory=$(per "$(awk -v a="$(own process_resident_memory_bytes)" -v b="$base" 'BEGIN { printf "%.0f", a - b }')" "$series" 0)
  time_ns=$(per "$cpu" "$samples" 0)
  figure "series" "${series%.*}" ""
  figure "samples" "${samples%.*}" ""
  figure "resident memory without targets" "$(per "$base" 1048576)" MB
  figure "more memory for each series" "$memory" bytes "$3.memory"
  figure "time for each sample, scraping and storing" "$time_ns" ns "$3.time"
}

echo '[]' >"$work/hosts.json"
cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
  - job_name: statgate
    file_sd_configs: [{files: [$work/hosts.json], refresh_interval: 1s}]
YML
echo "-- $(prometheus --version 2>&1 | sed -n '1s/ (.*//p'), three daemons, $((3 * routes * 19)) series, $seconds s"
free_port
server=http://127.0.0.1:$port
helper prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.enable-admin-api \
  --web.listen-address="127.0.0.1:$port" --log.level=warn
measure_server prometheus_tsdb_head_series prometheus_tsdb_head_samples_appended_total prometheus
prometheus_memory=$memory prometheus_ns=$time_ns
snapshot=$work/tsdb/snapshots/$(curl -fsS -XPOST "$server/api/v1/admin/tsdb/snapshot" | jq -r .data.name)
stored=$(jq -s 'map(.stats.numSamples) | add' "$snapshot"/*/meta.json)
prometheus_bytes=$(per "$(cat "$snapshot"/*/chunks/* | wc -c)" "$stored" 2)
figure "bytes of a block's chunks for each sample" "$prometheus_bytes" bytes prometheus.chunks
figure "bytes of a block's index for each series" "$(per "$(cat "$snapshot"/*/index | wc -c)" "$series" 0)" bytes prometheus.index
figure "bytes of its write-ahead log for each sample" "$(per "$(cat "$work"/tsdb/wal/0* | wc -c)" "$samples" 2)" bytes prometheus.log
kill -TERM "$helper_pid"
wait_for is_gone "$helper_pid" || fail "Prometheus does not end"

echo '[]' >"$work/hosts.json"
echo "-- VictoriaMetrics $(dpkg-query -W -f '${Version}' victoria-metrics 2>/dev/null | sed 's/[+-].*//'), the same"
free_port
server=http://127.0.0.1:$port
helper victoria-metrics -promscrape.config="$work/prometheus.yml" -promscrape.config.strictParse=false -promscrape.fileSDCheckInterval=1s \
  -storageDataPath="$work/vm" -httpListenAddr="127.0.0.1:$port" -loggerLevel=WARN
measure_server vm_new_timeseries_created_total vm_rows_inserted_total victoriametrics
vm_memory=$memory vm_ns=$time_ns
curl -fsS "$server/internal/force_flush"
curl -fsS "$server/internal/force_merge"
sleep 2
vm_bytes=$(per "$(find "$work/vm/data" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')" "$samples" 2)
figure "bytes of data for each sample" "$vm_bytes" bytes victoriametrics.data
figure "bytes of index for each series" "$(per "$(find "$work/vm/indexdb" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')" "$series" 0)" bytes
kill -TERM "$helper_pid"
for host in "${hosts[@]}"; do
  stop_daemon "${host_pid[$host]}"
done

# ---- a million series on a thousand hosts, every 15 s, kept for 15 days ----
awk -v wire="$wire" -v scrape_ns="$scrape_ns" -v daemon="$daemon_memory" -v pm="$prometheus_memory" -v pn="$prometheus_ns" \
  -v pb="$prometheus_bytes" -v vm="$vm_memory" -v vn="$vm_ns" -v vb="$vm_bytes" 'BEGIN {
    series = 1e6; hosts = 1000; interval = 15; days = 15
    rate = series / interval; samples = rate * 86400 * days
    print "-- a million series on a thousand hosts, every 15 s, kept for 15 days"
    printf "samples a second                    1e6 / 15 = %.0f\n", rate
    printf "network, gzip                       %.0f x %.2f bytes = %.2f MB/s\n", rate, wire, rate * wire / 1e6
    printf "a host: memory                      %.1f MB\n", daemon / 1048576
    printf "a host: processor                   1000 x %d ns / 15 s = %.5f %% of a core\n", scrape_ns, 100 * series / hosts * scrape_ns / 1e9 / interval
    printf "Prometheus: memory                  1e6 x %d bytes = %.1f GB\n", pm, series * pm / 1e9
    printf "Prometheus: processor               %.0f x %d ns = %.2f cores\n", rate, pn, rate * pn / 1e9
    printf "Prometheus: disk                    %.3g samples x %.2f bytes = %.0f GB\n", samples, pb, samples * pb / 1e9
    printf "VictoriaMetrics: memory             1e6 x %d bytes = %.1f GB\n", vm, series * vm / 1e9
    printf "VictoriaMetrics: processor          %.0f x %d ns = %.2f cores\n", rate, vn, rate * vn / 1e9
    printf "VictoriaMetrics: disk               %.3g samples x %.2f bytes = %.0f GB\n", samples, vb, samples * vb / 1e9
  }'
