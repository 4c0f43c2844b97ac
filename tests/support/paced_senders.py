#!/usr/bin/env python3
"""Processes that send short datagrams at a pace and never wait for the daemon.

    paced_senders.py SOCKET SENDERS RATE

RATE datagrams a second of all together, each one count of shop_visits_total. What the kernel does not take at once is
lost. On SIGTERM the program prints "SENT LOST".
"""
import os
import signal
import socket
import sys
import time

TICK_S = 0.004
ending = False


def end(*_):
    global ending
    ending = True


def send_all(path, rate):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect(path)
    sock.setblocking(False)
    sent = lost = 0
    start = time.monotonic()
    while not ending:
        for _ in range(int((time.monotonic() - start) * rate) - sent - lost):
            try:
                sock.send(b"shop_visits_total:1|c")
                sent += 1
            except BlockingIOError:
                lost += 1
        time.sleep(TICK_S)
    return f"{sent} {lost}"


def main():
    path, count, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    senders = []
    for _ in range(count):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, end)
            os.write(writer, send_all(path, rate / count).encode())
            os._exit(0)
        os.close(writer)
        senders.append((child, reader))
    signal.signal(signal.SIGTERM, end)
    while not ending:
        signal.pause()
    sums = [0, 0]
    for child, _ in senders:
        os.kill(child, signal.SIGTERM)
    for child, reader in senders:
        text = os.read(reader, 1000).decode()
        os.waitpid(child, 0)
        sums = [a + int(b) for a, b in zip(sums, text.split())]
    print(*sums, flush=True)


main()
