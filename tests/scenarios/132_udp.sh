#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# UDP on loopback, for the services that its input names: nobody is known there, so what needs a process is refused; a sign
# changes a gauge where the input says so. Through reloads and a crash nothing is lost that the kernel took, and what it
# dropped is counted once. A service with senders cannot be named, at a start or a reload.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3

mkdir "$work/catalogs"
cat >"$work/catalogs/shop.json" <<'END'
{"statgate": 1, "service": "shop", "families": {
  "orders_total": {"type": "counter", "help": "Orders."},
  "carts": {"type": "gauge", "help": "Open carts."},
  "busy": {"type": "gauge", "help": "Busy workers.", "merge": "sum"}},
 "attempts": {"pay": {"success": ["ok"], "failure": ["error"], "breaker": {"open_after": 1, "cooldown_s": 60}}},
 "jobs": {"backup": {}}}
END
jq '.service = "other" | del(.attempts, .jobs) | .families = {other_total: {type: "counter", help: "Other."}}' \
  "$work/catalogs/shop.json" >"$work/catalogs/other.json"
jq --arg socket "$work/own.sock" '.service = "own" | .socket = $socket | .families = {own_total: {type: "counter", help: "Own."}}' \
  "$work/catalogs/other.json" >"$work/catalogs/own.json"
free_port && udp=$port
free_port && udp6=$port
jq -n --arg one "udp:127.0.0.1:$udp" --arg two "udp:[::1]:$udp6" '{catalog: "catalogs", inputs: [
  {listen: $one, services: ["shop", "own"], gauges: "statsd"}, {listen: $two, services: "own"}]}' >"$work/statgate.json"
start_daemon --config "$work/statgate.json"
by_udp() { python3 -c 'import socket, sys
socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM).sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))' "$@"; }
refused() { json /debug/rejections "[.by_family[] | select(.reason == \"$1\") | .count] | add // 0"; }
is_refused() { [[ $(refused "$1") == "$2" ]]; }

# ---- what can be sent ----
expect_contains "what the start says" "$(<"$log")" "receiving on udp:127.0.0.1:$udp for shop, own: every program on this host can send there"
by_udp 127.0.0.1 "$udp" $'orders_total:2|c\ncarts:10|g\ncarts:+5|g\ncarts:-2|g\nown_total:1|c'
by_udp ::1 "$udp6" $'own_total:1|c\norders_total:1|c'
by_udp 127.0.0.1 "$udp" 'other_total:1|c'
send 'carts:+20|g' # the shared socket sets
expect_metric orders_total 2
expect_metric own_total 2
expect_metric carts 20
wait_for is_refused unknown_family 2 || fail "$(refused unknown_family) lines are refused as unknown"
by_udp 127.0.0.1 "$udp" $'carts:-1|g\nbusy:1|g\npay:error|a\npay:open|b\nbackup:started|j|i:1'
expect_metric carts 19
wait_for is_refused no_owner 1 || fail "$(refused no_owner) lines need an owner"
wait_for is_refused forbidden_sender 3 || fail "$(refused forbidden_sender) lines need a sender"
expect_json /debug/breakers '.breakers[0].state' closed
expect_contains "the hint" "$(json /debug/rejections '[.by_family[].hint // empty] | join(" ")')" "UDP does not say who sends"

expect_json /debug/senders '.senders[] | select(.comm == "udp") | "\(.pid) \(.can_own)"' '0 false'
"$statgate" doctor --daemon "${url#http://}" --socket "$socket" >"$work/doctor" 2>&1 || true
expect_contains "doctor" "$(<"$work/doctor")" 'processes'
grep -E 'senders? (is|are) in another pid namespace' "$work/doctor" && fail "doctor takes UDP for another pid namespace"

# ---- reloads and a crash, with a sender that leaves some room ----
cat >"$work/steady.py" <<'END'
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect(("127.0.0.1", int(sys.argv[1])))
for i in range(3000):
    sock.send(b"orders_total:1|c")
    time.sleep(0.001)
