# SPDX-License-Identifier: MIT
"""What hurts an input by stream: `stream_flood.py PATH UDP_PORT SECONDS`.

900 connections that say nothing; one that writes a byte now and then; lengths that are announced and do not come, or are
too long; streams of lines and frames cut anywhere; any bytes; and the same by UDP. Ends after SECONDS, and prints how much of
each it did.
"""
import random
import socket
import struct
import sys
import time

PATH, PORT, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
rng = random.Random(7)
done = {"idle": 0, "bytes": 0, "lengths": 0, "cut": 0, "garbage": 0, "udp": 0}


def connect():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(5)
    sock.connect(PATH)
    return sock


def put(sock, data):
    try:
        sock.sendall(data)
        return True
    except OSError:
        return False


def good():
    data = b"st_total:1|c|#sender:900\n" * rng.randrange(1, 200)
    return struct.pack("<I", len(data)) + data if rng.random() < 0.5 else data


idle = []
while len(idle) < 900: # and room for others to be 1,024, however slowly the daemon notices ends
    idle.append(connect())
done["idle"] = len(idle)
slow = connect()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(("127.0.0.1", PORT))
held = []
end = time.monotonic() + SECONDS
while time.monotonic() < end:
    put(slow, b"st_total:1|c|#sender:901\n"[done["bytes"] % 25 :][:1])
    done["bytes"] += 1
    for data in (struct.pack("<I", 65536) + b"x", struct.pack("<I", 65537), struct.pack("<I", 1 << 24), b"\0" * 64):
        held.append(connect())
        put(held[-1], data)
        done["lengths"] += 1
    while len(held) > 4:
        held.pop(0).close()
    cut = connect()
    data = good()
    put(cut, data[: rng.randrange(len(data))])
    cut.close()
    done["cut"] += 1
    noise = connect()
    put(noise, rng.randbytes(rng.randrange(1, 70000)))
    noise.close()
    done["garbage"] += 1
    for _ in range(50):
        try:
            udp.send(rng.randbytes(rng.randrange(0, 1400)))
        except OSError:
            pass
        done["udp"] += 1
    time.sleep(0.002)
for sock in idle + held + [slow]:
    sock.close()
print(" ".join(f"{name}={count}" for name, count in done.items()))
