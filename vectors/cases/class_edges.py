"""Class functions where their formulas change: halves with exponents 0 and 1 in one group, scales of
0, 127, 128 and 129, groups whose scales are all 0, minima without a scale [CTX-040]."""
from basics import Rng
from blocks import class_count, class_frame, classed_fields, put_bits
from case import legal
from streams import field_elements


def edged(row, entry, count, seed, way):
    """Random blocks whose scales are edges of the source."""
    rng = Rng(seed)
    out = b""
    for i in range(count):
        block = bytearray(rng.bytes(row["block_bytes"]))
        for field in row["fields"]:
            if field["name"] not in entry["fields"]:
                continue
            for pieces in field_elements(field):
                value = edge(entry, field, way, rng)
                if value is None:
                    continue
                for bit, width in pieces:
                    put_bits(block, bit, width, value & ((1 << width) - 1))
                    value >>= width
        out += bytes(block)
    return out


def edge(entry, field, way, rng):
    """A value for one element, or None to leave it random."""
    name, width = field["name"], field["width"]
    if way == "zero":
        return 0 if rng.below(4) else None
    if name.endswith("_hi") and width in (7, 8):
        return rng.below(24)  # exponents 0, 1 and 2
    if name.endswith("_lo"):
        return rng.below(1 << width)
    if entry.get("source") == "SIGNED":
        return (0, 126, 127, 128, 129, 130, 255, 1)[rng.below(8)]
    if entry.get("source") == "UE4M3":
        return rng.below(2) << 7 | rng.below(20)
    if entry.get("source") == "OFFSET":
        return max(0, min((1 << width) - 1, entry["offset"] - 2 + rng.below(5)))
    return None


def cases():
    seen = set()
    for name, row, field in classed_fields():
        entry = field["class"]
        kind = (entry["function"], entry.get("source"), tuple(entry.get("thresholds", ())))
        if kind in seen:
            continue
        seen.add(kind)
        c = class_count(entry)
        for way in ("low", "zero"):
            content = edged(row, entry, 5 if row["block_bytes"] > 60 else 40, row["id"], way)
            k, runs = (c, []) if c <= 64 else (3, [(c // 2, 1), (1, 0), (c - c // 2 - 1, 2)])
            yield legal("class-edge-%s-%s-%s" % (name, field["name"], way),
                        "%s from scales at the edges of their formula" % entry["function"],
                        "CTX-040 CTX-041", class_frame(name, content, field["name"], k, runs))
