#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What scenario 19 does with libstatgate, through cffi, which reads the declarations from statgate_ffi.h as they are.
    library.py LIBRARY HEADER SOCKET TEST
Each test is a function below; what the daemon then has is for the scenario to check."""
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref

import cffi

library, header, socket, test = sys.argv[1:]
ffi = cffi.FFI()
with open(header, encoding="utf-8") as file:
    ffi.cdef(file.read())
lib = ffi.dlopen(library)
KINDS = ("counter", "updown", "gauge", "histogram", "attempts", "jobs")


kept = weakref.WeakKeyDictionary()  # an array does not keep the texts that it points to


def pairs(*texts):
    owned = [ffi.NULL if text is None else ffi.new("char[]", text) for text in texts]
    array = ffi.new("const char *[]", owned)
    kept[array] = owned
    return array, len(texts) // 2


def error(client):
    text = lib.statgate_client_error(client)
    return None if text == ffi.NULL else ffi.string(text).decode()


def tasks():
    """The threads of this process that Python does not know."""
    return len(os.listdir("/proc/self/task")) - threading.active_count()


def value_of(series):
    """What the daemon has: 0 while there is no such series."""
    text = subprocess.run(["curl", "-s", os.environ["METRICS"]], check=True, capture_output=True, text=True).stdout
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(series + " ")), 0)


def expect(series, value):
    until = time.monotonic() + float(os.environ.get("STATGATE_TEST_HANG_S", 60))
    while value_of(series) != value:
        assert time.monotonic() < until, (series, value_of(series))
        time.sleep(0.01)


def singles(client):
    """Every call, with labels as a text and as pairs."""
    c = client
    assert lib.statgate_client_count(c, b"calls_total", 1, b"by:a")
    assert lib.statgate_client_count_with(c, b"calls_total", 2, *pairs(b"by", b"a"))
    assert lib.statgate_client_set(c, b"calls_level", 1, ffi.NULL)
    assert lib.statgate_client_set_with(c, b"calls_level", 2.5, ffi.NULL, 0)
    assert lib.statgate_client_add(c, b"calls_inside", 3, ffi.NULL)
    assert lib.statgate_client_add_with(c, b"calls_inside", -1, ffi.NULL, 0)
    assert lib.statgate_client_observe(c, b"calls_seconds", 0.5, ffi.NULL)
    assert lib.statgate_client_observe_with(c, b"calls_seconds", 0.25, ffi.NULL, 0)
    assert lib.statgate_client_info(c, b"calls_build_info", b"version:1.0.0")
    assert lib.statgate_client_info_with(c, b"calls_build_info", *pairs(b"version", b"2.0.0"))
    assert lib.statgate_client_state(c, b"calls_mode", b"on", ffi.NULL)
    assert lib.statgate_client_state_with(c, b"calls_mode", b"off", ffi.NULL, 0)
    assert lib.statgate_client_state_with(c, b"calls_door", b"open", *pairs(b"side", b"left"))
    assert lib.statgate_client_attempt(c, b"calls_job", b"ok", b"job:x")
    assert lib.statgate_client_attempt_with(c, b"calls_job", b"ok", *pairs(b"job", b"x"))
    assert lib.statgate_client_circuit(c, b"calls_own", b"open", b"to:a")
    assert lib.statgate_client_circuit_with(c, b"calls_own", b"half_open", *pairs(b"to", b"a"))
    assert lib.statgate_client_job(c, b"calls_export", b"queued", b"1", ffi.NULL)
    assert lib.statgate_client_job_with(c, b"calls_export", b"queued", b"2", ffi.NULL, 0)
    for begin, arguments in ((lib.statgate_client_attempt_begin, [b"job:x"]), (lib.statgate_client_attempt_begin_with, pairs(b"job", b"x"))):
        attempt = begin(c, b"calls_job", *arguments)
        assert attempt != ffi.NULL and lib.statgate_attempt_report(attempt, b"ok", 0.5)
        lib.statgate_attempt_drop(begin(c, b"calls_job", *arguments))
    assert lib.statgate_client_flush_wait(c, 5000) and lib.statgate_client_lost(c) == 0
    assert error(c) is None


def prepared(client):
    """Every kind, prepared by text and by pairs: the same metric; each use; uses of another kind."""
    labels = {"counter": [b"by", b"b"], "attempts": [b"job", b"y"]}
    names = dict(zip(KINDS, (b"calls_total", b"calls_inside", b"calls_level", b"calls_seconds", b"calls_job", b"calls_export")))
    metric = {}
    for kind in KINDS:
        texts = labels.get(kind, [])
        text = b":".join(texts) if texts else ffi.NULL
        metric[kind] = getattr(lib, f"statgate_client_{kind}")(client, names[kind], text)
        assert metric[kind] != ffi.NULL, kind
        assert metric[kind] == getattr(lib, f"statgate_client_{kind}_with")(client, names[kind], *pairs(*texts)), kind
    assert len(set(metric.values())) == len(KINDS)
    for i in range(1000):
        assert lib.statgate_metric_add(metric["counter"], 1)
        assert lib.statgate_metric_add(metric["updown"], 3) and lib.statgate_metric_add(metric["updown"], -2)
        assert lib.statgate_metric_set(metric["gauge"], i)
        assert lib.statgate_metric_observe(metric["histogram"], i / 1024)
    values = ffi.new("double []", [1.0, float("nan"), 2.0])
    assert lib.statgate_metric_observe_all(metric["histogram"], values, 3) == 2 and lib.statgate_client_lost(client) == 1
    assert lib.statgate_metric_observe_all(metric["histogram"], values, 0) == 0
    assert lib.statgate_metric_observe_all(ffi.NULL, values, 3) == 0
    assert lib.statgate_metric_report(metric["attempts"], b"ok", ffi.NULL)
    assert lib.statgate_metric_report(metric["jobs"], b"queued", b"3")
    assert error(client) == "the value is not finite"
    for kind, use in (("counter", lambda m: lib.statgate_metric_set(m, 1)), ("updown", lambda m: lib.statgate_metric_observe(m, 1)),
                      ("gauge", lambda m: lib.statgate_metric_add(m, 1)), ("histogram", lambda m: lib.statgate_metric_report(m, b"ok", ffi.NULL)),
                      ("attempts", lambda m: lib.statgate_metric_add(m, 1))):
        before = lib.statgate_client_lost(client)
        assert not use(metric[kind]) and lib.statgate_client_lost(client) == before + 1
        assert error(client) == "the metric is of another kind"
    assert lib.statgate_client_flush_wait(client, 5000)


def refusals(client):
    """Each is one lost sample and one sentence."""
    c = client
    long = b"k:" + b"v" * 9000
    for call, sentence in (
            (lambda: lib.statgate_client_count(c, ffi.NULL, 1, ffi.NULL), "the name is missing"),
            (lambda: lib.statgate_client_count(c, b"", 1, ffi.NULL), "the name is missing"),
            (lambda: lib.statgate_client_count(c, b"a|b", 1, ffi.NULL), "the name has"),
            (lambda: lib.statgate_client_count(c, b"a", 1, b"k:v|x"), "the labels have '|'"),
            (lambda: lib.statgate_client_count(c, b"a", 1, b"k:v\r"), "the labels have '|'"),
            (lambda: lib.statgate_client_count(c, b"a", 1, long), "the line has more than 8 KiB"),
            (lambda: lib.statgate_client_count_with(c, b"a", 1, *pairs(b"k", None)), "a label has no value"),
            (lambda: lib.statgate_client_count_with(c, b"a", 1, *pairs(b"k:", b"v")), "a label has no value"),
            (lambda: lib.statgate_client_count_with(c, b"a", 1, *pairs(b"k", b"v" * 9000)), "a label has no value"),
            (lambda: lib.statgate_client_observe(c, b"a", float("nan"), ffi.NULL), "the value is not finite"),
            (lambda: lib.statgate_client_set(c, b"a", float("inf"), ffi.NULL), "the value is not finite"),
            (lambda: lib.statgate_client_state(c, b"a", ffi.NULL, ffi.NULL), "a label has no value"),
            (lambda: lib.statgate_client_state_with(c, b"a", ffi.NULL, *pairs(b"k", b"v")), "a label has no value"),
            (lambda: lib.statgate_client_attempt(c, b"a", b"o|k", ffi.NULL), "the outcome, state or event"),
            (lambda: lib.statgate_client_circuit(c, b"a", ffi.NULL, ffi.NULL), "the outcome, state or event"),
            (lambda: lib.statgate_client_job(c, b"a", b"queued", ffi.NULL, ffi.NULL), "the job's id"),
            (lambda: lib.statgate_client_job(c, b"a", b"queued", b"x" * 65, ffi.NULL), "the job's id"),
            (lambda: lib.statgate_metric_add(lib.statgate_client_counter(c, b"a", ffi.NULL), -1), "the value is not finite, or negative"),
            (lambda: lib.statgate_metric_set(lib.statgate_client_gauge(c, b"a", ffi.NULL), float("nan")), "the value is not finite"),
            (lambda: lib.statgate_metric_observe(lib.statgate_client_histogram(c, b"a", ffi.NULL), float("inf")), "the value is not finite")):
        before = lib.statgate_client_lost(c)
        assert not call() and lib.statgate_client_lost(c) == before + 1, sentence
        assert error(c).startswith(sentence), (sentence, error(c))
    # A metric is refused, not a sample.
    before = lib.statgate_client_lost(c)
    for kind in KINDS:
        assert getattr(lib, f"statgate_client_{kind}")(c, b"a|b", ffi.NULL) == ffi.NULL and error(c).startswith("the name has")
        assert getattr(lib, f"statgate_client_{kind}_with")(c, b"a", *pairs(b"", b"v")) == ffi.NULL and error(c).startswith("a label has")
    assert lib.statgate_client_lost(c) == before
    # What a stranger chose is one label, whatever bytes it has.
    assert lib.statgate_client_count_with(c, b"calls_total", 1, *pairs(b"by", b"a,by:b|c\n")) and lib.statgate_client_replaced(c) == 1
    # What had no memory is NULL in a binding, and does no harm there.
    for call in (lib.statgate_client_count, lib.statgate_client_set, lib.statgate_client_add, lib.statgate_client_observe):
        assert not call(ffi.NULL, b"a", 1, ffi.NULL)
    assert not lib.statgate_client_flush(ffi.NULL) and not lib.statgate_client_flush_wait(ffi.NULL, 1)
    assert lib.statgate_client_lost(ffi.NULL) == 0 and error(ffi.NULL) is None
    attempt = lib.statgate_client_attempt_begin(ffi.NULL, b"calls_job", b"job:x")
    assert attempt != ffi.NULL and not lib.statgate_attempt_report(attempt, b"ok", -1)
    lib.statgate_attempt_drop(attempt)
    lib.statgate_attempt_drop(ffi.NULL)
    assert not lib.statgate_attempt_report(ffi.NULL, b"ok", -1)
    for kind in KINDS:
        assert getattr(lib, f"statgate_client_{kind}")(ffi.NULL, b"a", ffi.NULL) == ffi.NULL
    assert not lib.statgate_metric_add(ffi.NULL, 1) and not lib.statgate_metric_report(ffi.NULL, b"ok", ffi.NULL)
    lib.statgate_client_free(ffi.NULL)


def many(client):
    """More metrics than are prepared: all arrive. More than are known: refused. Long labels: sent unprepared."""
    metrics = [lib.statgate_client_counter(client, b"calls_many_total", b"n:%d" % n) for n in range(5000)]
    assert ffi.NULL not in metrics and len(set(metrics)) == 5000
    for _ in range(2):
        for metric in metrics:
            while not lib.statgate_metric_add(metric, 1):
                assert error(client).startswith("the buffer is full")
                lib.statgate_client_flush_wait(client, 5000)
    assert lib.statgate_client_flush_wait(client, 5000)
    metric = lib.statgate_client_histogram_with(client, b"calls_long", *pairs(*[text for key in (b"p", b"q", b"r") for text in (key, key * 100)]))
    assert metric != ffi.NULL and lib.statgate_metric_observe(metric, 1)
    for n in range(5001, 65536):
        assert lib.statgate_client_gauge(client, b"calls_many", b"n:%d" % n) != ffi.NULL
    assert lib.statgate_client_gauge(client, b"calls_many", b"n:65536") == ffi.NULL and "no room" in error(client)
    assert lib.statgate_client_counter(client, b"calls_many_total", b"n:4999") == metrics[4999]


def burst(client):
    """100,000 observations, as fast as they come, of ten series by four threads."""
    metrics = [lib.statgate_client_histogram(client, b"calls_burst", b"n:%d" % n) for n in range(10)]

    def work(first):
        for i in range(first, 100000, 4):
            assert lib.statgate_metric_observe(metrics[i % 10], i % 7)
            if i % 10000 < 4:  # the daemon of a busy machine gets a turn: the burst shall fit the pool, not the machine
                lib.statgate_client_flush_wait(client, 60000)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lib.statgate_client_flush_wait(client, 60000) and lib.statgate_client_lost(client) == 0


def absent(client):
    """Without a daemon the pool fills up; then a daemon comes, and what was held arrives: given = received + lost."""
    assert error(client).startswith("no daemon answers")
    metrics = [lib.statgate_client_histogram(client, b"calls_absent", b"n:%d" % n) for n in range(3)]
    given = 40000
    for i in range(given):
        if not lib.statgate_metric_observe(metrics[i % 3], 1):
            assert error(client) == "the buffer is full: no daemon takes what waits"
    lost = lib.statgate_client_lost(client)
    assert given - lost >= 26000, lost
    print("ready", flush=True)
    sys.stdin.readline()
    assert lib.statgate_client_flush_wait(client, 60000) and lib.statgate_client_lost(client) == lost
    print(given - lost)


def thread(client):
    """One thread from the first sample that is held, which blocks all signals; it sends within a second, and ends before a
    fork; parent and child start their own."""
    metric = lib.statgate_client_counter(client, b"calls_total", b"by:a")
    assert lib.statgate_client_count(client, b"calls_total", 1, b"by:a")
    assert tasks() == 0, "a thread although nothing is held"

    assert lib.statgate_metric_add(metric, 1) and tasks() == 1
    own = next(task for task in os.listdir("/proc/self/task") if int(task) != os.getpid())
    with open(f"/proc/self/task/{own}/status", encoding="ascii") as file:
        blocked = int(next(line for line in file if line.startswith("SigBlk")).split()[1], 16)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        assert blocked >> (number - 1) & 1, number
    expect('calls_total{by="a"}', 2)  # nobody flushed
    assert lib.statgate_metric_add(metric, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python warns of a fork beside threads
        child = os.fork()
    assert tasks() == 0
    if child == 0:
        assert lib.statgate_metric_add(metric, 10) and tasks() == 1
        expect('calls_total{by="a"}', 13)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert lib.statgate_metric_add(metric, 100) and tasks() == 1
    expect('calls_total{by="a"}', 113)


def leave(client):
    """Ends without a flush."""
    lib.statgate_metric_add(lib.statgate_client_counter(client, b"calls_total", b"by:b"), 5)
    lib.statgate_metric_observe(lib.statgate_client_histogram(client, b"calls_seconds", ffi.NULL), 1)


def threadless(client):
    """No thread can be made: uses send what is held, and the end does."""
    counter = lib.statgate_client_counter(client, b"calls_total", b"by:b")
    histogram = lib.statgate_client_histogram(client, b"calls_seconds", ffi.NULL)
    until = time.monotonic() + float(os.environ.get("STATGATE_TEST_HANG_S", 60))
    given = 0
    while value_of("calls_seconds_count") == 0 or value_of('calls_total{by="b"}') == 0:
        assert lib.statgate_metric_add(counter, 1) and lib.statgate_metric_observe(histogram, 1) and tasks() == 0
        given += 1
        assert time.monotonic() < until
        time.sleep(0.05)
    print(given)


def forks(client):
    """Calls by four threads, and a fork amid them: the child has its own numbers, and no lock that nobody gives back."""
    counter = lib.statgate_client_counter(client, b"calls_total", b"by:b")
    histogram = lib.statgate_client_histogram(client, b"calls_seconds", ffi.NULL)

    def work():
        for _ in range(2000):
            assert lib.statgate_client_count(client, b"calls_total", 1, b"by:a")
            assert lib.statgate_metric_add(counter, 1) and lib.statgate_metric_observe(histogram, 1)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    children = []
    for _ in range(4):
        children.append(os.fork())
        if children[-1] == 0:
            for _ in range(500):
                lib.statgate_client_count(client, b"calls_total", 1, b"by:a")
                lib.statgate_metric_add(counter, 1)
                lib.statgate_metric_observe(histogram, 1)
            os._exit(0 if lib.statgate_client_flush_wait(client, 5000) and lib.statgate_client_lost(client) == 0 else 1)
    for thread in threads:
        thread.join()
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert lib.statgate_client_flush_wait(client, 5000) and lib.statgate_client_lost(client) == 0
    # A wait holds no lock: a fork in another thread comes back at once.
    away = lib.statgate_client_new(b"/nonexistent/socket")
    lib.statgate_client_count(away, b"calls_total", 1, ffi.NULL)
    waiting = threading.Thread(target=lib.statgate_client_flush_wait, args=(away, 3600000), daemon=True)
    waiting.start()
    for _ in range(20):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        lib.statgate_client_count(away, b"calls_total", 1, ffi.NULL)
    assert waiting.is_alive()
    lib.statgate_client_free(client)
    sys.stdout.flush()
    os._exit(0)


def breaker(client):
    """Two failures open it: no further attempt is allowed."""
    for _ in range(2):
        attempt = lib.statgate_client_attempt_begin(client, b"calls_job", b"job:z")
        assert attempt != ffi.NULL and lib.statgate_attempt_report(attempt, b"bad", -1)
    until = time.monotonic() + float(os.environ.get("STATGATE_TEST_HANG_S", 60))
    while True:
        attempt = lib.statgate_client_attempt_begin_with(client, b"calls_job", *pairs(b"job", b"z"))
        if attempt == ffi.NULL:
            break
        lib.statgate_attempt_drop(attempt)
        assert time.monotonic() < until
        time.sleep(0.01)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    assert lib.statgate_abi_version() == 0
    own = lib.statgate_client_new(socket.encode())
    globals()[test](own)
