#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reloads a daemon under manager.py again and again, and kills it or its successor amid that.

    kill_in_reload.py FOLDER TIMES

FOLDER is the manager's. After each SIGHUP passes as long as reloads take here, or less; then one of the two dies by
SIGKILL, whichever is there. When one of them, or another, is the daemon alone and has told so, it is reloaded next.
Prints how many daemons and how many successors were killed.
"""
import os
import random
import signal
import sys
import time

READY_TIMEOUT_S = 120


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def children_of(pid):
    """Those that have not ended."""
    pids = read(f"/proc/{pid}/task/{pid}/children").split()
    return [int(child) for child in pids if " Z " not in read(f"/proc/{child}/stat").rpartition(")")[2][:4]]


def manager_of(pid):
    return int(read(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])


def daemon_of(folder, manager):
    """The process that is the daemon, alone and ready; 0: none is yet."""
    now = 0
    ready = False
    for line in read(os.path.join(folder, "events")).splitlines():
        word, _, rest = line.partition(" ")
        if word in ("started", "main"):
            now, ready = int(rest), False
        elif word == "ready":
            ready = True
        elif word == "ended":
            ready = False
    alone = children_of(manager) == [now] and not children_of(now)
    return now if ready and alone else 0


def await_daemon(folder, manager, but=()):
    """Which is none of `but`, who may still be about to end."""
    end = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < end:
        pid = daemon_of(folder, manager)
        if pid and pid not in but:
            return pid
        time.sleep(0.002)
    sys.exit(f"no daemon is alone and ready: processes {children_of(manager)}")


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def time_reloads(folder, manager):
    """The longest of a few that nobody disturbs."""
    longest = 0
    for _ in range(5):
        daemon = await_daemon(folder, manager)
        start = time.monotonic()
        os.kill(daemon, signal.SIGHUP)
        await_daemon(folder, manager, [daemon])
        longest = max(longest, time.monotonic() - start)
    return longest


def main():
    folder, times = sys.argv[1], int(sys.argv[2])
    manager = manager_of(int(read(os.path.join(folder, "pid"))))
    longest = time_reloads(folder, manager)
    killed = set()
    daemons = 0
    for _ in range(times):
        daemon = await_daemon(folder, manager, killed)
        os.kill(daemon, signal.SIGHUP)
        time.sleep(random.uniform(0, longest))
        others = [pid for pid in children_of(daemon) + children_of(manager) if pid != daemon]
        victim = others[0] if others and random.random() < 0.5 else daemon
        daemons += victim == daemon
        killed.add(victim)
        kill(victim)
    await_daemon(folder, manager, killed)
    print(daemons, times - daemons)


main()
