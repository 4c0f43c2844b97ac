# SPDX-License-Identifier: MIT
"""Senders by stream that wait: `stream_senders.py PATH SENDERS SAMPLES NAME [SECONDS]`, of which it takes about that long.

Each sender is a process with a connection of its own, half of them with Datadog's frames and half with lines. One that
loses its connection connects again and sends again what the kernel did not take whole: a frame, or the lines behind the
last whole one. So every sample is taken once, whatever happens to the daemon between. If it is killed, what the
kernel took and it did not read is lost with it. At the end each sender prints the samples that the kernel took, and how often
it connected.
"""
import os
import random
import socket
import struct
import sys
import time

PATH, SENDERS, SAMPLES, NAME = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
SECONDS = float(sys.argv[5]) if len(sys.argv) > 5 else 0
DEADLINE = time.monotonic() + 240


def connect():
    while True:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(PATH)
            return sock
        except OSError:
            sock.close()
            if time.monotonic() > DEADLINE:
                sys.exit(f"no daemon at {PATH}")
            time.sleep(0.01)


def put(sock, data):
    """Send all of it. Returns how many bytes the kernel took."""
    done = 0
    while done < len(data):
        try:
            done += sock.send(data[done:], socket.MSG_NOSIGNAL)
        except OSError:
            break
    return done


def run(number):
    rng = random.Random(number)
    line = f"{NAME}:1|c|#sender:{number}\n".encode()
    framed = number % 2 == 0
    left, connections = SAMPLES, 1
    sock = connect()
    begun = time.monotonic()
    while left > 0:
        ahead = SECONDS * (SAMPLES - left) / SAMPLES - (time.monotonic() - begun)
        if ahead > 0.002:
            time.sleep(ahead)
        count = min(left, rng.choice([1, 2, 7, 40, 300, 1500]))
        data = line * count
        if framed:
            data = struct.pack("<I", len(data)) + data
        done = put(sock, data)
        left -= count if done == len(data) else 0 if framed else done // len(line)
        if done < len(data):
            sock.close()
            sock = connect()
            connections += 1
    sock.close()
    print(number, SAMPLES - left, connections, flush=True)


for number in range(SENDERS):
    if os.fork() == 0:
        run(number)
        os._exit(0)
status = 0
for _ in range(SENDERS):
    status |= os.wait()[1]
sys.exit(1 if status else 0)
