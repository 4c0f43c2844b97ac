#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A million samples of the Python client, with libstatgate and without, while the daemon is stopped, killed, away for a while and
# back: no exception, no call that waits, and each sample is received, merged into another, or counted as lost.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq strace python3
export PYTHONPATH=$root/client/python PYTHONDONTWRITEBYTECODE=1
jq -n '{statgate: 1, service: "burst", families: {
  burst_total: {type: "counter", help: "Counts.", labels: {by: ["prepared", "single"]}},
  burst_level: {type: "gauge", help: "A level."},
  burst_seconds: {type: "histogram", help: "Observations.", buckets: [3]}}}' >"$work/burst.json"

for library in "$(dirname "$statgated")/../client/libstatgate.so.0" none; do
  start_daemon --catalog "$work/burst.json"
  export STATGATE_SOCKET=$work/path/${socket##*/} # ENOENT at first
  mkfifo "$work/go"
  STATGATE_LIBRARY=$library strace -f --seccomp-bpf -e trace=socket,sendto,sendmsg,send,connect,fcntl,poll,ppoll,select,pselect6 -e signal=none -o "$work/trace" \
    python3 -W error "$scenarios/python_burst.py" <"$work/go" >"$work/burst.out" 2>"$work/burst.err" &
  burst=$!
  helpers+=("$burst")
  exec 8>"$work/go"
  sleep 1
  ln -s "$work" "$work/path"
  for _ in 1 2 3; do
    sleep 0.3
    kill -STOP "$daemon_pid" # its queue fills up
    sleep 0.3
    kill -CONT "$daemon_pid"
  done
  sleep 0.3
  kill -KILL "$daemon_pid" # the supervisor starts the next one, with all values
  is_next() { [[ $(daemon_of "$supervisor_pid") != @("$daemon_pid"|"$supervisor_pid") ]]; }
  wait_for is_next
  daemon_pid=$(daemon_of "$supervisor_pid")
  wait_for is_ready
  given() { grep -q given "$work/burst.out" || ! [[ -d /proc/$burst ]]; }
  wait_for given
  echo >&8
  exec 8>&-
  wait "$burst" || fail "library $library: $(tail -3 "$work/burst.err")"
  expect_eq "what it printed on standard error" "$(<"$work/burst.err")" ''
  read -r total lost merged < <(tail -n 1 "$work/burst.out")
  balanced() {
    received=$(json '/debug/senders?limit=1000' '[.departed, .senders[]] | map(.samples) | add')
    ((received + lost + merged == total))
  }
  wait_for balanced || fail "library $library: $total given, $received received, $lost lost, $merged merged"
  # Each send says so itself, or its socket never waits; nothing waits for a socket.
  waiting=$(grep -E 'send(to|msg)?\(' "$work/trace" | grep -cv MSG_DONTWAIT || true)
  if [[ $library == none ]]; then
    grep -q 'socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK' "$work/trace" || fail "the socket waits"
    ! grep -E 'F_SETFL' "$work/trace" || fail "somebody changes the socket"
  else
    expect_eq "sends that may wait" "$waiting" 0
  fi
  ! grep -E ' (poll|ppoll|select|pselect6)\(\[?\{?fd=' "$work/trace" || fail "somebody waits for a socket"
  say "library ${library##*/}: $total given, $received received, $lost lost, $merged merged, $(grep -c 'send' "$work/trace") sends"
  rm "$work/go" "$work/path"
  stop_daemon
done
