"""Canonical frames of what model files hold at their edges: every value of each 8-bit type, the ends and
the oddities of every float, tensors whose elements are all equal, whole files of GGUF and safetensors."""
import json

from basics import REGISTRY, Rng, u8, u16, u32, u64
from canonical import case

FLOATS = {"F16": (5, 10), "BF16": (8, 7), "F32": (8, 23), "F64": (11, 52)}  # bits of exponent, mantissa
BYTES = ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0", "I8", "U8")


def cases():
    for dtype in BYTES:
        for name, content in (("every", bytes(range(256)) * 4), ("ends", ends_of_bytes())):
            yield case("domain-%s-%s" % (dtype.lower(), name), "%s: %s" % (dtype, {
                "every": "each of its 256 values four times",
                "ends": "zeros of both signs, NaN, infinities, subnormals and greatest values alone"}[name]),
                "CAN-041 LAY-004", content, "--dtype", dtype, "--shape", "4x%d" % (len(content) // 4))
    for dtype, (exponent, mantissa) in FLOATS.items():
        size = (1 + exponent + mantissa) // 8
        content = b"".join(value.to_bytes(size, "little") for value in edges(exponent, mantissa))
        for level in ("default", "max"):
            yield case("domain-%s-edges-%s" % (dtype.lower(), level), "%s: zeros, subnormals, infinities, "
                       "quiet and signalling NaN with payloads, greatest values, of both signs, level %s"
                       % (dtype, level), "CAN-041 LAY-004", content, "--level", level, "--dtype", dtype,
                       "--shape", "%d" % (len(content) // size))
    yield from equal_tensors()
    yield case("domain-tied", "two tensors of one content and two names, a third of another length",
               "CAN-071", tied() * 2 + tied()[:4096], "--repeats", "--region", "8192:BF16:64x64:embedding",
               "--region", "8192:BF16:64x64:output", "--region", "4096:BF16:32x64:half")
    yield from whole_files()


def ends_of_bytes():
    rng = Rng(40)
    some = [0x00, 0x80, 0x01, 0x81, 0x07, 0x08, 0x7E, 0xFE, 0x7F, 0xFF, 0x7B, 0x7C, 0xFC, 0x7D, 0xFD]
    return bytes(some[rng.below(len(some))] for i in range(1024))


def edges(exponent, mantissa):
    """Bit patterns, each with both signs, drawn so that none stands in a row for long."""
    top = ((1 << exponent) - 1) << mantissa
    quiet = 1 << (mantissa - 1)
    some = [0, 1, 2, (1 << mantissa) - 1, 1 << mantissa, (1 << mantissa) + 1, top - 1, top - (1 << mantissa),
            top, top + 1, top + quiet - 1, top + quiet, top + quiet + 1, top + (1 << mantissa) - 1,
            top // 2 & ~quiet, (top // 2 >> mantissa) << mantissa]
    rng = Rng(41)
    return [some[rng.below(len(some))] | rng.below(2) << (exponent + mantissa) for i in range(600)]


def equal_tensors():
    for dtype, value in (("F16", u16(0x3C00)), ("F32", u32(0x3F800000)), ("F64", u64(0x3FF << 52)),
                         ("F8_E4M3", u8(0x38)), ("F16", u16(0x7E00)), ("BF16", u16(0x8000))):
        yield case("domain-equal-%s-%x" % (dtype.lower(), int.from_bytes(value, "little")),
                   "a tensor of %s whose elements are all %s" % (dtype, value[::-1].hex()), "RAW-010",
                   value * 640, "--dtype", dtype, "--shape", "20x32")
    rng = Rng(42)
    for row in REGISTRY["dtypes"]:
        if row["name"] in ("Q4_0", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "MXFP4"):
            size = row["block_bytes"]
            for name, block in (("equal", rng.bytes(size)), ("zero", bytes(size)), ("ones", b"\xff" * size)):
                what = {"equal": "all one block", "zero": "zero", "ones": "ones in every bit"}[name]
                yield case("domain-%s-%s" % (name, row["name"].lower()), "16 blocks of %s that are %s"
                           % (row["name"], what), "RAW-010 CAN-085", block * 16, "--dtype", row["name"],
                           "--shape", "4x%d" % (4 * row["block_elements"]))


def tied():
    rng = Rng(43)
    return b"".join(u16(0x3C00 + rng.skewed(600) | rng.below(2) << 15) for i in range(4096))


def whole_files():
    """As chapter 14 cuts them: header and padding are opaque."""
    rng = Rng(44)
    data = b"".join(u16(0x3C00 + rng.skewed(300)) for i in range(256))
    header = json.dumps({"__metadata__": {"format": "pt"},
                         "b": {"dtype": "BF16", "shape": [8, 32], "data_offsets": [6, 518]},
                         "none": {"dtype": "F32", "shape": [0, 4], "data_offsets": [6, 6]},
                         "new": {"dtype": "F5_E1M3", "shape": [9], "data_offsets": [0, 6]}}).encode() + b"   "
    start = u64(len(header)) + header
    yield case("domain-safetensors", "a safetensors file: metadata, a tensor without elements, one of an "
               "unknown type, offsets in another order than the header, padding", "CUT-001 CUT-022 CUT-023",
               start + b"nibble" + data, "--region", "%d:OPAQUE::" % len(start), "--region", "6:OPAQUE::new",
               "--region", "0:F32:0x4:none", "--region", "512:BF16:8x32:b")
    text = b"GGUF" + u32(3) + u64(1) + u64(1) + u64(17) + b"general.alignment" + u32(4) + u32(64)
    text += u64(1) + b"t" + u32(2) + u64(32) + u64(2) + u32(2) + u64(0)
    text += bytes(-len(text) % 64)
    blocks = b"".join(u16(0x2800 + rng.below(64)) + rng.bytes(16) for i in range(2))
    yield case("domain-gguf", "a GGUF file aligned to 64: two rows of Q4_0 and padding behind them",
               "CUT-001 CUT-012 CUT-016", text + blocks + bytes(28), "--region", "%d:OPAQUE::" % len(text),
               "--region", "36:Q4_0:2x32:t", "--region", "28:OPAQUE::")
