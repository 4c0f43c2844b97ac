#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Random prometheus_client programs, for scenario 134: each is run by prometheus_client and by the drop-in, and the pages are to
be equal but for the table of client/python/README.md.

    prometheus_programs.py catalog FIRST COUNT FILE     the catalog of the programs FIRST to FIRST+COUNT-1
    prometheus_programs.py multi|single FIRST COUNT     what prometheus_client shows, in files of a folder or of one process
    prometheus_programs.py statgate KIND FIRST COUNT    the same programs by the drop-in; the processes stay until a line is read
    prometheus_programs.py compare WANTED URL           its samples against the page

A program is a seed. Names begin with its number, so that many are one registry. Values are multiples of 1/1024, so sums are exact in
any order.
"""
import json
import os
import random
import re
import sys
import tempfile
import urllib.request

WORKERS = 3
TEXTS = ("a", "b", "GET", "/orders/{id}", "x y", "\u00e9t\u00e9", 'say "hi"', "back\\slash", "k:v", "2")
MODES = ("all", "liveall", "min", "livemin", "max", "livemax", "sum", "livesum")


class Error(Exception):
    """What a program raises."""


class Special(Error):
    """What only some count."""


def number(rng, low=-4096, high=8192):
    return rng.randrange(low, high) / 1024


class Program:
    """The metrics of a seed, in a registry, and what a process does with them."""

    def __init__(self, client, registry, seed, kinds):
        self.client, self.seed = client, seed
        rng = random.Random(seed)
        self.metrics = []
        for i in range(rng.randrange(3, 7)):
            kind = rng.choice(kinds)
            labels = [f"l{j}" for j in range(0 if kind == "Info" else rng.choice((0, 0, 1, 1, 2, 3)))]
            name = f"p{seed}_{kind.lower()}_{i}" + ("_timestamp_seconds" if kind == "Gauge" and rng.random() < 0.2 else "")
            arguments = {}
            if kind == "Gauge":
                arguments["multiprocess_mode"] = rng.choice(MODES)
            if kind == "Histogram" and rng.random() < 0.8:
                arguments["buckets"] = sorted({number(rng) for _ in range(rng.randrange(2, 9))})
            if kind == "Enum":
                arguments["states"] = ["starting", "running", "stopped"][: rng.randrange(2, 4)]
            if kind in ("Counter", "Histogram", "Summary") and rng.random() < 0.3:
                arguments["namespace"], arguments["subsystem"] = "ns", "sub"
            if kind in ("Counter", "Gauge", "Histogram", "Summary") and rng.random() < 0.3 and not name.endswith("seconds"):
                arguments["unit"] = "seconds"
            metric = getattr(client, kind)(name, f"A {kind} of \\ program\n{seed}.", labels, registry=registry, **arguments)
            self.metrics.append((kind, metric, labels, arguments))

    def perform(self, who, kinds):
        """What one process does."""
        rng = random.Random(f"{self.seed} {who}")
        for kind, metric, labels, _ in self.metrics:
            if not labels and kind in kinds:
                self.use(rng, kind, metric)  # a value that no process has set is 0 in multi-process mode
                if kind == "Gauge":
                    metric.set(number(rng, 1))
        for _ in range(rng.randrange(10, 60)):
            kind, metric, labels, _ = rng.choice(self.metrics)
            if kind not in kinds:
                continue
            if labels:
                texts = [rng.choice(TEXTS) for _ in labels]
                if rng.random() < 0.3:
                    texts[-1] = rng.randrange(3)  # any object may be a value
                if rng.random() < 0.5:
                    metric = metric.labels(*texts)
                else:
                    pairs = list(zip(labels, texts))
                    rng.shuffle(pairs)
                    metric = metric.labels(**dict(pairs))
                if kind == "Gauge":
                    metric.set(number(rng, 1))
            self.use(rng, kind, metric)

    def use(self, rng, kind, metric):
        getattr(self, "use_" + kind.lower())(rng, metric)

    def use_counter(self, rng, metric):
        how = rng.randrange(6)
        if how == 0:
            metric.inc()
        elif how == 1:
            metric.inc(number(rng, 0))
        elif how == 2:
            metric.inc(rng.randrange(5))
        elif how == 3:
            try:
                metric.inc(-1)
            except ValueError:
                metric.inc(0.5)
        else:
            kinds = rng.choice((Exception, Special, (Special, ValueError)))
            raised = rng.choice((Error, Special, ValueError, None))

            def fails():
                if raised:
                    raise raised()
            try:
                if how == 4:
                    with metric.count_exceptions(kinds):
                        fails()
                else:
                    metric.count_exceptions(kinds)(fails)()
            except (Error, ValueError):
                pass
            metric.inc()

    def use_gauge(self, rng, metric):
        how = rng.randrange(8)
        if how == 0:
            metric.inc()
        elif how == 1:
            metric.dec(number(rng))
        elif how == 2:
            metric.set(number(rng))
        elif how == 3:
            metric.inc(number(rng))
        elif how == 4:
            with metric.track_inprogress():
                metric.inc(0.25)
        elif how == 5:
            metric.track_inprogress()(lambda: metric.dec())()
        elif how == 6:
            metric.set_to_current_time()
        else:
            with metric.time():
                pass

    def use_observer(self, rng, metric):
        how = rng.randrange(5)
        low = -4096 if getattr(metric, "_upper_bounds", (0,))[0] < 0 else 0
        if how == 0:
            metric.observe(rng.randrange(9))
        elif how == 1:
            with metric.time():
                pass
        elif how == 2:
            metric.time()(lambda: None)()
        else:
            metric.observe(number(rng, low))

    use_histogram = use_summary = use_observer

    def use_info(self, rng, metric):
        metric.info({"version": rng.choice(TEXTS), "host": rng.choice(TEXTS)})

    def use_enum(self, rng, metric):
        metric.state(rng.choice(metric._states))


KINDS = {"multi": ("Counter", "Gauge", "Histogram", "Summary"), "single": ("Counter", "Gauge", "Histogram", "Summary", "Info", "Enum")}


def steady_clocks():
    """Times that are multiples of 1/1024, the same in each run."""
    import time
    from prometheus_client import context_managers
    ticks = iter(range(10**9))
    context_managers.default_timer = lambda: next(ticks) / 1024
    time.time = lambda: 1700000000 + next(ticks) / 1024


def run(kind, first, count, done):
    """Performs the programs in this process, and for `multi` in workers beside it; then `done`, while all live."""
    import prometheus_client
    registry = prometheus_client.REGISTRY
    steady_clocks()
    programs = [Program(prometheus_client, registry, seed, KINDS[kind]) for seed in range(first, first + count)]
    ends = []
    for who in range(WORKERS if kind == "multi" else 0):
        ready, is_ready = os.pipe()
        end, does_end = os.pipe()
        if who == WORKERS - 1:
            # What the last one inherits. A gauge that it inherits and never sets is 0 in its file.
            perform(programs, "before", ("Counter", "Histogram", "Summary"))
        if os.fork() == 0:
            steady_clocks()
            os.close(does_end)
            for _, other in ends:
                os.close(other)
            perform(programs, who)
            os.write(is_ready, b"r")
            os.read(end, 1)
            os._exit(0)
        os.close(is_ready)
        os.close(end)
        ends.append((ready, does_end))
    perform(programs, "parent")
    for ready, _ in ends:
        if os.read(ready, 1) != b"r":
            sys.exit("a worker failed")
    done(registry, programs)
    for _, does_end in ends:
        os.close(does_end)


def perform(programs, who, kinds=KINDS["single"]):
    for program in programs:
        program.perform(who, kinds)
    if "statgate.prometheus" in sys.modules:
        from statgate import prometheus
        if not prometheus.flush(100):
            sys.exit(f"what is held is not taken: {prometheus.client.error}")


def samples_of(families, keep):
    found = {}
    for family in families:
        for sample in family.samples:
            if keep(sample):
                key = json.dumps([sample.name, sorted((key, value) for key, value in sample.labels.items() if key != "pid")])
                found.setdefault(key, []).append(sample.value)
    return found


def is_ours(sample):
    return re.match("(ns_sub_)?p[0-9]", sample.name) and not sample.name.endswith("_created")


def show(registry, programs):
    """The samples of prometheus_client's page, as the table says that the drop-in shows them."""
    import prometheus_client
    from prometheus_client import multiprocess
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    gauges = {metric._name: arguments for program in programs for kind, metric, _, arguments in program.metrics if kind == "Gauge"}
    found = samples_of(registry.collect(), is_ours)
    below = {metric._name + part for part in ("_sum", "_count") for program in programs for kind, metric, _, _ in program.metrics
             if kind == "Histogram" and metric._upper_bounds[0] < 0}
    for key in [key for key in found if json.loads(key)[0] in below]:
        del found[key]
    for key, values in found.items():
        name = json.loads(key)[0]
        if name in gauges and len(values) > 1:
            if gauges[name]["multiprocess_mode"] not in ("all", "liveall"):
                sys.exit(f"{key}: {values}")
            values[:] = [max(values) if name.endswith("_timestamp_seconds") else sum(values)]
    json.dump({key: value[0] for key, value in found.items()}, sys.stdout)


