#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stops a successor before the manager knows it.

    stop_before_known.py FOLDER PORT STATGATED [ARGUMENT...]

Is the daemon's manager, and sends what makes a page too long for the socket of a client that does not read: so the
successor's stop takes its second for answers. Meanwhile the manager gets to know the successor. It has to end.
"""
import array
import os
import signal
import socket
import subprocess
import sys
import time

SERIES = 40000
END_S = 10


def receive(manager, until, held):
    """The number of the process that a message names as the main one, or 0. Keeps the barrier's descriptors."""
    while time.monotonic() < until:
        manager.settimeout(max(until - time.monotonic(), 0.01))
        try:
            message, control, _, _ = manager.recvmsg(65536, 4096)
        except socket.timeout:
            return 0
        fds = array.array("i")
        for _, kind, data in control:
            if kind == socket.SCM_RIGHTS:
                fds.frombytes(data[: len(data) // fds.itemsize * fds.itemsize])
        if b"BARRIER=1" in message and held is not None:
            held.extend(fds)
        else:
            for fd in fds:
                os.close(fd)
        if b"MAINPID=" in message:
            return int(message.split(b"MAINPID=")[1].split()[0])
    return 0


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def main():
    folder, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(f"{folder}/manager")
    sock = f"{folder}/socket"
    daemon = subprocess.Popen([*command, "--socket", sock, "--metrics-listen", f"127.0.0.1:{port}"],
                              env={**os.environ, "NOTIFY_SOCKET": f"{folder}/manager"})
    receive(manager, time.monotonic() + 2, None)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(sock)
    for first in range(0, SERIES, 20):
        client.send("\n".join(f"long_total:1|c|#v:{i:0190}" for i in range(first, first + 20)).encode())
    held = []
    daemon.send_signal(signal.SIGHUP)
    successor = receive(manager, time.monotonic() + 15, held)
    receive(manager, time.monotonic() + 0.2, held)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    reader.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.3)
    os.kill(successor or daemon.pid, signal.SIGTERM)
    time.sleep(0.2)
    for fd in held:
        os.close(fd)
    until = time.monotonic() + END_S
    while not has_ended(successor) and time.monotonic() < until:
        receive(manager, time.monotonic() + 0.05, None)
    ended = successor > 0 and has_ended(successor)
    for pid in (successor, daemon.pid):
        if pid > 0 and not has_ended(pid):
            os.kill(pid, signal.SIGKILL)
    daemon.wait()
    return 0 if ended else f"process {successor} does not end"


sys.exit(main())
