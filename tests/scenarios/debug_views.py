#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make a daemon busy with what its catalogs declare, and check every answer of /debug against its schema.

    debug_views.py busy URL SOCKET              send, for each family, what it takes and what it refuses
    debug_views.py check URL SCHEMAS [FORMER]   each view: whole, in pages, filtered, indented

SCHEMAS is the folder with debug-NAME.schema.json. FORMER has a member of a view a line, as
`rejections by_family[].count`: the schemas still have it, and still ask for it. Needs jsonschema
(Debian: python3-jsonschema).
"""
import json
import os
import pathlib
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request

HOSTILE = [
    b"<script>alert(1)</script>",
    "\u202eevil\u202c".encode(),
    b"x" * 200,
    "\U0001f600\U0001f4a9".encode(),
    b"\x1b[2J\x07",
    b"\xff\xfe\xc3",
    b'"\\\'&amp;',
    b"",
]


def get(url, path):
    """Status and parsed body."""
    try:
        with urllib.request.urlopen(url + path, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get_json(url, path):
    status, body = get(url, path)
    assert status == 200, f"{path}: {status} {body[:300]!r}"
    return json.loads(body)


def pages(url, path, limit=None):
    """The answers of all pages of a list."""
    base = path + ("&" if "?" in path else "?")
    base += f"limit={limit}&" if limit else ""
    after = ""
    while True:
        answer = get_json(url, base + after)
        yield answer
        if answer.get("next") is None:
            return
        after = "after=" + answer["next"]


# ---- busy ----


def letter_of(family):
    kind = family["type"]
    if kind in ("attempts", "jobs"):
        return kind[0]
    if family.get("reading") or kind in ("gauge", "updowncounter", "info", "stateset"):
        return "g"
    return "c" if kind == "counter" else "h"


def tags_of(family, which):
    tags = []
    for label in family["labels"]:
        values = label["values"] or ["1", "a", "1.0.0", "200"]
        tags.append(f"{label['name']}:{values[which % len(values)]}".encode())
    if family["type"] == "stateset":
        tags.append(f"{family['name']}:{family['states'][which % len(family['states'])]}".encode())
    return tags


def values_of(family, which):
    if family["type"] == "attempts":
        words = family["success"] + family["failure"]
        return words[which % len(words)].encode()
    if family["type"] == "jobs":
        return [b"queued", b"started", b"started"][which % 3]
    return b"1" if family["type"] in ("info", "stateset") else str(1 + which).encode()


def line(family, values, tags, letter=None):
    text = family["name"].encode() + b":" + values + b"|" + (letter or letter_of(family)).encode()
    if tags:
        text += b"|#" + b",".join(tags)
    return text


def lines_of(family, pid):
    """Lines that it takes, then lines that it refuses or folds."""
    for which in range(4):
        good = line(family, values_of(family, which), tags_of(family, which))
        yield good + (b"|i:%d-%d" % (pid, which) if family["type"] == "jobs" else b"")
    tags = tags_of(family, 0)
    yield line(family, values_of(family, 0), tags[1:])
    yield line(family, values_of(family, 0), tags + [b"region:eu"])
    yield line(family, b"nonsense", tags)
    yield line(family, b"-1", tags)
    yield line(family, values_of(family, 0), tags, "b")
    for text in HOSTILE:
        key = tags[0].split(b":")[0] if tags else b"nobody"
        yield line(family, values_of(family, 0), [key + b":" + text] + tags[1:])
        yield line(family, values_of(family, 0), tags + [text + b":1"])


def send(client, datagrams):
    for datagram in datagrams:
        client.send(datagram)


def busy(url, path):
    families = [
        family
        for answer in pages(url, "/debug/catalog")
        for service in answer["services"]
        if not service["internal"]
        for family in service["families"]
        if "source" not in family
    ]
    assert families, "the daemon has no catalogs"
    for child in range(3):  # what two of them own goes with them
        pid = os.fork()
        if pid == 0:
            client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            client.connect(path)
            for family in families:
                send(client, lines_of(family, os.getpid()))
            for text in HOSTILE:
                send(client, [text + b":1|c", b"new_" + text + b"_total:1|c|#a:b", text or b"|"])
            send(client, [b"new_orders_total:1|c|#outcome:ok", b"_sc|check|0", b"a:1|c|q:1,5,2"])
            if child == 2:
                os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # nobody waits for its end
                os.execvp("sleep", ["sleep", "60"])
            os._exit(0)
        if child < 2:
            os.waitpid(pid, 0)
        else:
            print(pid)
    sys.stdout.flush()


# ---- check ----


def members(schema, root, at=""):
    """Every place of the schema, and whether it is always there."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("anyOf", []):
        yield from members(choice, root, at)
    for key, value in schema.get("properties", {}).items():
        here = f"{at}.{key}" if at else key
        yield here, key in schema["required"]
        yield from members(value, root, here)
    if "items" in schema:
        yield from members(schema["items"], root, at + "[]")


