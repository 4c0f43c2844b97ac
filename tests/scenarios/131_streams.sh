#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Senders by Unix stream that wait lose nothing: 1,000,000 samples of eight, through reloads, an upgrade, a stop and a start.
# A killed daemon costs at most what lay unread in its connections. Idle and slow connections, lengths that lie, streams cut
# anywhere and noise by UDP cost the others nothing, and the memory stays below what `statgate check` says.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3 ss

now=$statgated after=$(program statgated-other)
statgated=$work/statgated
install_program() {
  cp "$1" "$statgated.new"
  mv "$statgated.new" "$statgated"
}
cat >"$work/st.json" <<'END'
{"statgate": 1, "service": "st", "families": {
  "st_total": {"type": "counter", "help": "Sent.", "labels": {"sender": {"pattern": "integer", "max": 1000}}}}}
END
start() {
  free_port && udp_port=$port
  jq -n --arg udp "udp:127.0.0.1:$udp_port" '{catalog: "st.json", state_file: "values", inputs: [
    {listen: "unix-stream:in.sock"}, {listen: $udp, services: ["st"]}]}' >"$work/statgate.json"
  start_daemon --config "$work/statgate.json"
}
counted() { scrape | awk '/^st_total\{sender="[0-7]"\}/ { sum += $2 } END { printf "%d", sum }'; }
all_counted() {
  last=$(counted)
  ((last == $1))
}
# senders SAMPLES SECONDS: eight that send as many each; sets senders_pid.
senders() {
  python3 "$scenarios/stream_senders.py" "$work/in.sock" 8 "$1" st_total "$2" >"$work/sent" 2>"$work/sent.log" &
  senders_pid=$!
  helpers+=("$senders_pid")
}
senders_end() { wait "$senders_pid" || fail "a sender failed: $(<"$work/sent.log")"; }
reload() { "$statgate" reload --control "${socket%.sock}.control" >/dev/null || fail "no reload"; }

# ---- nothing is lost: reloads, an upgrade, a stop and a start ----
install_program "$now"
start
senders 125000 8
sleep 0.7 && reload
sleep 0.3 && reload
sleep 0.3 && install_program "$after" && reload
sleep 0.3 && reload
sleep 0.3
stop_daemon
install_program "$now" # and a step back
sleep 0.5
launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" --config "$work/statgate.json"
wait_for is_ready || fail "not ready after a stop"
senders_end
wait_for all_counted 1000000 || fail "$last of 1,000,000 samples are counted"
connections=$(awk '{ sum += $3 } END { print sum }' "$work/sent")
((connections >= 8 * 5)) || fail "the senders connected $connections times: they had nothing to survive"
expect_sums
say "1,000,000 samples, $connections connections"

# ---- a killed daemon: what lay unread, at most 208 KiB of a connection ----
supervisor_pid=$daemon_pid
daemon_pid=$(daemon_of "$supervisor_pid")
senders 100000 6
has_begun() { (($(counted) > 1000000)); }
wait_for has_begun || fail "no sender sends: $(<"$work/sent.log")"
kill -STOP "$daemon_pid"
# The path is that which the socket was bound to, before its move to its place.
unread() { ss -Hxn | awk -v folder="$work/" 'index($0, folder) { sum += $3 } END { printf "%d", sum }'; }
is_unread() { (($(unread) > 100000)); }
wait_for is_unread || fail "only $(unread) bytes are left unread"
kill -KILL "$daemon_pid"
senders_end
settled() { [[ $(metric 'statgate_input_connections{input="unix-stream:'"$work"'/in.sock"}') == 0 ]]; }
wait_for settled || fail "connections are left"
lost=$((1800000 - $(counted)))
line=$(printf 'st_total:1|c|#sender:1\n' | wc -c)
((lost >= 0)) || fail "$((-lost)) samples more than were sent are counted"
((lost * line <= 8 * 212992)) || fail "$lost samples, $((lost * line)) bytes, are lost with a killed daemon: more than 208 KiB a connection"
((lost > 0)) || fail "nothing is lost with a killed daemon, though connections held 100,000 bytes"
say "killed: $lost samples lost, $((lost * line / 1024)) KiB of eight connections"
stop_daemon "$supervisor_pid"

# ---- floods ----
rm -f "$work/values"*
statgated=$now
start
said=$("$statgate" check --json --config "$work/statgate.json" | jq .total.bytes)
python3 "$scenarios/stream_flood.py" "$work/in.sock" "$udp_port" 8 >"$work/flood" 2>&1 &
flood_pid=$!
helpers+=("$flood_pid")
idle() { (($(metric 'statgate_input_connections{input="unix-stream:'"$work"'/in.sock"}') >= 900)); }
wait_for idle || fail "no 900 connections: $(<"$work/flood")"
senders 50000 5
senders_end
wait_for all_counted 400000 || fail "$last of 400,000 samples are counted beside a flood"
wait "$flood_pid" || fail "the flood failed: $(<"$work/flood")"
closed() { metric "statgate_input_closed_connections_total{input=\"unix-stream:$work/in.sock\",reason=\"$1\"}"; }
expect_eq "too many" "$(closed too_many)" 0
(($(closed frame_too_long) > 100)) || fail "$(closed frame_too_long) frames were too long: $(<"$work/flood")"
wait_for settled || fail "connections are left"
expect_sums
# Shared memory of the object counts once; files do not, as daemons share them.
kib=$(awk '/^Pss_(Anon|Shmem):/ { kib += $2 } END { print kib }' "/proc/$daemon_pid/smaps_rollup")
[[ $(grep -c '^STATGATE_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt") != 0 ]] || ((kib * 1024 < said)) ||
  fail "$kib KiB are used; check said $((said / 1024))"
say "floods: $(<"$work/flood"); $kib KiB of $((said / 1024))"
stop_daemon
