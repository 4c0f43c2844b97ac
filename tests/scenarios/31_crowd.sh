#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 5,000 silent HTTP connections, 64 that send a byte a second and 64 that take a byte a second: health checks and scrapes are answered.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
python=/usr/bin/python3
[[ -x $python ]] || python=python3
need_tools "$python"

silent=5000
enough=$((silent + 500))
(($(ulimit -n) >= enough)) || ulimit -n "$enough" 2>/dev/null || { say "needs $enough descriptors"; exit 77; }

# One page that no socket's buffer holds, and a small one.
mkdir "$work/catalogs"
cp "$scenarios/catalogs/basic.json" "$work/catalogs/"
jq -n '{statgate: 1, service: "large", max_series: 120000, families: {large_total: {type: "counter", help: "Of a large page.", zeros: true,
  labels: {a: [range(400) | "value-\(.)"], b: [range(300) | "a-rather-long-value-\(.)"]}}}}' >"$work/catalogs/large.json"
start_daemon --catalog "$work/catalogs"
(($(scrape /metrics/large | wc -c) > 6000000)) || fail "the large page is too small"

cpu_ticks() {
  awk '{ print $14 + $15 }' "/proc/$daemon_pid/stat"
}

# ask PATH: appends the milliseconds that an answer took to $work/times; false without one.
ask() {
  curl -fsS -o "$work/answer" --max-time 60 -w '%{time_total}\n' "$url$1" >"$work/took" 2>>"$work/curl.log" || return 1
  awk '{ print $1 * 1000 }' "$work/took" >>"$work/times"
}
# times COUNT PATH: so many answers, each on a connection of its own, ten a second at most. Sets median and longest.
times() {
  local n
  : >"$work/times"
  for ((n = 0; n < $1; n++)); do
    # On a busy machine it may be pushed out, too, before its request is sent.
    ask "$2" || ask "$2" || ask "$2" || fail "no answer from $2: $(<"$work/curl.log")"
    sleep 0.1
  done
  read -r median longest < <(sort -n "$work/times" | awk '{ t[NR] = $1 } END { printf "%.1f %.1f\n", t[int((NR + 1) / 2)], t[NR] }')
}

times 10 /healthz
before=$median
mkfifo "$work/crowd.in"
"$python" "$scenarios/crowd.py" "$port" /metrics/large "$silent" 64 64 <"$work/crowd.in" >"$work/crowd.out" 2>"$work/crowd.log" &
crowd=$!
helpers+=("$crowd")
exec {crowd_in}>"$work/crowd.in"
# While they come, one of them pushes out a client that takes longer to send its request than 64 others to connect.
: >"$work/times"
missed=0
until grep -q here "$work/crowd.out"; do
  is_gone "$crowd" && fail "the crowd ended"
  ask /healthz || missed=$((missed + 1))
  ((SECONDS < 300)) || fail "the crowd does not get in"
done
say "while they came: $(wc -l <"$work/times") health checks in at most $(sort -n "$work/times" | tail -n 1) ms, $missed without an answer"

ticks=$(cpu_ticks)
started=$EPOCHREALTIME
times 20 /healthz
health=$median
say "/healthz: median $median ms, longest $longest ms; before they came $before ms"
times 5 /metrics/shop
say "a scrape: median $median ms, longest $longest ms"
times 3 /metrics/large
expect_eq "the end of a large page" "$(tail -n 1 "$work/answer" | cut -d' ' -f1)" 'large_total{a="value-99",b="a-rather-long-value-99"}'
say "a scrape of a large page: median $median ms, longest $longest ms"
share=$(awk -v t=$(($(cpu_ticks) - ticks)) -v b="$started" -v e="$EPOCHREALTIME" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%d", 100 * t / hz / (e - b) }')
evicted=$(metric statgate_http_evicted_total)
say "$evicted connections made way; the daemon used $share % of a processor"
# Some ms on a machine of its own; on a busy one what a check took before, several times over.
awk -v m="$health" -v b="$before" 'BEGIN { exit !(m < 1000 + 10 * b) }' || fail "/healthz took $health ms, $before ms before"
((evicted > silent / 2)) || fail "only $evicted connections made way"
(($(metric statgate_http_connections) <= 80)) || fail "more connections than places"
exec {crowd_in}>&-
wait "$crowd" || fail "the crowd failed: $(<"$work/crowd.log")"
stop_daemon
