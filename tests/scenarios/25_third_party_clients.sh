#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Third-party DogStatsD and statsd clients: every value arrives or is rejected with the
# right reason, and the sums close for each of the sending processes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit

start_daemon --catalog "$scenarios/clients/catalog.json"

sender_is() {
  local row
  row=$(json '/debug/senders?limit=10000' \
    '.senders[] | select(.pid == $pid)' -c --argjson pid "$(jq .pid "$1")")
  jq -n -e --slurpfile want "$1" --argjson row "${row:-null}" '
    $want[0] as $w | ($w.rejected | add) as $rejected |
    $row != null and $row.accepted == $w.accepted and $row.folded == $w.folded and
    $row.rejected == $rejected and $row.ignored == $w.ignored and
    $row.samples == $w.accepted + $w.folded + $w.ignored + $rejected' >"$work/verdict" 2>&1 ||
    { printf '%s\n' "${row:-no row}" >"$work/row"; return 1; }
}

declare -A reasons=()
for client in hot-shots datadog-go python3-statsd; do
  want=$work/$client.json
  case $client in
  hot-shots) (cd "$build/clients/node" && timeout 500 node workload.js "$socket") >"$want" ;;
  datadog-go) timeout 500 "$build/clients/workload_go" "$socket" >"$want" ;;
  python3-statsd) timeout 500 /usr/bin/python3 "$scenarios/clients/python/workload.py" "$socket" >"$want" ;;
  esac || fail "$client ended with exit code $?"

  wait_for sender_is "$want" ||
    fail "$client: its sender row is $(cat "$work/row"), expected $(jq -c 'del(.values)' "$want")"

  scrape >"$work/metrics"
  while IFS=$'\t' read -r name value; do
    expect_eq "$client: $name" "$(sample "$name" <"$work/metrics")" "$value"
  done < <(jq -r '.values | to_entries[] | [.key, .value] | join("\t")' "$want")

  while read -r reason count; do
    reasons[$reason]=$((${reasons[$reason]:-0} + count))
  done < <(jq -r '.rejected | to_entries[] | "\(.key) \(.value)"' "$want")
  say "$client: $(jq -r '"\(.accepted) accepted, \(.folded) folded, \(.rejected | add) rejected, \(.ignored) ignored"' "$want")"
done

for reason in "${!reasons[@]}"; do
  expect_json /debug/rejections ".by_reason.$reason" "${reasons[$reason]}"
done
expect_json /debug/rejections '.total == (.by_reason | add)' true
expect_sums
# What hot-shots reports about itself is shown by sender, and is not a metric.
expect_json /debug/senders '[.senders[] | select(.telemetry.metrics > 300)] | length' 1
scrape | grep -q datadog && fail "client telemetry became a metric"
stop_daemon
