#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The path of a socket is removed, replaced or taken: it is bound again within a second, connected
# senders are still read, and while the path is not ours /readyz says so.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq

# Breakers, so that there is a page beside the socket, and a service with a socket of its own.
cat >"$work/own.json" <<EOF
{"statgate": 1, "service": "own", "socket": "$work/own.sock", "families": {
  "own_total": {"type": "counter", "zeros": true, "help": "Events."}}}
EOF
cat >"$work/try.json" <<'EOF'
{"statgate": 1, "service": "try", "attempts": {
  "try_job": {"labels": {"job": ["a"]}, "success": ["ok"], "failure": ["error"], "breaker": {"open_after": 2, "cooldown_s": 60}}}}
EOF
catalogs=(--catalog "$scenarios/catalogs/basic.json" --catalog "$work/own.json" --catalog "$work/try.json")

readyz() {
  curl -s --max-time 5 "$url/readyz"
}
readyz_has() {
  [[ $(readyz) == *"$1"* ]]
}
is_socket_of() { # INODE: there is a socket, and it is another
  [[ -S $socket && $(stat -c %i "$socket" 2>/dev/null || true) != "$1" ]]
}
# bound_again WHAT
bound_again() {
  wait_for is_socket_of "$inode" || fail "the socket was not bound again after $1"
  wait_for is_ready || fail "not ready after $1: $(readyz)"
  inode=$(stat -c %i "$socket")
}
expect_log() {
  wait_for grep -q -- "$1" "$log" || fail "the log does not say: $1"
}

start_daemon "${catalogs[@]}"
inode=$(stat -c %i "$socket")
page=${socket%.sock}.breakers

start_connected

# ---- removed ----
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 1
rm "$socket"
bound_again "its removal"
expect_eq "mode of the new socket" "$(stat -c %a "$socket")" 660
expect_log "$socket was removed or replaced: bound again"
expect_metric statgate_socket_rebinds_total 1
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 3
expect_json /debug/ingress '.sockets[] | select(.former) | .datagrams' 2
expect_json /debug/ingress '[.sockets[] | [.in_place, .former]] | tojson' '[[true,false],[true,false],[false,true]]'
expect_eq "queue of the new socket" "$(metric statgate_queue_capacity_datagrams)" "$(json /debug/ingress '.sockets[-1].queue_capacity')"

# The service's own socket, and the page for breakers.
own_is_back() { # INODE
  [[ -S $work/own.sock && $(stat -c %i "$work/own.sock" 2>/dev/null || true) != "$1" ]]
}
# The daemon looks at all its paths: it is seen to bind this one again.
expect_look() {
  local before
  before=$(stat -c %i "$work/own.sock")
  rm "$work/own.sock"
  wait_for own_is_back "$before" || fail "a service's socket did not come back"
}
rm "$page"
expect_look
wait_for test -f "$page" || fail "the page of the breakers did not come back"
socket=$work/own.sock send 'own_total:1|c'
expect_metric own_total 1
wait_for is_ready || fail "not ready with all in place"
expect_metric statgate_socket_rebinds_total 2

# All that is in the folder, and the folder itself: somebody has to make it again, as before the start.
mkdir "$work/folder"
stop_daemon
[[ ! -e $socket && ! -e $socket.lock ]] || fail "something was left behind: $(ls "$work")"
free_port
socket=$work/folder/statgate.sock url=http://127.0.0.1:$port
launch_daemon --no-supervisor "${catalogs[@]}" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "not ready"
mv "$work/folder" "$work/gone" # in one step: meanwhile the daemon binds again what is missing
rm -r "$work/gone"
wait_for readyz_has 'there is no folder' || fail "/readyz says: $(readyz)"
expect_eq "code of /readyz" "$(curl -s -o /dev/null -w '%{http_code}' "$url/readyz")" 503
expect_eq "code of /healthz" "$(curl -s -o /dev/null -w '%{http_code}' "$url/healthz")" 200
expect_log 'cannot be bound again: .*there is no folder'
inode=
mkdir "$work/folder"
bound_again "the loss of its folder"
expect_eq "lines of that in the log" "$(grep -c '\[ingress\].*cannot be bound again' "$log")" 1

# ---- replaced ----
rm "$socket"
: >"$socket"
wait_for readyz_has 'is not a socket' || fail "/readyz says: $(readyz)"
[[ -f $socket ]] || fail "a file was replaced"
rm "$socket"
bound_again "the end of a file in its place"

# Moved away and back: nothing is to be done. What was bound in between is read on, too.
stale=$work/folder/stale.sock
mv "$socket" "$stale"
bound_again "its renaming"
rebinds=$(metric statgate_socket_rebinds_total)
mv "$stale" "$socket"
inode=$(stat -c %i "$socket")
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
expect_look
wait_for is_ready || fail "not ready though its own socket came back"
expect_eq "inode" "$(stat -c %i "$socket")" "$inode"
expect_metric statgate_socket_rebinds_total "$((rebinds + 1))"

# ---- another daemon ----
# It does not start while the first lives, though the path is free: the first one is stopped here, so
# that it cannot bind again in time.
first_pid=$daemon_pid first_url=$url first_log=$log
kill -STOP "$first_pid"
rm "$socket"
free_port
launch_daemon --no-supervisor --catalog "$scenarios/catalogs/basic.json" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_gone "$daemon_pid" || fail "a second daemon runs beside one that lives"
status=0
wait "$daemon_pid" || status=$?
expect_eq "exit code beside a daemon that lives" "$status" 1
expect_contains "the message" "$(cat "$log")" "another statgated has $socket.lock"
kill -CONT "$first_pid"
daemon_pid=$first_pid log=$first_log
bound_again "a pause"

# Where even the lock is gone, the path is the other's, and stays so until it ends.
kill -STOP "$first_pid"
rm "$socket" "$socket.lock"
launch_daemon --no-supervisor --catalog "$scenarios/catalogs/basic.json" --socket "$socket" --metrics-listen "127.0.0.1:$port"
second_pid=$daemon_pid url=http://127.0.0.1:$port
wait_for is_ready || fail "the second daemon is not ready"
inode=$(stat -c %i "$socket")
kill -CONT "$first_pid"
daemon_pid=$first_pid url=$first_url log=$first_log
wait_for readyz_has 'another process is receiving on it' || fail "/readyz says: $(readyz)"
expect_log 'cannot be bound again: .*another process is receiving on it'
expect_look
expect_eq "inode of the other's socket" "$(stat -c %i "$socket")" "$inode"
stop_daemon "$second_pid" # which takes its socket along; the number of its inode may be used again
inode=
bound_again "the end of the other daemon"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2

# ---- again and again: what is open has a bound ----
rebinds=$(metric statgate_socket_rebinds_total)
for _ in $(seq 20); do
  rm "$socket"
  bound_again "one of many removals"
done
expect_metric statgate_socket_rebinds_total "$((rebinds + 20))"
expect_json /debug/ingress '[.sockets[] | select(.former)] | length' 16
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 3
expect_sums
stop_daemon
[[ ! -e $socket && ! -e $socket.lock ]] || fail "something was left behind: $(ls "$work/folder")"
