#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Alters a state file (aggregator/object/object_private.h) as a bad disk does, or as another version writes it; and looks for
what it must not contain.

  state_file.py FILE addresses MAPS         the parts with words that are addresses of the process with these
                                            /proc/PID/maps, one a line with their number
  state_file.py FILE tables                 the names of its tables that hold anything, one a line, each once
  state_file.py FILE alter PART             one bit: PART is a table, or header, undo, families, directory, fields
  state_file.py FILE number TABLE OLD NEW   the first double OLD of such a table becomes NEW
  state_file.py FILE without-checksum       it is 0
"""
import struct
import sys

HEADER = struct.Struct("<8sII QQ16s QQQQQ IIIIII")
TABLE = struct.Struct("<24sIIIIII QQQ")
FIELD_BYTES = 40
SUM = 108


class State:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = bytearray(file.read())
        header = HEADER.unpack_from(self.bytes)
        _, _, _, _, _, _, undo, directory, fields, families, families_bytes = header[:11]
        undo_max, directory_max, fields_max, table_count, field_count, _ = header[11:]
        self.parts = {
            "header": (0, HEADER.size),
            "undo": (undo, undo + 64 + 16 * undo_max),
            "families": (families, families + families_bytes),
            "directory": (directory, directory + TABLE.size * table_count),
            "fields": (fields, fields + FIELD_BYTES * field_count),
        }
        self.tables = []
        for i in range(table_count):
            name, _, _, item_bytes, _, _, _, offset, max_items, _ = TABLE.unpack_from(
                self.bytes, directory + i * TABLE.size
            )
            self.tables.append((name.rstrip(b"\0").decode(), offset, offset + max_items * item_bytes))

    def save(self):
        with open(self.path, "r+b") as file:
            file.write(self.bytes)

    def held(self):
        return [table for table in self.tables if any(self.bytes[table[1] : table[2]])]

    def alter(self, part):
        begin, end = self.parts.get(part) or next(table[1:] for table in self.held() if table[0] == part)
        used = [at for at in range(begin, end) if self.bytes[at]]
        self.bytes[used[len(used) // 2]] ^= 4

    def addresses(self, maps):
        """Pages near 0 are no process's: words there are numbers."""
        with open(maps) as file:
            bounds = [[int(word, 16) for word in line.split()[0].split("-")] for line in file]
        parts = list(self.parts.items()) + [(name, (begin, end)) for name, begin, end in self.held()]
        for name, (begin, end) in parts:
            words = memoryview(self.bytes)[begin : begin + (end - begin) // 8 * 8].cast("Q")
            found = sum(any(low <= word < high for low, high in bounds) for word in words if word >> 20)
            if found:
                print(name, found)

    def number(self, name, old, new):
        old, new = (struct.pack("<d", float(number)) for number in (old, new))
        at = -1
        for _, begin, end in (table for table in self.held() if table[0] == name):
            at = at if at >= 0 else self.bytes.find(old, begin, end)
        if at < 0:
            sys.exit(f"{self.path} has no such number")
        self.bytes[at : at + 8] = new

    def without_checksum(self):
        struct.pack_into("<I", self.bytes, SUM, 0)


def main():
    state = State(sys.argv[1])
    command, *words = sys.argv[2:]
    if command == "tables":
        print("\n".join(sorted({table[0] for table in state.held()})))
        return
    if command == "addresses":
        state.addresses(*words)
        return
    {"alter": state.alter, "number": state.number, "without-checksum": state.without_checksum}[command](*words)
    state.save()


if __name__ == "__main__":
    main()
