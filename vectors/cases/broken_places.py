"""Faults at every place where a kind of value stands: a varint that is not the shortest, a gamma code
that is too long, a check whose value ends what is there; and checks at their very limits. What
follows the fault is right, so that only the check itself can find it."""
from basics import EMBEDDED, UNKNOWN, Bits, sha256, u8, varint
from broken_frames import framed, indexed
from broken_streams import VALUES, streamed
from broken_tables import alphabet
from case import broken, legal
from frames import Frame
from legal_frames import TEXT, one
from legal_profiles import PROFILES
from streams import (Rans, Tables, chunk_payload, field_part, mixture_part, packed, profile_file,
                     row_column_part, table_set)

PADDED = b"\x80\0"  # a zero of two bytes


def legal_cases():
    for size in (126, 127, 128):
        yield legal("one-%d" % size, "%d bytes: a varint's last byte around 127" % size, "CNV-013",
                    one(bytes(range(size))))
    one_set = Tables([0], [{0: 0}])
    for width in (1, 16):
        frame = Frame(EMBEDDED)
        frame.profile(profile_file([table_set(one_set, width)]))
        frame.chunk(chunk_payload("bytes", b"", Rans([0] * 9, 8, one_set, source=2, use=0).bytes()),
                    bytes(9))
        yield legal("profile-width-%d" % width, "a set of width %d" % width, "PRF-017", frame)
    frame = Frame(EMBEDDED)
    frame.profile(profile_file([], [(bytes(32), b"n" * 4096)]))
    frame.stored(TEXT)
    yield legal("profile-name-4096", "a training file's name of 4096 bytes", "PRF-015", frame)


def broken_cases():
    yield from varints()
    yield from profile_varints()
    yield from index_varints()
    yield from tables()
    yield from ends()
    yield stale_set()


def padded(name, text, data, error="BAD_VARINT", clauses="CNV-013 VAL-012"):
    return broken("place-" + name, error, text, clauses, data)


def varints():
    good = Tables.fitted(VALUES, p=10)
    number = Rans(VALUES, 8, good, source=1, use=0)
    number.tables = PADDED + varint(0)
    yield padded("set-number", "the number of a set that is no shortest varint", streamed(number))
    count = Rans(VALUES, 8, Tables.fitted(VALUES, p=10, escape_above=4))
    head = count.head()
    yield padded("escape-count", "an escape_count that is no shortest varint",
                 streamed(head + PADDED + bytes(90)))
    part = row_column_part(1, 10, 8, packed([1] * 5, 5), packed([2] * 10, 5), [])

    def contextual(own):
        return streamed(Rans(VALUES, 8, Tables.fitted(VALUES, [0] * 50, 1, 10), 0, [0] * 50, own, 5))
    yield padded("columns", "columns that are no shortest varint",
                 contextual(part[:2] + bytes([10 | 0x80, 0]) + part[3:]))
    content = b"".join(bytes([i, 63]) for i in range(50))
    first = [int.from_bytes(content[i:i + 2], "little") >> 7 for i in range(0, 100, 2)]
    rest = [content[i] & 127 for i in range(0, 100, 2)]

    def mapped(own):
        stream = Rans(rest, 7, Tables.fitted(rest, p=10), 0, None, own, 5)
        return framed(chunk_payload("bf16.se9m7", b"", packed(first, 9), stream.bytes()), content)
    yield padded("map-runs", "a number of runs that is no shortest varint",
                 mapped(u8(0) + u8(2) + u8(0) + b"\x81\0" + varint(512) + u8(0)))
    yield padded("map-runs-0", "0 runs in two bytes", mapped(u8(0) + u8(2) + u8(0) + PADDED))
    for at in (0, 1):
        lengths = [varint(256), varint(256)]
        lengths[at] = b"\x80\x82\0"
        yield padded("map-length-%d" % at, "the length of run %d that is no shortest varint" % at,
                     mapped(u8(0) + u8(2) + u8(0) + varint(2) + lengths[0] + u8(0) + lengths[1]
                            + u8(0)))
    for at in range(4):
        stream = Rans([i % 7 for i in range(200)], 8, Tables.fitted(range(7), p=9), 3)
        counts = [varint(n) for n in stream.word_counts]
        counts[at] = bytes([stream.word_counts[at] & 127 | 128, stream.word_counts[at] >> 7 | 128, 0])
        body = stream.bytes()[len(stream.head()) + sum(map(len, map(varint, stream.word_counts))):]
        yield padded("word-count-%d" % at, "word_count of segment %d that is no shortest varint" % at,
                     streamed(stream.head() + b"".join(counts) + body, 200))
    part = row_column_part(1, 10, 0, u8(9), u8(9), [])
    yield padded("r-0-nested", "R = 0, and no such coder for the row classes: R is checked first",
                 contextual(part), "BAD_CONTEXT", "CNV-020 CTX-012 VAL-012")


