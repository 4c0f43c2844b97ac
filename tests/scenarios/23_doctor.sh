#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
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
examine 0
finds '^note +scrapes +/metrics at .* has not been scraped since the daemon read its catalogs'
finds 'to do: add this address'
scrape >/dev/null
start_sender worker
send_as worker 'shop_visits_total:1|c'
expect_metric shop_visits_total 1
examine 0
finds '^fine +socket .*takes datagrams from this user'
finds "^fine +processes +the daemon is process $daemon_pid"
finds '^fine +queue .*holds [0-9]+ datagrams'
finds "^fine +scrapes +/metrics at 127.0.0.1:$port was scraped (now|[0-9]+ s ago) by 127.0.0.1 \(curl/[0-9.]+\), which took "
finds '^Nothing is wrong\.'
examine 0 --json
expect_eq "JSON" "$(jq -r '[.ok, ([.findings[] | select(.state == "wrong")] | length)] | join(" ")' <<<"$told")" "true 0"

# Nobody has to name the address of a daemon whose socket is known: it says so itself.
for address in "--socket=$socket" ''; do
  told=$(STATGATE_SOCKET=$socket "$statgate" doctor ${address:+"$address"}) || fail "without an address: $told"
  finds "^fine +daemon +it answers at 127.0.0.1:$port \(of the daemon that has the socket\)"
done
expect_contains "statgate senders" "$(STATGATE_SOCKET=$socket "$statgate" senders)" statgate-sender
# Neither are catalogs needed where a daemon runs.
if [[ ! -e /etc/statgate/catalog.d ]]; then
  explained=$(STATGATE_SOCKET=$socket "$statgate" explain 'shop_visits_total:x|c' 'shop_visits_total:1|c') && fail "a rejected line: $explained"
  expect_contains "statgate explain" "$explained" "  rejected  1 sample, bad_value"
  expect_contains "statgate explain" "$explained" "  accepted  1 sample"
  expect_eq "explain --json" "$(STATGATE_SOCKET=$socket "$statgate" explain --json 'shop_visits_total:1|c' | jq -r .verdict)" accepted
  expect_metric shop_visits_total 1
fi
# What the daemon would reject is said before it is sent.
sent=$(STATGATE_SOCKET=$socket "$statgate" send --check 'shop_visits:1|c' 'shop_visits_total:1|c' 2>&1) && fail "an unknown name is sent: $sent"
expect_contains "send --check" "$sent" 'line 1 would be rejected:'
expect_contains "send --check" "$sent" '  rejected  1 sample, unknown_family'
expect_contains "send --check" "$sent" 'Nothing was sent.'
sent=$("$statgate" send --socket "$socket" --check - 2>&1 <<<$'shop_visits:1|c\nshop_visits_total:1|c') && fail "the exit code of a rejected line: $sent"
expect_contains "send --check -" "$sent" 'sent 1 line'
expect_metric shop_visits_total 2
sent=$("$statgate" send --socket "$work/none.sock" --check 'a:1|c' 2>&1) && fail "nobody is there: $sent"
# One that is seen has not to be started.
told=$(STATGATE_SOCKET=$socket "$statgate" doctor --daemon 127.0.0.1:1) && fail "nothing is found: $told"
finds 'WRONG +daemon +no daemon at 127.0.0.1:1'
! grep -q 'start statgated' <<<"$told" || fail "a daemon that runs has to be started: $told"

# Its memory, beside what check says of the same catalog.
bound() {
  json /debug/status .memory.bound_bytes
}
most_of() {
  "$statgate" check --json "$1" | jq .total.bytes
}
small=$(most_of "$catalog")
examine 0
finds '^fine +memory +the daemon has [0-9.]+ MiB, of at most [0-9.]+ MiB$'
expect_eq "the bound of the memory" "$(bound)" "$small"
expect_json /debug/status '.memory | .resident_bytes < .bound_bytes' true

# What the daemon itself has to say.
send_as worker 'shop_visits_total:x|c'
rejected() {
  "$statgate" doctor --daemon "127.0.0.1:$port" --socket "$socket" >"$work/told" || true
  grep -qE '^WRONG +rejected' "$work/told"
}
wait_for rejected || fail "a rejected sample is not found"

# The daemon of another socket.
first_port=$port first_socket=$socket first_pid=$daemon_pid
start_daemon --catalog "$catalog"
scrape >/dev/null
socket=$first_socket examine 1
finds "does not read $first_socket, but $socket"
stop_daemon
examine 1
finds 'no socket there'
finds 'no process listens there'
port=$first_port socket=$first_socket
stop_daemon "$first_pid"

# A reload with a larger catalog.
cp "$catalog" "$work/catalog.json"
start_daemon --catalog "$work/catalog.json"
jq '.families.more = {type: "gauge", help: "More.", labels: {n: {pattern: "slug", max: 5000}}}' "$catalog" >"$work/catalog.json"
begin_reload "$daemon_pid"
end_reload taken
former_pid=$daemon_pid
daemon_pid=$(sed -n 's/.*process \([0-9]*\) took over.*/\1/p' <<<"$said")
wait_for is_gone "$former_pid" || fail "the former daemon does not end"
large=$(most_of "$work/catalog.json")
expect_eq "the bound of the memory after a reload" "$(bound)" "$large"
((small < large)) || fail "a larger catalog does not raise the bound"
kill -TERM "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "the daemon does not end"

# A short queue; a daemon does not make one that is shorter than the host's.
(($(</proc/sys/net/unix/max_dgram_qlen) < 512)) || exit 0
start_daemon --catalog "$catalog" --queue-depth 10
scrape >/dev/null
examine 1
finds '^WRONG +queue .*holds only 10 datagrams'
stop_daemon
