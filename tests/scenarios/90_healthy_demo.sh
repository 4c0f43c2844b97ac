#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No alert of a healthy system fires. What each emitter sends in a quarter of a minute goes on for half an hour,
# as promtool sees it: the rules are the demo's, in which `for` is seconds. The same with trouble fires.
# In the long form the demos run for ten minutes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
need_tools promtool go npm psql
names=(imgsrv imgforge connaisseur gallery inference)

# ---- all of them at a time, each in a network of its own ----
if [[ -z ${healthy_system:-} ]]; then
  declare -A runs=()
  for name in "${names[@]}"; do
    healthy_system=$name STATGATE_TEST_LONG=$long bash "$0" "$build" >"$work/$name.out" 2>&1 &
    runs[$name]=$!
    helpers+=("$!")
  done
  for name in "${names[@]}"; do
    status=0
    wait "${runs[$name]}" || status=$?
    cat "$work/$name.out"
    ((status != 77)) || exit 77
    ((status == 0)) || fail "$name: exit code $status"
  done
  exit
fi
name=$healthy_system
own_network "$@"

# ---- ten minutes of the demo itself ----
if [[ -n $long ]]; then
  need_tools prometheus
  chmod 755 "$work"
  mkdir "$work/tmp"
  demo() {
    TMPDIR=$work/tmp "$root/packaging/demo" --build "$build" "$name" --prometheus "$@" >"$work/demo.log" 2>&1 </dev/null ||
      fail "demo $name $*: exit code $?"
  }
  demo --seconds 600
  ! grep firing "$work/demo.log" || fail "an alert of a healthy $name fires"
  # Once there, the queue of a service in trouble is there to stay.
  if [[ $name == inference ]]; then
    demo --trouble --seconds 200
    grep -q 'firing: .*InferenceQueueDepthGrowing' "$work/demo.log" || fail "the queue does not grow"
    ! grep 'no longer firing: InferenceQueueDepthGrowing' "$work/demo.log" || fail "the queue is empty now and then"
  fi
  say "$name for ten minutes: no alert"
  exit
fi

# ---- what Prometheus would scrape ----
rounds=60 # a quarter of a minute, by the shortest period of an emitter, 250 ms

# targets: each job of the system's configuration and its address.
targets() {
  awk '$2 == "job_name:" { job = $3 } /^ *- targets:/ { gsub(/[][",]/, ""); print job, $3 }' "$systems/$name/prometheus.yml"
}
# snapshot FILE: a sample a line: type, series with the labels that a scrape adds, tab, value.
snapshot() {
  local job address
  while read -r job address; do
    curl -fsS --max-time 20 -H 'Accept: text/plain;version=0.0.4' "http://$address/metrics" |
      awk -v job="$job" -v instance="$address" '
        BEGIN { added = "job=\"" job "\",instance=\"" instance "\"}"; printf "gauge up{%s\t1\n", added }
        $1 == "#" { if ($2 == "TYPE") type[$3] = $4; next }
        {
          value = $NF; series = substr($0, 1, length($0) - length(value) - 1)
          family = series; sub(/\{.*/, "", family); base = family; sub(/_(bucket|sum|count)$/, "", base)
          kind = family in type ? type[family] : type[base]
          if (kind == "summary" && family == base) kind = "gauge"
          gsub(/[{,]job="/, "&exported_", series); sub(/job="exported_/, "exported_job=\"", series)
          if (series ~ /}$/) sub(/}$/, "," added, series); else series = series "{" added
          if (value !~ /Inf|NaN/) printf "%s %s\t%s\n", kind, series, value
        }'
  done < <(targets) >"$1"
}
# expect_alerts BEFORE AFTER: true when promtool finds no alert in half an hour in which everything
# goes on as between the two; what it finds is in $work/promtool.log.
silent() {
  awk -F '\t' -v rules="$work/rules/$name/rules.yml" -v own="$work/rules/statgate/rules.yml" -v alerts="$(
    cat "$work/rules/$name/rules.yml" "$work/rules/statgate/rules.yml" | sed -nE 's/^ *- alert: *//p' | xargs)" '
    FNR == NR { before[$1] = $2; next }
    BEGIN {
      printf "rule_files: [\"%s\", \"%s\"]\nevaluation_interval: 15s\ntests:\n  - interval: 15s\n    input_series:\n", rules, own
    }
    {
      gauge = $1 ~ /^(gauge|untyped) /; series = $1; sub(/^[a-z]+ /, "", series)
      from = gauge ? $2 : before[$1] + 0; step = gauge ? 0 : $2 - from
      gsub(/\047/, "\047\047", series)
      printf "      - series: \047%s\047\n        values: \047%.6f%+.6fx120\047\n", series, from, step
    }
    END {
      print "    alert_rule_test:"
      for (i = split(alerts, list, " "); i > 0; i--)
        for (minute = 1; minute <= 30; minute++)
          printf "      - {eval_time: %dm, alertname: %s, exp_alerts: []}\n", minute, list[i]
    }' "$1" "$2" >"$work/test.yml"
  promtool test rules "$work/test.yml" >"$work/promtool.log" 2>&1
}
# As the demo has them: alerts fire after 8 s where the rules say minutes.
cp -r "$systems" "$work/rules"
sed -i -E 's/\bfor: *[0-9]+[mh]/for: 8s/' "$work"/rules/*/rules.yml

start_system "$name"
snapshot "$work/nothing"
start_emitter "$name" --rounds "$rounds"
snapshot "$work/healthy"
if ! silent "$work/nothing" "$work/healthy"; then
  grep -oE 'alertname: *[A-Za-z]+' "$work/promtool.log" | sort | uniq -c
  fail "an alert of a healthy $name fires"
fi
say "$name: $(wc -l <"$work/healthy") series, no alert"
stop_emitter

start_emitter "$name" --rounds "$rounds" --trouble
snapshot "$work/trouble"
! silent "$work/healthy" "$work/trouble" || fail "no alert of $name in trouble fires"
# What is created and not taken waits: 92 jobs a round, of which 12 are taken, in each of the rounds.
if [[ $name == inference ]]; then
  waiting=$(awk -F '\t' '/job_queue_depth/ { sum += $2 } END { print sum + 0 }' "$work/trouble")
  ((waiting >= rounds * (92 - 12))) || fail "only $waiting jobs wait, under trouble"
fi
stop_emitter
stop_daemon
