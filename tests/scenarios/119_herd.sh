#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A thousand askers, 100 processes of ten threads, of a half-open breaker whose dependency hangs: never more than `probes`
# of them try at once, as the hanging server counts. Processes are killed all the time; the daemon is reloaded and killed,
# and the FIFO of the tickets is removed and replaced.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalog=$work/herd.json
cat >"$catalog" <<'EOC'
{"statgate": 1, "service": "shop", "attempts": {
  "pay": {"success": ["ok"], "failure": ["error"], "breaker": {"open_after": 1, "cooldown_s": 0.05, "probes": 2}}}}
EOC
start_daemon --catalog "$catalog"
fifo=${socket%.sock}.probes
send 'pay:error|a'
expect_json /debug/breakers '.breakers[0].state != "closed"' true

"$(program statgate-herd)" "$socket" pay "" "$work/server.sock" 100 10 8 >"$work/herd.out" 2>"$work/herd.err" &
herd=$!
helpers+=("$herd")
sleep 1.5
begin_reload "$supervisor_pid"
end_reload taken
sleep 1
rm "$fifo"
sleep 1
rm -f "$fifo" && mkfifo -m 666 "$fifo"
sleep 1
# Its supervisor starts another one, which goes on with the breaker.
kill -KILL "$(daemon_of "$supervisor_pid")"
daemon_pid=$supervisor_pid
wait_for is_ready || fail "statgated was not ready after it was killed"
wait "$herd" || fail "the herd failed: $(<"$work/herd.err")"
read -r asked allowed most killed <"$work/herd.out"
say "$asked asked, $allowed were allowed, $most at once, $killed processes were killed"
((asked > 10000 && killed > 50)) || fail "only $asked asked, $killed were killed"
((allowed >= 20)) || fail "only $allowed were allowed"
((most <= 2)) || fail "$most tried at once, 2 may"
((most > 0)) || fail "the server saw nobody"
# What the others were denied is counted, but for the last half second of each process.
denied=$(curl -s "$url/debug/breakers" | jq '.breakers[0].denied')
((denied > asked / 4 && denied <= asked)) || fail "$denied were denied, of $asked who asked"
[[ ! -s $work/herd.err ]] || fail "the herd complained: $(<"$work/herd.err")"
stop_daemon
