#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# libstatgate, as other languages call it: every call by cffi and by koffi, which read its declarations from the header, with
# threads, forks, a daemon that comes late, and the end of a program. Only its own names can be seen, and it works beside the
# header in one program.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq nm cc curl node npm
need_python cffi

library=$(dirname "$(program statgated)")/../client/libstatgate.so.0
declarations=$root/client/statgate_ffi.h
[[ -f $library ]] || fail "no $library"
others=$(nm -D --defined-only "$library" | awk '{ print $3 }' | grep -vE '^(STATGATE_0|statgate_[a-z_]+@@STATGATE_0)$' || true)
expect_eq "names that are not statgate_*, of STATGATE_0" "$others" ''
named=$(nm -D --defined-only "$library" | grep -o 'statgate_[a-z_]*' | sort)
expect_eq "what is exported is what is declared" "$named" "$(grep -oE '\bstatgate_[a-z_]+\(' "$declarations" | tr -d '(' | sort -u)"
expect_eq "and what Debian's package lists" "$named" "$(grep -o '^ statgate_[a-z_]*' "$root/packaging/debian/libstatgate0.symbols" | tr -d ' ')"

cat >"$work/calls.json" <<'EOF'
{"statgate": 1, "service": "calls", "families": {
  "calls_total": {"type": "counter", "help": "Calls.", "labels": {"by": ["a", "b"]}},
  "calls_many_total": {"type": "counter", "help": "Calls.", "labels": {"n": {"pattern": "[0-9]{1,5}", "max": 6000}}},
  "calls_level": {"type": "gauge", "help": "A level."},
  "calls_inside": {"type": "updowncounter", "help": "Inside."},
  "calls_seconds": {"type": "histogram", "unit": "seconds", "help": "Durations.", "buckets": [0.01, 1]},
  "calls_burst": {"type": "histogram", "help": "Durations.", "labels": {"n": {"pattern": "[0-9]{1,5}", "max": 100}}, "buckets": [3]},
  "calls_absent": {"type": "histogram", "help": "Durations.", "labels": {"n": {"pattern": "[0-9]{1,5}", "max": 100}}, "buckets": [3]},
  "calls_long": {"type": "histogram", "help": "Durations.", "labels": {"p": {"values": ["a"], "otherwise": "other"},
    "q": {"values": ["a"], "otherwise": "other"}, "r": {"values": ["a"], "otherwise": "other"}}, "buckets": [3]},
  "calls_build_info": {"type": "info", "help": "The build.", "labels": {"version": {"pattern": "semver", "max": 4}}},
  "calls_mode": {"type": "stateset", "help": "The mode.", "labels": {"calls_mode": ["on", "off"]}},
  "calls_door": {"type": "stateset", "help": "A door.", "labels": {"calls_door": ["open", "shut"], "side": ["left"]}}},
 "attempts": {"calls_job": {"labels": {"job": ["x", "y", "z"]}, "success": ["ok"], "failure": ["bad"],
   "breaker": {"open_after": 2, "cooldown_s": 600}},
   "calls_own": {"labels": {"to": ["a"]}, "success": ["ok"], "failure": ["bad"], "breaker": "reported"}},
 "jobs": {"calls_export": {"labels": {}, "max_live": 10, "buckets": [1, 10]}}}
EOF

# with_library TEST [COMMAND...]: runs a test of library.py, with a new daemon.
with_library() {
  [[ -z ${daemon_pid:-} ]] || stop_daemon
  start_daemon --catalog "$work/calls.json"
  METRICS=$url/metrics timeout 500 "${@:2}" "$python" "$scenarios/library.py" "$library" "$declarations" "$socket" "$1" \
    >"$work/$1.out" 2>"$work/$1.err" || fail "$1: $(tail -3 "$work/$1.err")"
}

with_library singles
expect_metric 'calls_total{by="a"}' 3
expect_metric calls_level 2.5
expect_metric calls_inside 2
expect_metric calls_seconds_sum 0.75
expect_json /debug/breakers '[.breakers[] | .name + " " + .state] | unique | join(", ")' 'calls_job closed, calls_own half_open'
expect_json /debug/jobs '[.. | objects | select(has("queued")) | .queued] | add' 2
expect_json /debug/rejections .total 0

