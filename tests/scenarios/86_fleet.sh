#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Three hosts, a daemon on each, one Prometheus over them: sums, rates and quantiles over all of them
# are those of the load that was sent, also when a host goes and comes back; so are recording rules
# and shards. The configurations that FLEET.md prints, and the unit, are ones that Prometheus and systemd take.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/fleet.sh"
need_tools prometheus promtool
three_hosts "$@"

# ---- one Prometheus over all ----
# The shipped rules of imgforge, with a window of seconds, since scrapes come twice a second here.
window=6
sed "s/5m\\b/${window}s/g" "$root/packaging/systems/imgforge/rules.yml" >"$work/rules.yml"
cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}
rule_files: ["rules.yml", "sums.yml"]
scrape_configs:
  - job_name: imgforge
    file_sd_configs: [{files: [hosts.json]}]
YML
cat >"$work/sums.yml" <<'YML'
groups:
  - name: sums
    rules:
      - {record: "status:status_codes:sum", expr: "sum by (status) (status_codes_total)"}
      - {record: "format_le:image_processing_duration_seconds_bucket:sum",
         expr: "sum by (format, le) (image_processing_duration_seconds_bucket)"}
YML

# start_server NAME: Prometheus on $work/NAME.yml; sets server.
start_server() {
  promtool check config "$work/$1.yml" >"$work/promtool.log" 2>&1 || fail "$1.yml: $(<"$work/promtool.log")"
  free_port
  server=http://127.0.0.1:$port
  helper prometheus --config.file="$work/$1.yml" --storage.tsdb.path="$work/tsdb-$1" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn
}
start_server prometheus

# ---- totals: equal to the last digit ----
# expect_totals NAME...: sums and quantiles over hosts are those of all rounds sent to these since their
# daemons started.
expect_totals() {
  local -a sent
  mapfile -t sent < <(rounds_of "$@")
  expect_answer 'count(status_codes_total{status="200"})' $#
  expect_answer 'sum(status_codes_total)' "$(truth sum status_codes_total '' "${sent[@]}")"
  expect_answer 'sum by (status) (status_codes_total{status="502"})' "$(truth sum status_codes_total status:502 "${sent[@]}")"
  expect_answer 'sum(job_queue_depth)' "$(truth sum job_queue_depth '' "${sent[@]}")"
  expect_answer 'sum(image_processing_duration_seconds_count)' "$(truth count image_processing_duration_seconds '' "${sent[@]}")"
  expect_answer 'sum(image_processing_duration_seconds_sum)' "$(truth total image_processing_duration_seconds '' "${sent[@]}")"
  local q
  for q in 0.5 0.95; do
    expect_answer "histogram_quantile($q, sum by (le) (image_processing_duration_seconds_bucket{format=\"webp\"}))" \
      "$(truth $q image_processing_duration_seconds format:webp "${sent[@]}")"
  done
  expect_answer 'histogram_quantile(0.9, sum by (le) (source_image_fetch_duration_seconds_bucket))' \
    "$(truth 0.9 source_image_fetch_duration_seconds '' "${sent[@]}")"
  expect_answer 'sum(status:status_codes:sum)' "$(truth sum status_codes_total '' "${sent[@]}")"
}
expect_totals "${hosts[@]}"
covered_since=$((EPOCHSECONDS + 1)) # by samples of all hosts
# What does not aggregate: the mean of hosts' quantiles is not the quantile of all.
mapfile -t sent < <(rounds_of "${hosts[@]}")
mean='avg(histogram_quantile(0.95, sum by (le, host) (image_processing_duration_seconds_bucket{format="webp"})))'
! answer_is "$mean" "$(truth 0.95 image_processing_duration_seconds format:webp "${sent[@]}")" || fail "the loads are too alike to tell a mean"

# ---- what the pages print ----
mkdir -p "$work/page/hosts" "$work/page/rules"
awk -v folder="$work/page" '/^```(yaml|json|ini)$/ { file = folder "/" ++n "." substr($0, 4); next } /^```/ { file = "" } file != "" { print > file }' \
  "$root/packaging/FLEET.md" "$root/packaging/doc/SYSTEMD.md" "$root/packaging/doc/KUBERNETES.md"
