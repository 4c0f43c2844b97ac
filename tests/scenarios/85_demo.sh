#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# packaging/demo: each of the five systems comes up, shows itself and leaves nothing behind; with
# Prometheus a query has its result and under trouble an alert fires; and what is wrong is said.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
own_network "$@"
need_tools prometheus go npm psql

# Its folders are made here; PostgreSQL has to get at its own as somebody else.
chmod 755 "$work"
mkdir "$work/tmp"
export TMPDIR=$work/tmp

# demo ARGUMENT...: sets shown, what it printed, and status.
demo() {
  status=0
  shown=$(timeout 500 "$root/packaging/demo" --build "$build" "$@" 2>&1 </dev/null) || status=$?
}
nothing_is_left() {
  [[ -z $(ls "$TMPDIR") ]] || fail "$1 left $(ls "$TMPDIR")"
  ! port_is_taken 9465 || fail "$1 left somebody who listens on port 9465"
}

# ---- each of them, once ----
declare -A wants=([imgsrv]='imgsrv_publish_steps{' [imgforge]='cache_hits_total{' [connaisseur]='go_info{version="go'
  [gallery]='immich_ml_model_cache_entries{')
left_out=''
for name in imgsrv imgforge connaisseur gallery; do
  # Without its client it is left out, and the scenario counts as skipped.
  if [[ $name == gallery ]] && ! "$root/packaging/examples/prepare" "$build/clients" gallery >"$work/prepare.log" 2>&1; then
    left_out=$(tail -n 1 "$work/prepare.log")
    continue
  fi
  demo "$name" --once
  ((status == 0)) || fail "demo $name ends with $status: $shown"
  expect_contains "demo $name" "$shown" "${wants[$name]}"
  expect_contains "demo $name" "$shown" "0 samples refused"
  expect_contains "demo $name" "$shown" "It works."
  nothing_is_left "demo $name"
  say "$name"
done

# ---- with Prometheus, in trouble, until Ctrl-C ----
: >"$work/demo.log"
env --default-signal=INT "$root/packaging/demo" --build "$build" inference --prometheus --trouble \
  >"$work/demo.log" 2>&1 </dev/null &
demo_pid=$!
helpers+=("$demo_pid")
runs() {
  grep -q '/alerts    (where' "$work/demo.log" # its last line
}
wait_for runs || fail "the demo does not come up: $(<"$work/demo.log")"
shown=$(<"$work/demo.log")
expect_contains "demo inference --prometheus" "$shown" "  tenant=acme  "
expect_contains "demo inference --trouble" "$shown" "firing: Inference"
expect_contains "demo inference" "$shown" "0 samples refused"
expect_contains "demo inference" "$shown" "  open http://127.0.0.1:9465/ in a browser"
top=$(sed -n 's/^  \(.*statgate\) top --daemon \([^ ]*\) .*/\1 doctor --daemon \2/p' <<<"$shown")
[[ -n $top ]] || fail "the demo does not name statgate top: $shown"
(cd "$root" && $top) >"$work/doctor.log" || expect_contains "the daemon that statgate top is sent to" "$(<"$work/doctor.log")" "it answers at"
port_is_taken 8000 || fail "nobody serves the inference service's metrics"
kill -INT "$demo_pid"
wait_for is_gone "$demo_pid" || fail "the demo does not end by Ctrl-C"
status=0
wait "$demo_pid" || status=$?
expect_eq "exit code after Ctrl-C" "$status" 0
nothing_is_left "a demo that Ctrl-C ended"

# ---- what is wrong ----
demo
expect_eq "exit code without a system" "$status" 2
expect_contains "without a system" "$shown" "usage: packaging/demo SYSTEM"
demo gallery inference
expect_eq "exit code with two systems" "$status" 2
demo imgsrv --seconds soon
expect_eq "exit code of a wrong number" "$status" 2

helper socat TCP-LISTEN:9600,bind=127.0.0.1,fork -
wait_for port_is_taken 9600 || fail "socat does not listen"
demo imgforge --once
expect_eq "exit code with a port taken" "$status" 1
expect_contains "with a port taken" "$shown" "Port 9600 is taken"
expect_contains "with a port taken" "$shown" "packaging/systems/imgforge/statgate.json wants it"
nothing_is_left "a demo whose port was taken"

[[ -z $left_out ]] || { say "$left_out"; exit 77; }
