#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A successor that fails (statgated/daemon.h): as far as STEP it says what a good one says, then it does ACT.

    fake_successor.py STEP ACT

    STEP  start      before it reads anything
          begin      when it has what the daemon passes on
          prepared   when it has said that, and the daemon has stopped
          taken      when it has said that, and the daemon lets it go
          committed  when it has said that
    ACT   hang | exit CODE | signal NUMBER | close, and hang | stop, in order and slowly | say TEXT, and wait for the end | babble
"""
import array
import os
import random
import resource
import signal
import socket
import sys
import time

STEPS = ("start", "begin", "prepared", "taken", "committed")
ANSWERS = {"prepared": "stopped", "taken": "go"}


def receive(sock):
    """A word; what comes with it is kept open, as a successor would."""
    data, _, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(253 * 4))
    return data.split()[0].decode() if data else None


def await_word(sock, word):
    while (got := receive(sock)) != word:
        if got is None:
            sys.exit("the daemon is gone")


def go_on(sock, step):
    for at in STEPS[1 : STEPS.index(step) + 1]:
        if at == "begin":
            await_word(sock, "begin")
            continue
        sock.send(at.encode())
        if at in ANSWERS:
            await_word(sock, ANSWERS[at])


def babble(sock):
    """All that can be wrong with a message, in any order."""
    random.seed(14)
    with open("/dev/null", "rb") as file:
        for count in range(2000):
            text = random.choice((b"keeps", b"report", b"refuse", b"main", b"hello 99", b"\0\n\xff", b"x" * 5000))
            text += random.choice((b"", b" ", b"\n", b"\n\n\n", b"\nstatgate-object-1", b"\n" + b"n" * 300))
            fds = array.array("i", [file.fileno()] * random.choice((0, 0, 1, 3, 120)))
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else []
            try:
                sock.sendmsg([text], rights)
            except OSError:
                break
    hang()


def hang():
    while True:
        signal.pause()


def act(sock, words):
    if words[0] == "exit":
        os._exit(int(words[1]))
    elif words[0] == "signal":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(int(words[1]), signal.SIG_DFL) if int(words[1]) != signal.SIGKILL else None
        os.kill(os.getpid(), int(words[1]))
    elif words[0] == "close":
        sock.close()
        hang()
    elif words[0] == "stop":
        sock.close()
        time.sleep(0.2)
        os._exit(0)
    elif words[0] == "say":
        sock.send(" ".join(words[1:]).encode())
        while receive(sock):
            pass
    elif words[0] == "babble":
        babble(sock)
    hang()


def main():
    sock = socket.socket(fileno=int(os.environ["STATGATE_HANDOVER"]))
    sock.setblocking(True)
    go_on(sock, sys.argv[1])
    act(sock, sys.argv[2:])


main()
