# SPDX-License-Identifier: MIT
"""After `import statgate.prometheus`, an unchanged prometheus_client program sends here, from any number of processes.

Each metric keeps this process's values, which a program's own tests read, and what came since the last beat, which is sent four
times a second. README.md says where the numbers differ from those of prometheus_client's multi-process mode. The environment:
STATGATE_SOCKET and STATGATE_SERVICE, as for statgate.Client; STATGATE_METRICS, the URL of the page that this program's own
endpoint shows; STATGATE_UPDOWN, names of gauges that are sent as changes.
"""
import gc
import http.client
import math
import os
import threading
import time
import types
import urllib.request
import weakref
from bisect import bisect_left

import prometheus_client
from prometheus_client import exposition, metrics, multiprocess, values
from prometheus_client.openmetrics import exposition as openmetrics

import statgate

from . import _beat

_lock = _beat.lock
_acquire, _release = _lock.acquire, _lock.release
_AT_ONCE = 256  # series that the client is given before it has sent them
_EXIT_S = 0.1
_PENDING_MAX = 500  # observations of a series between two beats; then they are sent at once
_fetches = threading.BoundedSemaphore(16)
_URL = "http://127.0.0.1:9464/metrics"

client = statgate.Client()
_updown = statgate._updown_names()
_dirty = {}  # what is to be sent at the next beat, in order
_all = weakref.WeakSet()
_names = set()
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the page is this host's


def _mark(value):
    """Has the value sent at the next beat."""
    _dirty[value] = None
    _beat.need()
    value.is_dirty = _beat.is_running()  # else each use says so again


def _on_beat():
    any_sent = False
    for count, value in enumerate(_copy(_dirty)):
        any_sent = True
        if count % _AT_ONCE == 0 and not client.flush(_EXIT_S if _beat.is_last() else 0):
            break  # the daemon is busy: the others wait where they are
        with _lock:
            _dirty.pop(value, None)
            value.is_dirty = False
        value.send()
    functions = _copy(_functions) if _beat.may_call() else ()
    for value in functions:
        value.call()
    if any_sent or functions:
        client.flush()
    return any_sent or len(_functions) != 0


def _copy(found):
    """A tuple of what other threads may add to."""
    while True:
        try:
            return tuple(found)
        except RuntimeError:
            pass


def _after_fork():
    """A child's values begin at 0, as in multi-process mode; what the parent held, the parent sends."""
    _dirty.clear()
    for value in _copy(_all):
        value.begin_again()
    if len(_functions):
        _beat.need(for_functions=True)


class _Part:
    """A number that is not sent by itself: what values.ValueClass makes of a histogram's or summary's parts."""

    __slots__ = ("total", "exemplar", "owner", "__weakref__")
    _multiprocess = False

    def __init__(self):
        self.total = 0.0
        self.exemplar = self.owner = None
        _all.add(self)

    def begin_again(self):
        self.total, self.exemplar = 0.0, None

    def inc(self, amount):
        with _lock:
            self.total += amount

    def set(self, value, timestamp=None):
        with _lock:
            self.total = value

    def get(self):
        if self.owner is not None:
            self.owner.settle()
        return self.total

    def set_exemplar(self, exemplar):
        self.exemplar = exemplar

    def get_exemplar(self):
        return self.exemplar


class _Sent(_Part):
    """What is sent: `metric` is prepared at the first time."""

    __slots__ = ("name", "labels", "is_dirty", "_metric")
    kind = None

    def __init__(self, name, labels):
        super().__init__()
        self.name, self.labels = name, labels
        _names.add(name)
        self.is_dirty = False
        self._metric = None

    def metric(self):
        if self._metric is None:
            # Labels may be called like arguments, so they are given as what they are; numbers are checked already.
            self._metric = client._prepare(self.kind, self.name, self.labels)._metric or _Unprepared(self)
        return self._metric


class _Unprepared:
    """For what the client has no room to prepare."""

    def __init__(self, value):
        self.name, self.labels = value.name, value.labels

    def add(self, amount):
        return client._put(b"c", self.name, amount, self.labels)

    def set(self, value):
        return client._put(b"g", self.name, value, self.labels)

    def observe_all(self, values):
        for value in values:
            client._put(b"h", self.name, value, self.labels)


