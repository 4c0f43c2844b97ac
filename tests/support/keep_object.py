#!/usr/bin/env python3
"""Keeps the object of a daemon as a case of tests/cases/object, to be read by later versions.

    keep_object.py STATGATED NAME [TABLE FIELD]

Starts this daemon with the catalog of the cases, has twelve processes send, stops it with SIGSTOP, and writes
NAME.gz there: a line "size BYTES", and a line "OFFSET HEX" for each piece that is not zero, of the front and of
the store's tables. The layout is that of object/layout.h. With TABLE and FIELD, unlearn.py first renames that field
in the object, as if a later version had written it. Run it for the daemon of each commit that changes a layout of
the store, before the next one changes it again, and then unit.takeover_kept with STATGATE_UPDATE=1: its NAME.expect
must be the same as that of the others.
"""
import glob
import gzip
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "cases", "object")
PIECE, TABLE_BYTES, FIELD_BYTES, NAME_BYTES = 64, 72, 40, 24
STORE = {b"series", b"value", b"text", b"part", b"owner", b"window", b"window_page"}
PROCESSES, TIMES = 12, 20


def send(path, number):
    """What process `number` sends: its values many times over, so that most have a place in the series."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        for i in range(TIMES):
            lines = [f"g:{number + i}|g", f"m:{number + i}|g", f"r_total:{10 * number + i}|g", "u:1|c"]
            lines += ["c_total:1|c|#x:a", f"d_total:1|c|#name:{'xyz'[number % 3]}", "h:2|h"]
            sock.sendto("\n".join(lines).encode(), path)


def fork_senders(path):
    """Processes that stay until they are killed. They send one after the other."""
    children = []
    for number in range(PROCESSES):
        hears, says = os.pipe()
        child = os.fork()
        if child == 0:
            send(path, number)
            os.write(says, b"x")
            signal.pause()
        os.read(hears, 1)
        children.append(child)
    return children


def no_supervisor(daemon):
    """The flag of a version that has a supervisor unless it is told otherwise."""
    text = subprocess.run([daemon, "--help"], capture_output=True, text=True, check=True).stdout
    return ["--no-supervisor"] if "--no-supervisor" in text else []


def object_of(pid):
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        if os.readlink(path).startswith("/memfd:statgate-object"):
            return path
    sys.exit("the daemon has no object")


def ranges(file):
    """Offsets and lengths of what the store's reader reads."""
    file.seek(0)
    header = file.read(168)
    undo, directory, fields, families, families_bytes = struct.unpack_from("5Q", header, 48)
    tables, field_count = struct.unpack_from("II", header, 100)
    yield 0, 168
    yield undo, 64
    yield families, families_bytes
    yield directory, tables * TABLE_BYTES
    yield fields, field_count * FIELD_BYTES
    for i in range(tables):
        file.seek(directory + i * TABLE_BYTES)
        name, _, _, item_bytes, _, _, _, offset, _, items = struct.unpack("24s6I3Q", file.read(TABLE_BYTES))
        if name.split(b"\0")[0] in STORE:
            yield offset, items * item_bytes


def lines(path):
    with open(path, "rb") as file:
        yield f"size {file.seek(0, os.SEEK_END)}\n"
        for start, length in ranges(file):
            file.seek(start)
            data = file.read(length)
            for at in range(0, length, PIECE):
                piece = data[at : at + PIECE]
                if any(piece):
                    yield f"{start + at} {piece.hex()}\n"


def main():
    daemon, name, later = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "socket")
        command = [daemon, "--catalog", os.path.join(CASES, "catalog.json"), "--socket", path]
        command += ["--metrics-listen", "127.0.0.1:0", *no_supervisor(daemon)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        children = []
        try:
            while not os.path.exists(path):
                time.sleep(0.05)
            children = fork_senders(path)
            time.sleep(0.5)
            process.send_signal(signal.SIGSTOP)
            if later:
                subprocess.run([os.path.join(HERE, "unlearn.py"), object_of(process.pid), *later], check=True)
            with gzip.GzipFile(os.path.join(CASES, name + ".gz"), "wb", mtime=0) as packed:
                packed.write("".join(lines(object_of(process.pid))).encode())
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)
            process.kill()


if __name__ == "__main__":
    main()
