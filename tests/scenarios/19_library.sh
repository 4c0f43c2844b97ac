#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# libstatgate, as Python calls it: counts, breakers and forks, by several threads, with the real daemon. Only its own names
# can be seen, and it works beside the header in one program.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3 nm cc

library=$(dirname "$(program statgated)")/../client/libstatgate.so.0
[[ -f $library ]] || fail "no $library"
others=$(nm -D --defined-only "$library" | awk '{ print $3 }' | grep -vE '^(STATGATE_0|statgate_[a-z_]+@@STATGATE_0)$' || true)
expect_eq "names that are not statgate_*, of STATGATE_0" "$others" ''

cat >"$work/calls.json" <<'EOF'
{"statgate": 1, "service": "calls", "families": {
  "calls_total": {"type": "counter", "help": "Calls.", "labels": {"by": ["a", "b"]}},
  "calls_level": {"type": "gauge", "help": "A level."},
  "calls_inside": {"type": "updowncounter", "help": "Inside."},
  "calls_seconds": {"type": "histogram", "unit": "seconds", "help": "Durations.", "buckets": [0.01, 1]}},
 "attempts": {"calls_job": {"labels": {"job": ["x"]}, "success": ["ok"], "failure": ["bad"],
   "breaker": {"open_after": 2, "cooldown_s": 600}}},
 "jobs": {"calls_export": {"labels": {}, "max_live": 10, "buckets": [1, 10]}}}
EOF
start_daemon --catalog "$work/calls.json"

# ---- a binding ----
cat >"$work/binding.py" <<'EOF'
import ctypes, os, sys, threading
lib = ctypes.CDLL(sys.argv[1])
for name, args, result in (
        ("abi_version", [], ctypes.c_uint),
        ("client_new", [ctypes.c_char_p], ctypes.c_void_p),
        ("client_free", [ctypes.c_void_p], None),
        ("client_count", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p], ctypes.c_bool),
        ("client_set", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p], ctypes.c_bool),
        ("client_add", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p], ctypes.c_bool),
        ("client_observe", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p], ctypes.c_bool),
        ("client_attempt", [ctypes.c_void_p] + [ctypes.c_char_p] * 3, ctypes.c_bool),
        ("client_job", [ctypes.c_void_p] + [ctypes.c_char_p] * 4, ctypes.c_bool),
        ("client_count_with", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_set_with", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_add_with", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_observe_with", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_attempt_with", [ctypes.c_void_p] + [ctypes.c_char_p] * 2 + [ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_job_with", [ctypes.c_void_p] + [ctypes.c_char_p] * 3 + [ctypes.c_void_p, ctypes.c_size_t], ctypes.c_bool),
        ("client_replaced", [ctypes.c_void_p], ctypes.c_uint64),
        ("client_flush", [ctypes.c_void_p], ctypes.c_bool),
        ("client_flush_wait", [ctypes.c_void_p, ctypes.c_uint], ctypes.c_bool),
        ("client_lost", [ctypes.c_void_p], ctypes.c_uint64),
        ("client_attempt_begin", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p], ctypes.c_void_p),
        ("attempt_report", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double], ctypes.c_bool),
        ("attempt_drop", [ctypes.c_void_p], None),
        ("client_counter", [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p], ctypes.c_void_p),
        ("metric_add", [ctypes.c_void_p, ctypes.c_double], ctypes.c_bool)):
    function = getattr(lib, "statgate_" + name)
    function.argtypes, function.restype = args, result
    globals()[name] = function

assert abi_version() == 0
client = client_new(sys.argv[2].encode())
attempt = client_attempt_begin(client, b"calls_job", b"job:x")
assert attempt and attempt_report(attempt, b"ok", 0.5)
attempt_drop(client_attempt_begin(client, b"calls_job", b"job:x"))
assert client_set(client, b"calls_level", 2.5, None)
assert client_add(client, b"calls_inside", 3, None) and client_add(client, b"calls_inside", -1, None)
assert client_observe(client, b"calls_seconds", 0.5, None)
assert client_job(client, b"calls_export", b"queued", b"1", None)
counter = client_counter(client, b"calls_total", b"by:b")
assert counter and counter == client_counter(client, b"calls_total", b"by:b")
assert not client_counter(client, b"calls_total", b"by:b|evil")

def work():
    for _ in range(2000):
        assert client_count(client, b"calls_total", 1, b"by:a")
        assert metric_add(counter, 1)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
