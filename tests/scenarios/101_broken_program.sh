#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A program that cannot start is at the path: a reload refuses it, and once the daemon has died the supervisor tries it
# until it is replaced. Values stay, and what is sent meanwhile waits.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

real=$statgated
mkdir "$work/bin"
statgated=$work/bin/statgated
# install_program FILE: as packages do, beside and then over the former one.
install_program() {
  cp "$1" "$statgated.new"
  chmod +x "$statgated.new"
  mv "$statgated.new" "$statgated"
}
install_program "$real"
start_daemon --ready-timeout 600 --catalog "$scenarios/catalogs/basic.json" # what is sent waits, however long it takes
expect_eq "the file that runs" "$(stat -L -c %i "/proc/$daemon_pid/exe")" "$(stat -c %i "$statgated")"

send 'shop_visits_total:5|c'
expect_metric shop_visits_total 5

printf '#!/bin/sh\nexit 3\n' >"$work/exits"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$work/crashes"
printf 'no program' >"$work/text"
has_tried() { (($(grep -cE "statgated (\(process [0-9]+\) .*; it is started again|cannot be started from)" "$log") >= $1)); }
crashes=0
count=5
for broken in exits crashes text missing; do
  # A reload leaves the daemon that runs as it is.
  if [[ $broken == missing ]]; then rm "$statgated"; else install_program "$work/$broken"; fi
  begin_reload "$supervisor_pid"
  end_reload "not taken" "$broken"
  [[ $said == *"$statgated"* || $broken != missing ]] || fail "another program is asked for: $said"
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((count += 1))
  # Once that one has died, it is tried until it works, and what is sent meanwhile waits.
  tries=$(grep -cE 'it is started again|cannot be started from' "$log" || true)
  kill -KILL "$(daemon_of "$supervisor_pid")"
  wait_for has_tried $((tries + 2)) || fail "$broken: it is not tried again: $(tail -n 20 "$log")"
  send 'shop_visits_total:1|c'
  install_program "$real"
  wait_for metric_is 'statgate_restarts_total{cause="crash"}' $((crashes += 1)) || fail "$broken: no daemon is back: $(tail -n 20 "$log")"
  expect_metric shop_visits_total $((count += 1))
done
daemon_pid=$(daemon_of "$supervisor_pid")
expect_eq "the file that runs" "$(stat -L -c %i "/proc/$daemon_pid/exe")" "$(stat -c %i "$statgated")"
expect_sums
stop_daemon "$supervisor_pid"
