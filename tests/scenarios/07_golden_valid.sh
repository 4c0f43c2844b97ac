#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The golden expositions, read by other parsers: the official Python parsers of both text
# formats, promtool, and Prometheus' own OpenMetrics parser (by way of promtool's backfilling). What
# Python reads in one format must be what it reads in the other.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cases=$here/../cases/view
work=$(mktemp -d "${TMPDIR:-/tmp}/statgate-golden.XXXXXX")
trap 'rm -rf "$work"' EXIT

python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import prometheus_client' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [[ -z $python ]] || ! command -v promtool >/dev/null; then
  echo "needs promtool and python3-prometheus-client" >&2
  exit 77
fi

cat >"$work/check.py" <<'PY'
import math
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text


def samples(families):
    found = {}
    for family in families:
        for sample in family.samples:
            labels = dict(sample.labels)
            for name in ("le", "quantile"):
                if name in labels:
                    labels[name] = float(labels[name])
            key = (sample.name, tuple(sorted(labels.items())))
            assert key not in found, f"{key} is there twice"
            assert not math.isnan(sample.value), key
            found[key] = float(sample.value)
    return found


def read(parser, path):
    # Not the lines of io: a line ends at a newline and nowhere else.
    with open(path, encoding="utf-8", newline="") as file:
        return samples(parser(file.read()))


mode, folder = sys.argv[1:3]
om = read(openmetrics.text_string_to_metric_families, folder + "/expect.om")
prom = read(text.text_string_to_metric_families, folder + "/expect.prom")
# With negative bounds OpenMetrics shows no count: it would need a sum beside it.
negative = {k for k in prom if k[0].endswith("_count") and k not in om}
below = {name for name, labels in prom if name.endswith("_bucket") and dict(labels)["le"] < 0}
assert all(k[0][: -len("count")] + "bucket" in below for k in negative), negative
for key in negative:
    del prom[key]
assert om == prom, set(om.items()) ^ set(prom.items())
if mode == "created":
    created = read(openmetrics.text_string_to_metric_families, folder + "/expect.created.om")
    rest = {k: v for k, v in created.items() if not k[0].endswith("_created")}
    assert rest == om
    # An info, a gauge, and what processes own, has no time of creation.
    assert rest != created or any(case in folder for case in ("/info/", "/owned/", "/target_page/"))
print(len(om))
PY

total=0
for folder in "$cases"/*/; do
  name=$(basename "$folder")
  [[ -e $folder/expect.om ]] || continue
  mode=plain
  [[ -e $folder/expect.created.om ]] && mode=created
  if ! count=$("$python" "$work/check.py" "$mode" "$folder"); then
    echo "$name: refused by the Python parsers, or the formats differ" >&2
    exit 1
  fi
  total=$((total + count))

  # 3 is lint about names and help; 1 is a syntax error.
  status=0
  promtool check metrics <"$folder/expect.prom" >"$work/lint" 2>&1 || status=$?
  if ((status != 0 && status != 3)); then
    cat "$work/lint" >&2
    echo "$name: promtool refuses expect.prom" >&2
    exit 1
  fi

  # Backfilling wants a timestamp at each sample.
  for file in "$folder"/expect*.om; do
    sed '/^#/!s/$/ 1700000000/' "$file" >"$work/stamped.om"
    if ! promtool tsdb create-blocks-from openmetrics "$work/stamped.om" "$work/blocks" >"$work/log" 2>&1; then
      cat "$work/log" >&2
      echo "$name: Prometheus refuses $(basename "$file")" >&2
      exit 1
    fi
  done
done
((total > 100)) || {
  echo "only $total samples were checked" >&2
  exit 1
}
echo "07_golden_valid: $total samples read alike in both formats"
