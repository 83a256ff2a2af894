"""Vectors of every block type of ggml whose scales are what arithmetic stumbles over: infinities,
NaN, zeros, subnormals, extremes; and of blocks that the content's end cuts. Fields with a class
function are coded by it, so that each class is taken from such scales [CTX-040]."""
from basics import LAYOUTS, Rng
from blocks import class_count, class_frame, put_bits
from case import legal
from frames import Frame
from streams import field_elements, packed

# Bit patterns by kind: of halves, of floats (Q8_K), of E8M0 (MXFP4), of UE4M3 (NVFP4).
KINDS = {
    "infinite": ("infinite scales of both signs", (0x7C00, 0xFC00, 0x3C00),
                 (0x7F800000, 0xFF800000), (254, 255), (0x7E, 0xFE)),
    "nan": ("NaN scales: quiet, signalling, negative, with payloads", (0x7E00, 0x7C01, 0xFFFF, 0xFD55, 0x3C00),
            (0x7FC00000, 0x7F800001, 0xFFFFFFFF), (255, 127), (0x7F, 0xFF)),
    "zero": ("zero and subnormal scales", (0x0000, 0x8000, 0x0001, 0x83FF, 0x03FF, 0x1C00),
             (0, 0x80000000, 1, 0x807FFFFF), (0, 1, 120), (0, 0x80, 1, 7, 0x38)),
    "extreme": ("the greatest and the smallest normal scales, of both signs",
                (0x7BFF, 0x0400, 0xFBFF, 0x8400, 0x3C00), (0x7F7FFFFF, 0x00800000, 0xFF7FFFFF),
                (1, 253, 127), (0x77, 0x08, 0x87)),
}


def cases():
    for name, row in LAYOUTS.items():
        if name.startswith("ggml."):
            yield from layout_cases(name, row)


def layout_cases(name, row):
    label = name.split(".")[1]
    for kind, (text, *patterns) in KINDS.items():
        yield legal("special-%s-%s" % (label, kind), "%s: %s" % (name, text), "LAY-001 CTX-040",
                    coded(name, row, special_blocks(row, patterns)))
    whole = blocks(row, 1, 3)
    yield legal("special-%s-tail" % label, "%s: one block and all of another but a byte" % name,
                "LAY-001 LAY-004", coded(name, row, whole + whole[:-1]))


def special_blocks(row, patterns):
    """Blocks with each pattern in the scale, beside each other one in the min; sub-blocks' own
    scales are the least, the greatest and random ones in turn."""
    halves, floats, e8m0, ue4m3 = patterns
    names = [field["name"] for field in row["fields"]]
    own = {"d_man": floats, "e": e8m0, "d": ue4m3}
    wanted = next((own[n] for n in names if n in own), halves)
    out = []
    for first in wanted:
        for second in wanted:
            if second == first or "dmin_lo" in names or "m_lo" in names or "s_lo" in names:
                block = bytearray(blocks(row, 1, len(out) + 7))
                put_scales(block, row, first, second, len(out))
                out.append(bytes(block))
    while sum(map(len, out)) > 4096:
        del out[1::2]
    return b"".join(out)


def put_scales(block, row, first, second, turn):
    for field in row["fields"]:
        stem, _, part = field["name"].partition("_")
        value = second if stem in ("dmin", "m", "s") else first
        elements = list(field_elements(field))
        if part in ("lo", "hi", "sg") and stem in ("d", "dmin", "m", "s") and len(elements) == 1:
            put(block, elements[0], value >> {"lo": 0, "hi": 7, "sg": 15}[part])
        elif part in ("man", "exp", "sign"):
            put(block, elements[0], value >> {"man": 0, "exp": 21, "sign": 31}[part])
        elif field["name"] in ("e", "d"):
            for i, element in enumerate(elements):
                put(block, element, value if i % 2 == 0 else second)
        elif field["name"] in ("sc", "m") and turn % 3 < 2:
            for i, element in enumerate(elements):
                put(block, element, -((i + turn) % 2))


def put(block, pieces, value):
    """The low bits of `value` in the first piece, the next in the next."""
    for bit, width in pieces:
        put_bits(block, bit, width, value & ((1 << width) - 1))
        value >>= width


def blocks(row, count, seed):
    return Rng(seed).bytes(count * row["block_bytes"])


def coded(name, row, content):
    """A chunk with each field that has a class function under its identity map, one at most, and
    the other fields PACKED."""
    with_class = [field for field in row["fields"] if "class" in field]
    if with_class and len(content) >= row["block_bytes"]:
        field = with_class[-1]
        c = class_count(field["class"])
        runs = [] if c <= 64 else [(c // 2, 1), (c - c // 2, 0)]
        return class_frame(name, content, field["name"], min(c, 64) if not runs else 2, runs)
    frame = Frame(limit_log2=16)
    frame.coded(name, content, *[packed for field in row["fields"]])
    return frame
