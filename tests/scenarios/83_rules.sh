#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Prometheus side as it ships: configurations and rules are valid, every alert has a test in which it
# fires and one in which it stays silent, every recording rule one of its value, and each endpoint of a
# deployment file is a target, once.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools promtool
systems=$root/packaging/systems

# untested RULES TESTS: what RULES declares and TESTS does not hold, one finding a line. It reads what
# all of these files keep to: a test's `alertname:` comes before its `exp_alerts:`, which is `[]` for a
# silent one; every alert has severity, summary and description.
untested() {
  awk '
    FNR == NR {
      if ($1 == "-") { $1 = ""; $0 = $0 }
      if ($1 == "alert:" || $1 == "record:") rule = $2
      if ($1 == "alert:") alerts[rule]
      if ($1 == "record:") records[rule]
      if ($1 == "labels:" && /severity: *(critical|warning|info)[ ,}]/) severity[rule]
      if ($1 == "summary:") summary[rule]
      if ($1 == "description:") description[rule]
      next
    }
    { line = $0; sub(/ #.*/, "", line); if ($1 == "-") { $1 = ""; $0 = $0 } }
    $1 == "alertname:" { name = $2 }
    $1 == "exp_alerts:" { if ($2 == "[]") silent[name]; else fires[name] }
    $1 == "expr:" { text = text " " line " " }
    END {
      for (rule in alerts) {
        if (!(rule in fires)) print rule ": no test in which it fires"
        if (!(rule in silent)) print rule ": no test in which it stays silent"
        if (!(rule in severity)) print rule ": no severity"
        if (!(rule in summary) || !(rule in description)) print rule ": no summary or no description"
      }
      for (rule in records) {
        at = index(text, rule)
        if (!at || substr(text, at + length(rule), 1) ~ /[a-zA-Z0-9_:]/) print rule ": no test of its value"
      }
    }' "$1" "$2"
}

# without_runbook FOLDER: its alerts whose runbook_url leads to no heading, or to a page that does not name them.
without_runbook() {
  local name url page
  while read -r name url; do
    page=$root/${url%%#*}
    [[ -n $url && -f $page ]] && grep -qF "\`$name\`" "$page" &&
      sed -nE 's/^#+ +//p' "$page" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-' | grep -qxF "${url#*#}" || echo "$name: $url"
  done < <(awk '$2 == "alert:" { if (name != "") print name; name = $3 }
    $1 == "runbook_url:" { gsub(/"/, "", $2); print name, $2; name = "" }
    END { if (name != "") print name }' "$1/rules.yml")
}

alerts=0
records=0
for folder in "$systems"/*/; do
  name=$(basename "$folder")
  for file in rules.yml rules.test.yml; do
    [[ -f $folder$file ]] || fail "packaging/systems/$name has no $file"
  done
  promtool check rules "${folder}rules.yml" >"$work/check.log" 2>&1 || fail "$name: $(<"$work/check.log")"
  promtool test rules "${folder}rules.test.yml" >"$work/test.log" 2>&1 || fail "$name: $(<"$work/test.log")"
  findings=$(untested "${folder}rules.yml" "${folder}rules.test.yml")
  [[ -z $findings ]] || fail "$name: $findings"
  expect_eq "alerts of $name without a runbook" "$(without_runbook "$folder")" ""
  alerts=$((alerts + $(grep -c '^ *- alert:' "${folder}rules.yml")))
  records=$((records + $(grep -c '^ *- record:' "${folder}rules.yml")))
done
expect_eq "names that two alerts bear" "$(cat "$systems"/*/rules.yml | grep -E '^ *- (alert|record):' | sort | uniq -d)" ""
say "$alerts alerts and $records recording rules, all of them tested"

# The search for what is untested finds it.
sed '/alertname: InferenceTimeoutSpike/,/exp_alerts/s/exp_alerts: \[\]/exp_alerts:/' "$systems/inference/rules.test.yml" >"$work/fires.yml"
expect_eq "an alert that is never silent" "$(untested "$systems/inference/rules.yml" "$work/fires.yml")" \
  "InferenceTimeoutSpike: no test in which it stays silent"
grep -v 'expr: device:executor_inflight:sum' "$systems/inference/rules.test.yml" >"$work/value.yml"
expect_eq "a record without a value" "$(untested "$systems/inference/rules.yml" "$work/value.yml")" \
  "device:executor_inflight:sum: no test of its value"

mkdir "$work/lost"
sed 's/README.md#when-one-fires/README.md#when-two-fire/; 0,/^ *runbook_url/{//d}' "$systems/inference/rules.yml" >"$work/lost/rules.yml"
expect_eq "alerts whose runbook is lost" "$(without_runbook "$work/lost" | wc -l)" 6

# ---- scrape configurations ----

# targets FILE: the addresses that it scrapes, one a line.
targets() {
  sed -nE 's/^ *- targets: *\[(.*)\].*/\1/p' "$1" | grep -oE '[^", ]+'
}
for file in "$systems"/*/prometheus.yml; do
  name=$(basename "$(dirname "$file")")
  promtool check config "$file" >"$work/check.log" 2>&1 || fail "$name: $(<"$work/check.log")"
  expect_eq "$name: targets that are scraped twice" "$(targets "$file" | sort | uniq -d)" ""
  grep -qE '^ *honor_labels: *true' "$file" && fail "$name: honor_labels is set, which its dashboards do not expect"
  # Every address of the deployment file is there, be it as the alternative to another one.
  while read -r address; do
    [[ -n $address ]] || continue
    grep -qE "\b(127\.0\.0\.1|localhost):${address##*:}\b" "$file" || fail "$name: nobody scrapes $address"
  done < <(jq -r '[.metrics_listen, .debug_listen, .endpoints[]?.listen] | map(select(. != null)) | unique[]' \
    "$(dirname "$file")/statgate.json")
  # And nothing is scraped where nobody listens.
  while read -r address; do
    jq -e --arg port "${address##*:}" '[.metrics_listen, .debug_listen, .endpoints[]?.listen]
      | any(. != null and endswith(":" + $port))' "$(dirname "$file")/statgate.json" >/dev/null ||
      fail "$name: $address is no address of statgate.json"
  done < <(targets "$file")
done

# What imgforge's file offers in comments is valid, too: the token, and the dedicated listener.
cp -r "$systems/imgforge" "$systems/statgate" "$work"
sed -i -E 's/^( +)# (authorization:|  credentials_file:|scheme:)/\1\2/; s/127\.0\.0\.1:3000/127.0.0.1:9600/' "$work/imgforge/prometheus.yml"
promtool check config "$work/imgforge/prometheus.yml" >"$work/check.log" 2>&1 && fail "a token file that is not there goes unnoticed"
printf 'secret\n' >"$work/imgforge/imgforge.token"
promtool check config "$work/imgforge/prometheus.yml" >"$work/check.log" 2>&1 || fail "imgforge with a token: $(<"$work/check.log")"
expect_eq "the dedicated listener instead of the main one" "$(targets "$work/imgforge/prometheus.yml" | head -n 1)" 127.0.0.1:9600
