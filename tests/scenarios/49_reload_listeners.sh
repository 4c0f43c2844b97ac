#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who is amid a request while the daemon hands over gets an answer; listeners and sockets come and go with the
# configuration, and what stays is never away.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

# settle PID: waits until that process has ended. Sets daemon_pid to the one that goes on.
settle() {
  wait_for is_gone "$1" || fail "process $1 does not end after it has handed over"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
}

taken() {
  [[ $(grep -c 'took over; sockets' "$log") -ge $1 ]]
}

# ---- HTTP ----

# Some megabytes, more than sockets hold.
jq -n '{statgate: 1, service: "big", families: {big_values_total: {type: "counter", help: "Many.", labels: {at:
  {values: [range(10000) | "a value of a label \(.) \("that fills lines " * 9)"]}}, zeros: true}}}' >"$work/big.json"
start_daemon --catalog "$work/big.json" --catalog "$scenarios/catalogs/basic.json"

# begin KIND...: clients of under_way.py that wait. Their output is in $work/KIND.out, their input the descriptor go[KIND]. All
# start at once: a request that is not complete after ten seconds is ended.
declare -A go=() client=()
begin() {
  local kind
  for kind in "$@"; do
    launch "$kind"
  done
  for kind in "$@"; do
    wait_for grep -q ready "$work/$kind.out" || fail "no client $kind: $(cat "$work/$kind.out")"
  done
}
launch() {
  local fd
  mkfifo "$work/$1.in"
  "$root/tests/support/under_way.py" "$port" "$1" <"$work/$1.in" >"$work/$1.out" 2>&1 &
  client[$1]=$!
  helpers+=("$!")
  exec {fd}>"$work/$1.in"
  go[$1]=$fd
}
begin slow fresh half kept
former=$daemon_pid
kill -HUP "$former"
wait_for taken 1 || fail "no reload"
for kind in slow fresh half kept; do
  echo >&"${go[$kind]}"
done
for kind in slow fresh half kept; do
  wait_for grep -q -e whole -e broken "$work/$kind.out" || fail "client $kind got no answer"
  expect_eq "the answer of client $kind" "$(tail -n 1 "$work/$kind.out")" whole
done
settle "$former"
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 1

# ---- a former daemon that answers is ended by the next reload ----

begin_again() {
  rm -f "$work/$1.in" "$work/$1.out"
  begin "$1"
}
begin_again fresh
first=$daemon_pid
kill -HUP "$first"
wait_for taken 2 || fail "no second reload"
! is_gone "$first" || fail "a former daemon does not wait for a connection on which nothing was asked yet"
second=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
kill -HUP "$second"
wait_for is_gone "$first" || fail "a third daemon, and the first still lives"
wait_for taken 3 || fail "no third reload"
settle "$second"
kill "${client[fresh]}" 2>/dev/null || true
stop=$daemon_pid
kill -TERM "$stop"
wait_for is_gone "$stop" || fail "the daemon does not end"

# ---- listeners and sockets ----

own=$work/own.sock
page=$work/page.sock
free_port
other=$port
catalog() { # with a socket of its own, or without
  jq --arg socket "$own" --arg with "$1" '.service = "own" | .families |= with_entries(.key |= "own_" + .)
    | if $with == "with" then .socket = $socket else . end' "$scenarios/catalogs/basic.json" >"$work/own.json"
}
mode=0660
configure() { # ADDRESS...
  jq -n --arg mode "$mode" '{socket_mode: $mode, endpoints: [$ARGS.positional[] | {listen: ., path: "/metrics", services: ["own"]}]}' --args -- "$@" >"$work/config.json"
}
catalog without
configure
start_daemon --config "$work/config.json" --catalog "$scenarios/catalogs/basic.json" --catalog "$work/own.json"
answers() {
  [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "$@") == 200 ]]
}

catalog with
configure "127.0.0.1:$other" "unix:$page"
former=$daemon_pid
kill -HUP "$former"
wait_for taken 1 || fail "no reload with more listeners"
settle "$former"
answers "http://127.0.0.1:$other/metrics" || fail "no answer at an address that was added"
answers --unix-socket "$page" http://here/metrics || fail "no answer at a Unix socket that was added"
socat -u - "UNIX-SENDTO:$own" <<<'own_shop_visits_total:3|c'
own_is_3() {
  [[ $(curl -s --max-time 5 "http://127.0.0.1:$other/metrics" | sample own_shop_visits_total) == 3 ]]
}
wait_for own_is_3 || fail "no value at a socket that was added"
grep -q "added endpoint 127.0.0.1:$other/metrics" "$log" || fail "the log does not say that an endpoint was added"

# A port that somebody has: nothing changes.
free_port
python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1 &
helpers+=("$!")
wait_for port_is_taken "$port" || fail "no server on a port"
mode=0600
configure "127.0.0.1:$other" "unix:$page" "127.0.0.1:$port"
kill -HUP "$daemon_pid"
wait_for grep -q 'reload rejected.*in use' "$log" || fail "a port that is taken is no reason"
answers "http://127.0.0.1:$other/metrics" || fail "no answer after a reload that was not taken"
answers --unix-socket "$page" http://here/metrics || fail "no answer at a Unix socket after a reload that was not taken"
[[ -S $own && -S $socket ]] || fail "a reload that was not taken takes sockets away"
expect_eq "the socket's mode after a reload that was not taken" "$(stat -c %a "$socket")" 660

