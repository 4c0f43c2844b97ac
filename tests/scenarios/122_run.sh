#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# statgate run: a command is a job, and does not notice. Its statuses and signals, its surroundings, terminals, one at a time,
# too long; without a daemon, with one that comes and goes; killed in every order, after which the sums are right. And
# statgate job, whose jobs belong to no process.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3
export XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
socket=$work/none.sock

cat >"$work/tasks.json" <<'EOC'
{"statgate": 1, "service": "host", "jobs": {"tasks": {"buckets": [1, 60, 3600], "finish_within_s": 3600,
  "labels": {"task": ["a", "b", "crowd", "long", "hand"]}}}}
EOC
# run TASK [FLAG...] -- COMMAND...
run() {
  local task=$1
  shift
  "$statgate" run --socket "$socket" --job tasks --labels "task:$task" "$@"
}
# start TASK [FLAG...] -- COMMAND...: the same behind, as $!
start() {
  local task=$1
  shift
  "$statgate" run --socket "$socket" --job tasks --labels "task:$task" "$@" &
  helpers+=("$!")
}
# code COMMAND...: its exit status, as a shell shows it.
code() {
  local status=0
  "$@" >"$work/out" 2>"$work/err" || status=$?
  echo "$status"
}
finished() { sample "tasks_finished_total{outcome=\"$2\",task=\"$1\"}" <"$work/scraped"; }
# expect_finished TASK OUTCOME COUNT
is_finished() {
  scrape >"$work/scraped"
  last=$(finished "$1" "$2")
  same "$last" "$3"
}
expect_finished() { wait_for is_finished "$@" || fail "$1 $2: '$last', expected $3"; }
newest() { json /debug/jobs ".ended[0] | [.outcome, .exit // \"-\"] | join(\" \")"; }
expect_newest() { wait_for newest_is "$1" || fail "the last to end is '$last', expected '$1'"; }
newest_is() {
  last=$(newest)
  [[ $last == "$1" ]]
}

# ---- without a daemon: the command runs, and nothing is said ----
# shellcheck disable=SC2016
for what in 'true' 'exit 7' 'kill -9 $$' 'kill -TERM $$' 'kill -40 $$'; do
  expect_eq "the status of $what" "$(code run a -- sh -c "$what")" "$(code sh -c "$what")"
  expect_eq "words of $what" "$(<"$work/err")" ""
done
expect_eq "no command" "$(code run a -- "$work/none")" 127
expect_eq "not executable" "$(code run a -- "$work/tasks.json")" 126
for wrong in "--ok 256" "--ok x" "--timeout 0" "--timeout 5y" "--labels a:b|c" "--nonsense"; do
  # shellcheck disable=SC2086
  expect_eq "the status of $wrong" "$(code run a $wrong -- touch "$work/touched")" 125
done
expect_eq "flags of the command" "$(run a printf '%s ' --quiet --ok 7)" "--quiet --ok 7 "
# shellcheck disable=SC2016
expect_eq "a signal to its parent" "$(run a -- sh -c 'kill -USR1 $PPID; sleep 0.1; echo survived')" survived
expect_eq "no job" "$(code "$statgate" run -- true)" 125
[[ ! -e $work/touched ]] || fail "a command ran in spite of a mistake"

