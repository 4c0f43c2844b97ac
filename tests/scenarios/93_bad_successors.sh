#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Successors that fail, in every way and at every step: the daemon goes on as if nothing had been asked of it, one line
# of the log says why, and so does `statgate reload`.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

real=$statgated
fake=$root/tests/support/fake_successor.py
mkdir "$work/bin"
cp "$scenarios/catalogs/basic.json" "$work/basic.json"

# install FILE: as the program that the daemon was started by.
install_program() {
  cp "$1" "$statgated.new"
  chmod +x "$statgated.new"
  mv "$statgated.new" "$statgated"
}
# script LINE...: the same, of a script.
script() {
  printf '%s\n' '#!/usr/bin/env bash' "$@" >"$work/script"
  install_program "$work/script"
}

# ---- one daemon after the other is asked ----

# begin NAME: a daemon under a manager, with a program of its own to go wrong.
begin() {
  statgated=$work/bin/$1
  config=$work/$1.json
  install_program "$real"
  printf '{}' >"$config"
  manager_options=(--restart)
  start_managed --strict --catalog "$work/basic.json" --config "$config"
  send 'shop_visits_total:1|c'
  expect_metric shop_visits_total 1
  visits=1 reloads=0
  stored=$(sort "$managed/stored")
  inode=$(stat -c %i "$socket")
}
has_no_child() {
  ! children_of "$daemon_pid" >/dev/null
}
# refused WHY WHAT: so is a reload now, and nothing has changed.
refused() {
  local status=0
  log_bytes=$(stat -c %s "$log")
  "$statgate" reload --socket "$socket" >"$work/answer" 2>&1 || status=$?
  expect_eq "exit code of a reload ($2), which says '$(<"$work/answer")'" "$status" 2
  expect_contains "the answer ($2)" "$(<"$work/answer")" "$1"
  # The log has a sentence once a minute.
  said=$(tail -c "+$((log_bytes + 1))" "$log" | grep -F ' [reload] ') || said=
  [[ -z $said ]] || expect_contains "the verdict ($2)" "$said" "$1"
  (($(grep -c . <<<"$said") <= 1)) || fail "lines of the verdict ($2): $said"
  grep -qF -- "$(sed -n 's/^statgate reload: refused: //p' "$work/answer")" "$log" || fail "no verdict ($2) in the log"
  goes_on "$2"
}
goes_on() {
  expect_eq "process ($1)" "$(<"$managed/pid")" "$daemon_pid"
  wait_for has_no_child || fail "a process is left ($1): $(children_of "$daemon_pid")"
  expect_eq "what the manager keeps ($1)" "$(sort "$managed/stored")" "$stored"
  expect_eq "inode of the socket ($1)" "$(stat -c %i "$socket")" "$inode"
  send 'shop_visits_total:1|c'
  visits=$((visits + 1))
  expect_metric shop_visits_total "$visits"
}
# taken: a good one takes over after all that.
taken() {
  local readies
  readies=$(grep -cx ready "$managed/events")
  install_program "$real"
  begin_reload "$daemon_pid"
  end_reload taken "a good one"
  managed_ready $((readies + 1))
  send 'shop_visits_total:1|c'
  visits=$((visits + 1))
  expect_metric shop_visits_total "$visits"
  expect_metric 'statgate_restarts_total{cause="crash"}' 0
  reloads=$((reloads + 1))
  expect_eq "handovers" "$(scrape | awk '/^statgate_restarts_total{cause="(reload|upgrade)"/ { n += $2 } END { print n }')" "$reloads"
  stored=$(sort "$managed/stored")
}

# ---- those that hang: several daemons at once, since each takes as long as the timeout ----

hanging=('begin hang' 'prepared hang' 'taken hang')
declare -A of
for how in "${hanging[@]}"; do
  begin "hanging-${how// /-}"
  script "exec '$fake' $how"
  log_bytes=$(stat -c %s "$log")
  "$statgate" reload --socket "$socket" >"$work/answer-${how// /-}" 2>&1 &
  of[$how]="$! $log_bytes $managed $socket $port $daemon_pid $manager_pid $log"
done

# ---- those that end ----

begin main
cat "$managed/stored" >"$work/stored-first"

mv "$statgated" "$statgated.away"
refused "No such file or directory" "no program"
mkdir "$statgated"
refused "$statgated cannot be started" "a folder"
rmdir "$statgated"
mv "$statgated.away" "$statgated"
chmod -x "$statgated"
refused "Permission denied" "not executable"
printf 'no program' >"$work/script"
install_program "$work/script"
refused "$statgated cannot be started" "no program in it"

for step in start begin prepared taken; do
  script "exec '$fake' $step signal 11"
  refused "(SIGSEGV)" "SIGSEGV after $step"
  script "exec '$fake' $step say refused 2 the reason of this test"
  refused "the reason of this test" "refused after $step"
done
script "exec '$fake' start exit 0"
refused "ended with exit code 0" "exit 0"
script "exec '$fake' prepared exit 3"
refused "ended with exit code 3" "exit 3"
script "exec '$fake' prepared say refused"
refused "" "refused without a reason"
script "exec '$fake' begin close"
refused "" "closed"
script "exec '$fake' begin babble"
refused "" "babble"
script "exec '$fake' prepared babble"
refused "" "babble while nobody reads"

