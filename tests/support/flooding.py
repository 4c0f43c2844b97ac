# SPDX-License-Identifier: MIT
"""Processes that send until SIGTERM: what paced_senders.py and pack_flood.py have in common."""
import os
import signal

ending = False


def end(*_):
    global ending
    ending = True


def goes_on():
    return not ending


def start(send_all):
    """A process that calls send_all(), and the pipe on which the numbers that it returns come back."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, end)
        os.write(writer, " ".join(map(str, send_all())).encode())
        os._exit(0)
    os.close(writer)
    return child, reader


def run(senders):
    """A process for each function; on SIGTERM print the sums of what they return."""
    processes = [start(send_all) for send_all in senders]
    signal.signal(signal.SIGTERM, end)
    while not ending:
        signal.pause()
    for child, _ in processes:
        os.kill(child, signal.SIGTERM)
    counts = []
    for child, reader in processes:
        counts.append([int(number) for number in os.read(reader, 1000).split()])
        os.waitpid(child, 0)
    print(*map(sum, zip(*counts)), flush=True)