with_library prepared
expect_metric 'calls_total{by="b"}' 1000
expect_metric calls_inside 1000
expect_metric calls_level 999
expect_metric calls_seconds_count 1002
expect_metric calls_seconds_sum "$(jq -n '[range(1000)] | add / 1024 + 3')"
expect_json /debug/jobs '[.. | objects | select(has("queued")) | .queued] | add' 1
expect_json /debug/rejections .total 0

with_library refusals
with_library many
expect_eq "5000 metrics, each used twice" "$(scrape | awk '/^calls_many_total/ { n[$2]++ } END { print n[2], length(n) }')" "5000 1"
expect_metric 'calls_long_count{p="other",q="other",r="other"}' 1
with_library burst
expect_eq "observations of a burst" "$(sum_of calls_burst_count)" 100000
with_library forks
expect_metric 'calls_total{by="a"}' 10000
expect_metric 'calls_total{by="b"}' 10000
expect_metric calls_seconds_count 10000
with_library breaker
with_library thread
with_library leave
expect_metric 'calls_total{by="b"}' 5
expect_metric calls_seconds_count 1

# No thread can be made.
cat >"$work/none.c" <<'EOF'
#include <errno.h>
#include <pthread.h>
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg) {
    (void)thread, (void)attr, (void)run, (void)arg;
    return EAGAIN;
}
EOF
cc -shared -fPIC "$work/none.c" -o "$work/none.so"
with_library threadless env LD_PRELOAD="$work/none.so"
expect_metric 'calls_total{by="b"}' "$(<"$work/threadless.out")"
expect_metric calls_seconds_count "$(<"$work/threadless.out")"

# The daemon comes late.
stop_daemon
socket=$work/late.sock
mkfifo "$work/go"
"$python" "$scenarios/library.py" "$library" "$declarations" "$socket" absent >"$work/absent.out" 2>"$work/absent.err" <"$work/go" &
absent=$!
helpers+=("$absent")
exec 8>"$work/go"
is_full() { grep -q ready "$work/absent.out"; }
wait_for is_full || fail "absent: $(tail -3 "$work/absent.err")"
free_port
url=http://127.0.0.1:$port
launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" --no-supervisor --catalog "$work/calls.json"
wait_for is_ready || fail "statgated was not ready"
echo >&8
wait "$absent" || fail "absent: $(tail -3 "$work/absent.err")"
expect_eq "what was held while no daemon was there" "$(sum_of calls_absent_count)" "$(tail -1 "$work/absent.out")"

# ---- koffi ----
"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit
(cd "$build/clients/npm" && timeout 100 node library.js "$library" "$declarations" "$socket") || fail "koffi"
expect_metric 'calls_total{by="a"}' 3
expect_metric 'calls_total{by="b"}' 1000
expect_metric calls_level 1.5
expect_metric calls_seconds_count 1000

# ---- beside the header in one program ----
cat >"$work/both.c" <<'EOF'
#include <statgate.h>
#include <statgate_abi.h>
int main(int argc, char **argv) {
    static struct statgate sg;
    struct statgate_client *client = argc == 2 ? statgate_client_new(argv[1]) : NULL;
    if (client == NULL || !statgate_open(&sg, argv[1]))
        return 1;
    bool good = statgate_count(&sg, "calls_total", 10, "by:a");
    good = statgate_client_count(client, "calls_total", 10, "by:a") && good;
    statgate_close(&sg);
    statgate_client_free(client);
    return good ? 0 : 1;
}
EOF
for linked in "$library" "$(dirname "$library")/libstatgate.a"; do
  cc -std=gnu11 -Wall -Wextra -Werror -I"$root/client" "$work/both.c" -o "$work/both" "$linked" -Wl,-rpath,"$(dirname "$library")" -pthread || fail "does not link with $linked"
  "$work/both" "$socket" || fail "the program with header and $linked failed"
done
expect_metric 'calls_total{by="a"}' 43