# Files that are wrong.
install_program "$real"
free_port
python3 -m http.server --bind 127.0.0.1 "$port" >"$work/http.log" 2>&1 </dev/null &
helpers+=("$!")
taken_port=$port port=${url##*:}
wait_for port_is_taken "$taken_port" || fail "no port is taken"
printf '{"endpoints": [{"listen": "127.0.0.1:%d", "services": ["shop"]}]}' "$taken_port" >"$config"
refused "127.0.0.1:$taken_port" "a port that is taken"
printf '{"no_setting": 1}' >"$config"
refused "$config:1:2: /no_setting" "a wrong setting"
printf '{}' >"$config"
mv "$work/basic.json" "$work/basic.json.away"
refused "basic.json" "no catalog"
mkdir "$work/basic.json"
refused "basic.json" "a folder without a catalog"
rmdir "$work/basic.json"
printf '{' >"$work/basic.json"
refused "basic.json:1:" "a wrong catalog"
mv "$work/basic.json.away" "$work/basic.json"

# starved OPTION NUMBER: the program itself, with a limit.
starved() {
  script "cp '$real' '$statgated.real'" "ulimit -$1 $2" "mv '$statgated.real' '$statgated'" "exec '$statgated' \"\$@\""
}
# Without memory for its values it does not take over.
starved f 64
refused "" "no room for an object"
# Too little of something, at whichever step it is missed: the smallest that suffice are not known here.
starve() { # OPTION NUMBER...
  local number readies
  for number in "${@:2}"; do
    readies=$(grep -cx ready "$managed/events")
    starved "$1" "$number"
    if "$statgate" reload --socket "$socket" >"$work/answer" 2>&1; then
      say "ulimit -$1 $number is enough"
      reloads=$((reloads + 1))
      managed_ready $((readies + 1))
      wait_for has_one_object || fail "the former object is still kept after a reload with ulimit -$1 $number"
      stored=$(sort "$managed/stored")
      goes_on "ulimit -$1 $number"
      break
    fi
    goes_on "ulimit -$1 $number"
  done
}
# Each of the two leaves a daemon with little.
begin starved
starve v 10000 40000 60000 100000 200000 1000000
taken
begin poor
starve n 4 14 18 20 21 22 23 24 25 26 27 28 32
taken

# One at a time.
script "exec '$fake' begin hang"
begin_reload "$daemon_pid"
has_child() { children_of "$daemon_pid" >/dev/null; }
wait_for has_child || fail "no successor is started"
status=0
"$statgate" reload --socket "$socket" >"$work/answer" 2>&1 || status=$?
expect_eq "exit code of a second reload" "$status" 3
expect_contains "the answer to it" "$(<"$work/answer")" "under way"
# A daemon that is told to end takes its successor along.
child=$(children_of "$daemon_pid")
kill -TERM "$manager_pid"
wait "$manager_pid" || fail "exit code $? of a daemon that ends amid a reload"
is_gone "$child" || fail "the successor goes on"

# ---- one that dies as the daemon: its manager starts another ----

begin dies
script "exec '$fake' committed signal 9"
begin_reload "$daemon_pid"
logged_end() { grep -qE 'ended as soon as it had taken over' "$log"; }
wait_for logged_end || fail "the log does not say how it ended"
install_program "$real"
managed_ready 2
send 'shop_visits_total:1|c'
expect_metric shop_visits_total 2
expect_metric 'statgate_restarts_total{cause="crash"}' 1
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- one that stops as soon as it is the daemon: it has the time to write its values ----

begin stops
script "exec '$fake' committed stop"
# The manager hears of the new process only when that has ended; otherwise the answer is "taken" by then.
kill -STOP "$manager_pid"
answer=$("$statgate" reload --socket "$socket" 2>&1)
kill -CONT "$manager_pid"
expect_eq "the answer to a reload, and a stop" "$answer" "taken, and stopped since"
ended_well() { grep -qx 'ended exit 0' "$managed/events"; }
wait_for ended_well || fail "the manager saw: $(grep ended "$managed/events")"
install_program "$real"
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- and those that hung ----

for how in "${hanging[@]}"; do
  read -r asked log_bytes managed socket port daemon_pid manager_pid log <<<"${of[$how]}"
  url=http://127.0.0.1:$port
  name=hanging-${how// /-}
  statgated=$work/bin/$name
  status=0
  wait "$asked" || status=$?
  expect_eq "exit code of a reload ($how), which says '$(<"$work/answer-${how// /-}")'" "$status" 1
  end_reload "not taken" "$how"
  expect_contains "the verdict ($how)" "$said" "killed"
  expect_eq "lines of the verdict ($how)" "$(wc -l <<<"$said")" 1
  stored=$(sort "$managed/stored") inode=$(stat -c %i "$socket") visits=1 reloads=0
  goes_on "$how"
  taken
  kill -TERM "$manager_pid"
  wait "$manager_pid" || true
done
