# SPDX-License-Identifier: MIT
"""Send metrics to this host's statgate daemon.

    import statgate

    client = statgate.Client()
    client.count("jobs_total", 1, queue="fast")

    requests = client.counter("http_requests_total", code="200")  # prepared: checked once, held, sent four times a second
    requests.add(1)

    attempt = client.begin("background_job", job="publish")       # None if the circuit breaker says no
    if attempt:
        attempt.report("worked" if work() else "error")

Labels are keyword arguments. What comes from outside the program may be a value: each comma, `|` and line end in it becomes `_`.

A daemon that is not there is no error: what is sent waits, bounded, and is counted as lost when the bound is reached. No call
raises because of a value, waits, or writes a log. All threads may use a client; in a child of fork() it continues with a numbering
of its own, and the parent sends what it held. By libstatgate.so.0 if that is installed, otherwise in Python alone, with the same
results; STATGATE_LIBRARY names another file, or `none`.
"""
import os
import time

from . import _beat, _library

__version__ = "0.1.0"
__all__ = ["Attempt", "Client", "Metric"]

_functions = _library.load()


class Client:
    """A client of the daemon whose socket is `socket`, by default $STATGATE_SOCKET, else where the daemon has it.

    `service` says which service this program is, where several declare the same names; by default $STATGATE_SERVICE.
    """

    def __init__(self, socket=None, service=None):
        self._closed = False
        socket = None if socket is None else os.fspath(socket)
        if _functions is not None:
            self._sender = _library.Library(_functions, socket, service)
        else:
            from . import _wire
            self._sender = _wire.Wire(socket, service)

    # ---- single samples: each returns whether it was sent or waits, and False if it is lost ----

    def count(self, name, n=1, /, **labels):
        """Add n, not negative, to a counter."""
        return self._put(b"c", name, n, labels)

    def add(self, name, delta, /, **labels):
        """Add delta, of either sign, to an up-down counter."""
        return self._put(b"c", name, delta, labels)

    def set(self, name, value, /, **labels):
        """Set a gauge."""
        return self._put(b"g", name, value, labels)

    def observe(self, name, value, /, **labels):
        """Observe a value, in the family's own unit, for a histogram or a summary."""
        return self._put(b"h", name, value, labels)

    def info(self, name, /, **labels):
        """Set the labels by which an info describes this process."""
        return self._put(b"g", name, 1, labels)

    def state(self, name, state, /, **labels):
        """Select a state of a stateset."""
        return self._put(b"g", name, 1, {name: state, **labels})

    def attempt(self, name, outcome, /, **labels):
        """Report the outcome of an attempt whose breaker was not asked."""
        return self._put_word(b"a", name, labels, outcome)

    def circuit(self, name, state, /, **labels):
        """Report that a breaker of the program's own is "open", "half_open" or "closed"."""
        return self._put_word(b"b", name, labels, state)

    def job(self, name, event, instance, /, **labels):
        """Report that the job with this id was "queued", "started", "succeeded", "failed" or "canceled"."""
        return self._put_word(b"j", name, labels, event, instance)

    def _put(self, letter, name, value, labels):
        return not self._closed and self._sender.put(letter, name, labels.items(), _number(value))

    def _put_word(self, letter, name, labels, word, instance=None):
        return not self._closed and self._sender.put_word(letter, name, labels.items(), word, instance)

    # ---- prepared metrics ----

    def counter(self, name, /, **labels):
        """A Metric to add() to."""
        return self._prepare("counter", name, labels)

    def updown(self, name, /, **labels):
        """A Metric to add() to, in both directions."""
        return self._prepare("updown", name, labels)

    def gauge(self, name, /, **labels):
        """A Metric to set()."""
        return self._prepare("gauge", name, labels)

    def histogram(self, name, /, **labels):
        """A Metric to observe() with, also for a summary."""
        return self._prepare("histogram", name, labels)

    def attempts(self, name, /, **labels):
        """A Metric to report() outcomes with."""
        return self._prepare("attempts", name, labels)

    def jobs(self, name, /, **labels):
        """A Metric to report() events of jobs with."""
        return self._prepare("jobs", name, labels)

    def _prepare(self, kind, name, labels):
        return Metric(self, kind, None if self._closed else self._sender.prepare(kind, name, labels.items()))

    # ---- circuit breakers ----

    def begin(self, name, /, **labels):
        """An Attempt, or None if the circuit breaker denies it. Allowed where nothing is known of the breaker."""
        allowed, attempt = (True, None) if self._closed else self._sender.begin(name, labels.items())
        return Attempt(attempt) if allowed else None

    # ---- what becomes of it ----

    def flush(self, timeout=0.0):
        """Send what waits; keep trying for so many seconds. True if nothing is left."""
        if self._closed:
            return True
        until = time.monotonic() + timeout
        while not self._sender.flush():
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, 0.02))
        return True

    @property
    def lost(self):
        """The number of samples that will never be delivered."""
        return self._lost if self._closed else self._sender.lost

    @property
    def merged(self):
        """The number of samples delivered as part of another one's number."""
        return 0 if self._closed else self._sender.merged

    @property
    def replaced(self):
        """The number of label values in which bytes were replaced by `_`."""
        return 0 if self._closed else self._sender.replaced

    @property
    def error(self):
        """Why the newest lost sample was lost; if none was, why none can be sent now; else None."""
        return "the client is closed" if self._closed else self._sender.error

    def close(self):
        """Send once more what waits, and end. Later calls do nothing."""
        if not self._closed:
            self._lost, self._closed = self._sender.lost, True
            self._sender.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _updown_names():
    """The gauges that one process raises and another lowers, which the drop-in sends as changes."""
    return frozenset(os.environ.get("STATGATE_UPDOWN", "").replace(",", " ").split())


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")  # refused, counted and explained by the sender


class Metric:
    """A prepared metric. Each use returns False if the sample is lost, as it is if name or labels were refused."""

    __slots__ = ("_client", "_kind", "_metric")

    def __init__(self, client, kind, metric):
        self._client, self._kind, self._metric = client, kind, metric

    def add(self, n=1):
        return self._is_usable() and self._metric.add(_number(n))

    def set(self, value):
        return self._is_usable() and self._metric.set(_number(value))

    def observe(self, value):
        return self._is_usable() and self._metric.observe(_number(value))

    def observe_all(self, values):
        """Observe each value. Returns how many are kept."""
        return self._metric.observe_all([_number(value) for value in values]) if self._is_usable() else 0

    def report(self, word, instance=None):
        """The outcome of an attempt, or an event of the job with this id."""
        return self._is_usable() and self._metric.report(word, instance)

    def _is_usable(self):
        return self._metric is not None and not self._client._closed


class Attempt:
    """An attempt that the breaker allows. Report its end, or drop it: a probe holds a ticket until then."""

    def __init__(self, attempt):
        self._attempt = attempt
        self._begun_s = time.monotonic()

    def report(self, outcome, seconds=None):
        """It ended with this outcome; the time it took is measured unless it is given."""
        attempt, self._attempt = self._attempt, None
        if attempt is None:
            return False
        return attempt.report(outcome, time.monotonic() - self._begun_s if seconds is None else _number(seconds))

    def drop(self):
        """It was not made, or its outcome means nothing."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.drop()
