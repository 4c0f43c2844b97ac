#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# statgate top in a terminal, at two sizes: cells to the last column, keys, a daemon that is reloaded, killed and
# started again, and a terminal that is as it was afterwards.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools tmux jq

screen() { tmux -S "$work/tmux" -f /dev/null "$@"; }
stop_screen() {
  screen kill-server
  wait_for is_gone "$server" || fail "tmux does not end"
}

cat >"$work/shop.json" <<'JSON'
{"statgate": 1, "service": "shop",
 "families": {"shop_orders_total": {"type": "counter", "help": "Orders.", "labels": {"outcome": ["error", "ok"]}}},
 "attempts": {"shop_payment": {"labels": {"bank": ["a", "b"]}, "success": ["ok"], "failure": ["error"],
                               "breaker": {"open_after": 2, "cooldown_s": 3600}}}}
JSON
free_port
socket=$work/statgate-$port.sock
url=http://127.0.0.1:$port
start_here() {
  launch_daemon --catalog "$work/shop.json" --socket "$socket" --metrics-listen "127.0.0.1:$port"
  wait_for is_ready || fail "statgated was not ready"
}
start_here
start_sender worker
send_as worker 'shop_orders_total:3|c|#outcome:ok' 'shop_orders_total:1|c|#outcome:okay' 'shop_payment:error:error|a|#bank:a'
printf -v hostile 'sh\xe4\xb8\xad\xe6\x96\x87\e[2Jop:1|c'
send_as worker "$hostile"

# The command that runs in the screen says how it ended, and whether the terminal's settings are those of before.
cat >"$work/session" <<SESSION
stty -a >"$work/before"
STATGATE_DAEMON=127.0.0.1:$port "$statgate" top --interval 0.3
code=\$?
stty -a >"$work/after"
echo \$code >"$work/code"
SESSION
start_top() {
  rm -f "$work/code"
  screen new-session -d -x "$1" -y "$2" -s top "LANG=C.UTF-8 sh '$work/session'; sleep 600"
  server=$(screen display-message -p '#{pid}')
  helpers+=("$server")
}
# The screen as text; blanks at the ends of lines are not there.
shown() { screen capture-pane -p -t top; }
shows() { shown | grep -qE -- "$1"; }
expect_shown() {
  wait_for shows "$1" || fail "the screen lacks '$1':
$(shown)"
}
# As many rows as the terminal has, and the bar at the bottom goes from edge to edge.
expect_size() {
  expect_eq "rows" "$(shown | wc -l)" "$2"
  last=$(shown | tail -n 1)
  [[ $last == ' q quit'* ]] || fail "the last row is not the last: $(shown)"
  expect_eq "cells of the last row" "${#last}" "$1"
}

for size in '80 24' '200 60'; do
  # shellcheck disable=SC2086
  start_top $size
  expect_shown 'statgate top +[^ ]+ +127\.0\.0\.1'
  expect_shown 'label_value +shop_orders_'
  expect_shown '^  open.* +shop_payment'
  expect_shown "statgate-sender \\(${sender_pid[worker]}\\)"
  # shellcheck disable=SC2086
  expect_size $size
  screen send-keys -t top q
  wait_for test -s "$work/code" || fail "q does not end it"
  expect_eq "exit code after q" "$(<"$work/code")" 0
  diff "$work/before" "$work/after" || fail "the terminal's settings are others"
  stop_screen
done

# ---- live: rates, sizes, a reload, a kill ----

start_top 80 24
expect_shown 'Rejected'
begin_flow() {
  (while sleep 0.02; do send_as "$1" 'shop_orders_total:1|c|#outcome:ok'; done) 2>/dev/null &
  helpers+=("$!")
}
begin_flow worker
expect_shown '(^| )[1-9][0-9.]*/s +statgate-sender'
screen resize-window -t top -x 120 -y 40
expect_shown 'Breakers that are not closed$'
expect_size 120 40
screen resize-window -t top -x 40 -y 10
wait_for shows '^ samples' || fail "a small terminal: $(shown)"
screen resize-window -t top -x 80 -y 24
screen send-keys -t top p
expect_shown PAUSED
screen send-keys -t top p
expect_shown 'q quit'
screen send-keys -t top s
expect_shown 'Senders by samples'
screen send-keys -t top '?'
expect_shown 'sort senders by the next column'
screen send-keys -t top '?'
expect_shown 'Senders by samples'

begin_reload "$daemon_pid"
end_reload taken
expect_shown '(^| )[1-9][0-9.]*/s +statgate-sender'
! shows 'NO ANSWER' || fail "after a reload: $(shown)"

kill_daemon
expect_shown 'NO ANSWER for .* no '
start_here
expect_shown 'another daemon answers|the daemon is back'
start_sender second
begin_flow second
expect_shown '(^| )[1-9][0-9.]*/s +statgate-sender'

# ---- ends ----

pid=$(pgrep -f -n -- "$statgate top --interval 0.3") || fail "there is no statgate top"
kill -TERM "$pid"
wait_for test -s "$work/code" || fail "SIGTERM does not end it"
expect_eq "exit code after SIGTERM" "$(<"$work/code")" 143
diff "$work/before" "$work/after" || fail "the terminal's settings are others after SIGTERM"
stop_screen
"$statgate" top --once --daemon "127.0.0.1:$port" >"$work/once" </dev/null || fail "it is not printed once"
expect_contains "what is printed once" "$(<"$work/once")" "Senders by rate"
code=0
said=$("$statgate" top --daemon "127.0.0.1:$port" 2>&1 </dev/null) || code=$?
expect_eq "exit code without a terminal" "$code" 1
expect_contains "what it says" "$said" "needs a terminal"
stop_daemon
