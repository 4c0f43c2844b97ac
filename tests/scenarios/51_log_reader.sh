#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A stalled log reader holds up nobody: the daemon starts, counts, answers and ends; it drops lines
# when it has no room, and says how many once the reader continues.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools curl jq

# A pipe that is full before the daemon has it, with a reader that does not read.
mkfifo "$work/pipe"
exec {reader}<>"$work/pipe"
dd if=/dev/zero of="$work/pipe" bs=4096 count=1024 oflag=nonblock conv=notrunc status=none 2>/dev/null || true

free_port
socket=$work/statgate.sock
url=http://127.0.0.1:$port
cp "$scenarios/catalogs/basic.json" "$work/catalog.json"
"$statgated" --strict --catalog "$work/catalog.json" --socket "$socket" --log-format json \
  --metrics-listen "127.0.0.1:$port" </dev/null >/dev/null 2>"$work/pipe" &
daemon_pid=$!
daemons+=("$daemon_pid")
wait_for is_ready || fail "not ready before a log that nobody reads"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
expect_metric statgate_log_dropped_total 0

# Each command is a line, and there are more than there is room for.
drops() {
  curl -sS --unix-socket "${socket%.sock}.control" -X POST \
    "http://localhost/forget?service=shop&family=shop_visits_total#[1-500]" >/dev/null
  [[ $(metric statgate_log_dropped_total) != 0 ]]
}
wait_for drops || fail "no line was dropped"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
dropped=$(metric statgate_log_dropped_total)

# It is read again: what was kept, and how many are missing where.
cat <&"$reader" >"$work/read.bytes" &
helpers+=("$!")
read_log() {
  tr -d '\0' <"$work/read.bytes" | grep '}$'
}
missing() {
  read_log | jq -r 'select(.context == "log") | .message | split(" ")[0]' | awk '{ sum += $1 } END { print sum + 0 }'
}
all_reported() {
  [[ $(missing) == "$dropped" ]]
}
wait_for all_reported || fail "$(missing) lines are said to be missing, not $dropped"
read_log | jq -e -s 'map(.message | test("^ready: ")) | any' >/dev/null || fail "the first lines are not there"
echo '{' >"$work/catalog.json"
kill -HUP "$daemon_pid"
goes_on() {
  [[ $(read_log | tail -n 1) == *"reload rejected"* ]]
}
wait_for goes_on || fail "no line after the reader is back"
expect_metric statgate_log_dropped_total "$dropped"
expect_sums

# A reader that stalls does not hold up the end either.
kill "${helpers[-1]}"
wait "${helpers[-1]}" 2>/dev/null || true
dd if=/dev/zero of="$work/pipe" bs=4096 count=1024 oflag=nonblock conv=notrunc status=none 2>/dev/null || true
stop_daemon
