# SPDX-License-Identifier: MIT
"""Python's statsd by UDP and over a Unix stream: `inputs.py PORT PATH`."""
import sys

import statsd

for client, name in (
    (statsd.StatsClient("127.0.0.1", int(sys.argv[1])), "pyudp"),
    (statsd.UnixSocketStatsClient(sys.argv[2]), "pystream"),
):
    for _ in range(300):
        client.incr(f"{name}.hits")
    client.gauge(f"{name}.depth", 10)
    client.gauge(f"{name}.depth", 5, delta=True)
    client.gauge(f"{name}.depth", -2, delta=True)
    client.timing(f"{name}.time", 250)
    with client.pipeline() as pipe:
        for _ in range(100):
            pipe.incr(f"{name}.hits", 2)
    client.close()
