#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients of HTTP that are amid something while a daemon hands over.

    under_way.py PORT KIND      prints `ready`, waits for a line on standard input, goes on, prints what it got

KIND: slow      a scrape of which some bytes were read: the rest is read over two seconds
      fresh     a connection on which nothing was asked yet: asks then
      half      half a head was sent: sends the rest
      kept      a connection that had an answer: asks again, on a new one if that one has ended
"""
import socket
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: application/openmetrics-text\r\n\r\n"


def connect(port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.settimeout(120)
    return sock


def wait():
    print("ready", flush=True)
    sys.stdin.readline()


def read_some(sock, size):
    got = b""
    while len(got) < size:
        piece = sock.recv(size - len(got))
        if not piece:
            break
        got += piece
    return got


def is_whole(answer):
    """Chunked or to the end of the connection: OpenMetrics says where it ends."""
    return answer.startswith(b"HTTP/1.1 200") and b"\n# EOF\n" in answer


def read_answer(sock, rest_s=0.0):
    answer = b""
    begun = time.monotonic()
    while not is_whole(answer):
        piece = sock.recv(65536 if rest_s == 0 else 16384)
        if not piece:
            break
        answer += piece
        if time.monotonic() - begun < rest_s:
            time.sleep(0.05)
    return answer


def slow(port):
    sock = connect(port)
    sock.sendall(REQUEST)
    answer = read_some(sock, 10000)
    wait()
    return answer + read_answer(sock, 2.0)


def fresh(port):
    sock = connect(port)
    wait()
    sock.sendall(REQUEST)
    return read_answer(sock)


def half(port):
    sock = connect(port)
    sock.sendall(REQUEST[:30])
    wait()
    sock.sendall(REQUEST[30:])
    return read_answer(sock)


def kept(port):
    sock = connect(port)
    sock.sendall(REQUEST)
    read_answer(sock)
    wait()
    answer = b""
    try:
        sock.sendall(REQUEST)
        answer = read_answer(sock)
    except OSError:
        pass
    if not answer:  # as clients do where a kept connection has ended
        sock = connect(port)
        sock.sendall(REQUEST)
        answer = read_answer(sock)
    return answer


def main():
    answer = {"slow": slow, "fresh": fresh, "half": half, "kept": kept}[sys.argv[2]](int(sys.argv[1]))
    print("whole" if is_whole(answer) else f"broken after {len(answer)} bytes: {answer[:80]!r}", flush=True)


main()
