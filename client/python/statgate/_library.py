# SPDX-License-Identifier: MIT
"""The client by libstatgate, whose own thread sends what its metrics hold."""
import array
import ctypes
import os

_TYPES = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "d": ctypes.c_double, "n": ctypes.c_size_t,
          "b": ctypes.c_bool, "c": ctypes.c_uint64, "v": None}
# name: result and arguments, by the letters above; `L` is pairs and their number.
_FUNCTIONS = {
    "client_new": "ps", "client_free": "vp", "client_service": "bps", "client_flush": "bp",
    "client_lost": "cp", "client_merged": "cp", "client_replaced": "cp", "client_error": "sp",
    "client_count_with": "bpsdL", "client_set_with": "bpsdL", "client_observe_with": "bpsdL",
    "client_attempt_with": "bpssL", "client_circuit_with": "bpssL", "client_job_with": "bpsssL",
    "client_attempt_begin_with": "ppsL", "attempt_report": "bpsd", "attempt_drop": "vp",
    "metric_add": "bpd", "metric_set": "bpd", "metric_observe": "bpd", "metric_observe_all": "nppn", "metric_report": "bpss"}
_FUNCTIONS.update({f"client_{kind}_with": "ppsL" for kind in ("counter", "updown", "gauge", "histogram", "attempts", "jobs")})
_VALUES = {b"c": "count", b"g": "set", b"h": "observe"}
_WORDS = {b"a": "attempt", b"b": "circuit", b"j": "job"}


def load():
    """The functions of libstatgate, or None if it is not there. $STATGATE_LIBRARY names another file; `none` means none."""
    path = os.environ.get("STATGATE_LIBRARY") or "libstatgate.so.0"
    if path == "none":
        return None
    functions = {}
    try:
        # No call waits, and most take less time than to give the interpreter's lock away.
        library = ctypes.PyDLL(path)
        for name, types in _FUNCTIONS.items():
            function = getattr(library, "statgate_" + name)
            function.restype = _TYPES[types[0]]
            function.argtypes = [_TYPES[letter] for letter in types[1:].replace("L", "pn")]
            functions[name] = function
    except (OSError, AttributeError):  # none, or one that is too old
        return None
    return functions


def encoded(text):
    """The text as bytes, and a lone surrogate, which is no byte of a file's name either, as `?`. None if it is no text."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
    except AttributeError:
        return None


def encoded_value(value):
    """The bytes of a label's value, or None if it has none or raises."""
    try:
        return None if value is None else encoded(str(value))
    except Exception:  # pylint: disable=broad-except
        return None


def _pairs(labels):
    texts = []
    for key, value in labels:
        texts += (encoded(key), encoded_value(value))
    return (ctypes.c_char_p * len(texts))(*texts), len(texts) // 2


class Library:
    """What statgate.Client calls; _wire.Wire has the same functions."""

    def __init__(self, functions, path, service):
        self._call = functions
        self._client = functions["client_new"](encoded(path))
        if service:
            self.service(service)

    def service(self, name):
        return self._call["client_service"](self._client, encoded(name))

    def put(self, letter, name, labels, value):
        return self._call[f"client_{_VALUES[letter]}_with"](self._client, encoded(name), value, *_pairs(labels))

    def put_word(self, letter, name, labels, word, instance=None):
        instances = (encoded(instance),) if letter == b"j" else ()
        return self._call[f"client_{_WORDS[letter]}_with"](self._client, encoded(name), encoded(word), *instances, *_pairs(labels))

    def prepare(self, kind, name, labels):
        metric = self._call[f"client_{kind}_with"](self._client, encoded(name), *_pairs(labels))
        return Metric(self, metric) if metric else None

    def begin(self, name, labels):
        attempt = self._call["client_attempt_begin_with"](self._client, encoded(name), *_pairs(labels))
        return attempt is not None, attempt and Attempt(self, attempt)

    def flush(self, only_if_ready=False):
        return self._call["client_flush"](self._client)

    @property
    def lost(self):
        return self._call["client_lost"](self._client)

    @property
    def merged(self):
        return self._call["client_merged"](self._client)

    @property
    def replaced(self):
        return self._call["client_replaced"](self._client)

    @property
    def error(self):
        text = self._call["client_error"](self._client)
        return text and text.decode()

    def close(self):
        """Only sends: a thread may be about to use the client, which is freed with the last object that knows it."""
        self.flush()

    def __del__(self):
        self._call["client_free"](self._client)


class Metric:
    """A prepared metric."""

    __slots__ = ("_library", "_call", "_metric")

    def __init__(self, library, metric):
        self._library, self._call, self._metric = library, library._call, metric

    def add(self, n=1.0):
        return self._call["metric_add"](self._metric, n)

    def set(self, value):
        return self._call["metric_set"](self._metric, value)

    def observe(self, value):
        return self._call["metric_observe"](self._metric, value)

    def observe_all(self, values):
        values = array.array("d", values)
        return self._call["metric_observe_all"](self._metric, values.buffer_info()[0], len(values))

    def report(self, word, instance=None):
        return self._call["metric_report"](self._metric, encoded(word), encoded(instance))


class Attempt:
    """An attempt that was allowed."""

    def __init__(self, library, attempt):
        self._library, self._call, self._attempt = library, library._call, attempt

    def report(self, outcome, seconds):
        attempt, self._attempt = self._attempt, None
        return self._call["attempt_report"](attempt, encoded(outcome), -1.0 if seconds is None else seconds)

    def drop(self):
        attempt, self._attempt = self._attempt, None
        self._call["attempt_drop"](attempt)
