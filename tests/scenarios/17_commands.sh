#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Commands on the control socket, by statgate and by curl: a reload, what it says has changed and what is wrong, and forget.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools curl jq socat
catalogs=$work/catalog.d
mkdir "$catalogs"

# write_catalog FAMILY...: shop.json with these families, one a line, besides those that are always there.
write_catalog() {
  local family
  {
    echo '{"statgate": 1, "service": "shop", "families": {'
    for family in "$@"; do
      echo "$family,"
    done
    echo '"shop_orders_total": {"type": "counter", "help": "Orders.",'
    echo '  "labels": {"outcome": ["declined", "ok"], "user": {"pattern": "slug", "max": 1000}}},'
    echo '"shop_visits_total": {"type": "counter", "help": "Visits."}}}'
  } >"$catalogs/shop.json"
}

# ask CODE COMMAND...: a command of statgate to the daemon ends so. Sets told, what it prints.
ask() {
  local wanted=$1 code=0
  shift
  told=$("$statgate" "$1" --socket "$socket" "${@:2}" 2>&1) || code=$?
  ((code == wanted)) || fail "statgate $* ends with $code instead of $wanted: $told"
}

# After a reload another process is the daemon: the log names it, perhaps a moment later than the answer.
reloads=0
is_named() {
  [[ $(grep -c '\[reload\] process [0-9]* took over' "$log") -ge $reloads ]]
}
follow() {
  reloads=$((reloads + 1))
  wait_for is_named || fail "the log does not name the process that goes on"
  daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
}

# series FAMILY: how many it has.
series() {
  json "/debug/series?family=$1" '[.. | .series? // empty | arrays | length] | add // 0'
}

write_catalog
start_daemon --strict --catalog "$catalogs"
control=${socket%.sock}.control
expect_eq "mode of the control socket" "$(stat -c %a "$control")" 600
expect_metric statgate_config_last_reload_successful 1
send 'shop_orders_total:1|c|#outcome:ok,user:a' 'shop_visits_total:7|c'
expect_metric shop_visits_total 7

# ---- a metric is added ----

write_catalog '"shop_carts": {"type": "gauge", "help": "Carts."}'
ask 0 reload
follow
expect_contains "what has changed" "$told" "changed service shop"
expect_eq "the last line" "$(tail -n 1 <<<"$told")" taken
expect_json /debug/catalog '.reload.ok' true
expect_contains "/debug/catalog" "$(json /debug/catalog '.reload.changed[]')" "changed service shop"
send 'shop_carts:3|g' 'shop_visits_total:1|c'
expect_metric shop_carts 3
expect_metric shop_visits_total 8
expect_metric statgate_config_last_reload_successful 1
taken=$(metric statgate_config_last_reload_success_timestamp_seconds)

# ---- something is wrong ----

write_catalog '"shop_carts": {"type": "guage", "help": "Carts."}, "shop_hats": {"typ": "gauge", "help": "Hats."}'
ask 2 reload
place=$catalogs/shop.json
expect_eq "all that is wrong" "${told#statgate reload: refused: }" \
  "$("$statgate" check "$catalogs" 2>&1 || true)
Nothing changed."
expect_contains "the place" "$told" "statgate reload: refused: $place"
expect_contains "the key" "$told" /families/shop_carts/type
expect_metric statgate_config_last_reload_successful 0
expect_metric statgate_config_last_reload_success_timestamp_seconds "$taken"
expect_json /debug/catalog '.reload.ok' false
expect_contains "/debug/catalog" "$(json /debug/catalog .reload.error)" "$place"
grep -qF "[reload] reload rejected, still running the previous configuration: $place" "$log" || fail "the log does not say what is wrong"
grep -q "ERROR \[reload\] $place:.*/families/shop_hats/typ" "$log" || fail "the log does not say what else is wrong"
# Once a minute: whoever asks has it each time.
for ((i = 0; i < 3; i++)); do
  ask 2 reload
  expect_contains "the same place" "$told" "statgate reload: refused: $place"
