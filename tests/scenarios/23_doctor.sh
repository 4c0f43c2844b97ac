#!/usr/bin/env bash
# statgate doctor: a daemon that is well, and one thing wrong at a time.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq
catalog=$scenarios/catalogs/basic.json

# examine CODE [FLAG...]: sets told, what it prints; the finding it is about is looked for by finds.
examine() {
  local code=$1 status=0
  shift
  told=$("$statgate" doctor --daemon "127.0.0.1:$port" --socket "$socket" "$@" 2>"$work/err") || status=$?
  expect_eq "exit code of statgate doctor ($told $(<"$work/err"))" "$status" "$code"
}
finds() {
  grep -qE -- "$1" <<<"$told" || fail "no finding '$1': $told"
}

start_daemon --catalog "$catalog"
examine 1
finds '^WRONG +scrapes +nobody has scraped /metrics'
finds 'to do: add this address'
scrape >/dev/null
start_sender worker
send_as worker 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
examine 0
finds '^fine +socket .*takes datagrams from this user'
finds "^fine +processes +the daemon is process $daemon_pid"
finds '^fine +queue .*holds [0-9]+ datagrams'
finds '^fine +scrapes .*was scraped'
finds '^Nothing is wrong\.'
examine 0 --json
expect_eq "JSON" "$(jq -r '[.ok, ([.findings[] | select(.state == "wrong")] | length)] | join(" ")' <<<"$told")" "true 0"

# What the daemon itself has to say.
send_as worker 'shop_visits_total:x|c'
rejected() {
  "$statgate" doctor --daemon "127.0.0.1:$port" --socket "$socket" >"$work/told" || true
  grep -qE '^WRONG +rejected' "$work/told"
}
wait_for 5 rejected || fail "a rejected sample is not found"

# The daemon of another socket.
first_port=$port first_socket=$socket first_pid=$daemon_pid
start_daemon --catalog "$catalog"
scrape >/dev/null
socket=$first_socket examine 1
finds "does not read $first_socket, but $socket"
stop_daemon
examine 1
finds 'no socket there'
finds 'nobody listens there'
port=$first_port socket=$first_socket
stop_daemon "$first_pid"

# A short queue.
start_daemon --catalog "$catalog" --queue-depth 10
scrape >/dev/null
examine 1
finds '^WRONG +queue .*holds only 10 datagrams'
stop_daemon