def compare(wanted, url):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    with open(wanted, encoding="utf-8") as file:
        wanted = json.load(file)
    request = urllib.request.Request(url, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    text = urllib.request.urlopen(request).read().decode()
    found = {key: value[0] for key, value in samples_of(text_string_to_metric_families(text), is_ours).items()}
    differences = [f"{key}: {found.get(key)}, expected {value}" for key, value in wanted.items() if found.get(key) != value]
    differences += [f"{key}: {value}, expected none" for key, value in found.items() if key not in wanted]
    for line in differences[:20]:
        print(line)
    print(f"{len(wanted)} samples, {len(differences)} differ")
    return 1 if differences else 0


def write_catalog(first, count, path):
    import prometheus_client
    from statgate.catalog import catalog_of
    registry = prometheus_client.CollectorRegistry()
    for seed in range(first, first + count):
        Program(prometheus_client, registry, seed, KINDS["single" if path.endswith("single.json") else "multi"])
    sys.stderr = open(os.devnull, "w", encoding="utf-8")
    catalog = catalog_of([registry], "programs")
    for family in catalog["families"].values():
        if family["type"] == "info":
            family.setdefault("labels", {}).update({key: {"pattern": ".+", "max": 12} for key in ("version", "host")})
        for label in family.get("labels", {}).values():
            if isinstance(label, dict):
                label["max"] = 12
                label.pop("otherwise", None)
        if family.get("labels"):
            family["max_series"] = 200
    with open(path, "w", encoding="utf-8") as file:
        json.dump(catalog, file)


def wait(registry, programs):
    print("ready", flush=True)
    sys.stdin.readline()


def main():
    what, arguments = sys.argv[1], sys.argv[2:]
    if what == "compare":
        return compare(*arguments)
    if what == "catalog":
        write_catalog(int(arguments[0]), int(arguments[1]), arguments[2])
    elif what == "statgate":
        import statgate.prometheus  # noqa: F401
        run(arguments[0], int(arguments[1]), int(arguments[2]), wait)
    else:
        if what == "multi":
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp()
        run(what, int(arguments[0]), int(arguments[1]), show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
