# SPDX-License-Identifier: MIT
"""The client in Python alone: what waits, in full datagrams, with the numbers by which the daemon sees what was lost.

A sample waits in a line of its series: counts add up, a gauge keeps its last value, observations follow one another. So any
number of counts over 4,096 series can wait for a daemon, and 26,000 observations. Nothing here blocks or raises.
"""
import collections
import errno
import math
import os
import socket
import stat
import time

from . import _beat
from ._library import encoded, encoded_value
from ._page import Breaker, Page

DATAGRAM_BYTES = 1432
LINE_BYTES = 8192 - 64
REPORT_BYTES = 64
LINES_MAX = 4096
VALUES_MAX = 26214  # 256 KiB in libstatgate
EXACT = 2.0**53
BUSY_S, AWAY_S = 0.001, 0.05
PREPARED_MAX = 65536
NO_ID = "the job's id has not 1 to 64 bytes, or has '|' or a line end"
FULL = "the buffer is full: no daemon takes what waits"
LETTERS = {"counter": b"c", "updown": b"c", "gauge": b"g", "histogram": b"h", "attempts": b"a", "jobs": b"j"}
_BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.ENOMEM, errno.EINTR}


def number(value):
    """The shortest text that reads back as the value."""
    return b"%d" % value if value == int(value) and abs(value) < 1e15 else repr(float(value)).encode()


def places(path):
    """Where the daemon's socket may be, as statgate_open of statgate.h says."""
    path = path or os.environ.get("STATGATE_SOCKET")
    if path:
        yield os.path.abspath(path)
        return
    yield "/run/statgate/statgate.sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        yield runtime + "/statgate.sock"
    folder = f"/tmp/statgate-{os.geteuid()}"
    try:
        found = os.lstat(folder)
    except OSError:
        return
    # Anyone can create names in /tmp.
    if stat.S_ISDIR(found.st_mode) and found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022:
        yield folder + "/statgate.sock"


class Line:
    """What waits of one series, or a word."""

    __slots__ = ("head", "tail", "letter", "up", "down", "values", "calls")

    def __init__(self, letter, head, tail):
        self.letter, self.head, self.tail = letter, head, tail
        self.up = self.down = self.values = None
        self.calls = 0

    def texts(self):
        """The values of a line that is sent as a whole."""
        return [number(value) for value in (self.up, self.down) if value is not None] if self.values is None else self.values


