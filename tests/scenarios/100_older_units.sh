#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who was started before the supervisor became the default: units of a service manager without --no-supervisor, and supervisors of a
# program before. Both go on with this program, by a reload and by a death, and lose nothing.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

now=$statgated before=$(program statgated-other)
statgated=$work/statgated
install_program() {
  cp "$1" "$statgated.new"
  mv "$statgated.new" "$statgated"
}
count=0
counts() { # each daemon counts on where the one before was
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total $((count += 1))
}
parent_of() { ps -o ppid= -p "$1" | tr -d ' '; }

# ---- a unit without --no-supervisor ----

install_program "$before"
free_port
socket=$work/unit.sock url=http://127.0.0.1:$port
manager_options=(--restart)
manage "$statgated" --socket "$socket" --metrics-listen "127.0.0.1:$port" --catalog "$scenarios/catalogs/basic.json"
managed_ready 1
counts
# The new program is the successor, and no supervisor comes between: the manager follows from process to process.
install_program "$now"
begin_reload "$daemon_pid"
end_reload taken "to this program"
managed_ready 2
is_of_manager() { # once the old process, which made it, has ended
  [[ $(parent_of "$(daemon_of "$daemon_pid")") == "$manager_pid" ]]
}
wait_for is_of_manager || fail "the parent of the daemon is $(parent_of "$(daemon_of "$daemon_pid")"), not $manager_pid"
expect_metric 'statgate_restarts_total{cause="upgrade"}' 1
counts
# The manager starts it with what the manager kept: now there is a supervisor, and the manager sees one process ever after.
tell_manager kill
managed_ready 3
supervisor_pid=$daemon_pid
daemon_pid=$(daemon_of "$supervisor_pid")
[[ $daemon_pid != "$supervisor_pid" ]] || fail "a unit without --no-supervisor has no supervisor"
expect_metric 'statgate_restarts_total{cause="crash"}' 1
counts
kill -KILL "$daemon_pid"
managed_ready 4
expect_metric 'statgate_restarts_total{cause="crash"}' 2
counts
begin_reload "$supervisor_pid"
end_reload taken "under the supervisor"
managed_ready 5
expect_eq "the manager's process" "$(<"$managed/pid")" "$supervisor_pid"
counts
objects() { [[ $(grep -c '^statgate-object-' "$managed/stored") == "$1" ]]; }
wait_for objects 1 || fail "the manager keeps: $(<"$managed/stored")"
# All of the unit dies, as systemd kills it with its main process.
kill -KILL "$supervisor_pid" "$(daemon_of "$supervisor_pid")"
managed_ready 6
expect_metric 'statgate_restarts_total{cause="crash"}' 3
counts
expect_sums
tell_manager stop
expect_event 'ended exit 0'
kill -TERM "$manager_pid"

# ---- a supervisor of the program before ----

install_program "$before"
count=0
start_daemon --supervisor --catalog "$scenarios/catalogs/basic.json"
counts
install_program "$now"
kill -KILL "$daemon_pid"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
counts
daemon_pid=$(daemon_of "$supervisor_pid")
expect_eq "the parent of the daemon" "$(parent_of "$daemon_pid")" "$supervisor_pid"
begin_reload "$supervisor_pid"
end_reload taken "under a supervisor from before"
counts
stop_daemon "$supervisor_pid"
