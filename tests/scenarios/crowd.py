# SPDX-License-Identifier: MIT
"""Clients of an HTTP server that mean no good: silent ones, ones that send a byte of a request a
second, and ones that take a byte of a large page a second. Whoever of the last two is sent away
comes back within a second.

    crowd.py PORT PATH SILENT WRITERS READERS

Prints a line when all have connected, and ends with its standard input.
"""

import select
import socket
import sys

PORT, PATH = int(sys.argv[1]), sys.argv[2]
SILENT, WRITERS, READERS = map(int, sys.argv[3:])


def connect(first_bytes, receive_bytes=None):
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(120)
    client.connect(("127.0.0.1", PORT))
    client.setblocking(False)
    try:
        client.send(first_bytes)
    except OSError:
        pass  # sent away already
    return client


def open_writer():
    return connect(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nX-Slow: ".encode())


def open_reader():
    return connect(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 4096)


def write(client):
    return client.send(b"x")


def read(client):
    return len(client.recv(1))


def step(clients, act, reopen):
    for index, client in enumerate(clients):
        try:
            alive = act(client) > 0
        except BlockingIOError:
            alive = True
        except OSError:
            alive = False
        if not alive:
            client.close()
            clients[index] = reopen()


readers = [open_reader() for _ in range(READERS)]
writers = [open_writer() for _ in range(WRITERS)]
silent = [connect(b"") for _ in range(SILENT)]
print("all are here", flush=True)
while not select.select([sys.stdin], [], [], 1)[0]:
    step(writers, write, open_writer)
    step(readers, read, open_reader)
