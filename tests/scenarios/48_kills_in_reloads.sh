#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A reload, and at any moment of it the daemon or its successor is killed: whichever goes on, or is started again, has
# all that was sent.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

kills=100
[[ -z $long ]] || kills=1000

manager_options=(--restart)
start_managed --catalog "$scenarios/catalogs/basic.json"
start_flood
killed=$(timeout 2400 "$root/tests/support/kill_in_reload.py" "$managed" "$kills") || fail "$killed $(tail -n 20 "$managed/events" | xargs)"
end_flood
expect_sums
expect_eq "objects that are kept" "$(grep -c '^statgate-object-' "$managed/stored")" 1
expect_eq "sockets that are kept" "$(grep -c '^statgate-socket-' "$managed/stored")" 1
! grep 'could not restore the values of the previous process' "$log" || fail "values were lost"
say "killed amid reloads, daemons and successors: $killed; $flood_samples samples sent and counted; $(
  metric 'statgate_restarts_total{cause="reload"}') reloads, $(metric 'statgate_restarts_total{cause="crash"}') deaths"
