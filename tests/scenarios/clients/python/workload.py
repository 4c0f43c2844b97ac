# SPDX-License-Identifier: MIT
"""Sends a known load with python3-statsd to the socket in argv[1] and prints what a receiver must
hold afterwards. The library itself only knows UDP and streams; its own extension point, the
transport of StatsClient, is filled with a Unix datagram socket."""

import json
import os
import random
import socket
import sys

from statsd.client.base import StatsClientBase
from statsd.client.udp import Pipeline


class UnixDatagramStatsClient(StatsClientBase):
    def __init__(self, path):
        self._prefix = None
        self._maxudpsize = 512
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.connect(path)

    def _send(self, data):
        self._sock.sendall(data.encode("ascii"))

    def pipeline(self):
        return Pipeline(self)

    def close(self):
        self._sock.close()


client = UnixDatagramStatsClient(sys.argv[1])
accepted = 0
durations = [0.005, 0.25, 0.25, 7.5]

for _ in range(100):
    client.incr("plain_requests_total")
accepted += 100
with client.pipeline() as packed:
    for _ in range(100):
        packed.incr("plain.requests", 2)
accepted += 100

random.seed(11)
sampled = sum(random.random() <= 0.5 for _ in range(100))
random.seed(11)
for _ in range(100):
    client.incr("plain_requests_total", 1, rate=0.5)
accepted += sampled

client.gauge("plain_temperature_celsius", 21.5)
client.gauge("plain_temperature_celsius", -4.25)  # sends 0, then -4.25
accepted += 3
client.gauge("plain_connections", 7, delta=True)
client.gauge("plain_connections", -3, delta=True)
accepted += 2
for seconds in durations:
    client.timing("plain_request_duration_seconds", seconds * 1000)
accepted += len(durations)

client.decr("plain_requests_total")
client.incr("plain_requests_total", float("nan"))
client.incr("plain_requests_total", float("inf"))
client.incr("no_such_family")
client.set("plain_requests_total", "visitor")
client.close()

name = "plain_request_duration_seconds"
values = {
    "plain_requests_total": 100 + 200 + 2 * sampled,
    "plain_temperature_celsius": -4.25,
    "plain_connections": 4,
    name + "_count": len(durations),
    name + "_sum": sum(durations),
    name + '_bucket{le="+Inf"}': len(durations),
}
for bound in ("0.01", "0.1", "1"):
    values[name + '_bucket{le="%s"}' % bound] = sum(s <= float(bound) for s in durations)
json.dump(
    {
        "client": "python3-statsd",
        "pid": os.getpid(),
        "accepted": accepted,
        "folded": 0,
        "ignored": 0,
        "rejected": {"bad_value": 3, "unknown_family": 1, "type_mismatch": 1},
        "values": values,
    },
    sys.stdout,
)
print()
