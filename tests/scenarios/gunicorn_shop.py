# SPDX-License-Identifier: MIT
"""A program for scenario 136: an unchanged prometheus_client application. Beside its metrics each worker counts in a file that it
maps, which outlives it; that is the truth. $TRUTH is the folder of these files."""
import mmap
import os
import struct
import threading
import time

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("shop_requests", "Requests.", ["code", "path"])
SECONDS = Histogram("shop_request_seconds", "Time of a request.", ["path"], buckets=(0.125, 0.5, 1))
WORKERS = Gauge("shop_workers", "Workers that live.", multiprocess_mode="livesum")
LAST = Gauge("shop_last_request_timestamp_seconds", "When the last request came.")
TIMES = 8192  # of the last requests


class Truth:
    """counts by code, then the number of requests, then the times of the last ones"""

    def __init__(self):
        size = 8 * (3 + TIMES)
        # Process ids come again.
        with open(os.path.join(os.environ["TRUTH"], f"{os.getpid()}.{time.monotonic_ns()}"), "w+b") as file:
            file.truncate(size)
            self.map = mmap.mmap(file.fileno(), size)
        self.lock = threading.Lock()

    def add(self, failed):
        with self.lock:
            ok, bad, count = struct.unpack_from("3Q", self.map)
            struct.pack_into("d", self.map, 8 * (3 + count % TIMES), time.monotonic())
            struct.pack_into("3Q", self.map, 0, ok + (not failed), bad + failed, count + 1)


truth = None


def app(environ, start_response):
    global truth
    if truth is None:
        truth = Truth()
        WORKERS.set(1)
    path = environ["PATH_INFO"]
    failed = path == "/none"
    with SECONDS.labels(path).time():
        truth.add(failed)
        REQUESTS.labels(code="404" if failed else "200", path=path).inc()
    LAST.set_to_current_time()
    start_response("404 Not Found" if failed else "200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]
