# SPDX-License-Identifier: MIT
"""Writes the catalog of a prometheus_client program from its registry.

    python -m statgate.catalog MODULE[:APP] [--service NAME] [--output FILE] [--write-config FILE --listen HOST:PORT]

MODULE is imported, as a server would import it, and so is APP in it; what then is in a registry of prometheus_client is declared.
What a registry does not say is a guess: each is a line on standard error, for a person to decide.
"""
import argparse
import importlib
import json
import math
import os
import re
import sys

from . import _updown_names

MAX_VALUES = 100
MAX_SERIES = 10000
SERVICE_SERIES = 90000  # of families with several labels; a service has 100,000 unless it says otherwise
MAX_BUCKETS = 200
MAX_HELP = 1000
MAX_LABELS = 32
_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]{0,199}")
_MERGES = {"sum": "sum", "livesum": "sum", "min": "min", "livemin": "min", "max": "max", "livemax": "max",
           "mostrecent": "last", "livemostrecent": "last"}


def _say(family, sentence):
    print(f"{family}: {sentence}", file=sys.stderr)


def _labels(family, names, most=MAX_SERIES):
    if not names:
        return {}
    for name in names:
        _say(family, f"label {name}: any value, at most {MAX_VALUES}, the others become \"other\": a person has to decide")
    found = {"labels": {name: {"pattern": ".+", "max": MAX_VALUES, "otherwise": "other"} for name in names}}
    if len(names) > 1:
        found["max_series"] = most
        _say(family, f"max_series {most}, as its labels together allow more")
    return found


def _merge(family, mode, sets_time):
    if mode in _MERGES:
        return {} if _MERGES[mode] == "last" else {"merge": _MERGES[mode]}
    merge = "max" if family.endswith("_timestamp_seconds") or sets_time else "sum"
    _say(family, f"gauge of several processes: \"merge\": \"{merge}\" of the live ones; prometheus_client shows each with a label pid: "
                 "a person has to decide")
    return {"merge": merge}


def _obstacle(metric, name, kind, labels):
    """Why the daemon cannot take the metric."""
    if ":" in name:
        return "a name with a colon cannot be sent"
    if not all(map(_NAME.fullmatch, [name, *labels])):
        return "names are [a-zA-Z_][a-zA-Z0-9_]*, at most 200 bytes"
    if {"le", "quantile"} & set(labels) or len(labels) > MAX_LABELS:
        return f"le and quantile belong to histograms and summaries, and a metric has at most {MAX_LABELS} labels"
    if kind == "histogram" and len(metric._upper_bounds) > MAX_BUCKETS:
        return f"a histogram has at most {MAX_BUCKETS} bounds"
    if kind == "stateset" and any(set(",|\r\n") & set(state) for state in metric._states):
        return "a state with a comma, a bar or a line end cannot be sent"
    return None


def family_of(metric, sets_time=frozenset(), most=MAX_SERIES):
    """The name and the declaration of a metric of prometheus_client, or None if it has no way here."""
    name, kind, labels = metric._name, metric._type, list(metric._labelnames)
    obstacle = _obstacle(metric, name, kind, labels)
    if obstacle:
        _say(name, f"left out: {obstacle}")
        return None
    text = str(metric._documentation or "To be described.").encode("utf-8", "replace").decode()
    declared = {"type": kind, "help": text[:MAX_HELP]}
    if metric._unit and kind not in ("info", "stateset"):
        declared["unit"] = metric._unit
    if kind == "counter":
        name += "_total"
    elif kind == "info":
        name += "_info"
        _say(name, "the labels of an info are in no registry: declare what info() is given: a person has to decide")
    elif kind == "histogram":
        declared["buckets"] = [int(bound) if abs(bound) < 2**53 and bound == int(bound) else bound for bound in metric._upper_bounds if math.isfinite(bound)]
    elif kind == "gauge" and name in _updown_names():
        declared.update(type="updowncounter", owner="host")
        _say(name, "\"owner\": \"host\": what a process added stays when it ends, as for a queue; \"process\" takes it back: a person has to decide")
    elif kind == "gauge":
        declared.update(_merge(name, metric._multiprocess_mode, name in sets_time))
    declared.update(_labels(name, labels, most))
    if kind == "info" and getattr(metric, "_value", None):
        declared.setdefault("labels", {}).update(_labels(name, list(metric._value)).get("labels", {}))
    if kind == "stateset":
        declared.setdefault("labels", {})[name] = list(metric._states)
    return name, declared


