#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare pages of metrics (Prometheus text 0.0.4) with what a system's document promises: nothing
missing, and nothing more.

    compare_page.py [--idle] TABLE ENDPOINT PAGE...

TABLE is a file of tests/systems. An endpoint of it lists the families that the document has there:

    "cache_hits_total": {"type": "counter", "presence": "always",
                         "labels": {"cache_type": ["memory", "disk"]}}

type       as on the TYPE line
labels     what every sample must have, and nothing else: "any" value, a list of allowed values,
           {"values": [...], "complete": true} (each of them must occur), or {"pattern": "REGEX"} for
           the whole value; none without the key
help       the HELP text, where the document prints it
buckets    a histogram's finite bounds, or "any"
quantiles  those of a summary
range      [least, greatest] value
presence   "always": from the start; "samples" (the default): from the first sample on, and not
           before; "used": from the first sample on, the document leaves open what is there before

"everywhere" of an endpoint are labels of every family but those with "everywhere": false. With --idle
nothing has been sent yet. Each difference is a line on standard output. Exit code 0: no difference,
1: some, 2: a wrong table or argument.

The official parsers read the page: promtool refuses what is no exposition, prometheus_client gives
the families. What both let pass is refused here: a family in two places, a series twice.
"""
import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

KEYS = {"type", "labels", "help", "buckets", "quantiles", "range", "presence", "everywhere"}
OWN_LABELS = {"histogram": ("_bucket", "le"), "summary": ("", "quantile")}


class NoExposition(Exception):
    """The page breaks the format."""


@dataclass
class Family:
    name: str
    type: str
    help: str
    samples: list = field(default_factory=list)


# ---- reading ----

def spell(sample):
    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}}"


def series_key(sample, left_out=None):
    return frozenset(item for item in sample.labels.items() if item[0] != left_out)


def refuse_syntax(page):
    promtool = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    if promtool.returncode not in (0, 3):  # 3: remarks on style
        raise NoExposition(re.sub(r".* parsing error in ", "", promtool.stderr.strip()))


def read_families(page):
    refuse_syntax(page)
    counters = set(re.findall(r"^# TYPE (\S+) counter$", page, re.MULTILINE))
    families = {}
    last = None
    for metric in text_string_to_metric_families(page):
        # The parser names counters and their samples as OpenMetrics does; back to the page's own name.
        counter = metric.type == "counter"
        name = f"{metric.name}_total" if counter and metric.name not in counters else metric.name
        # A sample without a TYPE comes as a family of its own.
        untyped = last is not None and last.name == name and last.type == metric.type == "unknown"
        if name in families and not untyped:
            raise NoExposition(f"{name} is in two places")
        last = families.setdefault(name, Family(name, metric.type, metric.documentation))
        last.samples += [sample._replace(name=name) if counter else sample for sample in metric.samples]
    for family in families.values():
        refuse_doubles(family)
    return families


def refuse_doubles(family):
    seen = set()
    for sample in family.samples:
        key = (sample.name, series_key(sample))
        if key in seen:
            raise NoExposition(f"{spell(sample)} is there twice")
        seen.add(key)


# ---- labels ----

def own_label(family, sample):
    """What a sample has besides its declared labels: le on buckets, quantile on quantiles."""
    suffix, label = OWN_LABELS.get(family.type, (None, None))
    return label if suffix is not None and sample.name == family.name + suffix else None


def allowed_values(spec):
    return spec if isinstance(spec, list) else spec.get("values") if isinstance(spec, dict) else None


def compare_value(sample, name, value, spec):
    values = allowed_values(spec)
    if spec == "any":
        if value == "":
            yield f"{spell(sample)}: the label {name} is empty"
    elif values is not None:
        if value not in values:
            yield f'{spell(sample)}: {name}="{value}" is not among the values that the document lists'
    elif not re.fullmatch(spec["pattern"], value):
        yield f'{spell(sample)}: {name}="{value}" does not match {spec["pattern"]}'


def compare_labels(family, labels):
    for sample in family.samples:
        own = own_label(family, sample)
        for name, spec in labels.items():
            if name in sample.labels:
                yield from compare_value(sample, name, sample.labels[name], spec)
            else:
                yield f"{spell(sample)} lacks the label {name}"
        if own is not None and own not in sample.labels:
            yield f"{spell(sample)} lacks the label {own}"
        for name in sample.labels.keys() - labels.keys() - {own}:
            yield f"{spell(sample)}: the document has no label {name}"


def compare_complete(family, labels):
    for name, spec in labels.items():
        if isinstance(spec, dict) and spec.get("complete"):
            seen = {sample.labels.get(name) for sample in family.samples}
            for value in spec["values"]:
                if value not in seen:
                    yield f'{family.name} has no series with {name}="{value}"'


# ---- values ----

def compare_numbers(family, limits):
    for sample in family.samples:
        if math.isnan(sample.value):
            yield f"{spell(sample)} is NaN"
        elif family.type in ("counter", "histogram") and not 0 <= sample.value < math.inf:
            yield f"{spell(sample)}: no counter has the value {sample.value:g}"
        elif limits and not limits[0] <= sample.value <= limits[1]:
            yield f"{spell(sample)}: {sample.value:g} is outside the document's range"


def compare_bounds(family, own, bounded, expected):
    """Buckets or quantiles of one series, in the page's order; a histogram's end with +Inf."""
    last_bound, last_value = -math.inf, 0
    finite = []
    for sample in bounded:
        bound = float(sample.labels[own])
        if finite and bound <= last_bound:
            yield f"{spell(sample)} is out of order"
        if own == "le" and sample.value < last_value:
            yield f"{spell(sample)} has less than the bucket before"
        last_bound, last_value = bound, sample.value
        if own == "quantile" or math.isfinite(bound):
            finite.append(bound)
    if expected != "any" and finite != expected:
        yield f"{family.name}: a series has the bounds {finite}, the document {expected}"
    if own == "le" and last_bound != math.inf:
        yield f"{family.name}: a series has no bucket +Inf"


def compare_series(family, expected):
    """Every series of a histogram or summary has all its parts, and the document's bounds."""
    suffix, own = OWN_LABELS[family.type]
    series = {}
    for sample in family.samples:
        series.setdefault(series_key(sample, own), []).append(sample)
    for samples in series.values():
        parts = {sample.name: sample for sample in samples}
        for part in ("_sum", "_count"):
            if family.name + part not in parts:
                yield f"{spell(samples[0])}: its series has no {family.name}{part}"
        bounded = [sample for sample in samples if sample.name == family.name + suffix and own in sample.labels]
        yield from compare_bounds(family, own, bounded, expected)
        count = parts.get(family.name + "_count")
        if own == "le" and count and bounded and count.value != bounded[-1].value:
            yield f"{spell(count)} is not the count of the last bucket"


