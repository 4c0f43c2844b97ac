#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A line of a crontab is a job: Debian's cron runs it, in a namespace of its own, as the user of the line.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools cron unshare
((EUID == 0)) || {
  say "cron needs root"
  exit 77
}
unshare --mount true 2>/dev/null || {
  say "mounts are refused"
  exit 77
}

cat >"$work/tasks.json" <<'EOC'
{"statgate": 1, "service": "host", "jobs": {"tasks": {"labels": {"task": ["good", "bad"]},
  "schedule": {"task": {"good": "* * * * *", "bad": "* * * * *"}}}}}
EOC
chmod 755 "$work"
start_daemon --catalog "$work/tasks.json" --socket-mode 666
# The words of the documentation, with this build's program.
line() { printf '* * * * * nobody %s run --socket %s --job tasks --labels task:%s -- sh -c "%s"\n' "$statgate" "$socket" "$1" "$2"; }
line good 'sleep 0.1' >"$work/cron"
line bad 'exit 3' >>"$work/cron"
export line_file=$work/cron
# shellcheck disable=SC2016  # expands there
unshare --mount sh -euc '
  for folder in /run /etc/cron.d /var/spool/cron; do
    mount -t tmpfs tmpfs "$folder"
  done
  mkdir -m 1730 /var/spool/cron/crontabs
  : >"$line_file.none"
  mount --bind "$line_file.none" /etc/crontab
  cat "$line_file" >/etc/cron.d/jobs
  exec cron -f' >"$work/cron.log" 2>&1 &
helpers+=("$!")
expect_metric 'tasks_last_exit_status{task="bad"}' 3
expect_metric 'tasks_last_exit_status{task="good"}' 0
expect_metric 'statgate_job_problem{labels="task=bad",name="tasks",service="host"}' 1
expect_metric 'statgate_job_problem{labels="task=good",name="tasks",service="host"}' 0
expect_metric 'tasks_missed_total{task="good"}' 0
[[ $(json /debug/jobs '.ended[0].owner.uid') == "$(id -u nobody)" ]] || fail "run as another: $(json /debug/jobs '.ended[0]')"
stop_daemon