# ---- what the command finds is what it finds without ----
cat >"$work/surroundings" <<'EOC'
grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
cut -d' ' -f5,6 /proc/self/stat
env | grep -v '^_=' | sort
for fd in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo "$fd $(readlink /proc/$$/fd/$fd | sed 's/pipe.*/pipe/')"; done
EOC
compare() { # NAME, with what runs `"$@"`
  "$2" sh "$work/surroundings" 2>&1 | cat >"$work/without"
  "$2" "$statgate" run --socket "$socket" --job tasks --labels task:a -- sh "$work/surroundings" 2>&1 | cat >"$work/with"
  diff "$work/without" "$work/with" >"$work/diff" || fail "$1: the command notices: $(<"$work/diff")"
}
plain() { "$@"; }
ignoring() (
  trap '' HUP USR1 PIPE CHLD
  "$@"
)
closed() { "$@" <&-; }
more() { "$@" 7<"$work/tasks.json"; }
blocked() { python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
os.execvp(sys.argv[1], sys.argv[1:])' "$@"; }
for way in plain ignoring closed more blocked; do
  compare "$way" "$way"
done

# ---- with one ----
start_daemon --catalog "$work/tasks.json"
for way in plain ignoring closed more blocked; do
  compare "$way" "$way"
done
expect_finished a succeeded 5
expect_eq "an exit" "$(code run b -- sh -c 'exit 3')" 3
expect_newest "failed 3"
expect_eq "a good one" "$(code run b --ok 0,3 -- sh -c 'exit 3')" 3
expect_newest "succeeded 3"
expect_eq "zero is not good" "$(code run b --ok 3 -- true)" 0
expect_newest "failed 0"
# shellcheck disable=SC2016
expect_eq "a signal" "$(code run b -- sh -c 'kill -KILL $$')" 137
expect_newest "failed SIGKILL"
expect_eq "none" "$(code run b -- "$work/none")" 127
expect_newest "failed 127"
printf 'in' | run b -- tr a-z A-Z | grep -qx IN || fail "a pipeline is cut"
expect_finished b succeeded 2

# A signal of a process is passed on.
start b -- sh -c 'trap "exit 5" TERM; echo ready >'"$work/ready"'; while :; do sleep 0.05; done'
wrapper=$!
wait_for test -e "$work/ready" || fail "the command did not start"
kill -TERM "$wrapper"
status=0
wait "$wrapper" || status=$?
expect_eq "a trapped signal" "$status" 5
expect_newest "failed 5"

# Also one that ends processes with a core.
run b -- sleep 98764 &
helpers+=("$!")
is_asleep() { pgrep -fx 'sleep 98764' >/dev/null; }
wait_for is_asleep || fail "the command did not start"
pkill -ABRT -f 'statgate run .* sleep 98764'
is_awake() { ! is_asleep; }
wait_for is_awake || fail "SIGABRT is not passed on"

# Too long: the group is ended, by force if it does not want to.
expect_eq "too long" "$(code run long --timeout 0.2 -- sh -c 'sleep 98765 & sleep 98765' </dev/null)" 124
expect_newest "failed 124"

gone() { ! pgrep -fx 'sleep 98765' >/dev/null; }
wait_for gone || fail "a part of the group is still running"
expect_eq "unwilling" "$(code run long --timeout 0.2 -- sh -c 'trap "" TERM; while :; do sleep 0.1; done' </dev/null)" 124

# ---- one at a time; the lock is the command's, too ----
start long --no-overlap -- sh -c 'echo ready >'"$work/first"'; while [ -e '"$work/first"' ]; do sleep 0.05; done'
wrapper=$!
wait_for test -s "$work/first" || fail "the first did not start"
expect_eq "an overlap" "$(code run long --no-overlap -- touch "$work/touched")" 75
expect_finished long canceled 1
"$statgate" run --socket "$socket" --job tasks --labels task:b --no-overlap -- true || fail "another job's lock holds"
kill -KILL "$wrapper"
wait "$wrapper" 2>/dev/null || true
expect_finished long lost 1
expect_eq "an overlap with a killed one's command" "$(code run long --no-overlap -- touch "$work/touched")" 75
rm "$work/first"
ends() { [[ $(code run long --no-overlap -- true) == 0 ]]; }
wait_for ends || fail "the lock stays"
[[ ! -e $work/touched ]] || fail "a command ran beside another"
# The folder does not depend on the environment; where another user has made it, it is that of the session, if that is ours.
((EUID == 0)) && locks=/run/statgate-0 || locks=/run/lock/statgate-$UID
[[ $(stat -c %a "$locks") == 700 ]] || fail "the folder of locks: $(ls -ld "$locks")"
[[ $(stat -c %a "$locks"/statgate-run.tasks.*) =~ ^600 ]] || fail "locks: $(ls -l "$locks")"
start long --no-overlap -- sh -c 'echo ready >'"$work/first"'; while [ -e '"$work/first"' ]; do sleep 0.05; done'
wait_for test -s "$work/first" || fail "the first did not start"
expect_eq "an overlap with cron's" "$(code env -u XDG_RUNTIME_DIR "$statgate" run --socket "$socket" --job tasks --labels task:long --no-overlap -- true)" 75
rm "$work/first"
# The command's descriptors are its caller's, closed ones too, but for the lock above them.
run a --no-overlap -- sh -c 'echo lost to the lock' >&- 2>/dev/null || true
[[ -z $(cat "$locks"/statgate-run.tasks.*) ]] || fail "a command wrote into its lock"

# ---- a job of no process ----
"$statgate" job --socket "$socket" tasks started --labels task:hand --id 1
expect_json /debug/jobs '.jobs[] | select(.labels.task == "hand") | .owned' false
sleep 0.5
"$statgate" job --socket "$socket" tasks failed --labels task:hand --id 1 --exit SIGSEGV
expect_newest "failed SIGSEGV"
expect_finished hand lost 0
for wrong in "tasks began --id 1" "tasks started" "tasks failed --id 1 --exit 256" "tasks failed --id 1 --exit SIGNO" "ta|sks failed --id 1"; do
  # shellcheck disable=SC2086
  expect_eq "the status of $wrong" "$(code "$statgate" job --socket "$socket" $wrong)" 2
done
expect_eq "no daemon there" "$(code "$statgate" job --socket "$work/none.sock" tasks started --id 1)" 1

# ---- many at once, killed in every order, and the daemon, too ----
crowd=()
for i in {1..200}; do
  start crowd -- sleep 0."$((i % 10))" 2>/dev/null
  crowd+=("$!")
done
for i in {0..199..7}; do
  kill -KILL "${crowd[i]}" 2>/dev/null || true
done
for i in {3..199..9}; do
  pkill -KILL -P "${crowd[i]}" 2>/dev/null || true
done
kill -KILL "$(daemon_of "$supervisor_pid")"
for pid in "${crowd[@]}"; do
  wait "$pid" 2>/dev/null || true
done
daemon_pid=$supervisor_pid
wait_for is_ready || fail "statgated was not ready after it was killed"
all_ended() {
  scrape >"$work/scraped"
  [[ $(sample 'tasks_jobs{state="running",task="crowd"}' <"$work/scraped") == 0 ]]
}
wait_for all_ended || fail "jobs run for ever: $(json /debug/jobs .jobs)"
say "of 200: $(finished crowd succeeded) succeeded, $(finished crowd failed) failed, $(finished crowd lost) were lost"
started=$(sample 'tasks_started_total{task="crowd"}' <"$work/scraped")
(($(finished crowd succeeded) + $(finished crowd failed) + $(finished crowd lost) == started && started <= 200)) || fail "$started were started"
(($(finished crowd succeeded) > 100)) || fail "few have succeeded"

# ---- a daemon that goes away meanwhile ----
touch "$work/goes_on"
goes_on() { start a -- sh -c 'while [ -e '"$work/goes_on"' ]; do sleep 0.05; done'; }
goes_on >"$work/out" 2>&1
wrapper=$!
wait_for json_is /debug/jobs '.jobs | length' 1 || fail "it does not run"
stop_daemon "$supervisor_pid"
rm "$work/goes_on"
wait "$wrapper" || fail "it failed with the daemon"
grep -q "the end of tasks is not reported" "$work/out" || fail "nothing is said of an end that no daemon took: $(<"$work/out")"

# ---- at a terminal ----
# Our own words that cannot be written change no status.
touch "$work/goes_on"
goes_on 2>&-
wrapper=$!
start_daemon --catalog "$work/tasks.json"
stop_daemon "$supervisor_pid"
rm "$work/goes_on"
wait "$wrapper" || fail "closed standard error makes it fail"
"$root/tests/support/terminal.py" 'sh -c SCRIPT' >"$work/without"
"$root/tests/support/terminal.py" "$statgate run --socket $socket --job tasks --labels task:a -- sh -c SCRIPT" >"$work/with"
diff "$work/without" "$work/with" >"$work/diff" || fail "the terminal notices: $(<"$work/diff")"

# ---- another user, who may not send ----
if ((EUID == 0)) && command -v setpriv >/dev/null; then
  start_daemon --catalog "$work/tasks.json" --socket-mode 600
  chmod 755 "$work"
  expect_eq "who may not send" \
    "$(code setpriv --reuid 65534 --regid 65534 --clear-groups "$statgate" run --socket "$socket" --job tasks --labels task:a -- sh -c 'exit 4')" 4
  grep -q "is not reported: .*only the user root may send" "$work/err" || fail "no reason: $(<"$work/err")"
  stop_daemon "$supervisor_pid"
fi
