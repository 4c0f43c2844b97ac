#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A program that cannot start is at the path when the daemon dies: the supervisor starts the one that was ready last, with
# all values, and goes back to the path once that works.
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
start_daemon --catalog "$scenarios/catalogs/basic.json"
expect_eq "the file that runs" "$(stat -L -c %i "/proc/$daemon_pid/exe")" "$(stat -c %i "$statgated")"

count=0
# goes_on WHAT CRASHES: the daemon is killed, and another one counts on.
goes_on() {
  kill -KILL "$(daemon_of "$supervisor_pid")"
  wait_for metric_is 'statgate_restarts_total{cause="crash"}' "$2" || fail "$1: no daemon is back: $(tail -n 20 "$log")"
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((count += 1))
}
# fell_back TIMES: so often the supervisor started the program that was ready.
fell_back() {
  [[ $(grep -cF "the program at $statgated has failed" "$log") == "$1" ]]
}

crashes=0
printf '#!/bin/sh\nexit 3\n' >"$work/exits"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$work/crashes"
printf 'no program' >"$work/text"
for broken in exits crashes text missing; do
  if [[ $broken == missing ]]; then
    rm "$statgated"
  else
    install_program "$work/$broken"
  fi
  goes_on "$broken" $((crashes += 1))
  fell_back "$crashes" || fail "$broken: $(grep -F '[supervisor]' "$log")"
  # A reload asks for the file at the path, and this daemon knows it.
  begin_reload "$supervisor_pid"
  end_reload "not taken" "$broken"
  [[ $said == *"$statgated"* || $broken != missing ]] || fail "another program is asked for: $said"
done

# Mended: the next reload takes it, and the next death starts it.
install_program "$real"
begin_reload "$supervisor_pid"
end_reload taken
wait_for metric_is 'statgate_restarts_total{cause="reload"}' 1 || fail "no reload to the mended program"
goes_on "mended" $((crashes + 1))
fell_back "$crashes" || fail "the former program is started although the new one works"
daemon_pid=$(daemon_of "$supervisor_pid")
expect_eq "the file that runs" "$(stat -L -c %i "/proc/$daemon_pid/exe")" "$(stat -c %i "$statgated")"
expect_sums
stop_daemon "$supervisor_pid"

# A script at the path, which becomes the program: that one is held.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$real" >"$work/script"
install_program "$work/script"
count=0
start_daemon --catalog "$scenarios/catalogs/basic.json"
rm "$statgated"
goes_on "a script that is gone" 1
stop_daemon "$supervisor_pid"
