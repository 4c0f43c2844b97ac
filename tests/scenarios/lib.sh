# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the scenario scripts NN_name.sh: they get the build folder as $1, a private folder that goes
# with them, and daemons on free ports that are ended with them whatever happens.
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   start_daemon --catalog "$scenarios/catalogs/basic.json"
#   send 'requests_total:1|c'
#   expect_metric 'requests_total' 1
#   stop_daemon
#
# The first failed expectation ends the script with 1 and shows the daemons' logs; 77 says that a
# third-party program which the scenario needs is not installed.
set -euo pipefail

if (($# < 1)) || [[ ! -d $1 ]]; then
  echo "usage: $0 BUILD_FOLDER" >&2
  exit 2
fi
build=$(cd "$1" && pwd)
scenarios=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
root=$(cd "$scenarios/../.." && pwd)
scenario=$(basename "$0" .sh)
# shellcheck disable=SC2034
long=${STATGATE_TEST_LONG:-} # scenarios that have a longer form take it
# No setting of whoever runs this; what the tests themselves are asked stays.
for name in "${!STATGATE_@}" "${!IMGSRV_@}" "${!INFERENCE_@}"; do
  [[ $name == STATGATE_TEST_* ]] || unset "$name"
done
export LC_ALL=C no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost

# A program of the build by its name.
program() {
  local path
  path=$(find "$build" -type f -name "$1" -perm -u+x -print -quit)
  [[ -n $path ]] || {
    echo "$build holds no program $1; build it first" >&2
    exit 1
  }
  printf '%s' "$path"
}
statgated=$(program statgated)
# shellcheck disable=SC2034
statgate=$(program statgate)

work=$(mktemp -d "${TMPDIR:-/tmp}/statgate-$scenario.XXXXXX")
daemons=()
helpers=()

clean_up() { # [STATUS]
  local status=${1:-$?} pid log children
  trap - EXIT
  for pid in "${daemons[@]}" "${helpers[@]}"; do
    # A supervisor's daemon would go on without it.
    mapfile -t children < <(children_of "$pid")
    kill -KILL "$pid" "${children[@]}" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  if ((status != 0 && status != 77)); then
    for log in "$work"/*.log; do
      [[ -s $log ]] || continue
      echo "---- ${log##*/}, last lines" >&2
      tail -n 40 "$log" >&2
    done
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
  printf '%s: %s\n' "$scenario" "$*" >&2
  local frame
  for ((frame = 1; frame < ${#BASH_LINENO[@]} - 1; frame++)); do
    printf '  at %s:%s\n' "${BASH_SOURCE[frame + 1]##*/}" "${BASH_LINENO[frame]}" >&2
  done
  exit 1
}

say() {
  printf '%s: %s\n' "$scenario" "$*"
}

# need_tools TOOL...: ends the scenario with 77 when one is not installed.
need_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { say "$tool is not installed"; exit 77; }
  done
}

# need_python MODULE: sets `python` to an interpreter that has it; ends the scenario with 77 when none has.
# Debian's packages belong to /usr/bin/python3, whatever else is first in the path.
need_python() {
  for python in /usr/bin/python3 python3; do
    ! "$python" -c "import $1" 2>/dev/null || return 0
  done
  say "no Python here has $1"
  exit 77
}

# ---- waiting: with a deadline, never blindly ----

# wait_for COMMAND...: runs the command until it succeeds; false after a time that only a hang takes. To be late is no
# failure: how long something takes is a benchmark's to judge.
hang_s=${STATGATE_TEST_HANG_S:-180}
wait_for() {
  watch_for "$hang_s" "$@"
}
# watch_for SECONDS COMMAND...: the same for so long, where it is no failure if the command does not succeed.
watch_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS <= deadline)) || return 1
    sleep 0.05
  done
}

# children_of PID: the processes that it has started and not buried, one a line; false when there are none.
children_of() {
  { xargs -n 1 <"/proc/$1/task/$1/children" | grep .; } 2>/dev/null
}