done
expect_eq "lines of the same refusal" "$(grep -cF '[reload] reload rejected' "$log")" 1
send 'shop_carts:4|g' 'shop_visits_total:1|c'
expect_metric shop_carts 4
expect_metric shop_visits_total 9
write_catalog '"shop_carts": {"type": "gauge", "help": "Carts."}'
ask 0 reload
follow
expect_metric statgate_config_last_reload_successful 1
expect_metric shop_visits_total 9

# Of two that come together, one is told that the other is under way.
curl -sS --parallel --parallel-immediate --unix-socket "$control" -X POST -w '%{http_code}\n' http://localhost/reload \
  --next -sS --unix-socket "$control" -X POST -w '%{http_code}\n' http://localhost/reload >"$work/both" 2>"$work/both.errors"
follow
grep -qF 'WARN  [reload] reload rejected, still running the previous configuration: a reload is under way' "$log" || fail "no warning of the second"
expect_eq "two reloads" "$(sort "$work/both" | xargs)" "200 409 a reload is under way taken"

# reload_in_a_row: whoever has the verdict may ask for the next reload at once.
reload_in_a_row() {
  local i
  for ((i = 0; i < 20; i++)); do
    expect_eq "reload $i in a row" "$(curl -sS --unix-socket "$control" -X POST http://localhost/reload)" taken
  done
}
reload_in_a_row
ask 0 reload
reloads=$((reloads + 20))
follow
expect_metric shop_visits_total 9

code=0
"$statgate" reload --socket "$work/none.sock" 2>"$work/none" || code=$?
expect_eq "exit code without a daemon" "$code" 1
expect_contains "what it says" "$(<"$work/none")" "no statgated takes commands here"

# ---- series that should never have been sent ----

send 'shop_orders_total:1|c|#outcome:ok,user:b' 'shop_orders_total:1|c|#outcome:declined,user:c'
ask 0 forget shop shop_orders_total outcome=ok
expect_eq "what forget says" "$told" "2 series of shop_orders_total ended"
expect_eq "series that are left" "$(series shop_orders_total)" 1
send 'shop_orders_total:5|c|#outcome:ok,user:b'
expect_metric 'shop_orders_total{outcome="ok",user="b"}' 5
ask 0 forget shop shop_orders_total outcome=ok,user=b
ask 0 forget shop shop_orders_total outcome=ok,user=b
expect_eq "what forget says of none" "$told" "no series of shop_orders_total has these labels"
ask 0 forget shop shop_visits_total
expect_metric shop_visits_total 0
ask 2 forget shop shop_order_total
expect_contains "a slip" "$told" "did you mean shop_orders_total?"
ask 2 forget shop shop_orders_total outcome=fine
ask 1 forget statgate statgate_series
expect_sums

# What was forgotten stays so over a reload; many are forgotten while senders go on.
ask 0 reload
follow
expect_eq "series over a reload" "$(series shop_orders_total)" 1
for ((i = 0; i < 900; i += 20)); do
  lines=()
  for ((j = i; j < i + 20; j++)); do
    lines+=("shop_orders_total:1|c|#outcome:ok,user:u$j")
  done
  send "${lines[@]}"
done
ask 0 forget shop shop_orders_total
expect_eq "what forget says of many" "$told" "901 series of shop_orders_total ended"
kill -TERM "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "the last daemon does not end"
[[ ! -e $control ]] || fail "a clean end leaves the control socket"

# ---- a crash ----

