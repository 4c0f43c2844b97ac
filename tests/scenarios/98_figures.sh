#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every figure of the documentation is measured by a program: all of these in their shortest form, whose times nobody
# judges. So is the comparison with other receivers, of which statgate's own ways are enough here.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ -x $build/tests/bench/bench_ingest ]] || { say "$build has no benchmarks"; exit 77; }

"$root/tests/bench/figures" --quick --build "$build" --keep "$work/figures" >"$work/said" ||
  { cat "$work/said" >&2; fail "figures are wrong"; }
grep -q ', 0 are wrong' "$work/said" || fail "$(tail -n 1 "$work/said")"
for bench in ingest rejects owned send client python breaker render gzip restore live turns; do
  grep -q "^$bench\.[A-Za-z0-9._-]* [0-9.e+-]* [a-z]*$" "$work/figures" || fail "bench_$bench measured nothing"
done
say "$(tail -n 1 "$work/said")"

need_tools setpriv ss curl
"$root/tests/bench/peers" --quick --build "$build" statgate brubeck >"$work/tables" 2>"$work/peers.log" || fail "the comparison ended"
for way in 'a line a datagram' 'packed datagrams' '`statgate_count`' '`statgate_counter_add`' 'from Python' 'from Python, prepared'; do
  grep -qE "^\| statgate, $way \| [0-9.,]+ \| -?[0-9.,]+ \| 0 \|$" "$work/tables" ||
    { cat "$work/tables" "$work/peers.log" >&2; fail "no figures, or losses: $way"; }
done
grep -q '^| brubeck | ' "$work/tables" || fail "it does not say what could not be measured"
say "the comparison measures six ways to send"
