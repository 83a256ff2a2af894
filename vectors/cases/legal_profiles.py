"""Legal vectors for chapter 6, the profile files of most vectors, and the small frames that the
damage test spoils bit by bit."""
from basics import DTYPES, EMBEDDED, REPEATS, SHA256, UNKNOWN, Rng, sha256, u16
from case import legal
from frames import Frame
from legal_frames import TEXT, first_value, one
from streams import (Rans, Tables, chunk_payload, mixture_part, packed, profile_file, rans,
                     row_column_part, table_set, zstd_frame, zstd_stream, zstd_values)


def cases():
    yield from profile_cases()
    yield from damage_cases()


def some_profile():
    """Sets for the vectors: 0 of 8 bits, K = 1; 1 with an escape; 2 of K = 4; 3 of 10 bits."""
    ramp = Tables(list(range(10, 20)), [{s: 60 - 4 * s for s in range(10)}], p=10)
    escape = Tables(list(range(4)), [{s: 30 for s in range(4)} | {4: 20}], True, 9)
    four = Tables(list(range(10)), [{s: 10 * k + s for s in range(10)} for k in range(4)], p=11)
    wide = Tables([0, 500, 1023], [{0: 9, 1: 18, 2: 30}], p=14)
    return [ramp, escape, four, wide]


def some_profile_file():
    sets = [table_set(tables, width, layout, 0) for tables, width, layout in zip(
        some_profile(), (8, 8, 8, 10), (0, 0, 0, 16))]
    training = [(sha256(b"model"), b"model.safetensors"), (bytes(32), b"")]
    return profile_file(sets, training)


PROFILES = {"four-sets": some_profile_file(), "no-sets": profile_file([]),
            "bad-version": profile_file([], version=2),
            "sets-256": profile_file([table_set(Tables([i], [{0: 0}]), 8) for i in range(256)])}


def profile_cases():
    data = PROFILES["four-sets"]
    rng = Rng(10)
    values = [10 + rng.skewed(10) for i in range(200)]
    four_ids = [rng.below(4) for i in range(13)]

    def streams():
        ramp, escape, four, wide = some_profile()
        yield "set", "a set as it is", 8, [Rans(values, 8, ramp, source=2, use=0), values]
        for shift in (-10, 236, 50):
            moved = [value + shift for value in values]
            yield "shift%+d" % shift, "a set with its values shifted", 8, [
                Rans(moved, 8, ramp, source=2, use=0, shift=shift), moved]
        moved = [rng.skewed(256) for i in range(90)]
        yield "escape", "a set with an escape", 8, [
            Rans(moved, 8, escape, 1, source=2, use=1, shift=2), moved]
        moved = [value - 10 for value in values]
        yield "k4", "a set of four tables for a mixture", 8, [
            Rans(moved, 8, four, 0, [four_ids[i >> 4] for i in range(200)],
                 mixture_part(4, 4, packed(four_ids, 2)), 4, source=2, use=2), moved]
    for name, text, width, (stream, content) in streams():
        for way in ("named", "embedded"):
            frame = Frame(EMBEDDED) if way == "embedded" else Frame(profile_name=sha256(data))
            if way == "embedded":
                frame.profile(data)
            frame.chunk(chunk_payload("bytes", b"", stream.bytes()), bytes(content))
            yield legal("profile-%s-%s" % (name, way), "%s; the profile is %s" % (text, way),
                        "PRF-002 PRF-003 TBL-030 TBL-031", frame,
                        profiles=() if way == "embedded" else ("four-sets",))
    frame = Frame(profile_name=sha256(data))
    frame.stored(TEXT)
    yield legal("profile-unused", "a named profile that no stream uses, given among others",
                "PRF-002", frame, profiles=("no-sets", "four-sets", "sets-256"))
    content = b"".join(u16(v << 5) for v in [0, 500, 1023, 1023] * 9)
    frame = Frame(EMBEDDED)
    frame.profile(data)
    symbols = [0, 500, 1023, 1023] * 9
    frame.coded("bf16.e8m2", content, Rans(symbols, 10, some_profile()[3], source=2, use=3).bytes(),
                packed)
    yield legal("profile-wide", "a set over 10 bits", "PRF-017 TBL-031", frame)
    frame = Frame(EMBEDDED)
    frame.profile(PROFILES["sets-256"])
    frame.chunk(chunk_payload("bytes", b"", Rans([255] * 9, 8, Tables([255], [{0: 0}]), source=2,
                                                 use=255).bytes()), b"\xff" * 9)
    yield legal("profile-set-255", "the last of 256 sets", "PRF-016 TBL-030", frame)
    frame = Frame(EMBEDDED)
    frame.profile(PROFILES["no-sets"])
    yield legal("profile-no-sets", "a profile of no sets, a frame of no content", "PRF-016", frame)
    inner = one(TEXT, profile_name=sha256(data)).bytes() + one(TEXT).bytes()
    frame = Frame(EMBEDDED)
    frame.profile(PROFILES["sets-256"])
    frame.stored(b"third")
    yield legal("profile-frames", "frames with a named, no, and an embedded profile", "FRM-004",
                inner + frame.bytes(), TEXT + TEXT + b"third", ("four-sets",))


