#!/usr/bin/env python3
"""Gives a field of a daemon's object a name that no version knows, as if a later version had written the object.

    unlearn.py OBJECT TABLE FIELD

OBJECT is the daemon's descriptor in /proc, whose layout is in object/layout.h. Only a field that a reader must
understand is renamed. Fails if there is none.
"""
import struct
import sys

TABLE_BYTES, FIELD_BYTES, NAME_BYTES = 72, 40, 24
DIRECTORY_AT, TABLE_COUNT_AT, FIRST_FIELD_AT, FLAGS_AT = 56, 100, 36, 36
REQUIRED = 1


def named(data, at, name):
    return data[at : at + NAME_BYTES].split(b"\0")[0] == name.encode()


def fields_of(data, table):
    """The offsets of the fields of all tables with this name."""
    directory, fields = struct.unpack_from("QQ", data, DIRECTORY_AT)
    (count,) = struct.unpack_from("I", data, TABLE_COUNT_AT)
    for at in range(directory, directory + count * TABLE_BYTES, TABLE_BYTES):
        if named(data, at, table):
            first, each = struct.unpack_from("II", data, at + FIRST_FIELD_AT)
            yield from range(fields + first * FIELD_BYTES, fields + (first + each) * FIELD_BYTES, FIELD_BYTES)


def main():
    path, table, field = sys.argv[1:]
    renamed = 0
    with open(path, "r+b") as file:
        data = file.read(1 << 20)
        for at in fields_of(data, table):
            if named(data, at, field) and struct.unpack_from("I", data, at + FLAGS_AT)[0] == REQUIRED:
                file.seek(at)
                file.write(b"later".ljust(NAME_BYTES, b"\0"))
                renamed += 1
    if renamed == 0:
        sys.exit(f"no table {table} has a field {field} that must be understood")


if __name__ == "__main__":
    main()
