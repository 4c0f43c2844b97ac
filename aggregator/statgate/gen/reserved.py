#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes reserved.def: names of the system that names of a generated header could be.

    python3 reserved.py ROOT >reserved.def

These are the names that statgate.h brings with it, as gcc and clang on this machine define them. A generated name is at
least PREFIX_KEY, PREFIX_VERB or PREFIX_KEY_VALUE, so it is never a single word. Another system may have more names: a
user who meets one of them chooses another --prefix.
"""
import re
import subprocess
import sys
import textwrap

ROOT = sys.argv[1]
WAYS = (("gcc", "c", "c11", "statgate.h"), ("gcc", "c", "gnu17", "statgate.h"), ("clang", "c", "gnu17", "statgate.h"),
        ("g++", "c++", "gnu++17", "statgate.h"), ("clang++", "c++", "gnu++20", "statgate.h"))

HEAD = "/* reserved.def - the elements of gen_reserved[]. Written by reserved.py, do not edit. */
"


def ask(way, *flags):
    """What the preprocessor makes of the client's header."""
    compiler, language, standard, header = way
    command = (compiler, "-x", language, f"-std={standard}", f"-I{ROOT}/client", "-D_GNU_SOURCE", "-E", *flags, "-")
    return subprocess.run(command, input=f"#include <{header}>\n", text=True, capture_output=True, check=True).stdout


def is_possible(name):
    """Whether the name begins as a prefix may, and is not the client's own, whose prefix gen refuses."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) and not name.lower().startswith("statgate_")


def main():
    macros, words, tags = set(), set(), set()
    for way in WAYS:
        macros.update(re.findall(r"^#define (\w+)", ask(way, "-dM"), re.M))
        text = ask(way, "-P")
        words.update(re.findall(r"\b[A-Za-z]\w*", text))
        tags.update(re.findall(r"\b(?:struct|union|enum|class) (\w+)", text))
    names = {name for name in macros | words if re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]*){2,}", name)}
    names |= {name for name in macros if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name)}
    names |= {name for name in words if re.fullmatch(r"\w+_(t|add|set|clear|observe|report|allow)", name)}
    names |= {name for name in tags if "_" in name}
    listed = " ".join(f'"{name}",' for name in sorted(names) if is_possible(name))
    print(HEAD + textwrap.fill(listed, 98, initial_indent="    ", subsequent_indent="    "))


main()
