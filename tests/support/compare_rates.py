#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks Prometheus whether all counters go on as before.

    compare_rates.py API WINDOW_S BEFORE AFTER

rate() over the window that ends at AFTER has to be that over the one which ends at BEFORE (Unix times), but for what
sampling does: a tenth, and three counts a window. resets() over both has to be 0. What is of the process itself does
not count, nor how often the machine made it wait or let somebody scrape. Prints how many series were compared, and the largest difference
as a part of what is allowed; or what is wrong, and ends with 1.
"""
import json
import re
import sys
import urllib.parse
import urllib.request

COUNTS = re.compile(r"(?!process_|statgate_scrape|statgate_handover_|statgate_wake_|statgate_slow_|statgate_.+_bucket$).+_(total|bucket|count|sum)$")


class Prometheus:
    def __init__(self, api):
        self.api = api

    def get(self, path, **arguments):
        with urllib.request.urlopen(f"{self.api}/{path}?{urllib.parse.urlencode(arguments)}", timeout=120) as answer:
            return json.load(answer)["data"]

    def names(self):
        return [name for name in self.get("label/__name__/values") if COUNTS.match(name)]

    def query(self, expression, time):
        """By labels."""
        result = self.get("query", query=expression, time=time)["result"]
        return {json.dumps(one["metric"], sort_keys=True): float(one["value"][1]) for one in result}


def main():
    prometheus, window = Prometheus(sys.argv[1]), int(sys.argv[2])
    before, after = sys.argv[3], sys.argv[4]
    compared = worst = 0
    faults = []
    for name in prometheus.names():
        former = prometheus.query(f"rate({name}[{window}s])", before)
        present = prometheus.query(f"rate({name}[{window}s])", after)
        for labels, rate in former.items():
            compared += 1
            if labels not in present:
                faults.append(f"{name}{labels} has no rate any more, it was {rate}")
                continue
            off = abs(present[labels] - rate) / (0.1 * rate + 3 / window)
            worst = max(worst, off)
            if off > 1:
                faults.append(f"rate({name}{labels}) was {rate} and is {present[labels]}")
        for labels, resets in prometheus.query(f"resets({name}[{2 * window}s])", after).items():
            if resets:
                faults.append(f"{name}{labels} was reset {resets:.0f} times")
    print(*faults[:20] or [f"{compared} {worst:.2f}"], sep="\n")
    sys.exit(1 if faults else 0)


main()