def profile_varints():
    tables = Tables([0], [{0: 0}]).bytes(8)
    named = varint(1) + bytes(32) + varint(1) + b"n"
    kept = varint(0) + varint(0) + u8(8) + u8(8) + u8(0) + tables
    for name, text, body in (
            ("training", "training_count", b"\x81\0" + named[1:] + varint(1) + kept),
            ("name", "name_length", named[:33] + b"\x81\0n" + varint(1) + kept),
            ("sets", "set_count", named + b"\x81\0" + kept),
            ("layout", "a set's layout", named + varint(1) + PADDED + kept[1:]),
            ("field", "a set's field", named + varint(1) + varint(0) + PADDED + kept[2:]),
            ("name-bare", "a name of 4097 bytes that is not there",
             varint(1) + bytes(32) + varint(4097) + b"\0"),
            ("sets-bare", "257 sets that are not there", b"\0" + varint(257)),
            ("width-0-whole", "a set of width 0, with its tables", b"\0" + varint(1) + bytes(2)
             + u8(0) + u8(8) + u8(0)
             + Bits().put(0, 1).gamma(1).put(0, 1).gamma(1).gamma(1).put(0, 10).bytes()),
            ("width-0-bare", "a set of width 0 and no tables",
             b"\0" + varint(1) + bytes(2) + u8(0) + u8(8) + u8(0)),
            ("p-bare", "a set of p = 7 and no tables",
             b"\0" + varint(1) + bytes(2) + u8(8) + u8(7) + u8(0))):
        frame = Frame(EMBEDDED)
        frame.profile(profile_file(None, body=body))
        frame.stored(TEXT)
        yield padded("profile-" + name, "in a profile: " + text, frame, "PROFILE_BAD",
                     "PRF-001 CNV-013")


def index_varints():
    n = len(TEXT)
    blocks = bytes([1, 0, 2 * (n + 3), n])
    region = [b"\0", b"\1", b"\5", bytes([n]), b"\0", b"\1"]  # dtype, rank, dim, length, ...
    for at, what in enumerate(("dtype", "rank", "dim", "length", "shared", "suffix_length")):
        changed = list(region)
        changed[at] = bytes([region[at][0] | 0x80, 0])
        yield padded("index-" + what, "a region's %s that is no shortest varint" % what,
                     indexed(blocks + b"\1" + b"".join(changed) + b"x"), clauses="IDX-001 CNV-013")
    yield padded("index-regions", "a region_count that is no shortest varint",
                 indexed(blocks + b"\x81\0" + b"".join(region) + b"x"), clauses="IDX-001 CNV-013")
    for name, text, rows in (
            ("dtype-bare", "a dtype of 2^16, without rank and dimensions",
             varint(1) + varint(1 << 16) + bytes([n, 0, 0])),
            ("rank-bare", "nine dimensions that are not there",
             varint(1) + b"\0\x09" + bytes([n, 0, 0])),
            ("shared-bare", "a name that shares 7 bytes with none, without a suffix",
             varint(1) + bytes([0, 0, n, 7])),
            ("suffix-bare", "a suffix of 4097 bytes that are not there",
             varint(1) + bytes([0, 0, n, 0]) + varint(4097)),
            ("length-bare", "a region that passes the content, without a name; then a good one",
             varint(2) + bytes([0, 0, n + 1]) + bytes([0, 0, n, 0, 0])),
            ("start-bare", "a region inside a block, without a name; then one for the rest",
             varint(3) + bytes([0, 0, 1, 0, 0]) + bytes([0, 0, 1]) + bytes([0, 0, n - 1, 0, 0]))):
        yield padded("index-" + name, text, indexed(blocks + rows), "BAD_INDEX", "IDX-001 IDX-007")