inode=$(stat -c %i "$socket")
catalog without
configure
former=$daemon_pid
kill -HUP "$former"
wait_for taken 2 || fail "no reload with fewer listeners"
settle "$former"
! port_is_taken "$other" || fail "somebody listens at an address that was removed"
[[ ! -e $page && ! -e $own && ! -e $own.lock ]] || fail "files of what was removed are left: $(ls "$work")"
expect_eq "the socket's inode" "$(stat -c %i "$socket")" "$inode"
expect_eq "the socket's mode" "$(stat -c %a "$socket")" 600
send 'own_shop_visits_total:1|c'
expect_metric own_shop_visits_total 4

# ---- another path for the socket ----

free_port
jq -n --arg path "$work/first.sock" '{socket: $path}' >"$work/place.json"
launch_daemon --config "$work/place.json" --metrics-listen "127.0.0.1:$port" --control "$work/control" \
  --catalog "$scenarios/catalogs/basic.json"
url=http://127.0.0.1:$port
socket=$work/first.sock
wait_for is_ready || fail "not ready"
daemon_pid=$(daemon_of "$daemon_pid")
start_connected
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 1
jq -n --arg path "$work/nowhere/s.sock" '{socket: $path}' >"$work/place.json"
kill -HUP "$daemon_pid"
wait_for grep -q 'reload rejected.*there is no folder' "$log" || fail "a path that cannot be bound is no reason"
echo 'shop_visits_total:1|c' >&"$connected"
expect_metric shop_visits_total 2
jq -n --arg path "$work/second.sock" '{socket: $path}' >"$work/place.json"
former=$daemon_pid
kill -HUP "$former"
wait_for taken 1 || fail "no reload with another path"
settle "$former"
echo 'shop_visits_total:1|c' >&"$connected"
socket=$work/second.sock
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 4
[[ ! -e $work/first.sock && ! -e $work/first.sock.lock ]] || fail "files of a former path are left: $(ls "$work")"
# And back: who is connected is still heard.
jq -n --arg path "$work/first.sock" '{socket: $path}' >"$work/place.json"
former=$daemon_pid
kill -HUP "$former"
wait_for taken 2 || fail "no reload with the former path"
settle "$former"
echo 'shop_visits_total:1|c' >&"$connected"
socket=$work/first.sock
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 6
[[ -S $socket && -e $socket.lock ]] || fail "the socket is not where it was"
[[ ! -e $work/second.sock && ! -e $work/second.sock.lock ]] || fail "files of a former path are left: $(ls "$work")"
stop=$daemon_pid
kill -TERM "$stop"
wait_for is_gone "$stop" || fail "the daemon does not end"

# ---- a socket goes to another service, and goes while a daemon is dead ----

# catalog_of SERVICE [SOCKET]: with a breaker, in a file of the same name.
catalog_of() {
  jq -n --arg name "$1" --arg socket "${2:-}" '{statgate: 1, service: $name,
    families: {"\($name)_visits_total": {type: "counter", help: "Visits."}},
    attempts: {"\($name)_calls": {success: ["done"], failure: ["error"], breaker: {open_after: 3, cooldown_s: 30}}}}
    | if $socket != "" then .socket = $socket else . end' >"$catalogs/$1.json"
}
catalogs=$work/catalog.d
mkdir "$catalogs"
catalog_of one "$own"
catalog_of two
start_daemon --catalog "$catalogs"
supervisor=$supervisor_pid
[[ -f $work/own.breakers ]] || fail "no page beside the socket of a service"
send_to() { # SOCKET LINE
  socat -u - "UNIX-SENDTO:$1" <<<"$2"
}
send_to "$own" 'one_visits_total:1|c'
expect_metric one_visits_total 1
inode=$(stat -c %i "$own")
catalog_of one "$work/other.sock"
catalog_of two "$own"
former=$daemon_pid
kill -HUP "$former"
wait_for taken 1 || fail "a socket does not go to another service"
settle "$former"
expect_eq "inode of a socket that goes to another service" "$(stat -c %i "$own")" "$inode"
send_to "$own" 'two_visits_total:3|c'
expect_metric two_visits_total 3
send_to "$work/other.sock" 'one_visits_total:1|c'
expect_metric one_visits_total 2
# The supervisor has it under its former name.
kill -KILL "$daemon_pid"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
expect_eq "its inode after a crash" "$(stat -c %i "$own")" "$inode"
send_to "$own" 'two_visits_total:1|c'
expect_metric two_visits_total 4
# What is configured while nobody runs: both are shared from now on, and the shared socket is elsewhere.
catalog_of one
catalog_of two
kill -KILL "$(children_of "$supervisor")"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 2 || fail "the supervisor does not go on after a second kill"
send 'two_visits_total:1|c'
expect_metric two_visits_total 5
stop_daemon "$supervisor"

# Likewise the shared socket.
jq -n --arg path "$work/third.sock" '{socket: $path}' >"$work/place.json"
free_port
launch_daemon --config "$work/place.json" --metrics-listen "127.0.0.1:$port" --catalog "$catalogs"
url=http://127.0.0.1:$port
wait_for is_ready || fail "not ready"
supervisor=$daemon_pid
jq -n --arg path "$work/fourth.sock" '{socket: $path}' >"$work/place.json"
kill -KILL "$(children_of "$supervisor")"
wait_for test -S "$work/fourth.sock" || fail "the shared socket does not move"
# A former socket has no breaker page of its own.
former=$(children_of "$supervisor")
kill -HUP "$former"
wait_for taken 1 || fail "no reload with a former socket"
settle "$former"
expect_eq "pages of breakers that two processes opened" "$(grep -cF "shown to clients in $work/fourth.breakers" "$log")" 2
stop_daemon "$supervisor"