def catalog_of(registries, service, sets_time=frozenset()):
    """The catalog of what the registries have. Collectors that make their metrics at a scrape, such as those of the process, are in no
    page of several processes, and are left out."""
    from prometheus_client.metrics import MetricWrapperBase
    families = {}
    collectors = [collector for registry in registries for collector in registry._collector_to_names]
    for collector in collectors:
        if not isinstance(collector, MetricWrapperBase) and not type(collector).__module__.startswith("prometheus_client"):
            _say(type(collector).__name__, "left out: it makes its metrics at a scrape")
    metrics = [collector for collector in collectors if isinstance(collector, MetricWrapperBase)]
    wide = sum(len(metric._labelnames) > 1 for metric in metrics)
    for metric in metrics:
        found = family_of(metric, sets_time, min(MAX_SERIES, SERVICE_SERIES // max(wide, 1)))
        if found:
            families[found[0]] = found[1]
    catalog = {"statgate": 1, "service": service, "families": families}
    bound = sum(family.get("max_series", 1 + 100 * len(family.get("labels", ()))) for family in families.values())
    if bound > 100000:
        catalog["max_series"] = bound
        _say(service, f"max_series {bound}, as its families together allow so many")
    return catalog


def _import(text):
    module, _, app = text.partition(":")
    sys.path.insert(0, os.getcwd())
    sys.argv = [module]
    found = importlib.import_module(module)
    for part in app.rstrip("()").split(".") if app else ():
        found = getattr(found, part)
    if app.endswith("()"):
        found()
    return module


def _write(path, value):
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if path is None:
        sys.stdout.write(text)
        return
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def _configure(path, catalog, service, listen):
    """Names the catalog and its endpoint in the daemon's configuration."""
    config = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    catalogs = config.get("catalog", [])
    catalogs = catalogs if isinstance(catalogs, list) else [catalogs]
    relative = os.path.relpath(catalog, os.path.dirname(os.path.abspath(path)))
    config["catalog"] = catalogs + [relative] * (relative not in catalogs)
    if listen:
        endpoints = config.setdefault("endpoints", [])
        if not any(service in endpoint.get("services", ()) for endpoint in endpoints):
            endpoints.append({"listen": listen, "services": [service]})
    _write(path, config)


def main():
    parser = argparse.ArgumentParser(prog="python -m statgate.catalog", description=__doc__.split("\n\n", maxsplit=1)[0],
                                     epilog="Each guess is a line on standard error: read them, a person decides.")
    parser.add_argument("module", metavar="MODULE[:APP]", help="what a server would import; with () APP is called")
    parser.add_argument("--service", help="the service of the catalog; by default $STATGATE_SERVICE, else the module's name")
    parser.add_argument("--output", metavar="FILE", help="where to write the catalog; by default it is printed")
    parser.add_argument("--write-config", metavar="FILE", help="the daemon's configuration, which then names the catalog")
    parser.add_argument("--listen", metavar="HOST:PORT", help="with --write-config: the address of an endpoint for this service alone")
    options = parser.parse_args()
    if options.write_config and not options.output:
        parser.error("--write-config needs --output: the configuration names that file")
    import prometheus_client
    sets_time = set()
    original = prometheus_client.Gauge.set_to_current_time

    def set_to_current_time(self):
        sets_time.add(self._name)
        original(self)
    prometheus_client.Gauge.set_to_current_time = set_to_current_time
    registries = [prometheus_client.REGISTRY]
    register = prometheus_client.CollectorRegistry.register

    def register_and_note(self, collector):
        if self not in registries:
            registries.append(self)
        register(self, collector)
    prometheus_client.CollectorRegistry.register = register_and_note
    module = _import(options.module)
    service = options.service or os.environ.get("STATGATE_SERVICE") or module.rsplit(".", maxsplit=1)[-1].replace("_", "-")
    catalog = catalog_of(registries, service, sets_time)
    if not catalog["families"]:
        print(f"{options.module}: no metric is in a registry after the import", file=sys.stderr)
        return 1
    _write(options.output, catalog)
    if options.write_config:
        _configure(options.write_config, options.output, service, options.listen)
    if options.listen:
        print(f"{service}: its page is at http://{options.listen}/metrics: for the program's own, set STATGATE_METRICS to this", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
