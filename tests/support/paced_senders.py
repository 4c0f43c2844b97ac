#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes that send short datagrams at a pace and never wait for the daemon.

    paced_senders.py SOCKET SENDERS RATE

RATE datagrams a second of all together, each one count of shop_visits_total. What the kernel does not take at once is
lost. On SIGTERM the program prints "SENT LOST".
"""
import functools
import socket
import sys
import time

import flooding

TICK_S = 0.004


def send_all(path, rate):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect(path)
    sock.setblocking(False)
    sent = lost = 0
    start = time.monotonic()
    while flooding.goes_on():
        for _ in range(int((time.monotonic() - start) * rate) - sent - lost):
            try:
                sock.send(b"shop_visits_total:1|c")
                sent += 1
            except BlockingIOError:
                lost += 1
        time.sleep(TICK_S)
    return sent, lost


def main():
    path, count, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    flooding.run([functools.partial(send_all, path, rate / count)] * count)


main()