def tables():
    for at, what in enumerate(("run", "gap", "skip + 1", "drop + 1")):
        bits = Bits().put(0, 8).put(0, 1)
        for i in range(at):
            bits.gamma(1)
            if i == 0:
                bits.put(int(at == 1), 1)
        if at > 1:  # no gap
            bits = Bits().put(0, 8).put(0, 1).gamma(1).put(0, 1)
            bits = bits.gamma(1) if at == 3 else bits
        bits.put(0, 17).put(1, 1).put(0, 17).put(1, 1).gamma(1).gamma(1).put(0, 2).put(9, 8)
        yield padded("gamma-%d" % at, "%s: a gamma code of 17 zero bits" % what,
                     streamed(u8(3) + u8(8) + bits.bytes() + bytes(60)), "BAD_TABLE", "TBL-002")
    short = Bits().put(0, 9).gamma(4).put(1, 1)
    assert short.count == 15
    bits = Bits().put(0, 9).gamma(4).put(1, 1).put(0, 17)
    yield padded("gamma-end", "17 zero bits, and the payload's end right behind them",
                 streamed(u8(3) + u8(8) + bits.bytes()), "BAD_TABLE", "TBL-002 VAL-015")
    bits = Bits().put(0, 9).gamma(4).put(1, 1).put(0, 16).put(1, 1)
    yield padded("gamma-16-end", "16 zero bits and a one, and the payload's end",
                 streamed(u8(3) + u8(8) + bits.bytes()), "PAYLOAD_SHORT", "TBL-002 VAL-013")
    for name, text, escape, run in (("escape", "256 symbols and an escape", 1, 256),
                                    ("p8", "257 symbols", 0, 257)):
        bits = Bits().put(0, 10).put(escape, 1).gamma(run)
        yield padded("symbols-" + name, text + " at p = 8, and the payload's end behind the run",
                     framed(chunk_payload("bf16.e8m2", b"", u8(3) + u8(8) + bits.bytes()), bytes(6)),
                     "BAD_TABLE", "TBL-004")
    bits = alphabet(250, 1, 9, 1)
    bits.gamma(1).gamma(1).put(0, 2).put(9, 8)
    yield padded("gap-past", "a gap past the last value and a run of one", streamed(
        u8(3) + u8(8) + bits.bytes() + bytes(60)), "BAD_TABLE", "TBL-004")


def ends():
    data = PROFILES["no-sets"]
    frame = Frame(profile_name=sha256(data))
    frame.repeat(frame.stored(TEXT), TEXT)
    yield broken("place-repeat-named", "BAD_ORDER", "a REPEAT without HAS_REPEATS, a profile named",
                 "BLK-003", frame, ("no-sets",))
    frame = Frame(profile_name=sha256(data))
    frame.stored(TEXT)
    yield broken("place-digest-named", "RESERVED", "a digest without CONTENT_SHA256, a profile named",
                 "FRM-064", frame.bytes(digest=sha256(TEXT)), ("no-sets",))
    yield padded("size-2-60", "content_size 2^60, the greatest, and less content",
                 one(TEXT, content_size=1 << 60), "BAD_LENGTH", "FRM-055 BLK-007")
    for flags, text in ((0x40, "a reserved flag"), (0x80, "another reserved flag")):
        frame = one(TEXT, flags=flags, content_size=UNKNOWN)
        yield padded("flag-%x" % flags, text, frame, "RESERVED", "FRM-052")
    part = mixture_part(2, 4, packed([0, 1, 0, 1], 1))
    stream = Rans(VALUES, 8, Tables.fitted(VALUES, [0] * 50, 2, 10), 0, [0] * 50, part, 4)
    data = stream.bytes()
    yield padded("mixture-short", "a payload that ends at the cluster ids",
                 streamed(data[:4]), "PAYLOAD_SHORT", "LAY-001")
    yield padded("field-short", "a payload that ends at the field of a FIELD context", streamed(
        u8(5) + u8(10) + field_part(1, 0, [])[:2]), "PAYLOAD_SHORT", "LAY-001")
    frame = Frame(profile_name=sha256(b""))
    frame.stored(TEXT)
    yield padded("empty-profile", "a named profile, and none given", frame, "PROFILE_MISSING",
                 "PRF-002")


def stale_set():
    """The second frame's profile has one set; at the place where the first one's second set had its
    tables it has them, too, so a decoder that kept the first one's list would find them there."""
    long = table_set(Tables(list(range(40)), [{s: (7 * s) % 50 for s in range(40)}], p=9), 8)
    short = table_set(Tables([3, 4], [{0: 9, 1: 9}], p=9), 8)
    name = b"n" * (len(long) - 33)
    assert len(long) > 33
    values = [3, 4] * 20
    data = b""
    for profile, use in ((profile_file([long, short]), 1),
                         (profile_file([short], [(bytes(32), name)]), 1)):
        frame = Frame(EMBEDDED)
        frame.profile(profile)
        frame.chunk(chunk_payload("bytes", b"", Rans(values, 8, Tables([3, 4], [{0: 9, 1: 9}], p=9),
                                                     source=2, use=use).bytes()), bytes(values))
        data += frame.bytes()
    return broken("place-stale-set", "BAD_TABLE", "set 1 of a profile of one set, in a file whose "
                  "frame before had a profile of two", "TBL-030 FRM-004", data)
