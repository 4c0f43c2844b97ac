#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SIGTERM while somebody still reads an exposition: who keeps a connection and asks once more within the grace gets an
# answer, every view of the JSON, too, and the daemon ends in order.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >"$work/catalog.json" <<'JSON'
{"statgate": 1, "service": "long", "families": {
  "long_total": {"type": "counter", "help": "Long.", "labels": {"name": {"pattern": "[0-9x]{1,200}", "max": 30000}}}}}
JSON
start_daemon --no-supervisor --catalog "$work/catalog.json"
# More than the kernel holds for a connection, so that it is still being sent while nobody reads it.
awk 'BEGIN { x = "x"; while (length(x) < 180) x = x x; x = substr(x, 1, 180); for (i = 0; i < 30000; i++) print "long_total:1|c|#name:" i x }' |
  "$statgate" send --socket "$socket" --quiet -
expect_json /debug/senders .total.accepted 30000

# ask FD PATH: a request on a connection that stays. answer FD: reads the answer; sets `code`.
ask() {
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$2" >&"$1"
}
answer() {
  local line len=0 rest
  read -r -t 10 line <&"$1" || fail "no answer"
  code=${line#* }
  while read -r -t 10 line <&"$1" && line=${line%$'\r'} && [[ -n $line ]]; do
    [[ ${line,,} != content-length:* ]] || len=${line##* }
  done
  ((len == 0)) || read -r -t 10 -N "$len" rest <&"$1" || true
}
paths=(/healthz /debug/ingress /debug/endpoints /debug/senders?limit=1 /debug/catalog /metrics/statgate)
kept=()
exec {reader}<>"/dev/tcp/127.0.0.1/$port"
for path in "${paths[@]}"; do
  exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  kept+=("$fd")
  ask "$fd" /healthz
  answer "$fd"
done
ask "$reader" /metrics/long
is_being_sent() {
  [[ $(ss -Htn state established "sport = :$port" | awk '$2 > 100000' | wc -l) == 1 ]]
}
wait_for is_being_sent || fail "nothing waits to be sent"
kill -TERM "$daemon_pid"
is_stopping() {
  grep -q ' \[stop\] SIGTERM' "$log"
}
wait_for is_stopping || fail "SIGTERM was not heard"
for i in "${!paths[@]}"; do
  ask "${kept[i]}" "${paths[i]}"
  answer "${kept[i]}"
  expect_eq "status of ${paths[i]} while stopping" "${code%% *}" 200
done
exec {reader}>&-
wait_for is_gone "$daemon_pid" || fail "it did not end"
status=0
wait "$daemon_pid" || status=$?
expect_eq "exit code" "$status" 0
