#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""For scenario 137: a million samples of statgate.Client in a burst, with a daemon that comes and goes; prints what was given, lost
and merged. Standard input says when the last daemon is there."""
import sys

import statgate

client = statgate.Client()
counter, histogram, gauge = client.counter("burst_total", by="prepared"), client.histogram("burst_seconds"), client.gauge("burst_level")
given = 0
for i in range(250000):
    counter.add(1)
    histogram.observe(i % 7)
    gauge.set(i)
    client.count("burst_total", 1, by="single")
    given += 4
print("given", flush=True)
sys.stdin.readline()
if not client.flush(100):
    sys.exit(f"something waits: {client.error}")
print(given, client.lost, client.merged)