class Wire:
    """A client. All functions hold the package's lock."""

    def __init__(self, path, service):
        self._places = tuple(places(path))
        self._service = None
        self._socket = None
        self.connected = False
        self.page = Page(self)
        self.path = None
        self._metrics = {}
        self._breakers = {}
        self.service(service or os.environ.get("STATGATE_SERVICE"))
        self._begin()
        with _beat.lock:
            self._connect()
        _beat.on_beat(self._on_beat)
        _beat.after_fork(self._begin)

    def _begin(self):
        """A new numbering: at the start, and in a child, whose parent sends what waits."""
        self._is_busy = False
        self._later = collections.deque()
        self._handle = os.urandom(8).hex().encode()
        self.waiting = {}
        self._words = 0
        self._values = 0
        self._delivered = self.lost = self.merged = self.replaced = 0
        self._error = None
        self._pause_until = 0.0
        self._limit = DATAGRAM_BYTES
        self._close_socket()

    def service(self, name):
        """Puts the label on each line from now on. False if the daemon would not take it for a name."""
        good = not name or (len(name) <= 64 and name[0] not in ".-" and all(c in "_.-" or (c.isascii() and c.isalnum()) for c in name))
        if good:
            self._service = b"service:" + name.encode() if name else None
        return good

    def alone(self, function, *arguments):
        """Performs the function. In the midst of another one, where a signal's handler or a finalizer uses metrics, it comes later."""
        with _beat.lock:
            if self._is_busy:
                self._later.append((function, arguments))
                _beat.need()
                return True
            self._is_busy = True
            try:
                found = function(*arguments)
                while self._later:
                    later, given = self._later.popleft()
                    later(*given)
                return found
            finally:
                self._is_busy = False

    # ---- the socket ----

    def _close_socket(self):
        self.connected = False
        if self._socket is None:
            return
        try:
            if self._is_ours():
                self._socket.close()
            else:
                self._socket.detach()  # the program closed it and reused its number
        except OSError:
            pass
        self._socket = None

    def _is_ours(self):
        try:
            found = os.fstat(self._socket.fileno())
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def _connect(self):
        self._close_socket()
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
            found = os.fstat(self._socket.fileno())
        except OSError:
            return False
        self._identity = (found.st_dev, found.st_ino)
        for path in self._places:
            try:
                self._socket.connect(path)
            except (OSError, ValueError):
                continue
            self.connected, self.path = True, path
            self.page.forget()
            return True
        return False

    def _send(self, datagram):
        """0, or the error's number."""
        error = errno.ENOTCONN
        fresh = not (self.connected and self._is_ours())
        for again in (True, False):
            if fresh and not self._connect():
                break
            try:
                self._socket.send(datagram)
                self._pause_until = 0.0
                return 0
            except OSError as problem:
                error = problem.errno
            if error == errno.EMSGSIZE:
                return error
            if error in _BUSY:
                self._pause_until = time.monotonic() + BUSY_S
                return error
            self.connected = False
            if fresh or not again:
                break
            fresh = True
        self._pause_until = time.monotonic() + AWAY_S
        return error

    @property
    def error(self):
        return self._error or (None if self.connected else "no daemon answers at the socket; samples wait until one does")

    # ---- what waits ----

    def refuse(self, why, calls=1):
        self.lost += calls
        self._error = why
        return False

    def head_and_labels(self, name, labels):
        """Both as bytes, or None and the reason."""
        if not isinstance(name, str) or not name:
            return None, "the name is missing"
        if any(c in name for c in ":|\n"):
            return None, "the name has ':', '|' or a newline"
        texts = []
        for key, value in labels:
            text = encoded_value(value)
            if text is None or not key or any(c in key for c in ":,|\r\n"):
                return None, "a label has no value, or its key is missing or has ':', ',', '|' or a line end"
            clean = text.translate(_REPLACED)
            self.replaced += clean != text
            texts.append(encoded(key) + b":" + clean)
        if self._service and not any(text.startswith(b"service:") for text in texts):
            texts.append(self._service)
        head = encoded(name)
        labels = b"|#" + b",".join(texts) if texts else b""
        if len(head) + len(labels) + 44 > LINE_BYTES:
            return None, "the line has more than 8 KiB"
        return head, labels

    def hold(self, letter, head, labels, value):
        """Adds a value to the line of its series."""
        value = float(value)
        if not math.isfinite(value):
            return self.refuse("the value is not finite")
        if letter == b"h" and self._values >= VALUES_MAX:
            self._flush(self._pause_until != 0)
            if self._values >= VALUES_MAX:
                return self.refuse(FULL)
        key = (letter, head, labels)
        line = self.waiting.get(key)
        if line is None:
            line = self._new_line(key, head, b"|" + letter + labels)
            if line is None:
                return self.refuse(FULL)
        if letter == b"h":
            line.values.append(number(value))
            self._values += 1
        elif letter == b"g":
            line.up = value
            del self.waiting[key]  # of several states of a thing, the order shows which came last
            self.waiting[key] = line
        else:
            side = "up" if value >= 0 else "down"
            before = getattr(line, side)
            total = value if before is None else before + value
            if before is not None and abs(total) >= EXACT:
                self._words += 1
                self.waiting[self._words] = self.waiting.pop(key)  # a sum past this would not be exact
                return self.hold(letter, head, labels, value)
            setattr(line, side, total)
        line.calls += 1
        return True

    def _new_line(self, key, head, tail):
        if len(self.waiting) >= LINES_MAX:
            self._flush(self._pause_until != 0)
            if len(self.waiting) >= LINES_MAX:
                return None
        line = self.waiting[key] = Line(tail[1:2], head, tail)
        line.values = [] if line.letter == b"h" else None
        return line

    def hold_all(self, head, labels, values):
        """Observations of one series. Returns how many are kept."""
        finite = [value for value in values if -math.inf < value < math.inf]
        if len(finite) < len(values):
            self.refuse("the value is not finite", len(values) - len(finite))
        kept = 0
        while kept < len(finite):
            # This one makes sure of the line, and the next ones have room in it.
            if not self.hold(b"h", head, labels, finite[kept]):
                self.lost += len(finite) - kept - 1
                break
            line = self.waiting[(b"h", head, labels)]
            texts = [number(value) for value in finite[kept + 1 : kept + 1 + VALUES_MAX - self._values]]
            line.values += texts
            line.calls += len(texts)
            self._values += len(texts)
            kept += 1 + len(texts)
        return kept

    def word(self, letter, head, labels, word, rest=b""):
        """Adds a line of its own: words are never merged."""
        if not isinstance(word, str) or not word or any(c in word for c in ":|\n"):
            return self.refuse("the outcome, state or event is missing, or has ':', '|' or a newline")
        text, tail = encoded(word), b"|" + letter + labels + rest
        if len(head) + len(tail) + len(text) > LINE_BYTES:
            return self.refuse("the line has more than 8 KiB")
        self._words += 1
        line = self._new_line(self._words, head, tail)
        if line is None:
            return self.refuse(FULL)
        line.values, line.calls = [text], 1
        return True

    # ---- datagrams ----

    def _pack(self):
        """The next datagram, and of each of its lines the key, the number of samples and whether that is all of it."""
        lines, parts, size, total = [], [], REPORT_BYTES, 0
        for key, line in self.waiting.items():
            texts = line.texts()
            frame = len(line.head) + len(line.tail) + 1
            if lines and size + frame + len(texts[0]) + 1 > self._limit:
                break
            taken, used = 1, size + frame + len(texts[0])
            while taken < len(texts) and used + len(texts[taken]) + 1 <= self._limit:
                used += len(texts[taken]) + 1
                taken += 1
            if taken < len(texts) and line.letter != b"h":
                if lines:
                    break
                taken = len(texts)
            lines.append(line.head + b":" + b":".join(texts[:taken]) + line.tail)
            parts.append((key, taken, taken == len(texts)))
            total += taken
            size = used + 1
            if taken < len(texts):
                break
        lines[0] += b"|q:%s,%d,%d" % (self._handle, self._delivered + total + self.lost, self.lost)
        return b"\n".join(lines), parts, total

    def _settle(self, parts, total):
        self._delivered += total
        for key, taken, is_all in parts:
            line = self.waiting[key]
            if line.letter == b"h":
                self._values -= taken
                line.calls -= taken
            if is_all:
                self.merged += line.calls - (0 if line.letter == b"h" else taken)
                del self.waiting[key]
            else:
                del line.values[:taken]

    def flush(self):
        """Sends what waits, until the kernel takes no more. True if nothing is left."""
        return self.alone(self._flush, False)

    def _flush(self, only_if_ready):
        if only_if_ready and time.monotonic() < self._pause_until:
            return not self.waiting
        while self.waiting:
            datagram, parts, total = self._pack()
            error = self._send(datagram)
            if error == 0:
                self._settle(parts, total)
            elif error != errno.EMSGSIZE:
                return False
            elif len(parts) > 1 or not parts[0][2] or total > 2:
                self._limit = len(datagram) // 2
            else:
                line = self.waiting.pop(parts[0][0])
                self._values -= len(line.values or ()) if line.letter == b"h" else 0
                self.refuse("the socket takes no such line", line.calls)
        return True

    def _on_beat(self):
        return not self.flush()

    # ---- what statgate.Client calls: see _library.Library ----

    def put(self, letter, name, labels, value):
        return self.alone(self._put, letter, name, labels, value)

    def _put(self, letter, name, labels, value):
        head, labels = self.head_and_labels(name, labels)
        return self.now(self.refuse(labels) if head is None else self.hold(letter, head, labels, value))

    def put_word(self, letter, name, labels, word, instance=None):
        return self.alone(self._put_word, letter, name, labels, word, instance)

    def _put_word(self, letter, name, labels, word, instance):
        rest = rest_of(instance) if letter == b"j" else b""
        if rest is None:
            return self.refuse(NO_ID)
        head, labels = self.head_and_labels(name, labels)
        return self.now(self.refuse(labels) if head is None else self.word(letter, head, labels, word, rest))

    def now(self, kept):
        """Sends what waits, unless the daemon is known to be busy; then a beat will."""
        if not self._flush(True):
            _beat.need()
        return kept

    def prepare(self, kind, name, labels):
        with _beat.lock:
            head, labels = self.head_and_labels(name, labels)
            if head is None:
                self._error = labels
                return None
            key = (kind, head, labels)
            metric = self._metrics.get(key) or Metric(self, kind, head, labels)
            if len(self._metrics) < PREPARED_MAX:
                self._metrics[key] = metric
            return metric

    def begin(self, name, labels):
        """(whether the attempt is allowed, its breaker or None)"""
        with _beat.lock:
            if self._is_busy:  # nothing is known of the breaker then
                return True, None
            return self.alone(self._begin_attempt, name, labels)

    def _begin_attempt(self, name, labels):
        head, text = self.head_and_labels(name, labels)
        if head is None:
            return True, None
        key = (head, text)
        if key not in self._breakers and len(self._breakers) < 1024:
            self._breakers[key] = Breaker(self, head, text)
        breaker = self._breakers.get(key) or Breaker(self, head, text)
        attempt = breaker.ask()
        if self.waiting:
            self.now(True)
        return attempt is not None, attempt

    def close(self):
        _beat.off_beat(self._on_beat)
        self.alone(self._close)

    def _close(self):
        self._flush(False)
        for line in self.waiting.values():
            self.lost += line.calls
        self.waiting = {}
        self._close_socket()


