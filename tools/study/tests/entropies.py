#!/usr/bin/env python3
"""Computes what scape-atlas does, in plain Python and by other code, and compares to 1e-3: of bf16
tensors in safetensors files high-byte and low-byte entropy, SE9, M7 and the byte-marginal ceiling;
of Q4_K tensors in GGUF files the nibbles' entropy. Medians over tensors of at least 1,000 elements.

usage: entropies.py ATLAS.json FILE"""
import collections
import json
import math
import statistics
import struct
import sys


def entropy(values):
    counts = collections.Counter(values)
    total = sum(counts.values())
    return sum(-n / total * math.log2(n / total) for n in counts.values())


def bf16_rows(data):
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "BF16":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        low, high = data[start:end:2], data[start + 1 : end : 2]
        values = [a | b << 8 for a, b in zip(low, high)]
        if not values:
            continue
        h_high, h_low = entropy(high), entropy(low)
        bytes_sum = h_high + h_low
        yield name, len(values), {"h_high": h_high, "h_low": h_low,
                                  "r_marginal": 16 / bytes_sum if bytes_sum else 0,
                                  "h_se9": entropy([v >> 7 for v in values]),
                                  "h_m7": entropy([v & 127 for v in values])}


class Gguf:
    """Just enough of GGUF 3, little-endian."""

    SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

    def __init__(self, data):
        self.data, self.at = data, 8

    def number(self, form):
        (value,) = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        size = self.number("Q")
        self.at += size
        return self.data[self.at - size : self.at].decode("utf-8", "replace")

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.value(inner)
            return None
        here = self.at
        self.at += self.SIZES[kind]
        return struct.unpack_from("<I", self.data, here)[0] if kind == 4 else None

    def tensors(self):
        count, keys, alignment = self.number("Q"), self.number("Q"), 32
        for _ in range(keys):
            name = self.text()
            value = self.value(self.number("I"))
            alignment = value if name == "general.alignment" else alignment
        infos = []
        for _ in range(count):
            name, rank = self.text(), self.number("I")
            dims = [self.number("Q") for _ in range(rank)]
            infos.append((name, math.prod(dims), self.number("I"), self.number("Q")))
        start = (self.at + alignment - 1) // alignment * alignment
        return [(name, n, kind, start + offset) for name, n, kind, offset in infos]


def q4k_rows(data):
    for name, n, kind, start in Gguf(data).tensors():
        if kind == 12:
            counts = collections.Counter()
            for block in range(n // 256):
                counts.update(data[start + block * 144 + 16 : start + (block + 1) * 144])
            nibbles = collections.Counter()
            for byte, count in counts.items():
                nibbles[byte & 15] += count
                nibbles[byte >> 4] += count
            yield name, n, {"h_nibble": entropy(nibbles.elements())}


def main():
    with open(sys.argv[1]) as file:
        atlas = json.load(file)
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    have = {row["tensor"]: row for row in atlas["rows"]}
    kept, wrong = collections.defaultdict(list), 0
    for name, n, want in (q4k_rows if data[:4] == b"GGUF" else bf16_rows)(data):
        for key, value in want.items():
            if n >= 1000:
                kept[key].append(value)
            if abs(have[name][key] - value) > 1e-3:
                print(f"{name}: {key} {have[name][key]}, want {value}")
                wrong += 1
    if not kept:
        sys.exit("no tensors to compare")
    for key, values in kept.items():
        median = statistics.median(values)
        print(f"{key}: {atlas['summary'][key]:.4f}, want {median:.4f}, {len(values)} tensors")
        wrong += abs(atlas["summary"][key] - median) > 1e-3
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