# unit_is_good: systemd takes the unit that is installed, and what it starts is there. Says what is wrong.
unit_is_good() {
  local key program unit=$work/host/usr/local/lib/systemd/system/statgated.service
  DESTDIR=$work/host cmake --install "$build" --prefix /usr/local >"$work/installed" 2>&1 || { tail "$work/installed" && return 1; }
  cp "$unit" "$work/page/statgated.service"
  for key in ExecStart ExecReload; do
    program=$(sed -n "s/^$key=\([^ ]*\).*/\1/p" "$unit")
    [[ $program == /* && -x $work/host$program ]] ||
      { echo "$key is $program, and an installation has $(cd "$work/host" && find . -name "${program##*/}" -perm -u+x -printf '/%P ')" && return 1; }
    sed -i "s|^$key=[^ ]*|$key=$work/host$program|" "$work/page/statgated.service"
  done
  ! command -v systemd-analyze >/dev/null || systemd-analyze verify --man=no "$work/page/statgated.service"
}
unit_is_good >"$work/page.log" 2>&1 || fail "the unit: $(<"$work/page.log")"
checked=0
for file in "$work/page"/*.{json,yaml,ini}; do
  case $(head -n 1 "$file") in
  '# prometheus.yml') promtool check config "$file" ;;
  '# rules.yml') promtool check rules "$file" ;;
  '# statgate.yaml' | '# scrape.yml') continue ;; # for Kubernetes; for VictoriaMetrics, in its own scenario
  '[') cp "$file" "$work/page/hosts/" ;;
  '# /etc/systemd/'*) continue ;; # a drop-in, in a scenario with a systemd
  *) echo "nobody knows how to check this" && false ;;
  esac >"$work/page.log" 2>&1 || fail "a page, ${file##*/}: $(<"$work/page.log")"
  checked=$((checked + 1))
done
((checked > 5)) || fail "the pages print only $checked configurations"

# ---- two servers that share the hosts, and one that takes their sums ----
whole=$server
shards=()
shard_helpers=()
for shard in 0 1; do
  cat >"$work/shard-$shard.yml" <<YML
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms, external_labels: {shard: "$shard"}}
rule_files: ["sums.yml"]
scrape_configs:
  - job_name: imgforge
    file_sd_configs: [{files: [hosts.json]}]
    relabel_configs:
      - {source_labels: [__address__], modulus: 2, target_label: __tmp_shard, action: hashmod}
      - {source_labels: [__tmp_shard], regex: "$shard", action: keep}
YML
  start_server "shard-$shard"
  shards+=("$server")
  shard_helpers+=("$helper_pid")
done
cat >"$work/global.yml" <<YML
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /federate
    params: {"match[]": ['{__name__=~"[a-z_]+:.+"}']}
    static_configs: [{targets: ["${shards[0]#http://}", "${shards[1]#http://}"]}]
YML
start_server global
mapfile -t sent < <(rounds_of "${hosts[@]}")
expect_answer 'sum(status:status_codes:sum)' "$(truth sum status_codes_total '' "${sent[@]}")"
expect_answer 'histogram_quantile(0.95, sum by (le) (format_le:image_processing_duration_seconds_bucket:sum{format="webp"}))' \
  "$(truth 0.95 image_processing_duration_seconds format:webp "${sent[@]}")"
shared=$(for server in "${shards[@]}"; do
  curl -fsS --max-time 5 "$server/api/v1/targets?state=active" | jq -r '.data.activeTargets[].labels.host'
done | sort | paste -sd ' ')
expect_eq "hosts of both shards" "$shared" "north south west"
kill "${shard_helpers[@]}" "$helper_pid"
server=$whole

