# SPDX-License-Identifier: MIT
"""The page in which the daemon publishes its circuit breakers, and the tickets of half-open ones: proto/BREAKER_PAGE.md."""
import errno
import fcntl
import mmap
import os
import stat
import struct
import time

PAGE_BYTES = 69632
SLOTS_AT, SLOTS = 4096, 4096
CLOSED, OPEN, HALF_OPEN = 0, 1, 2
UNATTENDED, FORCED = 1 << 30, 1 << 31
U64 = (1 << 64) - 1
_WORDS = (b"denied,open", b"denied,half_open", b"denied,forced")
TICKET, NO_PLACE, NO_FIFO, NO_RIGHT = range(4)


def fnv1a64(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & U64
    return value


def tag_of(head, labels):
    """`labels` as on the wire: empty, or with the `|#` before it."""
    return sum(map(fnv1a64, [head] + [label for label in labels[2:].split(b",") if label])) & U64 or 1


def beside(path, end):
    return (path[:-5] if path.endswith(".sock") else path) + end


class Page:
    """The page beside a client's socket."""

    def __init__(self, wire):
        self._wire = wire
        self._map = None
        self._tried_s = -1.0
        self.no_fifo = (0, 0)  # the inode of the FIFO that was not found, and the beat at that time

    def forget(self):
        """At each connection there may be another daemon."""
        self._map = None
        self._tried_s = -1.0

    def u32(self, at):
        return struct.unpack_from("=I", self._map, at)[0]

    def u64(self, at):
        return struct.unpack_from("=Q", self._map, at)[0]

    def _open(self):
        path = self._wire.path
        if path is None:
            return
        try:
            fd = os.open(beside(path, ".breakers"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return
        try:
            found = os.fstat(fd)
            owners = {0, os.geteuid(), os.stat(path).st_uid, os.stat(os.path.dirname(path)).st_uid}
            if stat.S_ISREG(found.st_mode) and found.st_size == PAGE_BYTES and not found.st_mode & 0o022 and found.st_uid in owners:
                self._map = mmap.mmap(fd, PAGE_BYTES, mmap.MAP_SHARED, mmap.PROT_READ)
                if self._map[:8] != b"SGBREAKS" or self.u32(8) != 1:
                    self._map = None
        except (OSError, ValueError):
            pass
        finally:
            os.close(fd)

    def is_live(self):
        """Whether a daemon still writes the page. Looks for another one, at most once a second."""
        for _ in range(2):
            beat = 0 if self._map is None else self.u64(24)
            now_s = time.monotonic()
            if beat and -1.0 <= now_s - beat / 1000 <= 3.0:
                return True
            if 0 <= now_s - self._tried_s < 1.0:
                return False
            self._tried_s = now_s
            self._map = None
            self._open()
        return False


class Breaker:
    """One breaker as this process sees it."""

    def __init__(self, wire, head, labels):
        self._wire, self._head, self._labels = wire, head, labels
        self._tag = tag_of(head, labels)
        self._generation = None
        self._slot = None
        self._epoch = 0  # in which an attempt was last allowed without a ticket
        self._refused_ms = -1
        self._denied = [0, 0, 0]
        self._denied_beat = 0
        self._pid = os.getpid()

    def _find(self):
        page = self._wire.page
        if not page.is_live():
            return None
        generation = page.u64(40)
        if generation != self._generation:
            self._generation, self._slot, self._epoch = generation, None, 0
            first = (self._tag ^ self._tag >> 32) & 0xFFFFFFFF
            for i in range(SLOTS):
                slot = SLOTS_AT + 16 * ((first + i) % SLOTS)
                tag = page.u64(slot)
                if tag == self._tag:
                    self._slot = slot
                if tag in (self._tag, 0):
                    break
        return self._slot

    def ask(self):
        """An Attempt, or None if the breaker denies it."""
        page, slot = self._wire.page, self._find()
        if slot is None:
            self._send_denied(None)
            return Attempt(self, 0, None)
        state = page.u32(slot + 8)
        epoch = state >> 2
        state &= 3
        ticket, allowed = None, True
        if page.u64(slot) != self._tag:
            epoch = 0
        elif state == OPEN:
            allowed = False
        elif state == HALF_OPEN:
            allowed, ticket = self._may_probe(slot, epoch)
        if not allowed:
            self._deny(slot, state)
        self._send_denied(page.u64(24))
        return Attempt(self, epoch, ticket) if allowed else None

    # ---- tickets ----

    def _may_probe(self, slot, epoch):
        page = self._wire.page
        probing = page.u32(slot + 12) & ~FORCED
        beat, inode = page.u64(24), page.u64(56)
        now_ms = int(time.monotonic() * 1000)
        taken, fd = NO_RIGHT, None
        if inode and probing and not probing & UNATTENDED:
            missed = page.no_fifo[0] == inode
            if self._refused_ms == now_ms or (missed and page.no_fifo[1] == beat):
                return False, None
            taken, fd = self._take(probing, epoch, inode)
            if taken == NO_FIFO and missed:
                taken = NO_RIGHT  # another beat names it still: the path leads elsewhere here
            elif taken == NO_FIFO:
                page.no_fifo = (inode, beat)
            else:
                page.no_fifo = (0, 0)
        if taken == NO_RIGHT:  # one attempt for each epoch, as without tickets
            first = epoch != self._epoch
            self._epoch = epoch
            return first, None
        if taken != TICKET:
            self._refused_ms = now_ms if taken == NO_PLACE else -1
            return False, None
        if page.u64(slot) == self._tag and page.u32(slot + 8) == (epoch << 2 | HALF_OPEN):
            return True, fd
        os.close(fd)  # another epoch has begun, whose places are others
        return False, None

    def _take(self, probing, epoch, inode):
        try:
            fd = os.open(beside(self._wire.path, ".probes"), os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as problem:
            return {errno.EACCES: NO_RIGHT, errno.EPERM: NO_RIGHT, errno.ENOENT: NO_FIFO}.get(problem.errno, NO_PLACE), None
        taken = NO_FIFO
        found = os.fstat(fd)
        if stat.S_ISFIFO(found.st_mode) and found.st_ino == inode:
            taken = NO_PLACE
            breaker, places = probing & 0xFFFFF, probing >> 20 & 31
            first = ((breaker * 0x9E3779B1 & 0xFFFFFFFF) ^ (epoch * 0x85EBCA6B & 0xFFFFFFFF)) >> 5 << 4
            for place in range(places):
                try:
                    lock_byte(fd, fcntl.F_WRLCK, first | place, 1)
                    return TICKET, fd
                except OSError as problem:
                    if problem.errno == errno.EINVAL:
                        taken = NO_RIGHT
                        break
        os.close(fd)
        return taken, None

    # ---- what was denied ----

    def _deny(self, slot, state):
        page = self._wire.page
        if not page.u32(52) & 1:
            return
        if self._pid != os.getpid():
            self._pid, self._denied = os.getpid(), [0, 0, 0]
        if not any(self._denied):
            self._denied_beat = page.u64(24)
        self._denied[2 if page.u32(slot + 12) & FORCED else 1 if state == HALF_OPEN else 0] += 1

    def _send_denied(self, beat):
        if not any(self._denied) or beat == self._denied_beat:
            return
        denied, self._denied = self._denied, [0, 0, 0]
        for word, count in zip(_WORDS, denied):
            if count and self._pid == os.getpid():
                self._wire.word(b"a", self._head, self._labels, word.decode(), b"|n:%d" % count)

    def report(self, outcome, epoch, seconds):
        fields = b"|p:%d" % epoch
        if seconds is not None and 0 <= seconds < float("inf"):
            fields += b"|d:" + repr(seconds).encode()
        wire = self._wire
        return wire.alone(lambda: wire.now(wire.word(b"a", self._head, self._labels, outcome, fields)))


def lock_byte(fd, kind, start, length):
    fcntl.fcntl(fd, getattr(fcntl, "F_OFD_SETLK", 37), struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0))


class Attempt:
    """An attempt that was allowed, with its ticket if it is a probe."""

    def __init__(self, breaker, epoch, ticket):
        self._breaker, self._epoch, self._ticket, self._pid = breaker, epoch, ticket, os.getpid()

    def report(self, outcome, seconds):
        kept = self._breaker.report(outcome, self._epoch, seconds)
        self.drop()
        return kept

    def drop(self):
        ticket, self._ticket = self._ticket, None
        if ticket is None:
            return
        try:
            if self._pid == os.getpid():
                lock_byte(ticket, fcntl.F_UNLCK, 0, 0)  # a child may have a copy: closing is not enough
            os.close(ticket)
        except OSError:
            pass
