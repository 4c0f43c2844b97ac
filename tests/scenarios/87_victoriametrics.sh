#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# VictoriaMetrics over three hosts: it reads every sample of both text formats alike, and sums, rates
# and quantiles over all hosts are those of the load that was sent, by its own definition of a rate,
# which is not Prometheus' one. So are those of vmagents that share the hosts, and recording rules.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/fleet.sh"
need_tools victoria-metrics vmagent vmalert
three_hosts "$@"

# It asks for the old text format unless configured otherwise.
cat >"$work/scrape.yml" <<YML
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
  - job_name: text
    file_sd_configs: [{files: [$work/hosts.json]}]
  - job_name: openmetrics
    headers: ["Accept: application/openmetrics-text;version=1.0.0"]
    file_sd_configs: [{files: [$work/hosts.json]}]
YML
free_port
server=http://127.0.0.1:$port
victoria-metrics -dryRun -promscrape.config="$work/scrape.yml" >"$work/dry.log" 2>&1 || fail "wrong configuration: $(<"$work/dry.log")"
# What FLEET.md and KUBERNETES.md print for it, and for Prometheus where it says that both take it.
awk -v folder="$work" '/^```yaml$/ { file = folder "/page-" ++n ".yml"; next } /^```/ { file = "" } file != "" { print > file }' "$root/packaging/FLEET.md" "$root/packaging/doc/KUBERNETES.md"
checked=0
for file in "$work"/page-*.yml; do
  case $(head -n 1 "$file") in
  '# scrape.yml') victoria-metrics -dryRun -promscrape.config="$file" ;;
  '# prometheus.yml') victoria-metrics -dryRun -promscrape.config="$file" -promscrape.config.strictParse=false ;;
  '# rules.yml') vmalert -dryRun -rule="$file" ;;
  *) continue ;;
  esac >"$work/page.log" 2>&1 || fail "a page, ${file##*/}: $(<"$work/page.log")"
  checked=$((checked + 1))
done
((checked > 5)) || fail "the pages print only $checked configurations"
# By default it shows samples 30 s after they came, and keeps answers.
helper victoria-metrics -promscrape.config="$work/scrape.yml" -storageDataPath="$work/data" -httpListenAddr="127.0.0.1:$port" \
  -search.latencyOffset=0s -search.disableCache -loggerLevel=WARN -memory.allowedBytes=200MB
# It remembers for some seconds that a question found no series, so it is asked when there is something to find.
# expect_rows TYPE NUMBER: so many samples came in this way; makes them visible.
has_rows() {
  local got
  got=$(curl -fsS --max-time 5 "$server/metrics" 2>/dev/null | sample "vm_rows_inserted_total{type=\"$1\"}") || return 1
  [[ $got != absent ]] && ((got >= $2))
}
expect_rows() {
  wait_for has_rows "$@" || fail "VictoriaMetrics has not got $2 samples of type $1"
  curl -fsS --max-time 5 "$server/internal/force_flush"
}
expect_rows promscrape $((2 * 6 * $(speak_to north; scrape | grep -vc '^#')))