# ---- small frames that the damage test spoils bit by bit

def damage_cases():
    rng = Rng(11)
    values = [rng.skewed(12) for i in range(40)]
    rows, columns, thresholds = [0, 3, 1, 2], [rng.below(4) for i in range(10)], [2, 4]
    contexts = [sum(1 for t in thresholds if t <= rows[i // 10] + columns[i % 10])
                for i in range(40)]
    part = row_column_part(3, 10, 4, packed(rows, 5), rans(columns, 5, 8, escape_above=2),
                           thresholds)
    tables = Tables.fitted(values, contexts, 3, 9, escape_above=6)
    frame = Frame(SHA256)
    frame.chunk(chunk_payload("bytes", b"", Rans(values, 8, tables, 0, contexts, part, 5).bytes()),
                bytes(values))
    yield legal("damage-contexts", "ROW_COLUMN, nested RANS, escapes: for the damage test",
                "CTX-010", frame)
    ramp = Tables(list(range(4)), [{s: 30 * s for s in range(5)}, {2: 9, 3: 1, 4: 20}], True, 8)
    values = [rng.skewed(9) for i in range(64)]
    ids = [1, 0, 1, 0]
    stream = Rans(values, 8, ramp, 0, [ids[i >> 4] for i in range(64)],
                  mixture_part(2, 4, packed(ids, 1)), 4, source=2, use=0, shift=1)
    frame = Frame(EMBEDDED, content_size=UNKNOWN)
    frame.profile(profile_file([table_set(ramp, 8)], [(bytes(32), b"x")]))
    frame.region(0, DTYPES["BF16"], (0, 7), b"model.none")
    frame.chunk(chunk_payload("bytes", b"", stream.bytes()), bytes(values))
    frame.region(64, DTYPES["U8"], (64,), b"model.some")
    yield legal("damage-profile", "embedded profile, RANS_MIXTURE, shift: for the damage test",
                "PRF-003", frame)
    frame = Frame(REPEATS | SHA256)
    at = frame.coded("f8e5m2.e5m2", bytes(rng.below(9) for i in range(30)),
                     lambda v, w: zstd_stream(zstd_frame(zstd_values(v, w), check=True)),
                     packed)
    frame.region(30, DTYPES["F8_E5M2"], (5, 6), b"a")
    frame.block(0xB7, b"private")
    frame.repeat(at, frame.content[:30])
    frame.coded("planes2", b"\7\xff" * 9 + b"!", first_value, rans)
    frame.region(49, 0, (), b"ab")
    yield legal("damage-repeats", "ZSTD, CONSTANT, extension, REPEAT: for the damage test",
                "BLK-012", frame)
