#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where a prometheus_client program shows other numbers by the drop-in: each row of the table in client/python/README.md; and what
# stays: errors, this process's values, metrics that were made before the import.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq
need_python prometheus_client
export PYTHONPATH=$root/client/python PYTHONDONTWRITEBYTECODE=1 STATGATE_LIBRARY=none
printf '{"statgate": 1, "service": "none", "families": {"none": {"type": "gauge"}}}\n' >"$work/empty.json"
start_daemon --catalog "$work/empty.json"
export EMPTY_METRICS=$url/metrics
"$python" "$scenarios/prometheus_rows.py" "$work/rows.json" 2>"$work/guesses"
expect_contains "the guesses" "$(<"$work/guesses")" 'r:colon: left out: a name with a colon cannot be sent'
expect_contains "the guesses" "$(<"$work/guesses")" 'r_default: gauge of several processes: "merge": "sum"'
expect_contains "the guesses" "$(<"$work/guesses")" 'r_queue: "owner": "host"'
expect_contains "the guesses" "$(<"$work/guesses")" 'r_stamp_timestamp_seconds: gauge of several processes: "merge": "max"'

# ---- as pip installs it: the variable alone makes a program send here ----
cp -r "$root/client/python" "$work/source"
"$python" -m venv --without-pip --system-site-packages "$work/venv"
"$python" -m pip install --quiet --no-index --no-build-isolation --no-deps --target "$work"/venv/lib/python3*/site-packages "$work/source" \
  >"$work/pip.log" 2>&1 || fail "pip: $(tail -5 "$work/pip.log")"
start_daemon --catalog "$work/rows.json"
for STATGATE_PROMETHEUS in 0 1; do
  (cd "$work" && env -u PYTHONPATH -u STATGATE_LIBRARY STATGATE_PROMETHEUS=$STATGATE_PROMETHEUS STATGATE_SOCKET="$socket" venv/bin/python -c '
import importlib.util, sys
assert importlib.util.find_spec("prometheus_client")
assert "statgate" not in sys.modules or "prometheus_client" not in sys.modules
from prometheus_client import Counter, multiprocess
Counter("r_fine", "Fractions.").inc(3)') || fail "a program of the venv"
done
expect_metric r_fine_total 3
stop_daemon

for library in none "$(dirname "$statgated")/../client/libstatgate.so.0"; do
  start_daemon --catalog "$work/rows.json"
  ROWS_TEXTFILE=$work/rows.prom STATGATE_LIBRARY=$library STATGATE_SOCKET=$socket STATGATE_METRICS=$url/metrics timeout 300 "$python" -W error "$scenarios/prometheus_rows.py" 2>"$work/err" ||
    fail "library $library: $(tail -4 "$work/err")"
  stop_daemon
done
