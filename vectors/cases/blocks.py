"""Vectors for what quantised types need: context function BLOCK_CLASS with the class functions of
the registry, coder LIFT, and the standard profile's sets."""
from basics import LAYOUTS, SPEC, Rng, u16, u8, varint
from case import broken, legal
from frames import Frame
from streams import (Rans, Tables, chunk_payload, constant, field_elements, field_part, lift,
                     mixture_part, packed, rans, read_profile, split)

STANDARD = read_profile((SPEC / "standard.profile").read_bytes())


# ---- class functions [CTX-040], from the tables of chapter 4

def half(low, high):
    exponent, mantissa = high >> 3, (high & 7) * 128 + low
    return (mantissa + 1024) * 2 ** (exponent - 1) if exponent else mantissa


def ue4m3(value):
    exponent, mantissa = value // 8 % 16, value % 8
    return (mantissa + 8) * 2 ** (exponent - 1) if exponent else mantissa


def grouped(values, size):
    return [values[i:i + size] for i in range(0, len(values), size)]


def ratios(entry, scales):
    out = []
    for group in grouped(scales, entry["group"]):
        for scale in group:
            x = 64 * scale * len(group) // sum(group) if sum(group) else 64
            out.append(len([t for t in entry["thresholds"] if t <= x]))
    return out


