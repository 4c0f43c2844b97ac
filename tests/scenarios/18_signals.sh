#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signals at awkward moments, alone and under a supervisor: a reload that is asked for before the daemon is ready or while it
# stops, and a second signal to stop, end nobody and cost no value.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly state=$work/values
readonly catalog=$scenarios/catalogs/basic.json

# start FLAG...: the daemon with the state file; what it had stays.
start() {
  start_daemon --state-file "$state" --catalog "$catalog" "$@"
}

# stops_well SIGNAL...: these reach the daemon and whoever started it one after the other, and nothing is lost.
stops_well() {
  local name target=$supervisor_pid
  for name; do
    kill "-$name" "$target" 2>/dev/null || break # it has ended
    sleep 0.002
  done
  wait "$target" || fail "$*: ended with $?"
  [[ -e $state ]] || fail "$*: no state file is left"
}

log_has() {
  grep -q "$1" "$log"
}

count=0
for flags in --no-supervisor ""; do
  for signals in "TERM HUP" "INT INT" "TERM INT HUP TERM"; do
    for _ in 1 2 3; do
      # shellcheck disable=SC2086 # one flag or none
      start $flags
      send 'shop_visits_total:1|c'
      expect_metric shop_visits_total $((count += 1))
      # shellcheck disable=SC2086 # several words
      stops_well $signals
    done
  done
done
# A supervisor passes on what it was asked, in this order, whoever is the daemon meanwhile.
for _ in 1 2 3; do
  start
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((count += 1))
  stops_well HUP TERM
done

# SIGTERM without pause, until the end.
storm() {
  until is_gone "$1"; do
    for _ in {1..5000}; do kill -TERM "$1" 2>/dev/null || break; done
  done
}
for flags in --no-supervisor ""; do
  for _ in 1 2 3; do
    # shellcheck disable=SC2086 # one flag or none
    start $flags
    send 'shop_visits_total:1|c'
    expect_metric shop_visits_total $((count += 1))
    storm "$supervisor_pid"
    wait "$supervisor_pid" || fail "SIGTERM without pause${flags:+, $flags}: ended with $?"
    [[ -e $state ]] || fail "SIGTERM without pause${flags:+, $flags}: no state file is left"
  done
done

# is_young: the program runs, and takes no reload yet; or it missed that moment. Signal 1 is the lowest bit of the mask; where
# signal 4 is blocked, all are: that is the shell within fork(), which SIGHUP would end.
is_young() {
  grep -q '^SigBlk:.*[1357]$' "/proc/$daemon_pid/status" || [[ -S $socket ]]
}

# A reload that is asked for before the daemon is ready waits until then; alone it is refused.
for flags in --no-supervisor ""; do
  for _ in 1 2 3; do
    # shellcheck disable=SC2086 # one flag or none
    launch_daemon $flags --config= --socket "$socket" --metrics-listen "" --state-file "$state" --catalog "$catalog"
    until is_young; do :; done
    kill -HUP "$daemon_pid"
    wait_for log_has "${flags:+reload rejected.*leave out }${flags:-took over; sockets}" || fail "SIGHUP before it is ready, $flags: no reload"
    stop_daemon
    [[ -e $state ]] || fail "SIGHUP before it is ready, $flags: no state file is left"
  done
done