_REPLACED = bytes.maketrans(b",|\r\n", b"____")


def rest_of(instance):
    """The field of a job's id, or None if it is none."""
    text = encoded(instance)
    return b"|i:" + text if text and len(text) <= 64 and not any(c in text for c in b"|\r\n") else None


class Metric:
    """A prepared metric: its texts are checked once."""

    __slots__ = ("_wire", "_kind", "_head", "_labels")

    def __init__(self, wire, kind, head, labels):
        self._wire, self._kind, self._head, self._labels = wire, kind, head, labels

    def _hold(self, kinds, value):
        wire = self._wire
        if self._kind not in kinds:
            return wire.alone(wire.refuse, "the metric is of another kind")
        if self._kind == "counter" and not value >= 0:
            return wire.alone(wire.refuse, "the value is not finite, or negative for a counter")
        kept = wire.alone(wire.hold, LETTERS[self._kind], self._head, self._labels, value)
        _beat.need()
        return kept

    def add(self, n=1.0):
        return self._hold(("counter", "updown"), n)

    def set(self, value):
        return self._hold(("gauge",), value)

    def observe(self, value):
        return self._hold(("histogram",), value)

    def observe_all(self, values):
        wire = self._wire
        if self._kind != "histogram":
            wire.alone(wire.refuse, "the metric is of another kind", len(values))
            return 0
        kept = wire.alone(wire.hold_all, self._head, self._labels, values)
        _beat.need()
        return kept

    def report(self, word, instance=None):
        return self._wire.alone(self._report, word, instance)

    def _report(self, word, instance):
        wire = self._wire
        if self._kind not in ("attempts", "jobs"):
            return wire.refuse("the metric is of another kind")
        rest = rest_of(instance) if self._kind == "jobs" else b""
        if rest is None:
            return wire.refuse(NO_ID)
        return wire.now(wire.word(LETTERS[self._kind], self._head, self._labels, word, rest))
