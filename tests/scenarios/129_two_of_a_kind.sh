#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two programs with the same library, and so with the same families: one is declared, the other names itself by
# STATGATE_SERVICE. statgate learn writes its catalog and its endpoint; then each counts for itself, through the header and
# libstatgate, and each has its own circuit breaker. The summary without quantiles keeps its values over kill -9 and a reload.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3 cc

library=$(dirname "$(program statgated)")/../client/libstatgate.so.0
mkdir "$work/catalogs"
cat >"$work/catalogs/one.json" <<'END'
{"statgate": 1, "service": "one", "families": {
  "pool_taken_total": {"type": "counter", "help": "Taken.", "labels": {"pool": ["a", "b"]}},
  "pool_wait_seconds": {"type": "summary", "unit": "seconds", "help": "Waits."}},
 "attempts": {"pool_connect": {"success": ["ok"], "failure": ["error"], "breaker": {"open_after": 2, "cooldown_s": 600}}}}
END
free_port && elsewhere=$port
printf '{"catalog": "catalogs/one.json", "metrics_listen": "127.0.0.1:%s"}\n' \
  "$elsewhere" >"$work/statgate.json"
cat >"$work/program.c" <<'END'
#include <statgate.h>
#include <stdio.h>
#include <stdlib.h>
/* program SOCKET COUNT [OUTCOME]: counts, waits and connects as the library does. Prints whether it may connect. */
int main(int argc, char **argv) {
    static struct statgate sg;
    struct statgate_breaker connect;
    struct statgate_counter taken;
    statgate_open(&sg, argv[1]);
    statgate_counter_open(&taken, &sg, "pool_taken_total", "pool:a");
    for (int i = 0; i < atoi(argv[2]); i++) {
        statgate_counter_add(&taken, 1);
        statgate_observe(&sg, "pool_wait_seconds", 0.25, NULL);
    }
    statgate_breaker_open(&connect, &sg, "pool_connect", NULL);
    for (int i = 0; argc > 3 && i < 2; i++)
        if (statgate_breaker_allow(&connect))
            statgate_breaker_report(&connect, argv[3], -1);
    printf("%d\n", statgate_breaker_allow(&connect));
    statgate_breaker_drop(&connect);
    statgate_counter_close(&taken);
    statgate_flush_wait(&sg, 5000);
    statgate_close(&sg);
    return 0;
}
END
cc -std=gnu17 -I "$root/client" "$work/program.c" -o "$work/program" -pthread
start_daemon --config "$work/statgate.json"
program() { STATGATE_SERVICE=$1 "$work/program" "$socket" "${@:2}"; }

# ---- before: the lines of the second are taken for the first's ----
program one 10 >/dev/null
STATGATE_SERVICE=two "$statgate" learn --for 1h --service two --output "$work/catalogs/two.json" --write-config "$work/statgate.json" \
  --socket "$socket" 2>"$work/evidence" &
learner=$!
helpers+=("$learner")
sleep 0.5
program two 20 ok >/dev/null
program three 5 >/dev/null
sleep 0.7
kill -INT "$learner"
wait "$learner" || fail "learn: $(<"$work/evidence")"
expect_contains "what learn says" "$(<"$work/evidence")" 'families are those of one, too'
expect_eq "what is left to the others" "$(grep -c three "$work/evidence" "$work/catalogs/two.json" || true)" \
  "$work/evidence:0
$work/catalogs/two.json:0"
expect_eq "families" "$(jq -c '[.families, .attempts | keys[]] | sort' "$work/catalogs/two.json")" \
  '["pool_connect","pool_taken_total","pool_wait_seconds"]'
expect_eq "endpoint" "$(jq -c '[.catalog, .endpoints]' "$work/statgate.json")" \
  "[[\"catalogs/one.json\",\"catalogs/two.json\"],[{\"listen\":\"127.0.0.1:$elsewhere\",\"path\":\"/metrics/two\",\"services\":[\"two\"]}]]"
"$statgate" check --config "$work/statgate.json" >"$work/check.log" 2>&1 || fail "check: $(<"$work/check.log")"
cp "$work/statgate.json" "$work/before.json"
"$statgate" learn --service two --output "$work/catalogs/two.json" --write-config "$work/statgate.json" - <<<'pool_size:3|g|#service:two' \
  2>"$work/again.evidence" || fail "$(<"$work/again.evidence")"
cmp "$work/before.json" "$work/statgate.json" || fail "what was configured is changed"