port_is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A port of 127.0.0.1 that nobody listens on, below those that the kernel gives to clients, and
# in a range that scenarios running beside this one rarely try. The same one without a supervisor may run beside it.
next_port=20000
[[ ${STATGATE_TEST_SUPERVISOR:-} != no ]] || next_port=7000
next_port=$((next_port + 10#${scenario%%_*} * 85 + RANDOM % 40)) # 149_ is the last one below 32768
free_port() {
  while port_is_taken "$next_port"; do
    next_port=$((next_port + 1))
  done
  port=$next_port
  next_port=$((next_port + 1))
}

# ---- daemons ----

# launch_daemon ARGUMENT...: starts statgated with these arguments alone, does not wait. Sets
# daemon_pid, which is its supervisor unless it was told --no-supervisor, and log.
launch_daemon() {
  log=$work/statgated-$((${#daemons[@]} + 1)).log
  "${launcher[@]}" "$statgated" "$@" </dev/null >"$log" 2>&1 &
  daemon_pid=$!
  daemons+=("$daemon_pid")
}
launcher=()

is_ready() {
  [[ -d /proc/$daemon_pid ]] || fail "statgated ended before it was ready"
  [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$url/readyz") == 200 ]]
}

# start_daemon ARGUMENT...: on a new socket and a free port, and waits until it is ready. Sets
# daemon_pid, its supervisor_pid (the same with --no-supervisor), socket, port, url and log. A scenario in which the daemon
# itself has to be a child of ours, or which kills it for good, says --no-supervisor. With STATGATE_TEST_SUPERVISOR=no none has
# a supervisor.
start_daemon() {
  free_port
  socket=$work/statgate-$port.sock
  url=http://127.0.0.1:$port
  launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" ${without_supervisor:+"$without_supervisor"} "$@"
  wait_for is_ready || fail "statgated was not ready"
  supervisor_pid=$daemon_pid
  daemon_pid=$(daemon_of "$supervisor_pid")
  supervisor_of[daemon_pid]=$supervisor_pid
}
supervisor_of=()
without_supervisor=
[[ ${STATGATE_TEST_SUPERVISOR:-} != no ]] || without_supervisor=--no-supervisor

# daemon_of PID: the daemon of that supervisor, also after a reload; PID itself if it has none.
daemon_of() {
  local pid=$1 child
  while child=$(children_of "$pid" | tail -n 1) && [[ -n $child ]]; do
    pid=$child
  done
  echo "$pid"
}

# started_for PID: the process of ours that PID is, or descends from; also when a reload has ended PID.
started_for() {
  local pid=${supervisor_of[$1]:-$1}
  until [[ " ${daemons[*]} " == *" $pid "* ]]; do
    pid=$(sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$pid/stat" 2>/dev/null || true)
    ((${pid:-0} > 1)) || fail "process $1 is none of ours"
  done
  echo "$pid"
}

is_gone() {
  [[ ! -d /proc/$1 ]] || [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == Z* ]]
}

# stop_daemon [PID]: SIGTERM, to its supervisor if it has one; it has to end with exit code 0.
stop_daemon() {
  local pid status=0 other kept=()
  pid=$(started_for "${1:-$daemon_pid}")
  kill -TERM "$pid"
  wait_for is_gone "$pid" || fail "statgated (process $pid) did not end after SIGTERM"
  wait "$pid" || status=$?
  for other in "${daemons[@]}"; do
    [[ $other == "$pid" ]] || kept+=("$other")
  done
  daemons=("${kept[@]}")
  ((status == 0)) || fail "statgated ended with exit code $status after SIGTERM"
}

# kill_daemon [PID]: SIGKILL, to its supervisor, too, so that nobody starts it again.
kill_daemon() {
  local pid daemon children
  pid=$(started_for "${1:-$daemon_pid}")
  daemon=$(daemon_of "$pid")
  disown "$pid" 2>/dev/null || true
  # A former daemon that still answers is a child of the supervisor, too.
  mapfile -t children < <(children_of "$pid")
  kill -KILL "$pid" "$daemon" "${children[@]}" 2>/dev/null || true
  wait_for is_gone "$daemon" || fail "a killed daemon is still there"
}

# ---- a service manager that keeps descriptors: tests/support/manager.py, which says what it does ----

# manage COMMAND...: the command under a manager of its own, with the options of the array manager_options. Sets
# managed, the manager's folder, manager_pid, and log, where the command's output goes. Does not wait.
manage() {
  need_tools python3
  managed=$work/managed-${#daemons[@]}
  log=$managed.log
  mkdir "$managed"
  "$root/tests/support/manager.py" "${manager_options[@]}" "$managed" "$@" </dev/null >"$log" 2>&1 &
  manager_pid=$!
  daemons+=("$manager_pid")
}
manager_options=()

# tell_manager COMMAND: one line of those that manager.py obeys.
tell_manager() {
  wait_for test -p "$managed/control" || fail "the manager has no control"
  printf '%s\n' "$1" >"$managed/control"
}

# happened EVENT [TIMES]: a line of the manager's events that fits the pattern as a whole, so many times or more.
happened() {
  [[ $(grep -cxE -- "$1" "$managed/events" 2>/dev/null) -ge ${2:-1} ]]
}

# expect_event EVENT [TIMES]:.
expect_event() {
  wait_for happened "$@" || fail "the manager has not seen '$1' ${2:-1} times: $(cat "$managed/events")"
}

# start_managed ARGUMENT...: start_daemon, under a manager. Sets what both set; daemon_pid is the daemon's process,
# as it is after managed_ready.
start_managed() {
  free_port
  socket=$work/statgate-$port.sock
  url=http://127.0.0.1:$port
  manage "$statgated" --no-supervisor --socket "$socket" --metrics-listen "127.0.0.1:$port" "$@"
  managed_ready 1
}
# managed_ready TIMES: waits until the daemon has been ready so many times.
managed_ready() {
  expect_event ready "$1"
  daemon_pid=$(<"$managed/pid")
}

# The former object is given up when the next daemon is ready.
has_one_object() {
  (($(grep -c '^statgate-object-' "$managed/stored") == 1))
}

# begin_reload PID: SIGHUP to that daemon, whose output is in `log`.
begin_reload() {
  log_bytes=$(stat -c %s "$log")
  kill -HUP "$1"
}
is_judged() {
  said=$(tail -c "+$((log_bytes + 1))" "$log" | grep -F ' [reload] ') && grep -qE '\[reload\] (process|reload rejected)' <<<"$said"
}
# end_reload VERDICT [WHAT]: it is "taken" or "not taken"; sets said, what the log says of it.
end_reload() {
  wait_for is_judged || fail "no verdict${2:+ ($2)}"
  case "$1 $said" in
  not\ taken*'] reload rejected'*) ;;
  taken*'took over'*) ;;
  *) fail "a reload${2:+ ($2)} was expected to be $1: $said" ;;
  esac
}

# ---- a program whose lives are written down: tests/support/stand_in.c, which says what they can be ----

# lives_of NAME: a folder for it. Sets lives.
lives_of() {
  lives=$work/lives-$1
  mkdir "$lives"
}
# life NUMBER: what it does in that life, from standard input.
life() {
  cat >"$lives/life-$1"
}
printed() {
  [[ $(grep -cxE -- "$1" "$log" 2>/dev/null) -ge ${2:-1} ]]
}
# expect_printed LINE [TIMES]: a line of the log that fits the pattern as a whole, so many times.
expect_printed() {
  wait_for printed "$@" || fail "the log has no '$1' ${2:-1} times: $(cat "$log")"
}

# helper COMMAND...: a program in the background that ends with the scenario. Sets helper_pid; its
# output goes to $work/NAME.log.
helper() {
  "$@" </dev/null >"$work/$(basename "$1")-${#helpers[@]}.log" 2>&1 &
  helper_pid=$!
  helpers+=("$helper_pid")
}

# ---- talking to the daemon of start_daemon ----

# send LINE...: one datagram of these lines, from the shell. A here-string is all there before socat
# reads it; what printf writes to a pipe comes in pieces.
send() {
  local IFS=$'\n'
  socat -u -b 65536 - "UNIX-SENDTO:$socket" <<<"$*"
}

# Processes that live, send and die, for what belongs to processes.
declare -A sender_pid=() sender_in=()

# start_sender NAME...: a process for each.
start_sender() {
  local name fd
  for name in "$@"; do
    mkfifo "$work/$name.in"
    "$(program statgate-sender)" "$socket" <"$work/$name.in" >>"$work/$name.out" 2>>"$work/senders.log" &
    sender_pid[$name]=$!
    helpers+=("$!")
    exec {fd}>"$work/$name.in"
    sender_in[$name]=$fd
    rm "$work/$name.in"
  done
}

# send_as NAME LINE...: one datagram of these lines from that process.
send_as() {
  local name=$1 IFS=$'\n' text
  shift
  text="$*"
  printf '%s\n' "${text//$'\n'/\\n}" >&"${sender_in[$name]}"
}

# kill_sender NAME...: SIGKILL, while it holds what it holds.
kill_sender() {
  local name fd
  for name in "$@"; do
    kill -KILL "${sender_pid[$name]}"
    wait "${sender_pid[$name]}" 2>/dev/null || true
    fd=${sender_in[$name]}
    exec {fd}>&-
    unset "sender_pid[$name]" "sender_in[$name]"
  done
}

# scrape [PATH]: the Prometheus text exposition.
scrape() {
  curl -fsS --max-time 100 -H 'Accept: text/plain;version=0.0.4' "$url${1:-/metrics}"
}

# scrape_openmetrics [PATH]
scrape_openmetrics() {
  curl -fsS --max-time 100 -H 'Accept: application/openmetrics-text;version=1.0.0' "$url${1:-/metrics}"
}

# json PATH FILTER [JQ ARGUMENT...]
json() {
  local path=$1 filter=$2
  shift 2
  curl -fsS --max-time 100 "$url$path" | jq -r "$@" "$filter"
}

# metric NAME{LABELS}: the value of that sample in the text exposition, or "absent".
metric() {
  scrape | sample "$1"
}

# sample NAME{LABELS}: the same from an exposition on standard input.
sample() {
  key="$1 " awk 'index($0, ENVIRON["key"]) == 1 { print substr($0, length(ENVIRON["key"]) + 1); found = 1 }
    END { if (!found) print "absent" }'
}

# sum_of NAME: of all series of that name in the text exposition.
sum_of() {
  scrape | name=$1 awk '!/^#/ && index($1 "{", ENVIRON["name"] "{") == 1 { sum += $2 } END { printf "%.17g\n", sum }'
}

# start_prometheus INTERVAL [RULES]: one that scrapes the daemon as often, with the file $work/RULES. Sets prometheus, its
# address.
start_prometheus() {
  local daemon_port=$port
  cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: $1, scrape_timeout: $1}
rule_files: [${2:-}]
scrape_configs:
  - job_name: statgate
    honor_labels: true
    static_configs: [{targets: ["127.0.0.1:$port"]}]
YML
  free_port
  # shellcheck disable=SC2034
  prometheus=http://127.0.0.1:$port
  helper prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn
  port=$daemon_port
}

# start_flood: four processes that wait for the daemon send packed datagrams of the basic catalog, until end_flood.
start_flood() {
  "$root/tests/support/pack_flood.py" "$socket" 4 >"$work/flooded" 2>"$work/flood.log" </dev/null &
  flood=$!
  helpers+=("$flood")
}

# end_flood: all that was sent is counted. Sets flood_observations, and flood_samples, all of them.
end_flood() {
  local visits orders
  kill -TERM "$flood"
  wait_for test -s "$work/flooded" || fail "the senders do not end"
  read -r visits orders flood_observations <"$work/flooded"
  flood_samples=$((visits + orders + flood_observations))
  expect_metric shop_visits_total "$visits"
  expect_metric 'shop_orders_total{outcome="ok"}' "$orders"
  expect_metric 'shop_checkout_duration_seconds_count{till="1"}' "$flood_observations"
  expect_metric 'statgate_samples_total{service="shop",verdict="accepted"}' "$flood_samples"
  expect_metric statgate_crash_skipped_datagrams_total 0
}

# start_connected: a process that connects once, as statsd clients do; those of start_sender look for
# the path each time. Each line written to the descriptor `connected` is a datagram.
start_connected() {
  mkfifo "$work/connected.in"
  socat -u - "UNIX-CLIENT:$socket,type=2" <"$work/connected.in" 2>"$work/connected.log" &
  helpers+=("$!")
  # shellcheck disable=SC2034
  exec {connected}>"$work/connected.in"
}

# ---- expectations ----

# same NUMBER NUMBER: equal up to the last digits; words are compared as words.
same() {
  [[ $1 == "$2" ]] || awk -v a="$1" -v b="$2" 'BEGIN {
    if (a + 0 != a || b + 0 != b) exit 1
    d = a - b; if (d < 0) d = -d
    m = (a < 0 ? -a : a) + (b < 0 ? -b : b)
    exit !(d <= 1e-12 * m) }'
}

# expect_eq WHAT ACTUAL EXPECTED
expect_eq() {
  same "$2" "$3" || fail "$1 is '$2', expected '$3'"
}

# expect_near WHAT ACTUAL EXPECTED FRACTION
expect_near() {
  awk -v a="$2" -v b="$3" -v f="$4" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a == a + 0 && d <= f * b) }' ||
    fail "$1 is '$2', expected $3 within a fraction of $4"
}

