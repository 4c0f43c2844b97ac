#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The README and the pages that continue it, from the first command to the last, as printed, and what their
# programs and catalogs come to.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/pages.sh"
need_tools prometheus socat curl jq
own_machine "$@"

# What a page promises shows in what its commands printed.
shows() {
  grep -qF -- "$1" "$work/page.log" || fail "nothing that the page runs prints '$1'"
}
run_page README.md
shows 'demo_requests_total{outcome="ok"} 2'
shows 'rejected  1 sample, unknown_label'
run_page packaging/doc/CLIENTS.md
shows 'demo_job_attempts_total{outcome="worked",task="report"} 1'
shows 'demo_export_jobs{queue="fast",state="queued"} 1'
run_page packaging/doc/LANGUAGES.md
for tool in go ruby php rustc; do
  command -v "$tool" >/dev/null || say "LANGUAGES.md: there is no $tool here, so its block is not run"
done
run_page packaging/doc/RUNNING.md
shows 'stopped statgated'

# A demo whose port is taken says by whom, and what to do about it.
cd "$root"
packaging/quickstart >"$work/quickstart.log" 2>&1 || fail "the quick start, once more: $(tail -n 5 "$work/quickstart.log")"
status=0
packaging/demo imgsrv --once >"$work/demo.log" 2>&1 || status=$?
expect_eq "exit code of a demo whose port is taken" "$status" 1
expect_contains "a demo beside the quick start" "$(<"$work/demo.log")" "End it: packaging/quickstart --stop"

# Its last lines: the daemon is killed, is back, and shows what it showed.
moved() {
  sed -n "s/^  \($1.*\)/\1/p" "$work/quickstart.log" | tail -n 1
}
shown=$(eval "$(moved 'curl .*demo_requests_total')") || fail "the quick start's last lines show nothing"
expect_contains "the quick start's numbers" "$shown" 'demo_requests_total{outcome="ok"} 1'
eval "$(moved 'kill -9')"
again() { # a connection is accepted by the supervisor's descriptor, though no daemon may answer it
  last=$(timeout 3 bash -c "$(moved 'curl .*demo_requests_total')") && [[ $last == "$shown" ]]
}
wait_for again || fail "after kill -9 the quick start shows '$last', before '$shown'"
packaging/quickstart --stop