class _Count(_Sent):
    __slots__ = ("pending",)
    kind = "counter"

    def __init__(self, name, labels):
        super().__init__(name, labels)
        self.pending = 0.0

    def begin_again(self):
        super().begin_again()
        self.pending, self.is_dirty = 0.0, False

    def inc(self, amount):
        with _lock:
            self.pending += amount
            if not self.is_dirty:
                _mark(self)

    def set(self, value, timestamp=None):
        """A counter that is set, or reset, is so in this process: what was counted, was."""
        with _lock:
            self.send()
            self.total = float(value)

    def get(self):
        with _lock:
            return self.total + self.pending

    def send(self):
        with _lock:
            pending, self.pending = self.pending, 0.0
            self.total += pending
        self.metric().add(pending)  # also 0: then the series is there


class _Level(_Sent):
    __slots__ = ("function",)
    kind = "gauge"

    def __init__(self, name, labels):
        super().__init__(name, labels)
        self.function = None

    def begin_again(self):
        super().begin_again()
        self.is_dirty = False

    def inc(self, amount):
        with _lock:
            self.total += amount
            if not self.is_dirty:
                _mark(self)

    def set(self, value, timestamp=None):
        with _lock:
            self.total = value
            if not self.is_dirty:
                _mark(self)

    def send(self):
        if self.function is None:
            self.metric().set(self.total)

    def call(self):
        """Sends what the program's function returns. Whatever it raises is its own: nothing is sent."""
        try:
            self.send_now(self.function())
        except BaseException:  # pylint: disable=broad-except
            pass

    def send_now(self, value):
        self.metric().set(value)


class _Changes(_Level):
    """A gauge that one process raises and another lowers: each change is sent at once, before another process can act on it."""

    __slots__ = ("sent",)

    def __init__(self, name, labels):
        super().__init__(name, labels)
        self.sent = 0.0

    def begin_again(self):
        super().begin_again()
        self.sent = 0.0

    def inc(self, amount):
        with _lock:
            self.set(self.total + amount)

    def set(self, value, timestamp=None):
        with _lock:
            self.total = value
            # A handler of a signal may come in between: what it adds, this sends.
            while not self.is_dirty and self.total != self.sent and math.isfinite(self.total):
                self.is_dirty = True
                value = self.total
                change, self.sent = value - self.sent, value
                client._put(b"c", self.name, change, self.labels)
                self.is_dirty = False

    send_now = set


_functions = weakref.WeakSet()


class _Observations(_Sent):
    """A histogram's or summary's values since the last beat."""

    __slots__ = ("pending", "bounds", "sum", "counts")
    kind = "histogram"

    def __init__(self, metric):
        super().__init__(metric._name, _labels_of(metric))
        self.pending = []
        self.bounds = getattr(metric, "_upper_bounds", None)
        self.sum = metric._sum
        self.counts = metric._buckets if self.bounds else [metric._count]
        for part in (self.sum, *self.counts):
            part.owner = self

    def begin_again(self):
        self.pending.clear()
        self.is_dirty = False

    def settle(self):
        """Sends what came, and adds it to this process's values."""
        with _lock:
            found = self.pending[:]
            del self.pending[: len(found)]
            for value in found:
                self.sum.total += value
                if self.bounds is None:
                    self.counts[0].total += 1
                elif value == value:
                    self.counts[bisect_left(self.bounds, value)].total += 1
            if found:
                self.metric().observe_all(found)

    send = settle

    def more(self):
        if len(self.pending) >= _PENDING_MAX:
            self.settle()
        with _lock:
            if not self.is_dirty:
                _mark(self)


def _labels_of(metric):
    return dict(zip(metric._labelnames, metric._labelvalues))


def _value(typ, metric_name, name, labelnames, labelvalues, help_text, **_):
    """values.ValueClass."""
    labels = dict(zip(labelnames, labelvalues))
    if typ == "counter":
        return _Count(name, labels)
    if typ == "gauge":
        return (_Changes if name in _updown else _Level)(name, labels)
    return _Part()


# ---- the methods that programs call most, without a detour ----


def _counter_inc(self, amount=1.0, exemplar=None):
    try:
        value = self._value
    except AttributeError:
        self._raise_if_not_observable()
        raise
    if not 0.0 <= amount < math.inf:
        if amount < 0.0:
            raise ValueError("Counters can only be incremented by non-negative amounts.")
        client._put(b"c", value.name, amount, value.labels)  # refuses and counts it
        value.total += amount
        return
    _acquire()  # `with` costs as much as all else here
    try:
        value.pending += amount
        if not value.is_dirty:
            _mark(value)
    except AttributeError:  # one that another thread makes as this module is imported
        _adopt(self).inc(amount)
    finally:
        _release()
    if exemplar:
        metrics._validate_exemplar(exemplar)
        value.set_exemplar(metrics.Exemplar(exemplar, amount, time.time()))


