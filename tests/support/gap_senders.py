#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes that send each millisecond, whether or not a daemon is there, and count what was delivered.

    gap_senders.py SOCKET SENDERS

Each looks for the path each time, and goes on when nobody receives. On SIGTERM it prints how many datagrams were
delivered in all; each is shop_visits_total:1|c and shop_orders_total:2|c|#outcome:ok.
"""
import functools
import socket
import sys
import time

import flooding


def send_all(path):
    delivered = 0
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    while flooding.goes_on():
        try:
            sock.sendto(b"shop_visits_total:1|c\nshop_orders_total:2|c|#outcome:ok", path)
            delivered += 1
        except OSError:
            pass  # nobody is there
        time.sleep(0.001)
    return [delivered]


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    flooding.run([functools.partial(send_all, path) for _ in range(count)])


main()