# ---- families ----

def compare_family(family, entry, everywhere):
    kind = "untyped" if family.type == "unknown" else family.type
    if kind != entry["type"]:
        yield f"{family.name} has the type {kind}, but {entry['type']} in the document"
        return
    if entry.get("help", family.help) != family.help:
        yield f"{family.name}: its help is '{family.help}', in the document '{entry['help']}'"
    labels = entry.get("labels", {})
    yield from compare_labels(family, {**labels, **(everywhere if entry.get("everywhere", True) else {})})
    yield from compare_complete(family, labels)
    yield from compare_numbers(family, entry.get("range"))
    if kind in OWN_LABELS:
        yield from compare_series(family, entry.get("buckets" if kind == "histogram" else "quantiles", "any"))


def compare_presence(name, there, entry, idle):
    presence = entry.get("presence", "samples")
    if not there and (presence == "always" or not idle):
        yield f"{name} is missing"
    elif there and presence == "samples" and idle:
        yield f"{name} is there, but nothing was sent yet"


def compare(families, endpoint, idle):
    for name, entry in endpoint["families"].items():
        family = families.get(name)
        there = family is not None and bool(family.samples)
        yield from compare_presence(name, there, entry, idle)
        if there:
            yield from compare_family(family, entry, endpoint.get("everywhere", {}))
    for name in families.keys() - endpoint["families"].keys():
        yield f"{name} is there, but not in the document"


# ---- the table ----

def refuse(complaint):
    print(f"compare_page: {complaint}", file=sys.stderr)
    sys.exit(2)


def is_spec(spec):
    values = allowed_values(spec)
    if values is not None:
        return all(isinstance(value, str) for value in values)
    return spec == "any" or (isinstance(spec, dict) and "pattern" in spec)


def check_entry(name, entry, everywhere):
    if "type" not in entry or not entry.keys() <= KEYS:
        refuse(f"{name}: no type, or an unknown key: {sorted(entry)}")
    if entry.get("presence", "samples") not in ("always", "samples", "used"):
        refuse(f"{name}: '{entry['presence']}' is no presence")
    for label, spec in {**entry.get("labels", {}), **everywhere}.items():
        if not is_spec(spec):
            refuse(f"{name}: label {label} has neither values nor a pattern, nor is it \"any\"")


def read_endpoint(path, name):
    try:
        endpoint = json.loads(path.read_text(encoding="utf-8"))["endpoints"][name]
        for family, entry in endpoint["families"].items():
            check_entry(family, entry, endpoint.get("everywhere", {}))
    except (OSError, ValueError, KeyError) as error:
        refuse(f"{path} has no endpoint {name}: {error!r}")
    return endpoint


def compare_page(path, endpoint, arguments):
    """Print what differs; how many differences there are."""
    try:
        families = read_families(path.read_text(encoding="utf-8"))
        differences = list(compare(families, endpoint, arguments.idle))
    except NoExposition as error:
        differences = [f"no exposition: {error}"]
    for difference in differences:
        print(f"{path.name}: {difference}")
    if not differences:
        samples = sum(len(family.samples) for family in families.values())
        print(f"{path.name}: {len(families)} families, {samples} samples, as the document says")
    return len(differences)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", action="store_true")
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("endpoint")
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    endpoint = read_endpoint(arguments.table, arguments.endpoint)
    return sum(compare_page(page, endpoint, arguments) for page in arguments.pages) > 0


if __name__ == "__main__":
    sys.exit(main())
