#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rows of the table in client/python/README.md, for scenario 135: prometheus_rows.py CATALOG writes a catalog, and
prometheus_rows.py checks each row with the daemon at $STATGATE_SOCKET and $STATGATE_METRICS."""
import enum
import json
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import urllib.request

import prometheus_client
from prometheus_client import Counter, Enum, Gauge, Histogram, Info, Summary

os.environ["STATGATE_UPDOWN"] = "r_queue, r_busy"
early = Counter("r_early", "Made before the import.")
early_seconds = Histogram("r_early_seconds", "Likewise.")
elsewhere = prometheus_client.CollectorRegistry()
early_elsewhere = Counter("r_early_elsewhere", "In a registry of the program's own.", registry=elsewhere)
early.inc(100)

import statgate.prometheus  # noqa: E402
from statgate.prometheus import client  # noqa: E402

default = Gauge("r_default", "A gauge.")
stamp = Gauge("r_stamp_timestamp_seconds", "A time.")
least = Gauge("r_least", "The least.", ["k"], multiprocess_mode="min")
info = Info("r_build", "A build.")
mode = Enum("r_mode", "A mode.", states=["on", "off"])
called = Gauge("r_called", "By a function.")
empty = Counter("r_empty", "Of a child without samples.", ["k"])
odd = Gauge("r_odd", "For odd values.", multiprocess_mode="max")
odd_total = Counter("r_odd", "For odd values.", registry=None)
size = Summary("r_size", "A size.")
delta = Histogram("r_delta", "With a negative bound.", buckets=(-1, 0, 1))
plain = Histogram("r_plain", "Without.", buckets=(1, 2.5))
colon = Counter("r:colon", "A name with a colon.")
text = Counter("r_text", "Of any text.", ["k"])
many = Counter("r_many", "Of many values.", ["n"])
gone = Gauge("r_gone", "Removed.", ["k"], multiprocess_mode="sum")
queue = Gauge("r_queue", "Raised here, lowered there.", ["k"])
busy = Gauge("r_busy", "Likewise, by a function.")
processed = Counter("r_processed", "Of processes of multiprocessing.")
handled_total = Counter("r_handled", "Of handlers.")
forked = Counter("r_forked", "Of threads and children.")
fine = Counter("r_fine", "Fractions.")
example = Counter("r_example", "With an exemplar.")


class Switch(str, enum.Enum):
    ON = "on"


def page(accept="application/openmetrics-text; version=1.0.0"):
    request = urllib.request.Request(os.environ["STATGATE_METRICS"], headers={"Accept": accept})
    lines = urllib.request.urlopen(request).read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def expect(series, wanted):
    until = time.monotonic() + float(os.environ.get("STATGATE_TEST_HANG_S", 60))
    while True:
        found = page().get(series)
        if found == wanted:
            return
        assert time.monotonic() < until, (series, found, wanted)
        time.sleep(0.05)


def in_child(function):
    """Performs the function in a child, which then lives until the end of what is returned is closed."""
    ready, is_ready = os.pipe()
    end, does_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(does_end)
        function()
        os.write(is_ready, b"r")
        os.read(end, 1)
        os._exit(0)
    os.close(end)
    os.read(ready, 1)

    def finish():
        os.close(does_end)
        os.waitpid(child, 0)
    return finish


def gauges_of_live_processes():
    default.set(3)
    stamp.set(1000)
    least.labels("a").set(5)

    def others():
        default.set(4)
        stamp.set(2000)
        least.labels("a").set(2)
    finish = in_child(others)
    expect("r_default", 7)
    expect("r_stamp_timestamp_seconds", 2000)
    expect('r_least{k="a"}', 2)
    finish()
    expect("r_default", 3)
    expect("r_stamp_timestamp_seconds", 1000)
    expect('r_least{k="a"}', 5)


def infos_and_enums():
    info.info({"version": "1.0", "host": "a"})
    mode.state("off")
    expect('r_build_info{host="a",version="1.0"}', 1)
    expect('r_mode{r_mode="off"}', 1)
    expect('r_mode{r_mode="on"}', 0)
    assert prometheus_client.REGISTRY.get_sample_value("r_mode", {"r_mode": "off"}) == 1


def functions():
    values = iter(range(1, 10**6))
    called.set_function(lambda: min(next(values), 5))
    expect("r_called", 5)
    finish = in_child(lambda: None)  # a child's function is called there, too, without any use
    expect("r_called", 10)
    finish()
    expect("r_called", 5)
    for function in (lambda: 1 / 0, lambda: sys.exit(1)):  # what it raises is nobody else's
        called.set_function(function)
        time.sleep(0.6)
        expect("r_called", 5)
    lock = threading.Lock()

    def waits():
        with lock:
            return 2
    called.set_function(waits)
    time.sleep(0.3)
    with lock:
        os.waitpid(os.fork() or os._exit(0), 0)
    expect("r_called", 2)
    called.set_function(lambda: 1)
    expect("r_called", 1)


def changes():
    queue.labels("a").inc(5)
    queue.labels("a").set(4)

    def other():
        queue.labels("a").dec()
        queue.labels("a").inc(0.5)
        busy.set_function(lambda: 2)
    finish = in_child(other)
    expect('r_queue{k="a"}', 3.5)
    expect("r_busy", 2)
    finish()
    settle()
    expect('r_queue{k="a"}', 3.5)
    assert queue.labels("a")._value.get() == 4
    queue.remove("a")
    expect('r_queue{k="a"}', -0.5)
    queue.labels("a").set(math.nan)
    queue.labels("a").set(1)
    expect('r_queue{k="a"}', 0.5)


def use_in_process(n=0):
    processed.inc()
    return n


def processes_of_multiprocessing():
    for count, way in enumerate(("fork", "forkserver", "spawn"), 1):
        context = multiprocessing.get_context(way)
        workers = [context.Process(target=use_in_process) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        with context.Pool(2) as pool:  # ends them by SIGTERM
            pool.map(use_in_process, range(50))
        expect("r_processed_total", 53 * count)


def handlers_of_signals():
    handled = 0

    def handle(*_):
        nonlocal handled
        handled += 1
        client.count("r_handled_total", 1)
        queue.labels("h").inc()
        # The next one after this one: on a slow machine handlers would nest without end.
        signal.setitimer(signal.ITIMER_REAL, 0.0005 if goes_on else 0)
    goes_on = True
    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    prepared = client.counter("r_handled_total")
    for _ in range(20000):
        prepared.add()
        client.count("r_handled_total", 1)
        queue.labels("h").inc(0)
    goes_on = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    settle()
    expect("r_handled_total", 40000 + handled)
    expect('r_queue{k="h"}', queue.labels("h")._value.get())


def threads_that_fork():
    before = page()["r_forked_total"]

    def use():
        for _ in range(3000):
            forked.inc()

    def fork():
        for _ in range(20):
            if os.fork() == 0:
                forked.inc()
                statgate.prometheus.flush(60)
                os._exit(0)
            os.wait()
    threads = [threading.Thread(target=target) for target in (use, use, fork)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("r_forked_total", before + 6020)


def children_without_samples():
    empty.labels("unused")
    empty.labels("used").inc(0)
    expect('r_empty_total{k="used"}', 0)
    assert 'r_empty_total{k="unused"}' not in page()


def odd_values():
    lost = client.lost
    odd.set(2)
    expect("r_odd", 2)
    for value in (math.nan, math.inf, -math.inf):
        odd.set(value)
        settle()
    assert client.lost == lost + 3, client.lost
    odd_total.inc(1)
    odd_total.inc(math.inf)
    odd_total.inc(2)
    expect("r_odd_total", 3)
    assert client.lost == lost + 4, client.lost
    assert odd_total._value.get() == math.inf
    expect("r_odd", 2)
    size.observe(math.nan)
    size.observe(1)
    expect("r_size_count", 1)


def negative_observations():
    plain.observe(-1)
    plain.observe(0.5)
    plain.observe(1)
    expect("r_plain_count", 2)
    expect('r_plain_bucket{le="1.0"}', 2)
    assert 'r_plain_bucket{le="1"}' in page("text/plain")
    delta.observe(-0.5)
    expect('r_delta_bucket{le="0.0"}', 1)
    assert "r_delta_sum" not in page()


def texts():
    colon.inc()
    for value in ("a,b", "a|b", "a\nb", ""):
        text.labels(value).inc()
    expect('r_text_total{k="a_b"}', 3)
    expect('r_text_total{k="other"}', 1)
    text.labels("\ud800").inc()
    expect('r_text_total{k="?"}', 1)
    text.labels("on").inc()
    text.labels(Switch.ON).inc()
    expect('r_text_total{k="Switch.ON"}' if str(Switch.ON) == "Switch.ON" else 'r_text_total{k="on"}', 1)
    for n in range(120):
        many.labels(n).inc()
    expect('r_many_total{n="other"}', 20)
    assert not [series for series in page() if "colon" in series]


def removed_children():
    gone.labels("a").set(5)
    expect('r_gone{k="a"}', 5)
    gone.remove("a")
    expect('r_gone{k="a"}', 5)
    gone.labels("a").inc()
    expect('r_gone{k="a"}', 1)


def fractions():
    for _ in range(10):
        fine.inc(0.1)
    settle()
    assert abs(page()["r_fine_total"] - 1) < 1e-9
    example.inc(1, {"trace": "x"})
    assert example._value.get_exemplar().labels == {"trace": "x"}
    expect("r_example_total", 1)
    assert not [series for series in page() if series.endswith("_created")]


def metrics_made_before():
    assert early._value.get() == 100
    early_elsewhere.inc(4)
    expect("r_early_elsewhere_total", 4)
    early.inc()
    early_seconds.observe(0.2)
    expect("r_early_total", 1)
    expect("r_early_seconds_count", 1)
    assert prometheus_client.REGISTRY.get_sample_value("r_early_total") == 101
    assert prometheus_client.REGISTRY.get_sample_value("r_early_seconds_bucket", {"le": "0.25"}) == 1


def own_page():
    assert b"r_early_total 1" in prometheus_client.generate_latest()
    registry = prometheus_client.CollectorRegistry()
    from prometheus_client import multiprocess
    multiprocess.MultiProcessCollector(registry)
    multiprocess.mark_process_dead(1)
    assert b"r_early_total 1" in prometheus_client.generate_latest(registry)
    kept = os.environ["STATGATE_METRICS"]
    os.environ["STATGATE_METRICS"] = "http://127.0.0.1:1/metrics"
    answer = prometheus_client.generate_latest()
    assert answer.startswith(b"# no page at http://127.0.0.1:1/metrics: "), answer
    os.environ["STATGATE_METRICS"] = os.environ["EMPTY_METRICS"]
    answer = prometheus_client.generate_latest()
    assert answer.startswith(b"# no catalog declares") and b"statgate learn --service" in answer, answer
    os.environ["STATGATE_METRICS"] = kept


def pushed_and_written():
    pushed = []
    registry = prometheus_client.CollectorRegistry()
    Counter("r_pushed", "Pushed.", registry=registry).inc(2)
    prometheus_client.push_to_gateway("127.0.0.1:1", "job", registry, handler=lambda url, method, timeout, headers, data: lambda: pushed.append(data))
    path = os.environ["ROWS_TEXTFILE"]
    prometheus_client.write_to_textfile(path, registry)
    with open(path, "rb") as file:
        for text in (pushed[0], file.read()):
            assert b"r_pushed_total 2.0" in text and b"r_early" not in text, text


def errors_as_before():
    labelled = Counter("r_errors", "Errors.", ["a", "b"], registry=None)
    for call, kind in ((lambda: labelled.inc(), ValueError), (lambda: early.inc(-1), ValueError), (lambda: labelled.labels("x"), ValueError),
                       (lambda: labelled.labels(a="x", c="y"), ValueError), (lambda: early.labels("x"), ValueError),
                       (lambda: labelled.labels("x", b="y"), ValueError), (lambda: early.inc("x"), TypeError),
                       (lambda: early_seconds.observe("x"), TypeError), (lambda: mode.state("none"), ValueError),
                       (lambda: Histogram("r_h", "H.", ["a"], registry=None).observe(1), ValueError)):
        try:
            call()
        except kind:
            continue
        raise AssertionError(call)
    assert labelled.labels("x", 1) is labelled.labels(b=1, a="x") is labelled.labels("x", "1")


def settle():
    assert statgate.prometheus.flush(60)


def main():
    if len(sys.argv) > 1:
        from statgate.catalog import catalog_of
        catalog = catalog_of([prometheus_client.REGISTRY, elsewhere], "rows")
        catalog["families"]["r_odd_total"] = {"type": "counter", "help": "For odd values."}
        catalog["families"]["r_build_info"]["labels"] = {key: {"pattern": ".+", "max": 4} for key in ("version", "host")}
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            json.dump(catalog, file)
        return
    for row in (metrics_made_before, gauges_of_live_processes, infos_and_enums, functions, changes, processes_of_multiprocessing,
                handlers_of_signals, threads_that_fork, children_without_samples, odd_values,
                negative_observations, texts, removed_children, fractions, own_page, pushed_and_written,
                errors_as_before):
        try:
            row()
        except Exception:
            print(f"row: {row.__name__}, client: {client.error}", file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
