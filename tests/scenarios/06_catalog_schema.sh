#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The JSON Schema for editors agrees with the loader: it takes every catalog that the loader takes, and
# refuses the wrong ones that a schema can recognise. (That the loader takes and refuses the same
# files is the unit test of loader/.)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cases=$root/tests/cases/catalog
catalogs=$root/packaging/catalogs
schema=$catalogs/catalog.schema.json
check=$root/tests/support/check_schema.py
# Debian's packages belong to this interpreter, whatever else is first in the path.
python=/usr/bin/python3
[[ -x $python ]] || python=python3

if ! "$python" -c 'import jsonschema' 2>/dev/null; then
  echo "06_catalog_schema: python3-jsonschema is not installed" >&2
  exit 77
fi

bundled=()
for file in "$catalogs"/*.json; do
  [[ $file == *.schema.json ]] || bundled+=("$file")
done

"$python" "$check" "$schema" valid "${bundled[@]}"
"$python" "$check" "$schema" valid "$cases"/valid/*.json
"$python" "$check" "$schema" marked "$cases"/invalid/*.json

oversized=$(mktemp -d)
trap 'rm -rf "$oversized"' EXIT
"$python" "$root/tests/support/oversized_catalogs.py" "$oversized"
"$python" "$check" "$schema" marked "$oversized"/*.json
