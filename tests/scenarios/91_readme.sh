#!/usr/bin/env bash
# The README, from its first command to its last, as it is printed; and what its programs and catalogs come to.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/pages.sh"
need_tools prometheus socat curl jq
own_machine "$@"

run_page README.md
# What it promises shows in what its commands printed.
shows() {
  grep -qF -- "$1" "$work/page.log" || fail "nothing that the README runs prints '$1'"
}
shows 'demo_requests_total{outcome="ok"} 2'
shows 'demo_job_attempts_total{outcome="worked",task="report"} 1'
shows 'demo_export_jobs{queue="fast",state="queued"} 1'
shows 'rejected  1 sample, unknown_label'
shows 'stopped statgated'

# Whose port it is that a demo wants, and what to do about it.
cd "$root"
packaging/quickstart >"$work/quickstart.log" 2>&1 || fail "the quick start, once more: $(tail -n 5 "$work/quickstart.log")"
status=0
packaging/demo imgsrv --once >"$work/demo.log" 2>&1 || status=$?
expect_eq "exit code of a demo whose port is taken" "$status" 1
expect_contains "a demo beside the quick start" "$(<"$work/demo.log")" "End it: packaging/quickstart --stop"
packaging/quickstart --stop
