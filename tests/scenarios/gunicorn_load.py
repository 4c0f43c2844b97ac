#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""For scenario 136: gunicorn_load.py load PORT SECONDS, or gunicorn_load.py truth FOLDER [KILLED...]: what the workers counted, and
what those of these process ids counted in their last five seconds."""
import http.client
import os
import random
import struct
import sys
import threading
import time


def load(port, seconds):
    until = time.monotonic() + seconds
    count = [0] * 8

    def ask(i):
        rng = random.Random(i)
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", rng.choice(("/", "/orders", "/none")))
                connection.getresponse().read()
                connection.close()
                count[i] += 1
            except (OSError, http.client.HTTPException):  # its worker was killed
                pass
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(count))


def truth(folder, killed):
    sums, late = [0, 0], 0
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        ok, bad, count = struct.unpack_from("3Q", data)
        sums[0] += ok
        sums[1] += bad
        if name.partition(".")[0] in killed:
            times = sorted(struct.unpack_from(f"{(len(data) - 24) // 8}d", data, 24))[-max(1, count):]
            late += sum(moment > times[-1] - 5 for moment in times)
    print(*sums, late)


if sys.argv[1] == "load":
    load(int(sys.argv[2]), float(sys.argv[3]))
else:
    truth(sys.argv[2], sys.argv[3:])