def _observe(self, amount, exemplar=None):
    try:
        held = self._statgate
    except AttributeError:
        self._raise_if_not_observable()
        held = _adopt(self)
    amount = amount + 0.0
    if amount.__class__ is not float:
        amount = float(amount)
    pending = held.pending
    pending.append(amount)
    if not held.is_dirty or len(pending) >= _PENDING_MAX:
        held.more()
    if exemplar and held.bounds:
        metrics._validate_exemplar(exemplar)
        held.counts[bisect_left(held.bounds, amount)].set_exemplar(metrics.Exemplar(exemplar, amount, time.time()))


def _summary_observe(self, amount):
    _observe(self, amount)


def _set_function(self, f):
    _original["set_function"](self, f)
    value = self._value if isinstance(self._value, _Level) else _adopt(self)
    value.function = f
    _functions.add(value)
    _beat.need(for_functions=True)


def _info(self, val):
    _original["info"](self, val)
    client._put(b"g", self._name + "_info", 1, {**_labels_of(self), **val})


def _state(self, state):
    _original["state"](self, state)
    client._put(b"g", self._name, 1, {**_labels_of(self), self._name: state})


def _labels(self, *labelvalues, **labelkwargs):
    try:
        texts = labelvalues
        if labelkwargs:
            texts = () if labelvalues or len(labelkwargs) != len(self._labelnames) else tuple(map(labelkwargs.__getitem__, self._labelnames))
        for text in texts:
            if text.__class__ is not str:  # another object may equal a text that is not its own
                break
        else:
            return self._metrics[texts]
    except (KeyError, TypeError, AttributeError):
        pass
    return _original["labels"](self, *labelvalues, **labelkwargs)


def _taking_back(name):
    """The method of that name, by which children go: what they added to gauges that are sent as changes is taken back."""
    def method(self, *args, **kwargs):
        before = dict(self._metrics) if self._name in _updown and self._labelnames else {}
        _original[name](self, *args, **kwargs)
        for key, child in before.items():
            if key not in self._metrics:
                child._value.set(0.0)
    return method


def _histogram_init(self):
    _original["histogram_init"](self)
    self._statgate = _Observations(self)


def _summary_init(self):
    _original["summary_init"](self)
    self._statgate = _Observations(self)


def _adopt(metric):
    """Takes over a metric that was made before this module was imported. What it counted until then is not sent."""
    if isinstance(metric, (metrics.Histogram, metrics.Summary)):
        before = [metric._sum, *(metric._buckets if isinstance(metric, metrics.Histogram) else [metric._count])]
        parts = [_Part() for _ in before]
        for part, old in zip(parts, before):
            part.total = old.get()
        metric._sum = parts[0]
        if isinstance(metric, metrics.Histogram):
            metric._buckets = parts[1:]
        else:
            metric._count = parts[1]
        metric._statgate = _Observations(metric)
        return metric._statgate
    name = metric._name + ("_total" if isinstance(metric, metrics.Counter) else "")
    value = _value(metric._type, metric._name, name, metric._labelnames, metric._labelvalues, "")
    value.total = metric._value.get()
    if isinstance(value, _Changes):
        value.sent = value.total
    metric._value = value
    return value


def _adopt_all():
    """Adopts all metrics that there are, whatever registry they are in."""
    kinds = (metrics.Counter, metrics.Gauge, metrics.Histogram, metrics.Summary)
    for metric in gc.get_objects():
        if issubclass(type(metric), kinds) and {"_value", "_sum"} & vars(metric).keys() and not isinstance(_held(metric), _Part):
            _adopt(metric)


def _held(metric):
    return vars(metric).get("_statgate") or vars(metric).get("_value")


def flush(timeout=0.0):
    """Sends what is held. Waits at most `timeout` seconds, and returns whether nothing is left."""
    until = time.monotonic() + timeout
    while True:
        _beat.beat()
        if client.flush(max(0.0, until - time.monotonic())) and not _dirty:
            return True
        if time.monotonic() >= until:
            return False


# ---- the page ----


