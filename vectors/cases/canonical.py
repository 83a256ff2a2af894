"""Contents, plans and options whose canonical frame is a vector: what scape-ref encode must write
again byte for byte. Contents come from scape-gen or are made here; frames from scape-ref."""
import subprocess

from basics import REGISTRY, Rng, u16, u32, u64
from case import Case
from legal_frames import TEXT
from streams import Tables, profile_file, table_set


# Of layout bf16.se9m7, for the study's pretrained methods.
SE9M7 = 19


def study_profile(k):
    """Exponents around that of a small weight; mantissas almost even. Not trained, but usable."""
    exponents = Tables(list(range(512)), [
        {v: max(0, 90 - 6 * abs(v % 256 - (119 - 2 * table))) for v in range(512)}
        for table in range(k)], p=12)
    mantissas = Tables(list(range(128)), [{v: 40 - (v + 30 * table) % 128 // 16
                                           for v in range(128)} for table in range(k)], p=12)
    return profile_file([table_set(exponents, 9, SE9M7, 0), table_set(mantissas, 7, SE9M7, 1)],
                        [(bytes(32), b"vectors/canonical.py")])


PROFILES = {"study-k1": study_profile(1), "study-k4": study_profile(4)}


def case(name, text, clauses, content, *arguments, profiles=()):
    return Case(name, text, clauses, content=content, profiles=profiles,
                encode=["--canonical", *arguments])


def cases(programs):
    def generated(dtype, size, seed=1):
        return subprocess.run([programs / "scape-gen", "--raw", "--type", dtype, "--size",
                               str(size), "--seed", str(seed), "-o", "-"],
                              stdout=subprocess.PIPE, check=True).stdout
    yield from plan_cases()
    yield from size_cases(generated)
    yield from weight_cases(generated)
    yield from pattern_cases()
    yield from shape_cases(generated)
    yield from method_cases(generated)
    yield from block_cases(generated)


def plan_cases():
    yield case("empty", "no content", "CAN-010", b"")
    yield case("empty-sha256", "no content, with SHA-256", "CAN-011", b"", "--sha256")
    yield case("empty-unknown-size", "no content of unknown size", "CAN-011", b"",
               "--unknown-size")
    yield case("empty-tensor", "a tensor without elements", "CAN-012", b"", "--region",
               "0:BF16:0x4:none")
    yield case("one-byte", "one opaque byte", "CAN-010", b"a")
    yield case("text", "opaque text", "CAN-012", TEXT * 20)
    yield case("rank-0", "scalars, and what follows them", "CAN-012", bytes(range(30)),
               "--region", "2:BF16::a", "--region", "8:F64::b", "--region", "4:F32::c")
    yield case("one-element", "tensors of one element", "CAN-012", bytes(range(100, 108)),
               "--region", "2:BF16:1:a", "--region", "2:F16:1x1:b", "--region", "4:F32:1:c")
    yield case("region-past-end", "a region that the content's end cuts: its labels go", "CAN-012",
               TEXT, "--region", "20:U8:20:whole", "--region", "100:U8:100:cut",
               "--region", "100:U8:100:gone", "--region", "0:U8:0:none")
    yield case("region-cut-bf16", "content that ends inside a bf16 region: coded as planned",
               "CAN-014", bytes([0, 60, 1, 61]) * 300, "--region", "2000:BF16:10x100:cut")
    yield case("region-half-element", "a bf16 region of an odd length", "CAN-012", TEXT[:33],
               "--region", "33:BF16:16:odd")
    names = []
    for i in range(12):
        names += ["--region", "%d:BF16:%dx2:model.layers.%d.mlp.weight" % (4 * i, i, i)]
    yield case("names", "twelve names that share their starts, the first tensor empty", "CAN-013",
               Rng(1).bytes(264), *names, "--sha256")
    yield case("rank-8", "eight dimensions", "CAN-012", Rng(2).bytes(32), "--dtype", "BF16",
               "--shape", "2x1x2x1x2x1x2x1", "--name", "t")