# expect_contains WHAT TEXT PART
expect_contains() {
  [[ $2 == *"$3"* ]] || fail "$1 lacks '$3': $2"
}

metric_is() {
  last=$(metric "$1")
  same "$last" "$2"
}

# expect_metric NAME{LABELS} VALUE, since a sender does not wait for the daemon.
expect_metric() {
  wait_for metric_is "$1" "$2" || fail "$1 is '$last', expected '$2'"
}

sum_is() {
  last=$(sum_of "$1")
  same "$last" "$2"
}

json_is() {
  last=$(json "$1" "$2")
  same "$last" "$3"
}

# expect_json PATH FILTER VALUE: likewise, of a JSON view.
expect_json() {
  wait_for json_is "$@" || fail "$1 | $2 is '$last', expected '$3'"
}

# expect_sums: for every sender, and in all, each sample is in exactly one verdict.
expect_sums() {
  local view
  view=$(json '/debug/senders?limit=100000' '
    def verdicts: .accepted + .folded + .rejected + .ignored;
    if .next != null then "more senders than asked for"
    elif [.total, .departed, .senders[] | select(.samples != verdicts)] != [] then "a sum is open"
    elif .total.samples != ([.departed, .senders[]] | map(.samples) | add) then "the total differs"
    else "closed" end')
  expect_eq "/debug/senders: each sample in one verdict" "$view" "closed"
}
