#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values outlive the daemon: it is killed under load, and the next one goes on with everything.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

manager_options=(--restart)
deaths=0

# die: SIGKILL, and the next daemon is ready.
die() {
  deaths=$((deaths + 1))
  tell_manager kill
  managed_ready $((deaths + 1))
}

# ---- what is kept ----

start_managed --catalog "$scenarios/catalogs/basic.json" --catalog "$scenarios/catalogs/owners.json"
inode=$(stat -c %i "$socket")
send 'shop_visits_total:41|c' 'shop_orders_total:1|c|#outcome:ok' 'nothing_of_ours:1|c'
expect_metric shop_visits_total 41
created=$(scrape_openmetrics | grep '^shop_visits_created ' || true)
die
expect_metric shop_visits_total 41
expect_eq "inode of the socket" "$(stat -c %i "$socket")" "$inode"
expect_eq "shop_visits_created" "$(scrape_openmetrics | grep '^shop_visits_created ' || true)" "$created"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 42
expect_metric 'statgate_restarts_total{cause="crash"}' 1
expect_metric 'statgate_samples_total{service="shop",verdict="accepted"}' 3
expect_metric statgate_handover_pause_seconds_count 1
expect_sums
expect_json /debug/ingress .restore.done true
expect_eq "objects that are kept" "$(grep -c '^statgate-object-' "$managed/stored")" 1

# What belongs to a process stays, and goes with it, also if it ends while there is no daemon.
start_sender first second
send_as first 'executor_inflight:3|g' 'workers_cpu_seconds_total:0.1|g'
send_as second 'executor_inflight:4|g' 'workers_cpu_seconds_total:0.2|g'
expect_metric executor_inflight 7
expect_metric workers_cpu_seconds_total 0.3
kill -STOP "$daemon_pid"
kill_sender second
die
expect_metric executor_inflight 3
expect_metric workers_cpu_seconds_total 0.3
expect_json /debug/ingress '.restore | "\(.owners_kept) \(.owners_ended)"' '1 1'
send_as first 'executor_inflight:5|g' 'workers_cpu_seconds_total:0.4|g'
expect_metric executor_inflight 5
expect_metric workers_cpu_seconds_total 0.6

# Connections that wait for the listener are answered by the next daemon.
kill -STOP "$daemon_pid"
curl -sS --max-time 20 -o "$work/waited" "$url/metrics" &
waiting=$!
sends_its_request() { ss -Htn state established "dport = :$port" | grep -q .; }
wait_for sends_its_request || fail "the request does not wait"
die
wait "$waiting" || fail "a connection that waited was not answered"
grep -q "^shop_visits_total 42" "$work/waited" || fail "who waited got something else"

# A clean end gives everything up, as without a manager.
tell_manager stop
expect_event 'ended exit 0'
nothing_is_kept() { [[ ! -s $managed/stored ]]; }
wait_for nothing_is_kept || fail "after a clean end these are kept: $(cat "$managed/stored")"
[[ ! -e $socket ]] || fail "the socket is there after a clean end"
tell_manager start
managed_ready 5
expect_metric shop_visits_total 0
expect_metric 'statgate_restarts_total{cause="crash"}' 0
kill -TERM "$manager_pid"
wait "$manager_pid" || true