def size_cases(generated):
    weights = generated("BF16", 8400)
    for count in (1, 2, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097):
        yield case("bf16-%d" % count, "%d bf16 weights" % count, "CAN-020 RNS-003",
                   weights[:2 * count], "--dtype", "BF16", "--shape", str(count), "--name", "w")
    for size in (4095, 4096, 4097, 8192, 8193):
        yield case("chunks-%d" % size, "%d opaque bytes in chunks of 4096" % size, "CAN-011",
                   (TEXT * 200)[:size], "--chunk-log2", "12")
        yield case("chunks-bf16-%d" % size, "%d bytes of bf16 in chunks of 4096" % size,
                   "CAN-011", weights[:size], "--chunk-log2", "12", "--dtype", "BF16")
    yield case("chunks-rows", "rows of 140 bytes: 29 of them in a chunk of 4096", "CAN-011",
               weights[:140 * 60], "--chunk-log2", "12", "--dtype", "BF16", "--shape", "60x70",
               "--name", "rows")
    yield case("chunks-long-rows", "rows longer than a chunk", "CAN-011", weights[:8400],
               "--chunk-log2", "12", "--dtype", "BF16", "--shape", "2x2100")
    rng = Rng(3)
    skewed = bytes(rng.skewed(8) if rng.below(20) == 0 else 5 for i in range(1 << 17))
    yield case("segments-2", "2^16 elements: two segments", "CAN-020", skewed[:1 << 16])
    yield case("segments-4", "2^17 elements: four segments", "CAN-020", skewed)
    block = Rng(4).bytes(4096)
    yield case("repeats", "equal chunks once, the others by REPEAT", "CAN-011 BLK-012",
               block + TEXT * 100 + block + bytes(4096) + block[:4095], "--chunk-log2", "12",
               "--repeats", "--region", "4096:U8:4096:a", "--region",
               "%d:U8::text" % (len(TEXT) * 100), "--region", "4096:U8:64x64:b")
    yield case("repeats-short", "equal chunks too short for REPEAT", "CAN-011",
               TEXT + TEXT, "--repeats", "--region", "%d:U8::a" % len(TEXT), "--region",
               "%d:U8::b" % len(TEXT))


FLOATS = (("BF16", 2), ("F16", 2), ("F32", 4), ("F64", 8), ("F8_E4M3", 1), ("F8_E5M2", 1),
          ("F8_E4M3FNUZ", 1), ("F8_E5M2FNUZ", 1))


def weight_cases(generated):
    for dtype, size in FLOATS:
        for level in ("fast", "default", "max"):
            rows = 32 if size > 4 else 64
            yield case("weights-%s-%s" % (dtype.lower(), level),
                       "%d x 64 generated %s weights, level %s" % (rows, dtype, level),
                       "CAN-020 CAN-030 CAN-041 CAN-043", generated(dtype, 64 * rows * size),
                       "--level", level, "--dtype", dtype, "--shape", "%dx64" % rows, "--name", "w")
    for level in ("default", "max"):
        yield case("contexts-bf16-" + level, "128 x 160 weights with row and column scales, %s"
                   % level, "CAN-020 CTX-010", scaled(128, 160), "--level", level, "--dtype",
                   "BF16", "--shape", "128x160", "--name", "w")
        yield case("contexts-f8-" + level, "160 x 128 f8 weights, level %s" % level,
                   "CAN-020", generated("F8_E4M3", 20480), "--level", level, "--dtype", "F8_E4M3",
                   "--shape", "160x128")
    yield case("sample-bf16", "75000 weights with row and column scales, of which every second "
               "run of 64 is counted", "CAN-061 CAN-041", scaled(300, 250), "--dtype", "BF16",
               "--shape", "300x250", "--name", "w")
    yield case("sample-f8-fast", "100000 f8 weights without rows, of which every third run of 64 "
               "is counted", "CAN-061", generated("F8_E4M3", 100000), "--level", "fast", "--dtype",
               "F8_E4M3")
    for dtype in ("U8", "I16", "I32", "I64", "BOOL", "F8_E8M0", "F4", "F6_E2M3", "C64"):
        yield case("values-" + dtype.lower(), "generated values of type %s" % dtype,
                   "CAN-012", generated(dtype, 3000), "--dtype", dtype)


def scaled(rows, columns):
    """bf16 weights whose exponents follow their row and column closely."""
    rng = Rng(5)
    row = [rng.below(9) for i in range(rows)]
    column = [rng.below(9) for i in range(columns)]
    return b"".join(u16(rng.below(2) << 15
                        | (125 - row[r] - column[c] - min(rng.skewed(8), 4)) << 7 | rng.below(128))
                    for r in range(rows) for c in range(columns))


def pattern_cases():
    every = b"".join(u16(i) for i in range(1 << 16))
    for dtype in ("BF16", "F16"):
        yield case("every-%s" % dtype.lower(), "every bit pattern of %s in order" % dtype,
                   "CAN-041", every, "--level", "max", "--dtype", dtype, "--shape", "256x256")
    rng = Rng(6)
    special = [0x0000, 0x8000, 0x7F80, 0xFF80, 0x7FC0, 0xFFC0, 0x7F81, 0xFF81, 0x7FFF, 0xFFFF,
               0x0001, 0x8001, 0x007F, 0x0080, 0x7F7F, 0xFF7F]
    values = [special[rng.below(16)] if rng.below(3) == 0 else 0x3C00 + rng.below(400)
              for i in range(900)]
    for level in ("fast", "default", "max"):
        yield case("special-bf16-" + level,
                   "NaN payloads, infinities, signed zeros, subnormals among weights, " + level,
                   "CAN-041", b"".join(map(u16, values)), "--level", level, "--dtype", "BF16")
    values = [0x7C00 | rng.below(1024) for i in range(200)] + [
        rng.below(1024) | rng.below(2) << 15 for i in range(200)]
    yield case("special-f16", "f16: NaNs of every payload, subnormals", "CAN-041",
               b"".join(map(u16, values)), "--dtype", "F16")
    values = [0x7F800000 | rng.below(1 << 23) for i in range(100)] + [
        rng.below(1 << 23) | rng.below(2) << 31 for i in range(100)]
    yield case("special-f32", "f32: NaNs, subnormals", "CAN-041", b"".join(map(u32, values)),
               "--dtype", "F32")
    values = [0x7FF << 52 | rng.u64() >> 12 for i in range(80)] + [
        rng.u64() >> 12 | rng.below(2) << 63 for i in range(80)]
    yield case("special-f64", "f64: NaNs, subnormals", "CAN-041", b"".join(map(u64, values)),
               "--dtype", "F64")
    yield case("f32-of-bf16", "f32 weights whose low halves are zero", "CAN-041",
               b"".join(u32((0x3C00 + rng.below(500)) << 16) for i in range(700)), "--dtype",
               "F32", "--shape", "70x10")


