#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that calls each function of a header of `statgate gen c`, and what a daemon then has to show.

  gen_calls.py write CATALOG HEADER PROGRAM.c EXPECTED.json
  gen_calls.py hold EXPECTED.json PAGE            PAGE: a text exposition

The program compiles as C and as C++. It takes the daemon's socket, prints "lost N of M", M those that it
meant to lose by numbers that are no constants, and stays until its standard input is closed.
"""
import itertools
import json
import re
import sys

NAMED = {"uuid": "123e4567-e89b-12d3-a456-426614174000", "integer": "42", "slug": "a-b", "semver": "1.2.3",
         "status_code": "404"}
TRIED = ["a", "A1", "v1", "7", "1.2.3", "200", "a-b", "a/b", "10", "ab", "abc", "go1.22"]
MOST = 300  # combinations of a family that is not prepared


def read_string(literal):
    """What a string of C means."""
    text = re.sub(r"\\([0-7]{3}|.)", lambda m: chr(int(m[1], 8)) if len(m[1]) == 3 else m[1], literal.strip()[1:-1])
    return text.encode("latin-1").decode()


def exposed(rule, wire):
    """How the catalog shows what a line calls `wire`."""
    values = rule.get("values") if isinstance(rule, dict) else rule
    for value in values if isinstance(values, list) else []:
        if isinstance(value, dict) and value["wire"] == wire:
            return value["value"]
    return wire


def read_header(path):
    text = open(path, encoding="utf-8").read()
    choices = {}
    for tag, body in re.findall(r"^\w+_ENUM_ (\w+) \{\n(.*?)\n\};", text, re.M | re.S):
        constants = re.findall(r"^    (\w+),? /\* .* \*/$", body, re.M)
        texts = re.search(rf"enum {tag} value\) \{{\n.*?texts\[\] = \{{\n(.*?)\}};\n", text, re.S).group(1)
        wires = [read_string(line) for line in texts.split(",\n")]
        choices[tag] = list(zip(constants, wires, strict=True))
    openers = dict(re.findall(r"^\w+_APART_ void (\w+)_open_\(\n.*?\) \{\n(.*?)^\}", text, re.M | re.S))
    # A report may go through the breaker that another function opens.
    functions = [(name, parameters, openers.get(name, "") +
                  openers.get(next(iter(re.findall(r"(\w+_allow)_open_\(m", body)), ""), "") * (name not in openers) + body)
                 for name, parameters, body in
                 re.findall(r"^static inline bool (\w+[^_(])\(\n    (.*?)\) \{\n(.*?)^\}", text, re.M | re.S)]
    return choices, functions, re.search(r"^struct (\w+) \{", text, re.M).group(1)


def text_for(rule):
    """A value that the catalog takes where its labels are texts."""
    if not isinstance(rule, dict):
        return None
    if "default" in rule and "pattern" not in rule:
        return None
    pattern = rule.get("pattern")
    if pattern is None:
        return rule["otherwise"]
    if pattern in NAMED:
        return NAMED[pattern]
    found = next((value for value in TRIED if re.fullmatch(pattern, value)), None)
    if found is None:
        raise SystemExit(f"no value here matches {pattern}")
    return found


class Function:
    def __init__(self, catalog, choices, name, parameters, body):
        self.name = name
        self.call = re.findall(r"return (?:text != NULL \? )?(statgate_\w+)\(", body)[-1]
        self.wire = re.search(r'(?:m->sg|text != NULL \?)[^"]*"(\w+)"', body).group(1)
        self.keys = {parameter: key for key, parameter in
                     re.findall(r'\{?"(\w+)", (?:\w+_text_\()?(\w+_)\)', body) +
                     re.findall(r'\{"(\w+)", (\w+_)\}', body)}
        of = re.sub("_(sum|count)$", "", self.wire) if re.search("_set_(sum|count)$", name) else self.wire
        self.declared = next((catalog[section][of] for section in ("families", "attempts", "jobs")
                              if of in catalog.get(section, {})), {})
        self.sent = re.search(r'"\w+", ([01]), ', body)
        self.parameters = [p.split() for p in parameters.replace("\n", " ").split(",")][1:]
        self.choices = choices
        self.prepared = "opened_" in body

    def values(self, parameter):
        """(as C, as exposed or None) of a label or a word."""
        rule = self.declared.get("labels", {}).get(self.keys.get(parameter[-1].lstrip("*")))
        if parameter[0] == "enum":
            return [(constant, exposed(rule, wire)) for constant, wire in self.choices[parameter[1]]]
        value = text_for(rule)
        return [("NULL", rule["default"])] if value is None else [(json.dumps(value), value)]

    def combinations(self):
        labels = [p for p in self.parameters if p[-1].lstrip("*").endswith("_")]
        keys = [self.keys[p[-1].lstrip("*")] for p in labels]
        every = list(itertools.product(*(self.values(p) for p in labels)))
        if not self.prepared and len(every) > MOST:
            every = every[::len(every) // MOST + 1]
        for number, values in enumerate(every):
            yield number, [v[0] for v in values], dict(zip(keys, (v[1] for v in values)))

    def out_of_range(self, arguments):
        """The arguments with a number that is no constant, or None."""
        labels = [p for p in self.parameters if p[-1].lstrip("*").endswith("_")]
        for at, parameter in enumerate(labels):
            if parameter[0] == "enum":
                return arguments[:at] + [f"(enum {parameter[1]})977"] + arguments[at + 1:]
        return None

    def constants(self, labels):
        rules = self.declared.get("labels", {})
        return {**labels, **{key: rule["const"] for key, rule in rules.items()
                             if isinstance(rule, dict) and "const" in rule}}


class Program:
    def __init__(self, metrics):
        self.lines = []
        self.meant = 0
        self.expected = []
        self.metrics = metrics

    def call(self, function, arguments, good=True):
        arguments = ", ".join(["&m", *arguments])
        self.lines.append(f"    check({function.name}({arguments}) == {str(good).lower()}, __LINE__);")

    def expect(self, name, labels, value):
        if name is not None:
            self.expected.append({"name": name, "labels": labels, "value": value})

    def derived(self, function, part):
        return function.declared.get("names", {}).get(part, f"{function.wire}_{part}")

    def add(self, function):
        stateset = {}
        for number, arguments, labels in function.combinations():
            shown = function.constants(labels)
            end = function.call.removeprefix("statgate_")
            wrong = function.out_of_range(arguments)
            if end in ("counter_add", "count_with", "updown_add", "add_with"):
                self.call(function, [str(number + 1), *arguments])
                self.call(function, ["1", *arguments])
                self.expect(function.wire, shown, number + 2)
                wrong = wrong and ["1", *wrong]
            elif end in ("gauge_set", "set_with") and function.sent is None:
                first = "0" if "reading" in function.declared else "7"  # one that falls would count in full
                self.call(function, [first, *arguments])
                self.call(function, [str(number + 1), *arguments])
                self.expect(function.wire, shown, number + 1)
                wrong = wrong and ["1", *wrong]
            elif end in ("histogram_observe", "observe_with"):
                self.call(function, [str(number + 1), *arguments])
                self.call(function, ["0.5", *arguments])
                self.expect(function.wire + "_count", shown, 2)
                self.expect(function.wire + "_sum", shown, number + 1.5)
                wrong = wrong and ["1", *wrong]
            elif end == "set_with":
                self.call(function, arguments)
                if function.sent.group(1) == "1" and function.wire in labels:
                    others = {k: v for k, v in shown.items() if k != function.wire}
                    stateset[json.dumps(others)] = shown
                elif function.sent.group(1) == "1":
                    stateset["info"] = shown
            elif end in ("attempts_report", "attempt_with"):
                for constant, outcome in function.values(function.parameters[0]):
                    self.call(function, [constant, *arguments])
                    self.expect(self.derived(function, "attempts_total"), {**shown, "outcome": outcome}, 1)
                wrong = wrong and [function.values(function.parameters[0])[0][0], *wrong]
            elif end in ("jobs_report", "job_with"):
                events = function.values(function.parameters[0])
                for constant, _ in events[:3]:
                    self.call(function, [constant, f'"id-{number}"', *arguments])
                self.expect(self.derived(function, "finished_total"), {**shown, "outcome": "succeeded"}, 1)
                wrong = wrong and [events[0][0], '"id"', *wrong]
            elif end == "breaker_report":
                for constant, outcome in function.values(function.parameters[0]):
                    self.call(function, [constant, "0.25", *arguments])
                    self.expect(self.derived(function, "attempts_total"), {**shown, "outcome": outcome}, 1)
                wrong = wrong and [function.values(function.parameters[0])[0][0], "0.25", *wrong]
            elif end == "breaker_allow":
                self.call(function, arguments)
                if wrong:
                    self.call(function, wrong)
                wrong = None
            elif end == "breaker_open":
                self.lines.append(f"    {function.name}({', '.join(['&m', '&breaker', *arguments])});")
                self.lines.append("    check(statgate_breaker_allow(&breaker), __LINE__);")
                wrong = None
            elif end == "circuit":
                self.call(function, [function.values(function.parameters[0])[1][0], *arguments])
                wrong = None
            else:
                raise SystemExit(f"{function.name} calls {function.call}")
            if wrong and number == 0:
                self.call(function, wrong, good=False)
                self.meant += 1
        for shown in stateset.values():
            self.expect(function.wire, shown, 1)

    def write(self, header, path):
        name = self.metrics
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"""#include "{header}"
static struct statgate sg;
static struct {name} m;
static struct statgate_breaker breaker;
static int failed;
static void check(bool good, int line) {{
    if (!good && failed++ < 10) {{
        fprintf(stderr, "line %d\\n", line);
    }}
}}
""")
            # In pieces, or a compiler takes long.
            pieces = [self.lines[at:at + 200] for at in range(0, len(self.lines), 200)]
            for number, piece in enumerate(pieces):
                out.write(f"static void piece_{number}(void) {{\n" + "\n".join(piece) + "\n}\n")
            calls = "".join(f"    piece_{number}();\n    statgate_flush_wait(&sg, 5000);\n"
                            for number in range(len(pieces)))
            out.write(f"""int main(int argc, char **argv) {{
    memset(&m, 0x5a, sizeof m);
    check(argc == 2 && statgate_open(&sg, argv[1]), __LINE__);
    {name}_open(&m, &sg);
{calls}    {name}_close(&m);
    statgate_flush_wait(&sg, 5000);
    printf("lost %d of {self.meant}\\n", (int)statgate_lost(&sg));
    fflush(stdout);
    getchar();
    (void)breaker;
    statgate_close(&sg);
    return failed == 0 ? 0 : 1;
}}
""")


def write(catalog_path, header, program_path, expected_path):
    catalog = json.load(open(catalog_path, encoding="utf-8"))
    choices, functions, metrics = read_header(header)
    program = Program(metrics)
    made = [Function(catalog, choices, *function) for function in functions]
    # A state is deselected before others are selected.
    for function in sorted(made, key=lambda f: f.sent is None or f.sent.group(1) != "0"):
        program.add(function)
    program.write(header, program_path)
    with open(expected_path, "w", encoding="utf-8") as out:
        json.dump({"functions": len(made), "series": program.expected}, out)
    print(f"{len(made)} functions, {len(program.expected)} series")


def hold(expected_path, page_path):
    shown = {}
    for line in open(page_path, encoding="utf-8"):
        found = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
        if found and not line.startswith("#"):
            labels = {key: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
                      for key, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found.group(2) or "")}
            shown[found.group(1), tuple(sorted(labels.items()))] = float(found.group(3))
    wrong = []
    for series in json.load(open(expected_path, encoding="utf-8"))["series"]:
        key = series["name"], tuple(sorted(series["labels"].items()))
        if shown.get(key) != series["value"]:
            wrong.append(f"{key}: {shown.get(key)}, expected {series['value']}")
    print("\n".join(wrong[:10]))
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    if len(sys.argv) == 6 and sys.argv[1] == "write":
        write(*sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "hold":
        hold(*sys.argv[2:])
    else:
        raise SystemExit(__doc__)