# ---- every sample, as it is exposed ----
# It keeps some 15 digits of a value, not all 17 of a double: 12 are compared.
twelve_digits() {
  awk '{ $NF = sprintf("%.12g", $NF) } 1' | sort
}
# exposed HOST SCRAPE: names, labels in order, values; without what the daemon counts of itself.
exposed() {
  speak_to "$1"
  "$2" | grep -vE '^(#|statgate_|process_)' | jq -Rr 'capture("^(?<name>[^{ ]+)(\\{(?<labels>.*)\\})? (?<value>\\S+)$") |
    .name + " " + ([.labels // "" | scan("([a-z_]+)=\"([^\"]*)\"") | join("=")] | sort | join(" ")) + " " + .value' | twelve_digits
}
# stored HOST JOB: the same from the server.
stored() {
  ask "{host=\"$1\",job=\"$2\",__name__!~\"(statgate|process|scrape)_.*|up\"}" | jq -r '.[] | .metric.__name__ + " " +
    ([.metric | del(.__name__, .host, .job, .instance) | to_entries[] | "\(.key)=\(.value)"] | sort | join(" ")) + " " +
    .value[1]' | twelve_digits
}
is_stored() {
  stored "$1" "$2" >"$work/stored"
  cmp -s "$work/exposed" "$work/stored"
}
for host in "${hosts[@]}"; do
  for format in text openmetrics; do
    scraper=scrape
    [[ $format == text ]] || scraper=scrape_openmetrics
    exposed "$host" "$scraper" >"$work/exposed"
    (($(wc -l <"$work/exposed") > 60)) || fail "$host exposes only $(wc -l <"$work/exposed") samples"
    wait_for is_stored "$host" "$format" ||
      fail "$host, $format: what is exposed and what is stored differ: $(diff "$work/exposed" "$work/stored" | head -n 5)"
  done
done
# Whole bounds are spelt as each format has them, so a server should read one format only.
expect_answer 'count(image_processing_duration_seconds_bucket{format="webp",le="1",job="text"})' 3
expect_answer 'count(image_processing_duration_seconds_bucket{format="webp",le="1.0",job="openmetrics"})' 3
for counter in vm_promscrape_scrapes_failed_total vm_promscrape_scrapes_skipped_total 'vm_rows_invalid_total{type="prometheus"}'; do
  value=$(curl -fsS "$server/metrics" | sample "$counter")
  [[ $value == 0 || $value == absent ]] || fail "$counter is $value"
done

# ---- over hosts ----
# expect_totals JOB NAME...
expect_totals() {
  local job=$1
  shift
  local -a sent
  mapfile -t sent < <(rounds_of "$@")
  expect_answer "count(status_codes_total{status=\"200\",job=\"$job\"})" $#
  expect_answer "sum(status_codes_total{job=\"$job\"})" "$(truth sum status_codes_total '' "${sent[@]}")"
  expect_answer "sum(job_queue_depth{job=\"$job\"})" "$(truth sum job_queue_depth '' "${sent[@]}")"
  expect_answer "histogram_quantile(0.95, sum by (le) (image_processing_duration_seconds_bucket{format=\"webp\",job=\"$job\"}))" \
    "$(truth 0.95 image_processing_duration_seconds format:webp "${sent[@]}")"
}
# rates_hold JOB WINDOW: over that many seconds before the moment. An increase is what lies between the last sample
# before the window and the last in it, without extrapolation; a rate is that divided by the time between them.
rates_hold() {
  local job=$1 window=$2 start=$((moment - $2)) name span seen rounds_in=() rise=()
  last="not every host has a round in the $window s before $moment, and a sample before"
  while read -r name span seen; do
    seen=$((rounds[$name] + lost_rounds[$name] - seen / $(truth sum status_codes_total status:200 1 "$name")))
    ((seen > 0)) || return 1
    rounds_in+=("$seen" "$name")
    rise+=("$(awk -v span="$span" -v seen="$seen" 'BEGIN { printf "%.17g", seen / span }')" "$name")
  done < <(ask "status_codes_total{status=\"200\",job=\"$job\"}[$((window + 5))s]" "$moment" | jq -r --argjson start "$start" '.[] |
      ([.values[] | select(.[0] <= $start)] | last // empty) as $before |
      [.metric.host, (.values[-1][0] - $before[0] | . * 1000 | round / 1000), $before[1]] | @tsv')
  ((${#rise[@]} == 6)) || return 1
  at_moment "sum(increase(status_codes_total{job=\"$job\"}[${window}s]))" "$(truth sum status_codes_total '' "${rounds_in[@]}")" &&
    at_moment "sum by (status) (increase(status_codes_total{status=\"502\",job=\"$job\"}[${window}s]))" \
      "$(truth sum status_codes_total status:502 "${rounds_in[@]}")" &&
    at_moment "histogram_quantile(0.95, sum by (le) (increase(image_processing_duration_seconds_bucket{format=\"webp\",job=\"$job\"}[${window}s])))" \
      "$(truth 0.95 image_processing_duration_seconds format:webp "${rounds_in[@]}")" &&
    at_moment "sum(rate(status_codes_total{job=\"$job\"}[${window}s]))" "$(truth sum status_codes_total '' "${rise[@]}")"
}
# at_moment EXPRESSION EXPECTED
at_moment() {
  local got
  got=$(answer "$1" "$moment")
  last="$1 at $moment is '$got', expected '$2'"
  close "$got" "$2"
}
expect_totals text "${hosts[@]}"
expect_totals openmetrics "${hosts[@]}"
covered_since=$EPOCHSECONDS # by samples of all hosts
# expect_rates JOB: over the time from then until now.
since_then() {
  moment=$((EPOCHSECONDS - 2))
  ((moment > covered_since + 1)) && rates_hold "$1" $((moment - covered_since))
}
expect_rates() {
  wait_for since_then "$1" || fail "$last"
}
send_round "${hosts[@]}"
for format in text openmetrics; do
  expect_totals $format "${hosts[@]}"
  expect_rates $format
done

# ---- a host goes, and comes back with counters at 0 ----
stop_daemon "${host_pid[south]}"
expect_answer 'up{host="south",job="text"}' 0
expect_totals text north west
expect_answer 'count({host="south",job="text",__name__!~"up|scrape_.*"})' absent
start_host south "${catalogs[@]}"
expect_answer 'sum(cache_hits_total{host="south",job="text"})' 0
send_round "${hosts[@]}"
expect_totals text "${hosts[@]}"
expect_rates text # with the stop in it
# Two more differences. A first value that is small against the step behind it counts as an increase from 0. And a
# fall by less than an eighth is not taken for a new start; such a counter does not rise until it is past its old value.
now=$EPOCHSECONDS
while read -r series values; do
  age=30
  for value in $values; do
    printf '%s %s %s000\n' "$series" "$value" $((now - age))
    age=$((age - 5))
  done
done >"$work/import" <<'SERIES'
born_total{at="5"} 5 5
born_total{at="5000"} 5000 5000
fell_total{to="4900"} 5000 5000 4900
fell_total{to="4000"} 5000 5000 4000
SERIES
curl -fsS --max-time 5 --data-binary "@$work/import" "$server/api/v1/import/prometheus"
curl -fsS --max-time 5 "$server/internal/force_flush"
expect_answer 'increase(born_total{at="5"}[1m])' 5
expect_answer 'increase(born_total{at="5000"}[1m])' 0
expect_answer 'increase(fell_total{to="4000"}[1m])' 4000
expect_answer 'increase(fell_total{to="4900"}[1m])' 0

# ---- two vmagents that share the hosts and write to the server; rules ----
sed -e 's/job_name: text/job_name: vmagents/' -e '/job_name: openmetrics/,$d' "$work/scrape.yml" >"$work/vmagents.yml"
for member in 0 1; do
  free_port
  helper vmagent -promscrape.config="$work/vmagents.yml" -promscrape.cluster.membersCount=2 -promscrape.cluster.memberNum=$member \
    -remoteWrite.url="$server/api/v1/write" -remoteWrite.label="member=$member" -remoteWrite.tmpDataPath="$work/vmagent-$member" \
    -httpListenAddr="127.0.0.1:$port" -loggerLevel=WARN
done
expect_rows promremotewrite $((3 * $(speak_to north; scrape | grep -vc '^#')))
expect_totals vmagents "${hosts[@]}"
cat >"$work/rules.yml" <<'YML'
groups:
  - name: fleet
    interval: 1s
    rules:
      - {record: "status:status_codes:sum", expr: 'sum by (status) (status_codes_total{job="vmagents"})'}
YML
vmalert -dryRun -rule="$work/rules.yml" >"$work/vmalert.log" 2>&1 || fail "vmalert: $(<"$work/vmalert.log")"
free_port
helper vmalert -rule="$work/rules.yml" -datasource.url="$server" -remoteWrite.url="$server" -remoteWrite.flushInterval=500ms \
  -httpListenAddr="127.0.0.1:$port" -loggerLevel=WARN
rules_are_sent() {
  curl -fsS --max-time 5 "http://127.0.0.1:$port/metrics" 2>/dev/null | grep -qE '^vmalert_remotewrite_sent_rows_total [1-9]'
}
wait_for rules_are_sent || fail "vmalert has sent nothing"
curl -fsS --max-time 5 "$server/internal/force_flush"
mapfile -t sent < <(rounds_of "${hosts[@]}")
expect_answer 'sum(status:status_codes:sum)' "$(truth sum status_codes_total '' "${sent[@]}")"
for host in "${hosts[@]}"; do
  stop_daemon "${host_pid[$host]}"
done
