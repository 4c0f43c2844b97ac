#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check catalogs against the JSON Schema that ships for editors.

    check_schema.py SCHEMA valid FILE...     every catalog must be valid
    check_schema.py SCHEMA marked FILE...    wrong catalogs: the last line of FILE's .expect says
                                             `schema: refused`, `schema: accepted` (wrong in a way
                                             that no schema can see) or `schema: not asked` (not
                                             JSON, or not for JSON parsers that take more)

Exit code 0: all is as it should be. Needs jsonschema (Debian: python3-jsonschema).
"""
import json
import pathlib
import sys

import jsonschema


def place(error):
    return "/" + "/".join(str(part) for part in error.absolute_path)


def check_valid(validator, path):
    errors = list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))))
    return [f"{path.name}: {place(error)}: {error.message[:200]}" for error in errors]


def check_marked(validator, path):
    mark = path.with_suffix(".expect").read_text(encoding="utf-8", errors="replace").splitlines()[-1]
    known = {"schema: refused": False, "schema: accepted": True, "schema: not asked": None}
    if mark not in known:
        return [f"{path.name}: no mark in its .expect, but: {mark}"]
    if known[mark] is None:
        return []
    accepted = validator.is_valid(json.loads(path.read_text(encoding="utf-8")))
    if accepted == known[mark]:
        return []
    return [f"{path.name}: the schema {'accepts' if accepted else 'refuses'} it; its mark is {mark}"]


def main(arguments):
    if len(arguments) < 3 or arguments[1] not in ("valid", "marked"):
        sys.exit(__doc__)
    schema = json.loads(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    check = check_valid if arguments[1] == "valid" else check_marked
    wrong = [line for name in arguments[2:] for line in check(validator, pathlib.Path(name))]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(arguments) - 2} catalogs checked, {len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
