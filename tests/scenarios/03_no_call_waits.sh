#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A million counts over 100 series in eight threads, by each kind of call, while the daemon is scraped; the same while it is
# stopped for a second in the middle. All arrive, no call is long, and none waits in the kernel. Observations are more than
# can wait: which of them were lost, the daemon knows.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq strace

burst=$(program statgate-burst)
readonly counts=1000000 # in eight threads over 100 series, each thread as many
start_daemon --catalog "$scenarios/catalogs/burst.json"

# scrape_always: until it is killed.
scrapes=$work/scrapes
scrape_always() {
  while :; do
    ! curl -s -o /dev/null --max-time 5 "$url/metrics" || echo >>"$scrapes"
    sleep 0.1
  done
}
scrape_always &
scraper=$!
helpers+=("$scraper")

# What has arrived by now of what this scenario has given.
arrived=0
has_more_than() {
  (($(sum_of "$1") > $2))
}

# judge WHAT...: the report in `report`. Interrupts and a busy machine lengthen any of a million calls, as bare sends beside
# them show; a call that waited would be counted by the kernel with the thread's own switches, of which it has none.
judge() {
  say "$* $report"
  expect_eq "$*: given" "$(jq .given <<<"$report")" "$counts"
  jq -e '.long_calls <= 3 * .long_sends + 30' >/dev/null <<<"$report" || fail "$*: calls over 100 us of CPU time"
  expect_eq "$*: waits in the kernel" "$(jq .waits <<<"$report")" 0
}
# expect_all WHAT...: nothing of it is lost.
expect_all() {
  judge "$@"
  expect_eq "$*: lost" "$(jq .lost <<<"$report")" 0
  arrived=$((arrived + counts))
  wait_for sum_is burst_total "$arrived" || fail "$*: $last of $arrived counts arrived"
}

# ---- a daemon that is there ----
for way in plain prepared shared; do
  timeout 500 "$burst" "$socket" 8 "$counts" 100 0 timed "$way" >"$work/report" || fail "statgate-burst, $way: exit code $?"
  report=$(<"$work/report")
  expect_all "$way,"
done

# ---- one that is stopped for a second ----
# give_amid_a_stop WAY FAMILY: at 60,000 calls a second and thread, of which the daemon has some when it is stopped.
give_amid_a_stop() {
  local before
  before=$(sum_of "$2")
  timeout 500 "$burst" "$socket" 8 "$counts" 100 60000 timed "$1" >"$work/report" &
  giver=$!
  helpers+=("$giver")
  wait_for has_more_than "$2" "$before" || fail "$1: nothing arrives"
  kill -STOP "$daemon_pid"
  sleep 1 # what this is about
  ! is_gone "$giver" || fail "$1: all was given before the daemon was stopped"
  kill -CONT "$daemon_pid"
  wait "$giver" || fail "statgate-burst, $1: exit code $?"
  report=$(<"$work/report")
}
for way in plain prepared shared; do
  give_amid_a_stop "$way" burst_total
  expect_all "$way, while the daemon is stopped,"
done
give_amid_a_stop observed burst_seconds_count
judge "observed, while the daemon is stopped,"
lost=$(jq .lost <<<"$report")
((lost > 0)) || fail "a million observations, and none too many: $report"
wait_for sum_is burst_seconds_count $((counts - lost)) || fail "$last observations arrived, $lost of $counts were lost"
expect_json /debug/senders '[.senders[], .departed | .lost] | add' "$lost"
expect_json /debug/senders '[.senders[], .departed | .sent - .numbered - .lost] | add' 0
expect_sums

# ---- what the kernel is asked for ----
# look_at WAY: its system calls while the daemon is stopped. Those of the program itself are naps and joined threads.
look_at() {
  strace -f -qq -o "$work/calls" "$burst" "$socket" 8 80000 100 0 "$1" >"$work/report" &
  giver=$!
  helpers+=("$giver")
  kill -STOP "$daemon_pid"
  sleep 1 # likewise
  kill -CONT "$daemon_pid"
  wait "$giver" || fail "strace of statgate-burst, $1: exit code $?"
  expect_eq "$1, traced: lost" "$(jq .lost "$work/report")" 0
  arrived=$((arrived + 80000))
  sends=$(grep -cE ' sendto\(' "$work/calls" || true)
  ((sends > 0)) || fail "$1: no sendto in $(wc -l <"$work/calls") calls"
  waiting=$(grep -E ' (sendto|sendmsg|recv[a-z]*)\(' "$work/calls" | grep -vE 'MSG_DONTWAIT\|MSG_NOSIGNAL|resumed>' || true)
  expect_eq "$1: sends that may wait" "$waiting" ''
  others=$(sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$work/calls" | sort -u |
    grep -vxE 'sendto|connect|socket|fcntl|close|fstat|newfstatat|stat|open|openat|mmap|munmap|madvise|getrandom' |
    grep -vxE 'execve|brk|access|arch_prctl|read|pread64|mprotect|prlimit64|set_tid_address|set_robust_list|rseq|rt_sig.*' |
    grep -vxE 'clone3?|exit|exit_group|futex|clock_nanosleep|ioctl|getrusage|socketpair|write|getpid|geteuid|poll' || true)
  expect_eq "$1: other calls" "$others" ''
  say "$1: $sends sends, none of which may wait"
}
if strace -o "$work/true" true 2>"$work/strace"; then
  for way in plain prepared shared; do
    look_at "$way"
  done
  wait_for sum_is burst_total "$arrived" || fail "traced: $last of $arrived counts arrived"
else
  say "nothing can be traced here: $(<"$work/strace")"
fi
kill "$scraper"
(($(wc -l <"$scrapes") >= 10)) || fail "only $(wc -l <"$scrapes") scrapes meanwhile"
stop_daemon
