#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the next daemon does with an object that it cannot use, and without memory for one: it starts with empty
# tables, says why, and goes on.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3 jq

manager_options=(--restart)
cat >"$work/own.json" <<'END'
{"statgate": 1, "service": "own", "families": {
  "own_read_total": {"type": "counter", "help": "What processes read.", "reading": "absolute"}}}
END
start_managed --catalog "$scenarios/catalogs/basic.json" --catalog "$work/own.json"
readies=1

# spoil OFFSET BYTES: in the front of the daemon's object (object/object_private.h).
spoil() {
  local fd spoilt=0
  for fd in "/proc/$daemon_pid/fd/"*; do
    if [[ $(readlink "$fd") == /memfd:statgate-object* ]]; then
      # shellcheck disable=SC2059
      printf "$2" | dd of="$fd" bs=1 seek="$1" conv=notrunc status=none
      spoilt=$((spoilt + 1))
    fi
  done
  ((spoilt > 0)) || fail "the daemon has no object"
}

# starts_empty WHY: killed, the daemon starts with empty tables and says so.
starts_empty() {
  tell_manager kill
  readies=$((readies + 1))
  managed_ready "$readies"
  expect_metric shop_visits_total 0
  grep -q "could not restore the values of the previous process, all series start at 0: object: $1" "$log" || fail "the log does not say '$1'"
  expect_json /debug/ingress .restore.done false
  keeps_one() { (($(grep -c '^statgate-object-' "$managed/stored") == 1)); }
  wait_for keeps_one || fail "not one object is kept: $(cat "$managed/stored")"
  send 'shop_visits_total:7|c'
  expect_metric shop_visits_total 7
}

send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
spoil 0 'S'
starts_empty 'not a statgate object'
spoil 32 '0123456789abcdef'
starts_empty 'it was made before this host started'
spoil 8 '\2'
starts_empty 'its layout is 2, and this version reads layout 1'
spoil 116 '\2'
starts_empty '2 daemons died while they took it over'

# And then a good one.
tell_manager kill
managed_ready $((readies + 1))
expect_metric shop_visits_total 7
expect_json /debug/ingress .restore.done true
tell_manager stop
expect_event 'ended exit 0'
nothing_is_kept() { [[ ! -s $managed/stored ]]; }
wait_for nothing_is_kept || fail "after a clean end these are kept: $(cat "$managed/stored")"
kill -TERM "$manager_pid"
wait "$manager_pid" || true

# ---- a limit of files, or of address space, that leaves no room for an object ----

launcher=(prlimit --fsize=65536)
start_daemon --catalog "$scenarios/catalogs/basic.json"
grep -q 'no memory that outlives this process, so its values are lost when it ends' "$log" || fail "the log does not say that values end"
send 'shop_visits_total:7|c'
expect_metric shop_visits_total 7
expect_json /debug/ingress .outlives false
stop_daemon
