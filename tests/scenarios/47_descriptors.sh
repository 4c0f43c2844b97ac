#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Too few descriptors, for the daemon and for who keeps it; and managers that keep less than they are asked to. The
# daemon says so and goes on, and no counter comes back lower than it was.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq prlimit
unset MEMORY_PRESSURE_WATCH FDSTORE

# The daemon with as many descriptors as the file says.
program=$statgated
statgated=$work/limited-statgated
cat >"$statgated" <<SH
#!/bin/sh
most=\$(cat '$work/limit')
exec prlimit --nofile="\$most:\$most" '$program' "\$@"
SH
chmod +x "$statgated"
limit() { printf '%s\n' "$1" >"$work/limit"; }
catalogs=(--catalog "$scenarios/catalogs/basic.json" --catalog "$scenarios/catalogs/owners.json")

end_manager() {
  kill -TERM "$manager_pid"
  wait "$manager_pid" || true
}
# die: SIGKILL, and the next daemon is ready.
readies=0
die() {
  tell_manager kill
  readies=$((readies + 1))
  managed_ready "$readies"
}
# starts ARGUMENT...: start_managed, and die counts from there.
starts() {
  start_managed "${catalogs[@]}" "$@"
  readies=1
}
logged() {
  wait_for grep -qF -- "$1" "$log" || fail "the log lacks '$1'"
}

# ---- too few for the daemon ----

# However few there are, it starts and can be restarted with its values, or says that it cannot start.
manager_options=()
started=0
for most in 16 20 24 27 28 40; do
  limit "$most"
  free_port
  socket=$work/statgate-$port.sock
  url=http://127.0.0.1:$port
  manage "$statgated" --no-supervisor --socket "$socket" --metrics-listen "127.0.0.1:$port" "${catalogs[@]}"
  decided() { happened ready || happened 'ended .*'; }
  wait_for decided || fail "with $most descriptors it is neither ready nor ended: $(cat "$log")"
  if happened ready; then
    started=$((started + 1))
    send 'shop_visits_total:7|c'
    expect_metric shop_visits_total 7
    tell_manager kill
    expect_event 'ended signal 9'
    tell_manager start
    managed_ready 2
    expect_metric shop_visits_total 7
    expect_eq "objects kept with $most descriptors" "$(grep -c '^statgate-object-' "$managed/stored")" 1
  else
    happened 'ended exit 1' || fail "with $most descriptors: $(cat "$managed/events")"
    grep -qE 'Too many open files|too few descriptors|does not start' "$log" || fail "with $most it does not say why: $(cat "$log")"
  fi
  end_manager
done
((started > 0 && started < 6)) || fail "$started of 6 limits were enough"

# Owners that were taken over by a daemon with fewer descriptors: their ends are seen all the same.
manager_options=(--restart)
limit 256
starts
names=()
for ((i = 0; i < 40; i++)); do names+=("s$i"); done
start_sender "${names[@]}"
for name in "${names[@]}"; do send_as "$name" 'executor_inflight:1|g'; done
expect_metric executor_inflight 40
limit 56
die
expect_metric executor_inflight 40
logged 'no descriptors are left for'
kill_sender "${names[@]:0:30}"
expect_metric executor_inflight 10
send_as s39 'executor_inflight:5|g'
expect_metric executor_inflight 14
kill_sender "${names[@]:30:9}"
expect_metric executor_inflight 5
expect_sums
kill_sender s39
places=$(wc -l <"$managed/stored")
end_manager

# ---- a manager that keeps too little ----

limit 1024
# The new object finds no place: the former one is gone, or of no use.
manager_options=(--restart --max "$places")
starts
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
die
expect_metric shop_visits_total 7
expect_event 'refused statgate-object-.*'
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 14
die
expect_metric shop_visits_total 0
logged 'kept sockets of the previous process, but not its values'
end_manager

manager_options=(--restart --max "$places" --hoard)
starts
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
die
expect_metric shop_visits_total 7
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 14
die
expect_metric shop_visits_total 0
logged 'another daemon has used it already, and left no values of its own'
end_manager

# Nothing at all, as systemd without FileDescriptorStoreMax=: which is seen by what the daemon before left, or by
# variables of newer ones.
manager_options=(--restart --max 0)
starts
quiet() { ! grep -q '\[keep\]' "$log"; }
quiet || fail "a first start warns: $(cat "$log")"
die
logged 'the service manager kept nothing of it'
expect_metric shop_visits_total 0
end_manager
export MEMORY_PRESSURE_WATCH=/dev/null
starts
logged 'as the service manager stores no descriptors'
end_manager
unset MEMORY_PRESSURE_WATCH

# ---- too few for the supervisor ----

# It keeps what it has, the daemon goes on; what has no place ends with the daemon.
statgated=$program
start_daemon "${catalogs[@]}"
is_back() {
  local now
  now=$(children_of "$supervisor_pid") && [[ $now != "$daemon_pid" ]] &&
    [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/readyz") == 200 ]]
}
replace_daemon() {
  kill -KILL "$daemon_pid"
  wait_for is_back || fail "no daemon comes back: $(cat "$log")"
  daemon_pid=$(children_of "$supervisor_pid")
}
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
prlimit --pid "$supervisor_pid" --nofile=20:1024
replace_daemon
expect_metric shop_visits_total 7
logged 'no room for a descriptor named statgate-object'
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 14
# All or nothing: 7 would count twice.
replace_daemon
expect_metric shop_visits_total 0
logged 'kept sockets of the previous process, but not its values'
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
prlimit --pid "$supervisor_pid" --nofile=1024:1024
replace_daemon
replace_daemon
send 'shop_visits_total:2|c'
expect_metric shop_visits_total 2
replace_daemon
expect_metric shop_visits_total 2
stop_daemon "$supervisor_pid"
say "$started of 6 limits let the daemon start"
