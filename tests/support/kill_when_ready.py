#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kills what a manager.py runs, each time some milliseconds after it became ready.

    kill_when_ready.py FOLDER TIMES LEAST_MS MOST_MS

FOLDER is the manager's, which starts the command again by itself. Prints how often it killed.
"""
import os
import random
import signal
import sys
import time

DEADLINE_S = 120


def main():
    folder, times, least, most = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    killed = 0
    pid = 0
    seen = 0
    rest = ""
    deadline = time.monotonic() + DEADLINE_S
    with open(os.path.join(folder, "events")) as events:
        while killed < times and time.monotonic() < deadline:
            rest += events.read()
            *lines, rest = rest.split("\n")
            for line in lines:
                words = line.split()
                if words[:1] == ["started"]:
                    pid, seen = int(words[1]), 0
                elif words == ["ready"]:
                    seen = pid
            if not seen:
                time.sleep(0.0002)
                continue
            time.sleep(random.uniform(least, most) / 1000)
            try:
                os.kill(seen, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass  # it died by itself: the counts will show it
            seen = 0
            deadline = time.monotonic() + DEADLINE_S
    print(killed)


main()