def is_strict(schema):
    """No object may have members that the schema does not name, but maps by name."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not False:
            return False
        return all(is_strict(value) for value in schema.values())
    return all(is_strict(value) for value in schema) if isinstance(schema, list) else True


class Checker:
    def __init__(self, url, folder):
        import jsonschema  # not needed to be busy

        self.url = url
        self.schemas = {}
        self.validators = {}
        self.checked = 0
        for path in sorted(pathlib.Path(folder).glob("debug-*.schema.json")):
            name = path.name[len("debug-") : -len(".schema.json")]
            schema = json.loads(path.read_text(encoding="utf-8"))
            jsonschema.Draft7Validator.check_schema(schema)
            assert is_strict(schema), f"{path.name} lets unknown members through"
            self.schemas[name] = schema
            self.validators[name] = jsonschema.Draft7Validator(schema)

    def check(self, name, path, answer):
        assert name in self.validators, f"{path} has no schema"
        for error in self.validators[name].iter_errors(answer):
            place = "/" + "/".join(str(part) for part in error.absolute_path)
            sys.exit(f"{path}: {place}: {error.message[:400]}")
        self.checked += 1

    def view(self, name, path, parameters):
        query = {"service": None, "family": None, "reason": "unknown_label", "pid": "1", "since": "5m", "q": "E", "order": "trouble"}
        for answer in pages(self.url, path):
            self.check(name, path, answer)
        if "limit" in parameters:
            for count, answer in enumerate(pages(self.url, path, 3)):
                self.check(name, path, answer)
                if count > 40:
                    break
        for parameter in parameters:
            if query.get(parameter) is not None:
                one = f"{path}?{parameter}={query[parameter]}"
                self.check(name, one, get_json(self.url, one))
        for service in self.services if "service" in parameters else []:
            one = f"{path}?service={urllib.parse.quote(service)}"
            self.check(name, one, get_json(self.url, one))
        status, body = get(self.url, path + "?nonsense=1")
        assert status == 400 and all(name in body.decode() for name in parameters), body

    def explain(self, path):
        """The latest lines that were refused, and one that is taken."""
        recent = get_json(self.url, "/debug/rejections?limit=50")["recent"]
        lines = [item["line"] for item in recent if item.get("line")] + ["statgate_x:1|c", "a"]
        for text in lines:
            one = f"{path}?line={urllib.parse.quote(text)}"
            self.check("explain", one, get_json(self.url, one))

    def former(self, path):
        for text in pathlib.Path(path).read_text(encoding="utf-8").split("\n"):
            if text == "" or text.startswith("#"):
                continue
            name, member, always = text.split(" ")
            known = dict(members(self.schemas[name], self.schemas[name]))
            assert member in known, f"{name}: {member} is gone"
            assert known[member] or always == "sometimes", f"{name}: {member} may be missing"

    def all(self):
        index = get_json(self.url, "/debug")
        self.check("index", "/debug", index)
        self.services = [
            service["service"]
            for answer in pages(self.url, "/debug/catalog")
            for service in answer["services"]
            if not service["internal"]
        ]
        for view in index["views"]:
            path = view["path"]
            if path in ("/", "/debug"):
                continue
            name = path.rsplit("/", 1)[1]
            if name == "explain":
                self.explain(path)
                continue
            if get(self.url, path)[0] == 404:  # no queries, or no history
                continue
            self.view(name, path, view["parameters"])
        print(f"{self.checked} answers of {len(self.schemas)} views")


def main():
    if sys.argv[1] == "busy":
        busy(sys.argv[2], sys.argv[3])
        return
    checker = Checker(sys.argv[2], sys.argv[3])
    if len(sys.argv) > 4:
        checker.former(sys.argv[4])
    checker.all()


main()
