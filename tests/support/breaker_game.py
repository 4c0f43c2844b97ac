#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays random games of attempts against a daemon that is killed and reloaded, and compares its breaker with a model.

usage: breaker_game.py SOCKET URL STATGATE SUPERVISOR SEED STEPS

The breaker: open_after 4, failure_ratio 0.5 from 8 attempts on, agree 2, probes 2, with a window and a cool-down that last
longer than the game; what time does is unit tests' matter. A person's decisions take its place here. Marks are read from
the breaker page, as clients read them.
"""
import json
import mmap
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

PATH, URL, STATGATE = sys.argv[1:4]
SUPERVISOR, SEED, STEPS = map(int, sys.argv[4:7])
dice = random.Random(SEED)


def fnv(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return value


def slot():
    """State and epoch of the breaker, as BREAKER_PAGE.md says."""
    with open(PATH.removesuffix(".sock") + ".breakers", "rb") as file:
        page = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    tag = fnv("pay")
    at = (tag ^ tag >> 32) % 4096
    while True:
        found, state = struct.unpack_from("=QI", page, 4096 + 16 * at)
        if found == tag:
            return state & 3, state >> 2
        assert found != 0, "the breaker is not on the page"
        at = (at + 1) % 4096


class Sender:
    """A process that sends what it is told."""

    def __init__(self):
        self.child = subprocess.Popen([sys.executable, "-c", "import socket,sys\n"
                                       "s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n"
                                       "for line in sys.stdin:\n"
                                       "  while True:\n"
                                       "    try: s.sendto(line.strip().encode(), sys.argv[1]); break\n"
                                       "    except OSError: pass\n"
                                       "  print(flush=True)", PATH],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        self.child.stdout.readline()


class Model:
    def __init__(self):
        self.state, self.failures, self.good, self.opened, self.denied, self.forced = "closed", 0, 0, 0, 0, False
        self.epoch = slot()[1]
        self.calls = []

    def enter(self, state):
        self.opened += state == "open"
        self.good = 0
        self.epoch += state == "half_open"
        self.state = state

    def attempt(self, good, mark, pid):
        late = mark not in (None, 0, self.epoch)
        if self.state == "open" or not (late or self.forced):
            self.failures = 0 if good else self.failures + 1
        if self.state == "open" or late or self.forced:
            return
        if self.state == "half_open":
            self.good += good
            if not good:
                self.enter("open")
            elif self.good == 2:
                self.enter("closed")
                self.calls = []
            return
        self.calls.append((good, pid))
        bad = [pid for good, pid in self.calls if not good]
        agreed = len(set(bad)) >= min(2, len({pid for _, pid in self.calls}))
        if not good and agreed and (self.failures >= 4 or len(self.calls) >= 8 and 2 * len(bad) >= len(self.calls)):
            self.enter("open")

    def force(self, state):
        if state != "auto":
            if state != self.state:
                self.opened += state == "open"
            self.state, self.forced, self.good = state, True, 0
            self.epoch += 1
        elif self.forced:
            self.forced, self.failures, self.calls = False, 0, []
            self.epoch += 1
            self.state = "half_open" if self.state == "open" else "closed"
            self.good = 0


def shown():
    for _ in range(2000):
        try:
            with urllib.request.urlopen(URL + "/debug/breakers", timeout=5) as answer:
                return json.load(answer)["breakers"][0]
        except OSError:
            time.sleep(0.01)
    raise SystemExit("no daemon answers")


def daemon():
    return int(open(f"/proc/{SUPERVISOR}/task/{SUPERVISOR}/children", encoding="ascii").read().split()[-1])


senders = [Sender() for _ in range(4)]
model = Model()
kills = reloads = 0
for step in range(STEPS):
    what = dice.randrange(100)
    if model.state == "open" and what < 30:
        what = 90  # it opens for longer than the game: a person's decision is the way to half-open
    if what < 84:
        who = dice.choice(senders)
        good = dice.random() < (0.75 if model.state == "half_open" else 0.4)
        mark = dice.choice([None, None, 0, model.epoch, model.epoch, model.epoch - 1])
        who.send("pay:" + ("ok" if good else "error") + "|a" + ("" if mark is None else f"|p:{mark}"))
        model.attempt(good, mark, who.child.pid)
    elif what < 88:
        count = dice.randrange(1, 1000)
        dice.choice(senders).send(f"pay:denied,open|a|n:{count}")
        model.denied += count
    elif what < 94:
        state = dice.choice(["auto", "auto", "open", "closed"] if model.forced else ["open", "open", "closed", "auto"])
        shown()
        subprocess.run([STATGATE, "breakers", "--socket", PATH, "--force", state, "pay"], check=True, stdout=subprocess.DEVNULL)
        model.force(state)
    elif what < 96:
        at = dice.randrange(len(senders))
        senders[at].child.kill()
        senders[at].child.wait()
        senders[at] = Sender()
    elif what < 98:
        kills += 1
        try:
            pid = daemon()  # one that has just handed over may be the last, and end at any time
            os.kill(pid, signal.SIGKILL)
            while daemon() == pid:
                time.sleep(0.005)
        except (IndexError, ProcessLookupError):
            pass
    else:
        reloads += 1
        subprocess.run([STATGATE, "reload", "--socket", PATH], check=True, stdout=subprocess.DEVNULL)
    wanted = [model.state, model.failures, model.opened, model.denied, model.forced]
    for _ in range(200):
        breaker = shown()
        found = [breaker["state"], breaker["consecutive_failures"], breaker["opened"], breaker["denied"],
                 breaker["forced"] is not None]
        if found == wanted:
            break
        time.sleep(0.02)
    else:
        raise SystemExit(f"seed {SEED} step {step}: {found}, expected {wanted}")
    states = {"closed": 0, "open": 1, "half_open": 2}
    for _ in range(200):
        if slot() == (states[model.state], model.epoch):
            break
        time.sleep(0.02)
    else:
        raise SystemExit(f"seed {SEED} step {step}: the page has {slot()}, expected {states[model.state], model.epoch}")
for sender in senders:
    sender.child.kill()
print(f"{STEPS} steps, {model.opened} openings, {kills} kills, {reloads} reloads")
