#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The five systems, each from its deployment file and fed by its emitter: every endpoint holds what the
# system's document says, nothing missing and nothing more. The tables of tests/systems are written from
# the documents, not from the catalogs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
need_tools promtool
need_python prometheus_client
own_network "$@"

compare=("$python" "$root/tests/support/compare_page.py")
# Clients of others make labels of these on every line; the catalogs strip them.
export DD_ENV=test DD_SERVICE=another DD_ENTITY_ID=pod-7

# hold NAME [--idle]: each address of each endpoint in the system's table against it.
hold() {
  local table=$root/tests/systems/$1.json endpoint address
  while read -r endpoint address; do
    curl -fsS --max-time 20 -H 'Accept: text/plain;version=0.0.4' "$address" >"$work/page" ||
      fail "$1: $address does not answer"
    "${compare[@]}" "${@:2}" "$table" "$endpoint" "$work/page" >"$work/differences" ||
      fail "$1: $address differs from the document${2:+ ($2)}: $(head -20 "$work/differences")"
    say "$1 ${2:-} $(<"$work/differences")"
  done < <(jq -r '.endpoints | to_entries[] | .key as $endpoint | .value.urls[] | "\($endpoint) \(.)"' "$table")
}

# parsed NAME: the same addresses for a scraper that prefers OpenMetrics. Where the system itself has
# text only, its series keep the spelling of that; the others are read by the official parser.
parsed() {
  local address format families samples
  while read -r format address; do
    url=${address%/metrics} scrape_openmetrics >"$work/page"
    if [[ $format == text ]]; then
      [[ $(tail -n 1 "$work/page") != '# EOF' ]] || fail "$1: $address is OpenMetrics, its system has text only"
      ! grep -qE '(le|quantile)="[0-9]+\.0"' "$work/page" || fail "$1: $address spells bounds as OpenMetrics does"
      continue
    fi
    read -r families samples < <("$python" "$scenarios/openmetrics_parse.py" <"$work/page") ||
      fail "$1: the official parser refuses the OpenMetrics of $address"
    ((families > 0 && samples > 0)) || fail "$1: $address has no OpenMetrics"
  done < <(jq -r '.endpoints[] | "\(.format // "openmetrics") \(.urls[])"' "$root/tests/systems/$1.json")
}

# The daemon's own page has none of the system's families; process_* are the daemon's own there.
expect_apart() {
  local family
  scrape >"$work/own"
  grep -q '^# TYPE statgate_' "$work/own" || fail "$1: the daemon's own metrics are not at $url"
  for family in $(jq -r '.endpoints[].families | keys[] | select(startswith("process_") | not)' "$root/tests/systems/$1.json"); do
    ! grep -q "^# TYPE $family " "$work/own" || fail "$1: $family is on the daemon's own page"
  done
}

# Everything that is sent is declared: nothing is refused, folded or passed over, though one executor
# of the inference service is killed and may be gone before its last datagrams are read.
all_taken() {
  last="samples, folded, ignored $(json /debug/senders '.total | "\(.samples > 0) \(.folded) \(.ignored)"'), refused $(
    json /debug/rejections '.by_family | tojson')"
  [[ $last == 'samples, folded, ignored true 0 0, refused []' ]]
}

for system in imgforge inference imgsrv connaisseur gallery; do
  start_system "$system"
  expect_apart "$system"
  hold "$system" --idle
  start_emitter "$system" --rounds 6
  wait_for all_taken || fail "$system: $last"
  hold "$system"
  parsed "$system"
  expect_apart "$system"
  expect_sums
  stop_emitter
  stop_daemon
done

# ---- imgsrv: its resource attributes and its listener; the database still runs ----
again() {
  socket=$work/imgsrv.sock
  launch_daemon --config "$systems/imgsrv/statgate.json" --state-file '' --socket "$socket" "$@"
  wait_for is_ready || fail "statgated was not ready"
}

# The version is shown when it is known.
IMGSRV_VERSION=1.4.2 again
curl -fsS --max-time 20 http://127.0.0.1:9464/metrics >"$work/page"
expect_eq "target_info" "$(grep '^target_info' "$work/page")" 'target_info{service_name="imgsrv",service_version="1.4.2"} 1'
stop_daemon

# As constant labels every series has them, whatever a client says.
IMGSRV_VERSION=1.4.2 again --resource labels
tables=$root/tests/systems
jq '.endpoints.metrics |= (del(.families.target_info)
  | .everywhere += {"service_name": ["imgsrv"], "service_version": ["1.4.2"]})' "$tables/imgsrv.json" >"$work/labels.json"
start_emitter imgsrv --rounds 6
send 'imgsrv_objectstore_operations_total:1|c|#operation:put_part,outcome:success,service_version:9.9.9,service_name:other'
expect_json /debug/rejections .by_reason.unknown_label 1
curl -fsS --max-time 20 http://127.0.0.1:9464/metrics >"$work/page"
"${compare[@]}" "$work/labels.json" metrics "$work/page" >"$work/differences" ||
  fail "imgsrv with --resource labels: $(head -20 "$work/differences")"
stop_emitter
stop_daemon

# An empty address disables the listener and nothing else: senders do not notice.
again --metrics-listen ''
! port_is_taken 9464 || fail "imgsrv: a listener that was disabled"
start_emitter imgsrv --rounds 1
expect_json /debug/rejections .total 0
stop_emitter
stop_daemon