start_daemon --catalog "$catalogs"
supervisor=$supervisor_pid
control=${socket%.sock}.control
inode=$(stat -c %i "$control")
kill -KILL "$(children_of "$supervisor")"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
former=$(children_of "$supervisor")
ask 0 reload
expect_eq "the control socket's inode" "$(stat -c %i "$control")" "$inode"
# A connection that asks for nothing, and a follower that takes nothing, hold up no reload.
socat -u UNIX-CONNECT:"$control" - >/dev/null &
helpers+=("$!")
curl -sS --unix-socket "$control" -X POST http://localhost/tail >/dev/null &
helpers+=("$!")
sleep 0.2
kill -STOP "${helpers[-1]}"
reload_in_a_row
kill -KILL "${helpers[-1]}"
! grep -q 'does not exit and is killed' "$log" || fail "a former process does not make way"
# The supervisor learns how its daemon ended once the former ones are gone.
wait_for is_gone "$former" || fail "the former daemon does not end"
alone() {
  [[ $(pgrep -cf "^$statgated .*--socket $socket " || true) == 2 ]]
}
wait_for alone || fail "former daemons do not end"
stop_daemon "$supervisor"

# ---- the path ----

start_daemon --catalog "$catalogs"
supervisor=$supervisor_pid
control=${socket%.sock}.control
rm "$control"
ask 1 reload
expect_contains "a path that was removed" "$told" "$control: no socket there"
former=$(children_of "$supervisor")
kill -HUP "$former"
wait_for test -S "$control" || fail "SIGHUP does not bring the control socket back"
expect_eq "its mode" "$(stat -c %a "$control")" 600
inode=$(stat -c %i "$control")
# Whoever handed over may still be ending; its successor becomes the supervisor's child when it has.
has_another_daemon() {
  last=$(children_of "$supervisor") && [[ $last != "$former" && $last != *$'\n'* ]]
}
wait_for has_another_daemon || fail "the former daemon does not end"
kill -KILL "$last"
wait_for metric_is 'statgate_restarts_total{cause="crash"}' 1 || fail "the supervisor does not go on after a kill"
ask 0 forget shop shop_visits_total
expect_eq "its inode after a crash" "$(stat -c %i "$control")" "$inode"
stop_daemon "$supervisor"

# ---- another place, or none ----

start_daemon --catalog "$catalogs" --control "$work/elsewhere"
reloads=0
told=$("$statgate" reload --control "$work/elsewhere") || fail "no commands are taken elsewhere"
follow
expect_eq "a reload elsewhere" "$(tail -n 1 <<<"$told")" taken
kill -TERM "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "the daemon does not end"
start_daemon --catalog "$catalogs" --control ""
[[ ! -e ${socket%.sock}.control ]] || fail "there is a control socket that nobody wants"
ask 1 reload
stop_daemon

# ---- settings ----

# configure KEY VALUE...: the configuration file, of texts.
configure() {
  jq -n --arg path "$control" '{control: $path} + ($ARGS.positional | _nwise(2) | {(.[0]): .[1]})' --args -- "$@" |
    jq -s add >"$work/config.json"
}
control=$work/here.control
configure socket_mode 0660
start_daemon --strict --catalog "$catalogs" --config "$work/config.json"
reloads=0
told_there() { # CODE
  local code=0
  told=$("$statgate" reload --control "$control" 2>&1) || code=$?
  ((code == $1)) || fail "statgate reload ends with $code instead of $1: $told"
}
configure socket_mode 0600 state_file "$work/nowhere/values"
told_there 0
follow
expect_contains "a setting" "$told" "changed setting socket_mode: 0660 -> 0600"
expect_contains "a state file that cannot be used" "$told" "warning: state file $work/nowhere/values: its folder"
expect_contains "/debug/catalog" "$(json /debug/catalog '.reload.changed[]')" "warning: state file $work/nowhere/values"
grep -qF "WARN  [reload] warning: state file $work/nowhere/values" "$log" || fail "the log does not warn"
configure state_file "$control"
told_there 2
expect_contains "two files at one path" "$told" "$work/config.json:3:3: /state_file: \"$control\": the state file would be"
# One that can be used is locked at once.
configure state_file "$work/values"
told_there 0
follow
[[ $told != *warning:* && -e $work/values.lock ]] || fail "a state file that can be used: $told"
kill -TERM "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "the daemon does not end"
[[ -e $work/values && ! -e $work/values.lock ]] || fail "no values are written"
