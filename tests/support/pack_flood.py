#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes that send packed datagrams as fast as the daemon takes them, and count what they sent.

    pack_flood.py SOCKET SENDERS

Each is connected once, and blocks when the queue is full, so that what it sent was delivered. On SIGTERM it prints
"VISITS ORDERS OBSERVATIONS": values of shop_visits_total, shop_orders_total{outcome="ok"} and
shop_checkout_duration_seconds (observations of 0.5), and the program prints their sums.
"""
import functools
import random
import socket
import sys

import flooding


def send_all(path, seed):
    chance = random.Random(seed)
    sums = [0, 0, 0]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect(path)
    while flooding.goes_on():
        counts = [chance.randrange(1, 300), chance.randrange(1, 40), chance.randrange(1, 20)]
        lines = [
            "shop_visits_total" + ":1" * counts[0] + "|c",
            "shop_orders_total" + ":1" * counts[1] + "|c|#outcome:ok",
            "shop_checkout_duration_seconds" + ":0.5" * counts[2] + "|h|#till:1",
        ]
        sock.send("\n".join(lines).encode())  # again after a signal: it is whole or not at all
        sums = [a + b for a, b in zip(sums, counts)]
    return sums


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    flooding.run([functools.partial(send_all, path, seed) for seed in range(count)])


main()