END
python3 "$work/steady.py" "$udp" &
helpers+=("$!")
steady=$!
for _ in 1 2 3; do
  sleep 0.5
  "$statgate" reload --control "${socket%.sock}.control" >/dev/null || fail "no reload"
done
sleep 0.4
daemon_pid=$(daemon_of "$supervisor_pid")
kill -KILL "$daemon_pid"
wait "$steady"
daemon_pid=$supervisor_pid
wait_for is_ready || fail "not ready after a crash"
expect_metric orders_total 3002

# ---- what the kernel drops: counted once, whatever happens between ----
dropped() { metric "statgate_input_dropped_datagrams_total{input=\"udp:127.0.0.1:$udp\"}"; }
burst() { # COUNT: while nobody reads
  daemon_pid=$(daemon_of "$supervisor_pid")
  kill -STOP "$daemon_pid"
  python3 -c 'import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect(("127.0.0.1", int(sys.argv[1])))
for _ in range(int(sys.argv[2])):
    sock.send(b"orders_total:1|c" + b"\n" * 1400)' "$udp" "$1"
}
expect_eq "dropped" "$(dropped)" 0
burst 20000
kill -CONT "$daemon_pid"
balanced() {
  last="$(dropped) dropped, $(metric orders_total) counted"
  (($(metric orders_total) - 3002 + $(dropped) == $1))
}
wait_for balanced 20000 || fail "$last, of 20,000"
first=$(dropped)
loss() { [[ $(json /debug/status '.problems[] | select(.kind == "input_loss") | .text') == "datagrams to udp:127.0.0.1:$udp are lost, as the kernel has no room for them: $first" ]]; }
wait_for loss || fail "no problem says that datagrams are lost: $(json /debug/status '.problems[].text')"
((first > 0)) || fail "nothing was dropped, which shows nothing"
"$statgate" reload --control "${socket%.sock}.control" >/dev/null || fail "no reload"
wait_for balanced 20000 || fail "after a reload: $last"
burst 20000
kill -KILL "$daemon_pid" # with drops that nobody published
daemon_pid=$supervisor_pid
wait_for is_ready || fail "not ready after a crash"
wait_for balanced 40000 || fail "after a crash: $last, of 40,000"
say "$(dropped) of 40,000 were dropped"

# ---- a service whose senders are listed cannot be named ----
jq '.senders = {"uid": [0]}' "$work/catalogs/shop.json" >"$work/shop.new"
mv "$work/shop.new" "$work/catalogs/shop.json"
said=$("$statgate" reload --control "${socket%.sock}.control" 2>&1) && fail "a reload took it: $said"
expect_contains "what a reload says" "$said" "/senders: udp:127.0.0.1:$udp ($work/statgate.json: /inputs/0/services) names this service, and by UDP nobody is known"
by_udp 127.0.0.1 "$udp" 'orders_total:1|c' # as it was
wait_for balanced 40001 || fail "$last: the service did not stay as it was"
"$statgate" check --config "$work/statgate.json" >"$work/check" 2>&1 && fail "check: $(<"$work/check")"
expect_contains "what check says" "$(<"$work/check")" 'by UDP nobody is known'
# A service that is not there yet is waited for.
rm "$work/catalogs/shop.json"
"$statgate" check --config "$work/statgate.json" >"$work/check" 2>&1 || fail "check: $(<"$work/check")"
expect_contains "what check says" "$(<"$work/check")" '/inputs/0/services: no catalog in force declares the service "shop"'
stop_daemon "$supervisor_pid"

# ---- the address is taken ----
python3 -c 'import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
time.sleep(60)' "$udp" >"$work/taken" &
helpers+=("$!")
wait_for test -s "$work/taken" || fail "the port cannot be taken"
"$statgated" --config "$work/statgate.json" --socket "$work/x.sock" --metrics-listen '' --no-supervisor >"$work/start" 2>&1 && fail "it started"
expect_contains "the start" "$(<"$work/start")" \
  "$work/statgate.json: /inputs/0: udp:127.0.0.1:$udp: another process receives there; stop it, or name another port"
