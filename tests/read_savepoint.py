#!/usr/bin/env python3
"""Prints what a savepoint holds, written from docs/savepoint.md alone: python3 read_savepoint.py FILE.

Nothing but the standard library, and the command `zstd` to unpack blocks.
"""
import hashlib
import json
import struct
import subprocess
import sys

RECORDS = {4: "value", 5: "element", 6: "entry"}


def blocks(stream):
    """Kind, section and content of each block, after its digest was found to hold."""
    preamble = stream.read(16)
    if preamble != b"FSBSAVE\n" + struct.pack("<II", 1, 0):
        sys.exit("no savepoint")
    before, expected = hashlib.sha256(preamble).digest(), 0
    while head := stream.read(24):
        kind, encoding, _, section, number, raw_length, stored_length = struct.unpack("<BBHIQII", head)
        digest, content = stream.read(32), stream.read(stored_length)
        before = hashlib.sha256(before + head + content).digest()
        if number != expected or before != digest:
            sys.exit(f"block {expected} is damaged")
        if encoding == 1:
            content = subprocess.run(["zstd", "-dcq"], input=content, stdout=subprocess.PIPE, check=True).stdout
        if len(content) != raw_length:
            sys.exit(f"block {number} does not unpack to what it says")
        expected += 1
        yield kind, section, content
    print("digest", before.hex())


def sections(stream):
    current, parts = None, []
    for kind, section, content in blocks(stream):
        if current not in (None, (kind, section)):
            yield *current, b"".join(parts)
            parts = []
        current = kind, section
        parts.append(content)
    yield *current, b"".join(parts)


class Fields:
    def __init__(self, content):
        self.content, self.at = content, 0

    def number(self, form):
        (number,) = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return number

    def bytes(self, *lengths):
        found = []
        for length in lengths:
            found.append(self.content[self.at : self.at + length])
            self.at += length
        return found

    def pair(self):
        return self.bytes(self.number("I"), self.number("I"))


def item(fields, record):
    flags = fields.number("B")
    written = fields.number("q") if flags & 1 else "-"
    if record == 6:
        key, value = fields.pair()
        return f"entry {written} {key.hex()} {'null' if flags & 2 else value.hex()}"
    (value,) = fields.bytes(fields.number("I"))
    return f"{RECORDS[record]} {written} {value.hex()}"


def main(stream):
    header, entries = None, 0
    for kind, section, content in sections(stream):
        fields = Fields(content)
        if kind == 1:
            header = json.loads(content)
            continue
        if kind == 5:
            fields.number("Q")
            assert fields.number("Q") == entries, "entries"
            continue
        of = key = None
        while fields.at < len(content):
            record = fields.number("B")
            if record == 1:
                of = header["states"][fields.number("I")]["descriptor"]["name"]
            elif record == 2:
                queue = header["timers"][fields.number("I")]
                of = f"{queue['name']} {queue['time']}"
            elif record == 3:
                key, namespace = fields.pair()
            elif record in RECORDS and kind == 2:
                print(f"{section} {of} {key.hex()} {namespace.hex()} {item(fields, record)}")
            elif record in RECORDS:
                print(f"{header['operator_states'][section]['descriptor']['name']} {item(fields, record)}")
            elif record == 7:
                timestamp = fields.number("q")
                key, namespace = fields.pair()
                print(f"{section} {of} {timestamp} {key.hex()} {namespace.hex()}")
            elif record == 8:
                key, value = fields.pair()
                print(f"{header['column_families'][section]} {key.hex()} {value.hex()}")
            else:
                sys.exit(f"record {record} is unknown")
            entries += record >= 4


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as savepoint:
        main(savepoint)