# Amid their calls: the child has its own numbers, and no lock that nobody gives back.
child = os.fork()
if child == 0:
    for _ in range(500):
        client_count(client, b"calls_total", 1, b"by:a")
        metric_add(counter, 1)
    os._exit(0 if client_flush_wait(client, 5000) and client_lost(client) == 0 else 1)
for thread in threads:
    thread.join()
assert os.waitpid(child, 0)[1] == 0
# Labels as pairs: what a stranger chose is one label, whatever bytes it has.
def pairs(*texts):
    return (ctypes.c_char_p * len(texts))(*texts), len(texts) // 2
assert client_count_with(client, b"calls_total", 7, *pairs(b"by", b"a"))
assert client_count_with(client, b"calls_total", 1, *pairs(b"by", b"a,by:b|c\n"))
assert client_replaced(client) == 1
assert not client_count_with(client, b"calls_total", 1, *pairs(b"by", None)) and client_lost(client) == 1
assert client_set_with(client, b"calls_level", 2.5, None, 0)
assert client_add_with(client, b"calls_inside", 0, None, 0)
assert client_observe_with(client, b"calls_seconds", 0.5, None, 0)
assert client_job_with(client, b"calls_export", b"queued", b"2", None, 0)
for _ in range(2):
    assert client_attempt_with(client, b"calls_job", b"bad", *pairs(b"job", b"x"))
assert client_flush_wait(client, 5000)
assert client_lost(client) == 1
assert not client_count(client, b"a|b", 1, None) and client_lost(client) == 2
client_free(client)
# What was refused, or had no memory, is None in a binding, and does no harm there.
for call in (client_count, client_set, client_add, client_observe):
    assert not call(None, b"calls_total", 1, b"by:a")
assert not client_attempt(None, b"calls_job", b"ok", b"job:x") and not client_job(None, b"calls_export", b"queued", b"1", None)
assert not client_flush(None) and not client_flush_wait(None, 1) and client_lost(None) == 0
attempt = client_attempt_begin(None, b"calls_job", b"job:x")
assert attempt and not attempt_report(attempt, b"ok", -1)
attempt_drop(attempt)
attempt_drop(None)
assert not attempt_report(None, b"ok", -1)
assert client_counter(None, b"calls_total", b"by:a") is None and not metric_add(None, 1)
client_free(None)
EOF
timeout 500 python3 "$work/binding.py" "$library" "$socket" || fail "the binding failed"
expect_metric 'calls_total{by="a"}' 8507
expect_metric 'calls_total{by="b"}' 8500
expect_metric calls_level 2.5
expect_metric calls_inside 2
expect_metric calls_seconds_count 2
expect_json /debug/breakers '.breakers[0].state' open
expect_json /debug/jobs '[.. | objects | select(has("queued")) | .queued] | add' 2

# A wait holds no lock: a fork in another thread comes back at once.
cat >"$work/waiting.py" <<'EOF'
import ctypes, os, sys, threading, time
lib = ctypes.CDLL(sys.argv[1])
lib.statgate_client_new.restype = ctypes.c_void_p
lib.statgate_client_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p]
lib.statgate_client_flush_wait.argtypes = [ctypes.c_void_p, ctypes.c_uint]
client = lib.statgate_client_new(b"/nonexistent/socket")
lib.statgate_client_count(client, b"calls_total", 1, None)
waiting = threading.Thread(target=lib.statgate_client_flush_wait, args=(client, 3600000), daemon=True)
waiting.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    lib.statgate_client_count(client, b"calls_total", 1, None)
assert waiting.is_alive()
os._exit(0)
EOF
timeout 60 python3 "$work/waiting.py" "$library" || fail "a wait holds up others"

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
    good = statgate_client_attempt_begin(client, "calls_job", "job:x") == NULL && good;
    statgate_close(&sg);
    statgate_client_free(client);
    return good ? 0 : 1;
}
EOF
for linked in "$library" "$(dirname "$library")/libstatgate.a"; do
  cc -std=gnu11 -Wall -Wextra -Werror -I"$root/client" "$work/both.c" -o "$work/both" "$linked" -Wl,-rpath,"$(dirname "$library")" -pthread || fail "does not link with $linked"
  "$work/both" "$socket" || fail "the program with header and $linked failed"
done
expect_metric 'calls_total{by="a"}' 8547