# ---- rates: another round, seen within a window ----
# at_moment EXPRESSION EXPECTED
at_moment() {
  local got
  got=$(answer "$1" "$moment")
  last="$1 at $moment is '$got', expected '$2'"
  close "$got" "$2"
}
# rates_hold: rates over the window, and what the rules recorded of it, when these were last evaluated.
rates_hold() {
  local before=$moment
  moment=$(answer "timestamp(job:status_codes_5xx:rate${window}s)" | awk '{ printf "%.3f", $1 }')
  [[ $moment != "$before" ]] || return 1
  plain_rates_hold "$window" || return 1
  local images misses
  images=$(truth sum processed_images_total '' "${rise[@]}")
  misses=$(awk -v m="$(truth sum cache_misses_total '' "${rise[@]}")" -v h="$(truth sum cache_hits_total '' "${rise[@]}")" \
    'BEGIN { printf "%.17g", m / (m + h) }')
  at_moment "sum(job_status:status_codes:rate${window}s)" "$codes" &&
    at_moment "job:status_codes_5xx:rate${window}s" "$broken" &&
    at_moment "job_format:image_processing_duration_seconds:p95_rate${window}s{format=\"webp\"}" "$webp" &&
    at_moment "job_format:processed_images:rate${window}s" "$images" &&
    at_moment "job:cache_misses:ratio_rate${window}s" "$misses"
}
# plain_rates_hold SECONDS: rates over so many seconds before the moment, of all hosts.
plain_rates_hold() {
  local range=${1}s
  last="no rounds in a window of $range before $moment with samples up to both ends"
  whole_window "$moment" "$1" && ((${#rise[@]} == 6)) || return 1
  codes=$(truth sum status_codes_total '' "${rise[@]}")
  broken=$(truth sum status_codes_total status:502 "${rise[@]}")
  webp=$(truth 0.95 image_processing_duration_seconds format:webp "${rise[@]}")
  at_moment "sum(rate(status_codes_total[$range]))" "$codes" &&
    at_moment "sum(increase(status_codes_total[$range])) / $1" "$codes" &&
    at_moment "sum by (status) (rate(status_codes_total{status=\"502\"}[$range]))" "$broken" &&
    at_moment "histogram_quantile(0.95, sum by (le) (rate(image_processing_duration_seconds_bucket{format=\"webp\"}[$range])))" "$webp"
}
moment=none
# On a machine with much other work a window can pass unseen: then there is another round.
seen=no
for _ in 1 2 3 4; do
  send_round "${hosts[@]}"
  ! watch_for 8 rates_hold || { seen=yes; break; }
done
[[ $seen == yes ]] || fail "$last"
expect_totals "${hosts[@]}"

# ---- a host goes ----
stop_daemon "${host_pid[south]}"
expect_answer 'up{host="south"}' 0
expect_answer 'sum(up)' 2
expect_answer 'count({host="south",__name__!~"up|scrape_.*|ALERTS.*"})' absent
expect_totals north west # the recorded sum, too
expect_answer 'absent(status_codes_total{host="south"})' 1

# ---- and comes back, with counters at 0 ----
start_host south "${catalogs[@]}"
expect_answer 'sum(up)' 3
expect_answer 'sum(cache_hits_total{host="south"})' 0
send_round "${hosts[@]}"
expect_totals "${hosts[@]}"
expect_answer 'resets(status_codes_total{host="south",status="200"}[10m])' 1
# Over all the time from the first load to now, with the stop in it: neither less than was sent, nor what was there
# before once more.
whole_run_holds() {
  moment=$((EPOCHSECONDS - 1))
  plain_rates_hold $((moment - covered_since))
}
wait_for whole_run_holds || fail "$last"
# Summed first, the fall of one host looks like a reset of all, and everything that is left counts as new.
rise_of_sum=$(answer "increase(sum(status_codes_total)[$((moment - covered_since))s:500ms])" "$moment")
mapfile -t sent < <(for host in "${hosts[@]}"; do printf '%s\n' $((rounds[$host] + lost_rounds[$host])) "$host"; done)
awk -v wrong="$rise_of_sum" -v sent="$(truth sum status_codes_total '' "${sent[@]}")" 'BEGIN { exit !(wrong > sent) }' ||
  fail "the increase of the sum is $rise_of_sum, and not more than was ever sent, as the page says"
say "an increase of the sum, with a host's restart in it: $rise_of_sum, of $(truth sum status_codes_total '' "${sent[@]}") ever sent"
# A host that leaves the discovery is gone at once, though its daemon lives.
list_hosts north west
expect_answer 'count(up)' 2
expect_totals north west
for host in "${hosts[@]}"; do
  stop_daemon "${host_pid[$host]}"
done