def shape_cases(generated):
    rng = Rng(7)
    weights = generated("BF16", 2048, seed=2)
    for level in ("default", "max"):
        more = ("--level", level, "--dtype", "BF16", "--shape", "64x64")
        yield case("constant-" + level, "one symbol: a constant tensor, level " + level, "RAW-010",
                   u16(0x3F80) * 4096, *more)
        yield case("two-values-" + level, "two values, level " + level, "CAN-041",
                   b"".join(u16([0x3F80, 0xBF80][rng.below(2)]) for i in range(4096)), *more)
        yield case("zeros-" + level, "zeros, level " + level, "RAW-010", bytes(8192), *more)
        sparse = b"".join(weights[2 * (i % 1024):2 * (i % 1024) + 2] if rng.below(8) == 0
                          else b"\0\0" for i in range(4096))
        yield case("sparse-" + level, "one weight in eight is not zero, level " + level, "CTX-020",
                   sparse, *more)
        yield case("duplicated-" + level, "eight rows eight times each, level " + level, "ZST-001",
                   b"".join(weights[128 * (r % 8):128 * (r % 8) + 128] for r in range(64)), *more)
    yield case("noise", "bytes that nothing shortens: stored", "CAN-010", rng.bytes(3000))
    yield case("noise-bf16", "random bits as bf16: stored", "CAN-010", rng.bytes(3000), "--dtype",
               "BF16")


def method_cases(generated):
    bf16 = generated("BF16", 12288, seed=3)
    f16 = generated("F16", 8192, seed=3)
    plan = ("--dtype", "BF16", "--shape", "64x96", "--name", "w")
    for method in ("bf16_split", "bf16_split_ctx_k8", "bf16_split_zstd_19", "zstd_19_raw",
                   "zstd_19_bytegrouped"):
        yield case("method-" + method, "the study's method " + method, "CAN-010", bf16, "--method",
                   method, *plan)
    yield case("method-fp16_split", "the study's method fp16_split", "CAN-010", f16, "--method",
               "fp16_split", "--dtype", "F16", "--shape", "64x64")
    yield case("method-other", "bf16_split on opaque bytes", "CAN-010", TEXT * 9, "--method",
               "bf16_split")
    for k, method in ((1, "bf16_split_k1"), (4, "bf16_split_mixture_k4")):
        for embed in ((), ("--embed-profile",)):
            way = "embedded" if embed else "named"
            yield case("method-%s-%s" % (method, way), "%s, its profile %s" % (method, way),
                       "PRF-002 PRF-003 TBL-030", bf16, "--method", method, "--profile",
                       "profiles/study-k%d.profile" % k, *embed, *plan,
                       profiles=() if embed else ("study-k%d" % k,))


def block_cases(generated):
    """Every block type of ggml; small tensors, so most use the standard profile."""
    rows = [row for row in REGISTRY["dtypes"] if row["container"] == "gguf" and row["id"] >= 64]
    for row in rows:
        count = max(4096 // row["block_bytes"] & ~7, 8)
        content = generated(row["name"], count * row["block_bytes"])
        plan = ("--dtype", row["name"], "--shape", "%dx%d" % (8, count // 8
                                                              * row["block_elements"]))
        yield case("block-" + row["name"].lower(), "%d generated blocks of %s" % (
            count, row["name"]), "CAN-001 CTX-025 RNS-030 TBL-030", content, *plan)
    for name in ("Q4_K", "Q8_0", "Q6_K", "MXFP4"):
        row = next(row for row in rows if row["name"] == name)
        content = generated(name, 64 * row["block_bytes"], seed=9)
        for level in ("fast", "max"):
            yield case("block-%s-%s" % (name.lower(), level), "64 blocks of %s, level %s"
                       % (name, level), "CAN-001 CTX-025", content, "--level", level, "--dtype",
                       name, "--shape", "8x%d" % (8 * row["block_elements"]))
    yield case("block-q4_0-tail", "blocks of Q4_0 and half a block", "CAN-001 LAY-001",
               generated("Q4_0", 18 * 40)[:18 * 39 + 9], "--dtype", "Q4_0")