# ---- after: each for itself ----
# The breaker is a person's: learn cannot know that there is one. The second's waits have quantiles in this catalog.
jq '.attempts.pool_connect.breaker = {"open_after": 2, "cooldown_s": 600} |
  .families.pool_wait_seconds = {"type": "summary", "unit": "seconds"}' "$work/catalogs/two.json" >"$work/two.json"
mv "$work/two.json" "$work/catalogs/two.json"
"$statgate" reload --socket "$socket" >"$work/reload.log" 2>&1 || fail "reload: $(<"$work/reload.log")"
taken() { curl -fsS "http://127.0.0.1:$1" | awk -v name="$2" '$1 ~ name { print $2 }'; }
one=$port/metrics two=$elsewhere/metrics/two
before=$(taken "$one" '^pool_taken_total.*"a"')
expect_eq "the second may connect" "$(program two 7)" 1
program one 4 error >/dev/null
first_is_open() { [[ $(program one 0) == 0 ]]; }
wait_for first_is_open || fail "the first's breaker stays closed"
expect_eq "the second's is another" "$(program two 0)" 1
expect_eq "the first's count" "$(($(taken "$one" '^pool_taken_total.*"a"') - before))" 4
expect_eq "the second's count" "$(taken "$two" '^pool_taken_total.*"a"')" 7
expect_eq "the second's summary" "$(taken "$two" '^pool_wait_seconds_(sum|count)' | xargs)" '1.75 7'

cat >"$work/binding.py" <<'END'
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
lib.statgate_client_new.restype = ctypes.c_void_p
lib.statgate_client_service.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
lib.statgate_client_service.restype = ctypes.c_bool
lib.statgate_client_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p]
lib.statgate_client_free.argtypes = [ctypes.c_void_p]
client = lib.statgate_client_new(sys.argv[2].encode())
assert lib.statgate_client_service(client, b"two") and not lib.statgate_client_service(client, b"no name")
assert lib.statgate_client_service(client, None)
lib.statgate_client_count(client, b"pool_taken_total", 1, b"pool:a") # no service: refused
assert lib.statgate_client_service(client, b"two")
lib.statgate_client_count(client, b"pool_taken_total", 1, b"pool:a")
lib.statgate_client_free(client)
END
python3 "$work/binding.py" "$library" "$socket"
second_is() { [[ $(taken "$two" '^pool_taken_total.*"a"') == "$1" ]]; }
wait_for second_is 8 || fail "the second has $(taken "$two" '^pool_taken_total.*"a"')"
expect_eq "refused" "$(json /debug/rejections '.by_family[] | "\(.reason) \(.count)"')" 'ambiguous 1'
expect_contains "the hint" "$(json /debug/rejections '.by_family[0].hint')" 'service:'

# ---- kill -9, and quantiles that are added later: nothing starts again ----
has_one_child() { [[ $(children_of "$supervisor_pid" | wc -l) == 1 ]]; }
wait_for has_one_child || fail "the former daemon stays"
kill -9 "$(daemon_of "$supervisor_pid")"
daemon_pid=$supervisor_pid
wait_for is_ready || fail "no daemon after kill -9"
expect_eq "after kill -9" "$(taken "$two" '^pool_wait_seconds_(sum|count)' | xargs)" '1.75 7'
jq '.families.pool_wait_seconds.quantiles = [0.5]' "$work/catalogs/two.json" >"$work/two.json"
mv "$work/two.json" "$work/catalogs/two.json"
"$statgate" reload --socket "$socket" >"$work/reload.log" 2>&1 || fail "reload: $(<"$work/reload.log")"
expect_eq "with quantiles" "$(taken "$two" '^pool_wait_seconds_(sum|count)' | xargs)" '1.75 7'
program two 1 >/dev/null
expect_eq "and a quantile" "$(taken "$two" '^pool_wait_seconds' | xargs)" '0.25 2 8'
jq 'del(.families.pool_wait_seconds.quantiles)' "$work/catalogs/two.json" >"$work/two.json"
mv "$work/two.json" "$work/catalogs/two.json"
"$statgate" reload --socket "$socket" >"$work/reload.log" 2>&1 || fail "reload: $(<"$work/reload.log")"
expect_eq "without them again" "$(taken "$two" '^pool_wait_seconds' | xargs)" '2 8'
wait_for has_one_child || fail "the former daemon stays"
daemon_pid=$(daemon_of "$supervisor_pid")
stop_daemon
