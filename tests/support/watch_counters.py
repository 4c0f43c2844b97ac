#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scrapes a page again and again, as Prometheus does but faster, and says which counters were reset.

    watch_counters.py PORT INTERVAL_S [EXEMPT]

A counter (and what a histogram or a summary counts) may not fall or go, and its time of creation may not move; those
whose names fit EXEMPT, a regular expression, may do what they like. On SIGTERM the program prints
"SCRAPES SERIES FAILED FAULTS", after a line for each fault: FAILED scrapes were not answered whole.
"""
import re
import signal
import socket
import sys
import time

COUNTS = re.compile(r"\w+_(total|bucket|count|sum|created)$")

ending = False


def end(*_):
    global ending
    ending = True


def scrape(port):
    """The text of an answer that is whole, or None."""
    request = (
        "GET /metrics HTTP/1.0\r\nHost: x\r\n"
        "Accept: application/openmetrics-text; version=1.0.0\r\n\r\n"
    )
    parts = []
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(request.encode())
            while part := sock.recv(1 << 20):
                parts.append(part)
    except OSError:
        return None
    answer = b"".join(parts)
    good = answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"# EOF\n")
    return answer.decode() if good else None


class Watcher:
    def __init__(self, exempt):
        self.exempt = re.compile(f"(?:{exempt})$") if exempt else None
        self.names = {}  # whether it counts
        self.before = {}
        self.scrapes = self.failed = self.faults = 0

    def is_watched(self, name):
        if name not in self.names:
            self.names[name] = bool(COUNTS.match(name)) and not (self.exempt and self.exempt.match(name))
        return self.names[name]

    def read(self, text):
        now = {}
        for line in text.split("\n"):
            if line and line[0] != "#" and self.is_watched(re.match(r"\w*", line).group()):
                key, value = line.rsplit(" ", 1)
                now[key] = float(value)
        return now

    def complain(self, text):
        self.faults += 1
        if self.faults <= 20:
            print(f"scrape {self.scrapes}: {text}", flush=True)

    def compare(self, now):
        for key, value in self.before.items():
            if key not in now:
                self.complain(f"{key} went, it was {value}")
            elif now[key] < value:
                self.complain(f"{key} fell from {value} to {now[key]}")
            elif now[key] != value and key.split("{")[0].endswith("_created"):
                self.complain(f"{key} moved from {value} to {now[key]}")
        self.before = now

    def look(self, port):
        text = scrape(port)
        if text is None:
            self.failed += 1
            return
        self.scrapes += 1
        self.compare(self.read(text))


def main():
    port, interval = int(sys.argv[1]), float(sys.argv[2])
    watcher = Watcher(sys.argv[3] if len(sys.argv) > 3 else "")
    signal.signal(signal.SIGTERM, end)
    while not ending:
        watcher.look(port)
        time.sleep(interval)
    print(watcher.scrapes, len(watcher.before), watcher.failed, watcher.faults, flush=True)


main()
