#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hands values over between two daemons, there and back, and compares them with what was sent.

    between_versions.py STATGATED OTHER MODE...

A mode is reload, crash (kill -9) or state (a stop and a start, through a state file). The first daemon is started with
its supervisor, which stays the same except over a stop. Before each handover, 40 processes send values of their own and
shared ones, with flags and families that versions since the state file know. Prints a line for each handover; fails
unless all values are exact.
"""
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PROCESSES, TIMES, DEADLINE_S = 40, 20, 30
FAMILIES = {
    "c_total": {"type": "counter", "help": ""},
    "g": {"type": "gauge", "help": "", "merge": "sum", "absent": -1},
    "h": {"type": "histogram", "help": "", "buckets": [1, 5]},
    "m": {"type": "gauge", "help": "", "merge": "max"},
    "r_total": {"type": "counter", "help": "", "reading": "absolute"},
    "u": {"type": "updowncounter", "help": "", "owner": "process"},
}


class Sender:
    """A process that sends what it is told, and the values that it then owns."""

    def __init__(self, path):
        self.end, other = multiprocessing.Pipe()
        self.gauge = self.sum = self.reading = self.samples = 0
        multiprocessing.Process(target=self.serve, args=(other, path), daemon=True).start()

    @staticmethod
    def serve(end, path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            while True:
                sock.sendto(end.recv(), path)
                end.send(True)

    def send(self):
        delta = random.randint(0, 5)
        self.gauge = random.randint(0, 99)
        self.sum += delta
        self.reading += random.randint(1, 9)
        self.samples += 1
        lines = f"g:{self.gauge}|g\nm:{self.gauge}|g\nu:{delta}|c\nr_total:{self.reading}|g\nc_total:1|c\nh:2|h"
        self.end.send(lines.encode())
        self.end.recv()


class Daemon:
    def __init__(self, folder):
        self.program = os.path.join(folder, "statgated")
        self.socket = os.path.join(folder, "socket")
        self.log = os.path.join(folder, "log")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        catalog = os.path.join(folder, "t.json")
        with open(catalog, "w", encoding="utf-8") as file:
            json.dump({"statgate": 1, "service": "t", "families": FAMILIES}, file)
        self.command = [self.program, "--supervisor", "--catalog", catalog, "--socket", self.socket]
        self.command += ["--metrics-listen", self.address, "--state-file", os.path.join(folder, "state")]
        self.supervisor = None

    def install(self, program):
        shutil.copy(program, self.program + ".new")
        os.rename(self.program + ".new", self.program)

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.supervisor = subprocess.Popen(self.command, stderr=log)

    def stop(self):
        self.supervisor.send_signal(signal.SIGTERM)
        self.supervisor.wait()

    def alone(self, former=None):
        """Wait until the supervisor has one daemon, another than `former`. Returns its process id."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            with open(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children", encoding="ascii") as file:
                children = [int(pid) for pid in file.read().split()]
            if len(children) == 1 and children[0] != former:
                return children[0]
            time.sleep(0.05)
        sys.exit("there is not one daemon below the supervisor")

    def values(self):
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            try:
                page = urllib.request.urlopen(f"http://{self.address}/metrics", timeout=5).read().decode()
                lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
                return {name: float(value) for name, value in lines}
            except OSError:
                time.sleep(0.1)
        sys.exit("the daemon does not answer")

    def hand_over(self, mode, program):
        former = self.alone()
        self.install(program)
        if mode == "state":
            self.stop()
            self.start()
        else:
            os.kill(former, signal.SIGHUP if mode == "reload" else signal.SIGKILL)
            self.alone(former)


def expected(senders):
    samples = sum(sender.samples for sender in senders)
    return {
        "c_total": samples,
        "g": sum(sender.gauge for sender in senders),
        "h_count": samples,
        "m": max(sender.gauge for sender in senders),
        "r_total": sum(sender.reading for sender in senders),
        "u": sum(sender.sum for sender in senders),
    }


def compare(daemon, senders, what):
    shown = daemon.values()
    wrong = {name: (value, shown.get(name)) for name, value in expected(senders).items() if shown.get(name) != value}
    print(f"{what}: " + (f"wrong (sent, shown) {wrong}" if wrong else "exact"), flush=True)
    return not wrong


def main():
    programs, modes = sys.argv[1:3], sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(folder)
        daemon.install(programs[0])
        daemon.start()
        daemon.values()
        senders = [Sender(daemon.socket) for _ in range(PROCESSES)]
        good = True
        for mode in modes:
            for program in reversed(programs):
                for sender in senders:
                    for _ in range(TIMES):
                        sender.send()
                good &= compare(daemon, senders, "sent")
                daemon.hand_over(mode, program)
                good &= compare(daemon, senders, f"{mode} to {program}")
        daemon.stop()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
