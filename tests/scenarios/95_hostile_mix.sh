#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything that hurts, at once and for a while: floods, silent and dawdling connections, processes that
# die with their datagrams unread, locked tables, sockets removed. A calm neighbour loses nothing, each
# sample is in one verdict, the memory stays below what `statgate check` printed, and when it is over
# the daemon is as it was before.
#
# 15 seconds, half an hour in the long form.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"
need_tools jq socat

mix_s=15
[[ -z $long ]] || mix_s=1800
sanitized=$(grep '^STATGATE_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt" || true) # they take memory of their own
flood=$(program statgate-flood)
workers=$(program statgate-workers)

start_postgres
service main "host=$pg" dbname=postgres user=statgate
fill_tables
mkdir "$work/catalogs"
cp "$scenarios"/catalogs/{hostile,flood,basic,queries}.json "$root/packaging/catalogs/inference.json" "$work/catalogs/"
jq 'del(.families.executor_inflight)' "$scenarios/catalogs/owners.json" >"$work/catalogs/owners.json" # inference has it
# A page that takes a slow reader long.
jq -n '{statgate: 1, service: "large", families: {"large_events_total": {
  type: "counter", help: "Events.", zeros: true,
  labels: {kind: [range(100) | "kind-\(.)"], zone: [range(100) | "zone-\(.)"]}}}}' >"$work/catalogs/large.json"
start_daemon --catalog "$work/catalogs"
end=$((SECONDS + mix_s))
on() { ((SECONDS < end)); }

# ---- those that do harm; each a loop until the end ----

floods() {
  local seed=$1
  while on; do
    # A flood ends when its socket's daemon side goes, which is what removed sockets do.
    "$flood" "$socket" 200000 "$seed" 2>/dev/null || true
    seed=$((seed + 2))
  done
}

# Descriptors of connections that say nothing, a few words, or a request whose answer they do not read.
connections() {
  local fds=() fd round=0
  while on; do
    if exec {fd}<>"/dev/tcp/127.0.0.1/$port"; then
      case $((round % 4)) in
      1) printf 'GET /metr' >&"$fd" ;;
      2) printf 'GET /metrics/large HTTP/1.1\r\nHost: x\r\n\r\n' >&"$fd" ;;
      3) printf 'POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello' >&"$fd" ;;
      esac
      fds+=("$fd")
    fi 2>/dev/null
    round=$((round + 1))
    if ((${#fds[@]} >= 150)); then
      for fd in "${fds[@]:0:75}"; do exec {fd}>&-; done
      fds=("${fds[@]:75}")
      sleep 0.2
    fi
  done 2>/dev/null
}

# One dawdler reads a byte now and then.
dawdlers() {
  while on; do
    curl -s -o /dev/null --limit-rate 2k --max-time 20 "$url/metrics/large" || true
  done
}

locks() {
  local table
  while on; do
    for table in upload_sessions cas_ingest_jobs publish_job_steps; do
      sql "BEGIN; LOCK TABLE $table; SELECT pg_sleep(1.5); COMMIT" >/dev/null
    done
  done
}

removals() {
  local count=0
  while on; do
    rm -f "$socket"
    count=$((count + 1))
    watch_for 5 test -S "$socket" || break
    sleep 1.7
  done
  echo "$count" >"$work/removals"
}

scrapes() {
  local count=0
  while on; do
    curl -fsS -o "$work/page" --max-time 120 -H 'X-Prometheus-Scrape-Timeout-Seconds: 3' "$url/metrics" &&
      count=$((count + 1))
    curl -fsS -o /dev/null --max-time 120 "$url/healthz" || echo "no health" >>"$work/unhealthy"
    sleep 0.3
  done
  echo "$count" >"$work/scrapes"
}

# Fifty at once. A pool in which somebody found no socket may wait for it for ever.
massacres() {
  local count=0
  while on; do
    printf 'massacre 50\nquit\n' |
      timeout -s KILL 10 "$workers" "$socket" 4 >>"$work/massacres" || true
    count=$((count + 1))
  done 2>/dev/null
  echo "$count" >"$work/pools"
}

# What must be exact: each datagram is one process, which ends as soon as the kernel took it.
calm() {
  local count=0
  while on; do
    if send 'hostile_calm_total:1|c' 'hostile_read_total:2|g' 'hostile_active:+1|g' "hostile_job:started|j|i:j$count" 2>/dev/null; then
      count=$((count + 1))
    fi
  done
  echo "$count" >"$work/calm"
}

# The shipped client, which numbers what it sends.
"$(program statgate-example)" --socket "$socket" --events 1000000000 --rate 500 --seed 7 >"$work/example" &
example_pid=$!
for job in "floods 1" "floods 2" connections dawdlers dawdlers dawdlers locks removals scrapes massacres calm; do
  $job &
  helpers+=("$!")
done
wait "${helpers[@]}" || true
kill -TERM "$example_pid"
wait "$example_pid" || true

# ---- afterwards ----

calm=$(cat "$work/calm")
say "$mix_s s: $calm calm datagrams, $(cat "$work/scrapes") scrapes, $(cat "$work/removals") sockets removed, $(grep -c massacred "$work/massacres") massacres of 50"
peak=$(awk '$1 == "VmHWM:" { print $2 * 1024 }' "/proc/$daemon_pid/status")
said=$("$statgate" check --json "$work/catalogs" | jq .total.bytes)
say "memory: at most $((peak >> 20)) MiB, check says $((said >> 20)) MiB"
[[ -n $sanitized ]] || ((peak <= said)) || fail "$peak bytes were resident, check says $said"
((calm > 0)) || fail "the calm neighbour was not heard"
[[ ! -e $work/unhealthy ]] || fail "a health check went unanswered $(wc -l <"$work/unhealthy") times"
expect_metric hostile_calm_total "$calm"
expect_metric hostile_read_total $((2 * calm))
expect_metric hostile_active 0
expect_metric 'hostile_job_finished_total{outcome="lost"}' "$calm"
expect_metric statgate_owners 0
expect_metric 'imgsrv_upload_sessions{state="uploading"}' 2
numbered=".senders[] | select(.pid == $example_pid)"
say "the shipped client: $(json '/debug/senders?limit=100000' "$numbered | \"\(.sent) samples, \(.lost) of them lost\"")"
expect_json '/debug/senders?limit=100000' "$numbered | .sent > 0 and .sent == .samples + .lost" true
expect_sums
expect_eq "readyz" "$(curl -s -o /dev/null -w '%{http_code}' "$url/readyz")" 200
stop_daemon
! grep -E 'runtime error|Sanitizer' "$log" || fail "the sanitizers found something"