def classes(entry, fields):
    """The class of each sub-block; `fields` maps a name to its values."""
    read = [fields[name] for name in entry["fields"]]
    function, source = entry["function"], entry["source"]
    if function == "LOGDIFF":
        out = []
        for group in grouped(read[0], entry["group"]):
            for e in group:
                step = entry["factor"] * (e * len(group) - sum(group)) // len(group)
                out.append(max(0, min(entry["steps"] - 1, step + entry["steps"] // 2)))
        return out
    if source == "BLOCK":
        d = [half(*pair) for pair in zip(read[0], read[1])]
        dmin = [half(*pair) for pair in zip(read[2], read[3])]
        each = len(read[4]) // len(d)
        if function == "MPRED":
            out = []
            for i, sc in enumerate(read[4]):
                unit = 2 * dmin[i // each]
                wanted = 2 * entry["factor"] * d[i // each] * sc
                out.append(min(63, (wanted + unit) // (2 * unit) if unit else 63) // 4)
            return out
        own = read[4]
        scales = [d[i // each] * sc for i, sc in enumerate(own)]
        mins = [dmin[i // each] * m for i, m in enumerate(read[5])]
    else:
        own = {"HALF": lambda: [half(*pair) for pair in zip(read[0], read[1])],
               "UE4M3": lambda: [ue4m3(v) for v in read[0]],
               "SIGNED": lambda: [256 - v if v > 127 else v for v in read[0]],
               "OFFSET": lambda: [abs(v - entry["offset"]) for v in read[0]]}[source]()
        if function == "RATIO":
            return ratios(entry, own)
        scales = own
        mins = [half(low, high) * sign for low, high, sign in zip(*read[2:5])]
    out = []
    for scale, least, ratio in zip(scales, mins, ratios(entry, own)):
        zero = entry["num"] * least // (entry["den"] * scale) if scale else 0
        place = max(0, min(entry["steps"] - 1, zero - entry["low"]))
        out.append(place * (len(entry["thresholds"]) + 1) + ratio)
    return out


def class_count(entry):
    return entry.get("steps", 1) * (len(entry.get("thresholds", ())) + 1)


# ---- frames

def classed_fields():
    for name, row in LAYOUTS.items():
        for field in row["fields"]:
            if "class" in field:
                yield name, row, field


def blocks_of(row, count, seed):
    """Random blocks; some are zero, and most halves are those of small scales."""
    rng = Rng(seed)
    out = b""
    for i in range(count):
        block = bytearray(rng.bytes(row["block_bytes"]))
        if rng.below(8) == 0:
            block = bytearray(row["block_bytes"])
        elif rng.below(8) < 7:
            for field in row["fields"]:
                if field["name"].endswith("_hi") and field["width"] == 8:
                    (bit, _), = next(field_elements(field))
                    put_bits(block, bit, 8, 20 + rng.below(12))
                if field["name"] == "e":
                    put_bits(block, 0, 8, 120 + rng.below(5))
        out += bytes(block)
    return out


def put_bits(block, bit, width, value):
    whole = int.from_bytes(block, "little")
    whole = whole & ~(((1 << width) - 1) << bit) | value << bit
    block[:] = whole.to_bytes(len(block), "little")


def class_frame(name, content, field_name, k, runs, stream_of=None, function=3):
    """The field under BLOCK_CLASS with this map, the other fields PACKED."""
    row = LAYOUTS[name]
    values, _ = split(row, content)
    fields = {field["name"]: v for field, v in zip(row["fields"], values)}
    field = next(f for f in row["fields"] if f["name"] == field_name)
    own = classes(field["class"], fields)
    mapped = [c for length, c in runs for i in range(length)] or list(range(k))
    sub = len(fields[field_name]) // len(own)
    contexts = [mapped[own[i // sub]] for i in range(len(fields[field_name]))]
    part = u8(k - 1) + u8(function) + varint(len(runs))
    part += b"".join(varint(n) + u8(c) for n, c in runs)
    p = max(8, field["width"] + 1, min(11, 17 - (k - 1).bit_length()))

    def inner(elements, coded=None):
        tables = Tables.fitted(elements, contexts, k, p)
        return Rans(elements, field["width"], tables, 1, contexts, part, 5, coded=coded).bytes()
    stream = stream_of(fields[field_name], field["width"], inner) if stream_of else \
        inner(fields[field_name])
    frame = Frame(limit_log2=16)
    frame.coded(name, content, *[stream if f["name"] == field_name else packed
                                 for f in row["fields"]])
    return frame


def class_cases():
    for name, row, field in classed_fields():
        entry = field["class"]
        few = row["block_bytes"] > 60
        content = blocks_of(row, 3 if few else 21, row["id"])
        c = class_count(entry)
        label = "%s-%s" % (name, field["name"])
        text = "%s by %s of %s, " % (field["name"], entry["function"], " ".join(entry["fields"]))
        if c <= 64:
            yield legal("class-" + label, text + "the identity map", "CTX-025 CTX-026 CTX-040",
                        class_frame(name, content, field["name"], c, []))
        runs = [(c // 2, 1), (1, 0), (c - c // 2 - 1, 2)]
        yield legal("class-%s-map" % label, text + "a map to three tables", "CTX-025 CTX-026",
                    class_frame(name, content, field["name"], 3, runs))
    rng = Rng(33)
    exponents = [120] * 7 + [121] + [119] + [120] * 7 + [121, 120, 121]  # quotients of -1/2, 1/2
    content = b"".join(bytes([e]) + rng.bytes(16) for e in exponents)
    yield legal("class-logdiff-down", "LOGDIFF of negative fractions: rounded down", "CTX-041",
                class_frame("ggml.mxfp4", content, "q", 8, []))
    content = blocks_of(LAYOUTS["ggml.q4_0"], 40, 5)
    yield legal("field-identity", "FIELD with 0 runs: a table for each of 16 values", "CTX-026",
                identity_frame())
    yield legal("class-lift", "LIFT over BLOCK_CLASS, two lifts", "RNS-034 RNS-035",
                class_frame("ggml.q4_0", content, "q", 8, [], two_lifts))


def two_lifts(values, width, inner):
    positions = [[first_of(values, i, 32, k) for i in range(len(values) // 32)] for k in range(2)]
    return lift(values, width, 5, positions, inner)


def first_of(values, block, size, k):
    """Somewhere within what lift k may reach: early, in the middle, or just the last."""
    return [0, size // 2, size - 1 - k][(block + k) % 3]


def identity_frame():
    """f8e4m3.e4: the low half under the exponent."""
    rng = Rng(31)
    content = bytes(rng.below(256) for i in range(300))
    (first, second), _ = split(LAYOUTS["f8e4m3.e4"], content)
    stream = Rans(second, 4, Tables.fitted(second, first, 16, 9), 1, first,
                  field_part(16, 0, []), 5)
    frame = Frame()
    frame.coded("f8e4m3.e4", content, packed, stream.bytes())
    return frame


# ---- LIFT on bytes

def lift_frame(log2, lifts, count, inner=None, nested=packed, lanes=0, escape_above=None):
    rng = Rng(40 + log2)
    values = [rng.skewed(30) for i in range(count)]
    positions = [[first_of(values, i, 1 << log2, k) for i in range(count >> log2)]
                 for k in range(lifts)]

    def one_table(elements, coded):
        used = [v for v, c in zip(elements, coded) if c]
        tables = Tables.fitted(used, p=10, escape_above=escape_above)
        return Rans(elements, 8, tables, lanes, coded=coded).bytes()
    frame = Frame(limit_log2=16)
    stream = lift(values, 8, log2, positions, inner or one_table, nested)
    frame.chunk(chunk_payload("bytes", b"", stream), bytes(values))
    return frame


def lift_cases():
    for log2 in (2, 3, 5, 8):
        for lifts in (1, 2):
            yield legal("lift-%d-%d" % (log2, lifts), "sub-blocks of %d, lifts %d"
                        % (1 << log2, lifts), "RNS-030 RNS-031 RNS-034 RNS-035",
                        lift_frame(log2, lifts, 768))
    for lanes in (1, 2, 3):
        yield legal("lift-lanes%d" % lanes, "lanes that do not step, lanes code %d" % lanes,
                    "RNS-034", lift_frame(5, 2, 1056, lanes=lanes))
    yield legal("lift-escapes", "escapes among the coded elements only", "RNS-034 RNS-004",
                lift_frame(3, 1, 400, escape_above=5))
    yield legal("lift-nested-rans", "positions and values coded with RANS", "RNS-030 CTX-001",
                lift_frame(4, 2, 640, nested=lambda v, w: rans(v, w, 9)))
    yield legal("lift-all-constant", "a sub-block for each four elements, positions CONSTANT",
                "RNS-030", lift_frame(2, 1, 40, nested=lambda v, w: (
                    constant(0, w) if len(set(v)) == 1 else packed(v, w))))


# ---- the standard profile

def standard_cases():
    for number, (layout, field, width, tables) in enumerate(STANDARD):
        name = next(n for n, row in LAYOUTS.items() if row["id"] == layout)
        yield legal("standard-%d" % number, "set %d of the standard profile, made for %s, field %d"
                    % (number, name, field), "TBL-030 TBL-031",
                    standard_frame(number, name, width, tables))


def standard_frame(number, name, width, tables):
    """A chunk of bf16.e8m2's first field or, where that is too narrow or the set is wide, another:
    any field of at least the set's values will do [PRF-004]."""
    rng = Rng(60 + number)
    k = len(tables.tables)
    ids = [i % k for i in range(k + 1)]
    values, contexts = [], []
    for i in ids:
        present = [s for s in sorted(tables.tables[i]) if s < len(tables.alphabet)]
        for j in range(16):
            values.append(tables.alphabet[present[rng.below(len(present))]] if present else 0)
            contexts.append(i)
    shift = 3 if max(tables.alphabet) + 3 < 1024 else 0
    values = [value + shift for value in values]
    part = mixture_part(k, 4, packed(ids, max(1, (k - 1).bit_length())))
    content = b"".join(u16(value << 5) for value in values)
    frame = Frame()
    frame.coded("bf16.e8m2", content, Rans(values, 10, tables, 0, contexts, part, 4, source=1,
                                           use=number, shift=shift).bytes(), packed)
    return frame


# ---- broken

def broken_cases():
    yield from broken_lifts()
    row = LAYOUTS["ggml.q4_0"]
    content = blocks_of(row, 4, 77)

    def class_case(name, text, clauses, k, runs):
        """0 runs stands for itself; else the map is written as it is."""
        values, _ = split(row, content)
        part = u8(k - 1) + u8(3) + varint(len(runs)) + b"".join(varint(n) + u8(c)
                                                                for n, c in runs)
        tables = Tables.fitted(values[-1], [0] * 128, k, 9)
        stream = Rans(values[-1], 4, tables, 0, [0] * 128, part, 5).bytes()
        frame = Frame()
        frame.coded("ggml.q4_0", content, packed, packed, packed, stream)
        return broken("class-" + name, "BAD_CONTEXT", text, clauses, frame)
    assert [f["name"] for f in row["fields"]] == ["d_lo", "d_hi", "d_sg", "q"]
    yield broken("context-function-4", "BAD_CONTEXT", "context function 4, in all else like 3",
                 "CTX-005", class_frame("ggml.q4_0", content, "q", 8, [], function=4))
    yield class_case("identity-k", "the identity map of 8 classes with K = 7", "CTX-026", 7, [])
    yield class_case("identity-k9", "the identity map of 8 classes with K = 9", "CTX-026", 9, [])
    yield class_case("map-short", "a map of 7 of 8 classes", "CTX-026", 2, [(7, 0)])
    yield class_case("map-long", "a map of 9 classes where 8 are", "CTX-023", 2, [(9, 0)])
    yield class_case("map-context", "context 2 with K = 2", "CTX-024", 2, [(7, 0), (1, 2)])
    stream = Rans([1, 2] * 20, 8, Tables.fitted([1, 2]), 0, None, u8(0) + u8(3) + u8(0), 5)
    frame = Frame()
    frame.chunk(chunk_payload("bytes", b"", stream.bytes()), bytes([1, 2] * 20))
    yield broken("class-none", "BAD_CONTEXT", "BLOCK_CLASS for a field without a class function",
                 "CTX-025", frame)
    values, other = [1, 2] * 20, [3, 4] * 20
    stream = Rans(other, 8, Tables.fitted(other), 0, None, field_part(1, 0, []), 5)
    frame = Frame()
    frame.chunk(chunk_payload("planes2", b"", packed(values, 8), stream.bytes()), bytes(80))
    yield broken("field-identity-k", "BAD_CONTEXT", "the identity map of 256 values with K = 1",
                 "CTX-026", frame)


def broken_lifts():
    def case(name, error, text, clauses, stream, count=64):
        frame = Frame()
        frame.chunk(chunk_payload("bytes", b"", stream), bytes(count))
        return broken("lift-" + name, error, text, clauses, frame)

    def stream(log2=3, lifts=1, count=64, places=None, inner_coder=None):
        values = [i % 7 for i in range(count)]
        size = 1 << log2
        positions = [[0] * (count // size) for k in range(lifts)]

        def inner(elements, coded):
            data = Rans(elements, 8, Tables.fitted(values, p=9), coded=coded).bytes()
            return data if inner_coder is None else u8(inner_coder) + data[1:]
        made = lift(values, 8, log2, positions, inner)
        if places is not None:  # the positions as they are to be written, each lift's own
            at = 3
            for k in range(lifts):
                new = packed(places[k], log2)
                made = made[:at] + new + made[at + len(new):]
                at += len(new) + 1 + count // size
        return made
    for log2 in (0, 1, 9, 255):
        good = stream()
        yield case("log2-%d" % log2, "LIMIT", "s = %d" % log2, "RNS-030",
                   good[:1] + u8(log2) + good[2:])
    for lifts in (0, 3, 255):
        good = stream()
        yield case("lifts-%d" % lifts, "LIMIT", "lifts = %d" % lifts, "RNS-031",
                   good[:2] + u8(lifts) + good[3:])
    yield case("count", "BAD_LENGTH", "63 elements in sub-blocks of 8", "RNS-033", stream(), 63)
    for coder in (0, 1, 2, 4, 6, 7):
        yield case("inner-%d" % coder, "UNKNOWN_CODER", "an inner stream of coder %d" % coder,
                   "RNS-032 RNS-036", stream(inner_coder=coder))
    yield case("position", "BAD_VALUE", "the second lift's position is the slot of the first",
               "RNS-035", stream(lifts=2, places=[[0] * 8, [0] * 7 + [7]]))
    yield case("nested-zstd", "UNKNOWN_CODER", "positions coded with ZSTD", "CTX-001",
               u8(6) + u8(3) + u8(1) + u8(1) + bytes(50))
    yield case("short", "PAYLOAD_SHORT", "a payload that ends behind s", "LAY-001 VAL-013",
               u8(6) + u8(3))
    escaping = Tables.fitted([i % 7 for i in range(64)], p=9, escape_above=3)

    def too_many(elements, coded):
        made = Rans(elements, 8, escaping, coded=coded)
        made.escape_count = 57
        return made.bytes()
    yield case("escapes", "BAD_ESCAPE", "57 escapes of 56 coded elements", "RNS-004 RNS-034",
               lift([i % 7 for i in range(64)], 8, 3, [[0] * 8], too_many))


def legal_cases():
    yield from class_cases()
    yield from lift_cases()
    yield from standard_cases()
