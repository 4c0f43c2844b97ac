#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a process owns goes with it, however it ends and without any goodbye, and nothing else does.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

workers=$(program statgate-workers)
start_daemon --catalog "$scenarios/catalogs/owners.json"
expect_metric http_server_active_requests 0
expect_metric executor_inflight absent

# The pre-forked server; order COMMAND waits for its answer.
coproc pool { exec "$workers" "$socket" 8 2>"$work/workers.log"; }
# shellcheck disable=SC2154
helpers+=("$pool_PID")
hear() {
  read -r -t 60 answer <&"${pool[0]}" || fail "the workers do not answer"
}
order() {
  echo "$1" >&"${pool[1]}"
  hear
}

hear
expect_eq "the workers" "$answer" "ready 8"
expect_metric http_server_active_requests 24
expect_metric executor_inflight 16
expect_metric workers_peak_bytes 107
expect_metric workers_cpu_seconds_total 12
expect_metric statgate_owners 8

# One is killed in the middle of its three requests.
order "kill 7"
expect_metric http_server_active_requests 21
expect_eq "tasks in flight" "$(metric executor_inflight)" 14
expect_eq "the largest heap of the others" "$(metric workers_peak_bytes)" 106
expect_eq "time on a processor, of the ended one too" "$(metric workers_cpu_seconds_total)" 12
expect_json /debug/senders ".senders[] | select(.pid == ${answer##* }) | .alive" false
expect_json /debug/senders '[.senders[] | select(.alive)] | length' 7

order "respawn 7"
expect_metric http_server_active_requests 24
expect_metric workers_cpu_seconds_total 13.5

# A thousand deaths, one after the other and two hundred at once, leave nothing behind. What
# is counted is alike after each: the first few may still fill what is kept for later use.
descriptors() {
  find "/proc/$daemon_pid/fd" -mindepth 1 | wc -l
}
left_behind() {
  scrape | grep -E '^(statgate_series|statgate_store_bytes|statgate_owned_parts|statgate_owners|process_open_fds)\b'
}
everything_is() {
  last=$(left_behind)
  [[ $last == "$1" && $(descriptors) == "$2" ]]
}
order "massacre 200"
expect_metric statgate_owners 8
before=$(left_behind)
# That scrape's own connection counts in there, and must be closed before they are counted here.
connection_is_closed() {
  open=$(descriptors)
  ((open < $(sed -n 's/^process_open_fds //p' <<<"$before")))
}
wait_for connection_is_closed || fail "$open descriptors, as many as during a scrape"
started=$(date +%s%N)
order "churn 1000"
expect_eq "the deaths" "$answer" "churned 1000"
say "1000 deaths in $((($(date +%s%N) - started) / 1000000)) ms"
wait_for everything_is "$before" "$open" || fail "after 1000 deaths: $last, before them: $before; descriptors $(descriptors), before $open"
order "massacre 200"
wait_for everything_is "$before" "$open" || fail "after 200 at once: $last, before them: $before; descriptors $(descriptors), before $open"
expect_eq "active requests" "$(metric http_server_active_requests)" 24
expect_metric workers_started_total 1409
expect_metric workers_cpu_seconds_total 2113.5
expect_json /debug/rejections .total 0
expect_sums

# At the end the up-down counter stays at 0, and the gauges have no value.
order "quit"
expect_metric http_server_active_requests 0
expect_eq "tasks in flight" "$(metric executor_inflight)" absent
expect_eq "the largest heap" "$(metric workers_peak_bytes)" absent
expect_metric workers_cpu_seconds_total 2113.5
expect_metric statgate_owners 0
stop_daemon