def page(openmetrics_wanted=False):
    """The daemon's page, as bytes. A comment instead, if there is none, or if no catalog declares what is sent."""
    url = os.environ.get("STATGATE_METRICS") or _URL
    if not _fetches.acquire(blocking=False):  # the URL may be that of this program's own page
        return _comment([f"no page at {url}: too many ask for it at once"], openmetrics_wanted)
    accept = "application/openmetrics-text; version=1.0.0" if openmetrics_wanted else "text/plain; version=0.0.4"
    try:
        with _opener.open(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
            found = answer.read()
    except (OSError, ValueError, http.client.HTTPException) as problem:
        reason = str(getattr(problem, "reason", problem)).replace("\n", " ")
        return _comment([f"no page at {url}: {reason}", "start statgated, or set STATGATE_METRICS to the URL of its page"], openmetrics_wanted)
    finally:
        _fetches.release()
    names = {name for name in _copy(_names) if not name.startswith("process_")}
    if names and not any(line.split(" ")[2] in names or line.split(" ")[2] + "_total" in names
                         for line in found.decode("utf-8", "replace").splitlines() if line.startswith("# TYPE ")):
        service = os.environ.get("STATGATE_SERVICE") or "app"
        return _comment([f"no catalog declares what this program sends; to write one, run: statgate learn --service {service} "
                         f"--output {service}.json", f"and then: statgated --catalog {service}.json",
                         "if it has an endpoint of its own, set STATGATE_METRICS to its URL"], openmetrics_wanted)
    return found


def _comment(lines, openmetrics_wanted):
    end = "# EOF\n" if openmetrics_wanted else ""
    return ("".join(f"# {line}\n" for line in lines) + end).encode()


# Programs may have imported these functions by name already, so they keep their identity and get other code. It runs with the
# globals of its old module, and has to import what it needs.
def _generate_latest(registry=None, *args, **kwargs):
    import statgate.prometheus as drop_in
    return drop_in.page()


def _generate_openmetrics(registry=None, *args, **kwargs):
    import statgate.prometheus as drop_in
    return drop_in.page(True)


def _write_to_textfile(*args, **kwargs):
    import statgate.prometheus as drop_in
    return drop_in._own["write_to_textfile"](*args, **kwargs)


def _nothing(*args, **kwargs):
    return None


def _with_own_page(name):
    """The function of exposition with prometheus_client's own generate_latest: what is pushed or written is this process's."""
    page_of, function = exposition.generate_latest, getattr(exposition, name)
    found = vars(exposition).copy()
    found["generate_latest"] = types.FunctionType(page_of.__code__, vars(exposition), page_of.__name__, page_of.__defaults__)
    found["generate_latest"].__kwdefaults__ = page_of.__kwdefaults__
    own = types.FunctionType(function.__code__, found, name, function.__defaults__)
    own.__kwdefaults__ = function.__kwdefaults__
    return own


def _become(function, other):
    function.__code__ = other.__code__
    function.__defaults__, function.__kwdefaults__ = other.__defaults__, other.__kwdefaults__


# Of prometheus_client as it came, also when this module is loaded again.
_GOING = [name for name in ("remove", "remove_by_labels", "clear") if hasattr(metrics.MetricWrapperBase, name)]
_original = vars(metrics).get("_statgate_original") or {
    "set_function": metrics.Gauge.set_function, "info": metrics.Info.info, "state": metrics.Enum.state,
    "labels": metrics.MetricWrapperBase.labels, "histogram_init": metrics.Histogram._metric_init,
    "summary_init": metrics.Summary._metric_init, **{name: getattr(metrics.MetricWrapperBase, name) for name in _GOING}}
metrics._statgate_original = _original
_own = vars(exposition).get("_statgate_own") or {name: _with_own_page(name) for name in ("_use_gateway", "write_to_textfile")}
exposition._statgate_own = _own


def _install():
    values.ValueClass = _value
    _adopt_all()
    metrics.Counter.inc = _counter_inc
    metrics.Histogram.observe = _observe
    metrics.Summary.observe = _summary_observe
    metrics.Gauge.set_function = _set_function
    metrics.Info.info = _info
    metrics.Enum.state = _state
    metrics.MetricWrapperBase.labels = _labels
    for name in _GOING:
        setattr(metrics.MetricWrapperBase, name, _taking_back(name))
    metrics.Histogram._metric_init = _histogram_init
    metrics.Summary._metric_init = _summary_init
    _adopt_all()  # those of other threads, meanwhile
    _become(exposition.generate_latest, _generate_latest)
    _become(openmetrics.generate_latest, _generate_openmetrics)
    _become(exposition.write_to_textfile, _write_to_textfile)
    exposition._use_gateway = _own["_use_gateway"]
    _become(multiprocess.mark_process_dead, _nothing)
    multiprocess.MultiProcessCollector.__init__ = _nothing
    multiprocess.MultiProcessCollector.collect = lambda self: []
    _beat.on_beat(_on_beat)
    _beat.after_fork(_after_fork)


_install()
