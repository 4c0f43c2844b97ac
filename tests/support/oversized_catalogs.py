#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the catalogs that are refused for their size alone, which are too long to keep as files.

    oversized_catalogs.py FOLDER     NAME.json and NAME.expect for each, as in tests/cases/catalog/invalid
"""
import json
import pathlib
import sys


def numbered(prefix, count, value=None):
    names = [f"{prefix}{i}" for i in range(count)]
    return names if value is None else {name: value for name in names}


def catalog(**parts):
    return {"statgate": 1, "service": "shop", **parts}


def queries(family_count, *items):
    return catalog(families=numbered("f", family_count, {"type": "gauge"}),
                   databases={"main": {"conninfo": "service=shop"}}, queries=list(items))


def machines():
    labels = {"l": [f"{i:04}" for i in range(1024)]}
    return catalog(max_series=1000000, attempts={"a": {"labels": labels, "success": ["y"], "failure": ["n"]}},
                   jobs={"b": {"labels": labels, "buckets": [1]}, "c": {"buckets": [1]}})


def select(sql, values=("f0",)):
    return {"sql": sql, "values": list(values)}


# Catalog, what the loader says behind the file's name, and whether the schema sees it as well.
CASES = {
    "attempts_many": (catalog(attempts=numbered("a", 2049, {})),
                      "/attempts: 2049 declarations, at most 2048 are allowed", True),
    "machines_too_many": (machines(), "/jobs/c: with these, attempts and jobs of all services have 2049 combinations"
                          " of label values, at most 2048 are allowed", False),
    "queries_many": (queries(257, *(select("SELECT 1", [name]) for name in numbered("f", 257))),
                     "/queries: 257 items, at most 256 are allowed", True),
    "query_values_many": (queries(65, select("SELECT 1", numbered("f", 65))),
                          "/queries/0/values: 65 items, at most 64 are allowed", True),
    "sets_many": (catalog(families={"a_total": {"type": "counter"}}, sets=numbered("s", 1001, ["a"])),
                  "/sets: 1001 sets, at most 1000 are allowed", True),
    "sql_lines_long": (queries(1, select(["S" * 32768] * 2)),
                       "/queries/0/sql: 65537 bytes, at most 65536 are allowed", False),
    "sql_lines_many": (queries(1, select(["S"] * 10001)),
                       "/queries/0/sql: 10001 lines, at most 10000 are allowed", True),
    "sql_long": (queries(1, select("S" * 65537)), "/queries/0/sql: 65537 bytes, at most 65536 are allowed", True),
    "values_many": (catalog(families={"a_total": {"type": "counter", "labels": {"l": numbered("v", 10001)}}}),
                    "/families/a_total/labels/l: 10001 items, at most 10000 are allowed", True),
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (document, sentence, seen) in CASES.items():
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        (folder / f"{name}.expect").write_text(f": {sentence}\nschema: {'refused' if seen else 'accepted'}\n",
                                               encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
