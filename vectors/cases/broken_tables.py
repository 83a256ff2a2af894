"""Broken vectors for table sets, contexts, sets of profiles and profile files."""
from basics import EMBEDDED, LAYOUTS, UNKNOWN, Bits, sha256, u8, varint
from broken_frames import framed
from broken_streams import VALUES, some_rans, streamed, sym_chunk
from case import broken
from frames import Frame
from legal_frames import TEXT
from legal_profiles import PROFILES, some_profile
from streams import (Rans, Tables, chunk_payload, constant, field_part, mixture_part, packed,
                     profile_file, row_column_part, table_set, zstd_frame, zstd_stream)


def cases():
    yield from table_cases()
    yield from context_cases()
    yield from set_cases()
    yield from profile_cases()


# ---- chapter 4: tables

def bare(bits, p=8, count=50):
    """A stream whose table set is these bits; decoding ends within it."""
    table = bits.bytes() if isinstance(bits, Bits) else bits
    return streamed(u8(3) + u8(p) + table + bytes(60), count)


def alphabet(first, *runs, escape=0, width=8):
    """Runs and gaps in turn."""
    bits = Bits().put(first, width).put(escape, 1)
    for i, length in enumerate(runs):
        bits.gamma(length)
        if i % 2 == 0:
            bits.put(int(i + 1 < len(runs)), 1)
    return bits


def table(bits, skip=0, drop=0):
    return bits.gamma(skip + 1).gamma(drop + 1)


def table_cases():
    yield broken("table-gamma", "BAD_TABLE", "a gamma code of 17 zero bits", "TBL-002",
                 bare(Bits().put(0, 9).put(0, 17).put(1, 1)))
    yield broken("table-gamma-end", "BAD_TABLE", "17 zero bits, and the payload's end",
                 "TBL-002 VAL-015",
                 streamed(u8(3) + u8(8) + Bits().put(0, 9).put(0, 17).bytes()[:4]))
    yield from whole_table_cases()
    yield broken("table-run", "BAD_TABLE", "a run that passes 2^8 values", "TBL-004",
                 bare(alphabet(250, 7)))
    yield broken("table-gap", "BAD_TABLE", "a gap that passes 2^8 values", "TBL-004",
                 bare(alphabet(250, 1, 5, 1)))
    bits = Bits().put(0, 10).put(0, 1).gamma(257)
    yield broken("table-symbols-p8", "BAD_TABLE", "257 symbols at p = 8", "TBL-004",
                 sym_chunk(u8(3) + u8(8) + bits.bytes() + bytes(60)))
    bits = Bits().put(0, 10).put(1, 1).gamma(256)
    yield broken("table-symbols-escape", "BAD_TABLE", "256 symbols and the escape at p = 8",
                 "TBL-004", sym_chunk(u8(3) + u8(8) + bits.bytes() + bytes(60)))
    bits = Bits().put(0, 13).put(0, 1).gamma(4097)
    yield broken("table-symbols-4097", "BAD_TABLE", "4097 symbols at p = 14", "TBL-004",
                 framed(chunk_payload("f64.e11m2", b"", u8(3) + u8(14) + bits.bytes() + bytes(60)),
                        bytes(80)))
    yield broken("table-skip", "BAD_TABLE", "skip and drop of three with two values", "TBL-005",
                 bare(table(alphabet(3, 2), 2, 1)))
    yield broken("table-none", "BAD_TABLE", "a table in which nothing is present", "TBL-006",
                 bare(table(alphabet(3, 2), 1, 1)))
    yield broken("table-none-escape", "BAD_TABLE", "nothing present, escape_present 0", "TBL-006",
                 bare(table(alphabet(3, 2, escape=1), 2, 0).put(0, 1)))
    first = table(alphabet(3, 2)).put(0, 2).put(20, 8)
    yield broken("table-unary", "BAD_TABLE", "a residual of 41 one bits", "TBL-007",
                 bare(first.ones(41).put(0, 1)))
    first = table(alphabet(3, 2)).put(0, 2).put(20, 8)
    yield broken("table-unary-end", "BAD_TABLE", "41 one bits, and the payload's end",
                 "TBL-007 VAL-015",
                 streamed(u8(3) + u8(8) + first.ones(-(first.count + 41) % 8 + 41).bytes()))
    yield broken("table-first-level", "BAD_TABLE", "a first level of 160", "TBL-009",
                 bare(table(alphabet(3, 2)).put(0, 2).put(160, 8).put(0, 1)))
    yield broken("table-escape-level", "BAD_TABLE", "an escape level of 160", "TBL-009",
                 bare(table(alphabet(3, 2, escape=1)).put(1, 1).put(160, 8)))
    yield broken("table-level-high", "BAD_TABLE", "level 159 and one more", "TBL-009",
                 bare(table(alphabet(3, 2)).put(0, 2).put(159, 8).ones(2).put(0, 1)))
    yield broken("table-level-low", "BAD_TABLE", "level 0 and one less", "TBL-009",
                 bare(table(alphabet(3, 2)).put(0, 2).put(0, 8).ones(1).put(0, 1)))
    stream = some_rans()
    used = Bits()
    fitted = Tables.fitted(VALUES, p=10)
    fitted.put_alphabet(used, 8)
    fitted.put_table(used, fitted.tables[0], {}, None)
    assert used.count % 8
    stream.tables = used.put(0, -used.count % 8 - 1).put(1, 1).bytes()
    yield broken("table-pad", "NONZERO_PAD", "a padding bit behind the table set", "TBL-001",
                 streamed(stream))


def whole_table_cases():
    """Streams that would decode if the rule were not."""
    stream = Rans([250, 255] * 25, 8, Tables(list(range(250, 257)), [dict.fromkeys(range(7), 9)]))
    yield broken("table-run-whole", "BAD_TABLE", "256 in an alphabet of 8 bits", "TBL-004",
                 streamed(stream))
    stream = Rans([7] * 20, 13, Tables(list(range(4097)), [dict.fromkeys(range(4097), 0)], p=14))
    yield broken("table-4097-whole", "BAD_TABLE", "a table of 4097 symbols", "TBL-004", framed(
        chunk_payload("f64.e11m2", b"", stream.bytes(), constant(0, 3), *[constant(0, 8)] * 6),
        (7 << 50).to_bytes(8, "little") * 20, limit_log2=16))
    stream = Rans([9] * 50, 8, Tables([3, 4], [{2: 9}], True))
    stream.tables = table(alphabet(3, 2, escape=1), 2, 1).put(1, 1).put(9, 8).bytes()
    yield broken("table-skip-whole", "BAD_TABLE",
                 "skip and drop of three with two values, and the escape", "TBL-005",
                 streamed(stream))
    stream = Rans([3, 4] * 25, 8, Tables([3, 4], [{0: 21, 1: 0}]), rice=0)
    yield broken("table-unary-whole", "BAD_TABLE", "41 one bits, a level in range", "TBL-007",
                 streamed(stream))


# ---- chapter 4: contexts

def context_cases():
    yield from nested_cases()
    yield from mixture_cases()
    yield from row_column_cases()
    yield from field_cases()


def mixed(part, k=2):
    contexts = [0] * len(VALUES)
    return streamed(Rans(VALUES, 8, Tables.fitted(VALUES, contexts, k, 10), 0, contexts, part, 4))


def nested_cases():
    ids = [0, 1, 0, 1]
    own = Tables.fitted(ids, p=8)
    for name, stream in (("zstd", zstd_stream(zstd_frame(bytes(ids)))),
                         ("mixture", Rans(ids, 1, own, coder=4,
                                          part=mixture_part(1, 4, packed([0], 1))).bytes()),
                         ("context", Rans(ids, 1, own, coder=5,
                                          part=field_part(1, 0, [(2, 0)])).bytes()),
                         ("lift", u8(6) + bytes(30)),
                         ("profile", Rans(ids, 1, own, source=2, use=0).bytes())):
        yield broken("nested-" + name, "UNKNOWN_CODER", "a nested stream of this kind", "CTX-001",
                     mixed(mixture_part(2, 4, stream)))
    yield broken("nested-pad", "NONZERO_PAD", "padding of a nested stream", "RAW-002 CTX-001",
                 mixed(mixture_part(2, 4, b"\0\x10")))
    yield broken("nested-value", "BAD_VALUE", "a nested CONSTANT too wide", "RAW-011 CTX-002",
                 mixed(mixture_part(2, 4, b"\2\2")))
    stream = Rans(ids, 1, own)
    stream.words[0].append(1)
    stream.word_counts[0] += 1
    yield broken("nested-words", "RANS_WORDS", "a word too many in a nested stream",
                 "RNS-014 CTX-001", mixed(mixture_part(2, 4, stream.bytes())))


def mixture_cases():
    for log2 in (0, 3, 17, 255):
        yield broken("mixture-log2-%d" % log2, "LIMIT", "2^%d elements an id" % log2, "CTX-003",
                     mixed(mixture_part(2, log2, packed([0] * 4, 1))))
    yield broken("mixture-id", "BAD_CONTEXT", "cluster id 3 with K = 3", "CTX-004",
                 mixed(mixture_part(3, 4, packed([0, 1, 2, 3], 2)), 3))
    yield broken("mixture-id-k1", "BAD_CONTEXT", "cluster id 1 with K = 1", "CTX-004",
                 mixed(mixture_part(1, 4, packed([0, 0, 0, 1], 1)), 1))


def row_column_cases():
    def case(name, text, clauses, part, k=2):
        tables = Tables.fitted(VALUES, [0] * 50, k, 10)
        return broken("row-column-" + name, "BAD_CONTEXT", text, clauses,
                      streamed(Rans(VALUES, 8, tables, 0, [0] * 50, part, 5)))

    def part(k=2, columns=10, classes=8, rows=None, column_classes=None, thresholds=(9,)):
        rows = packed([1] * (50 // max(columns, 1)), 5) if rows is None else rows
        column_classes = packed([2] * columns, 5) if column_classes is None else column_classes
        return row_column_part(k, columns, classes, rows, column_classes, list(thresholds))
    for function in (0, 255):
        yield broken("context-function-%d" % function, "BAD_CONTEXT",
                     "context function %d" % function, "CTX-005",
                     streamed(u8(5) + u8(10) + u8(1) + u8(function) + bytes(99)))
    yield case("columns-0", "columns 0", "CTX-011", part(columns=0))
    yield case("columns-51", "51 columns for 50 elements", "CTX-011",
               part(columns=51, rows=packed([1], 5)))
    yield case("columns-huge", "2^64 - 1 columns", "CTX-011",
               u8(1) + u8(1) + varint(UNKNOWN) + bytes(99))
    yield case("r-0", "R = 0", "CTX-012", part(classes=0))
    yield case("r-33", "R = 33", "CTX-012", part(classes=33))
    yield case("row-class", "a row class equal to R", "CTX-013",
               part(classes=8, rows=packed([0, 0, 0, 0, 8], 5)))
    yield case("column-class", "a column class equal to R", "CTX-014",
               part(classes=8, column_classes=packed([0] * 9 + [8], 5)))
    yield case("thresholds", "thresholds that fall", "CTX-015", part(3, thresholds=(9, 8)), 3)


def field_cases():
    content = b"".join(bytes([i, 63 + i % 2]) for i in range(50))

    def case(name, text, clauses, part, k=2, fields=None):
        """The 7-bit field of bf16.se9m7 under contexts."""
        values = [content[i] & 127 for i in range(0, 100, 2)]
        stream = Rans(values, 7, Tables.fitted(values, [0] * 50, k, 10), 0, [0] * 50, part, 5)
        first = [int.from_bytes(content[i:i + 2], "little") >> 7 for i in range(0, 100, 2)]
        return broken("field-" + name, "BAD_CONTEXT", text, clauses, framed(
            chunk_payload("bf16.se9m7", b"", packed(first, 9), stream.bytes()), content))
    yield case("itself", "the field itself as context", "CTX-021", field_part(2, 1, [(128, 0)]))
    yield case("later", "a field number beyond the layout", "CTX-021",
               field_part(2, 2, [(128, 0)]))
    many = [(2, 0)] * 4095 + [(1, 0)] * 2
    stream = Rans([0] * 800, 3, Tables([0], [{0: 0}]), 0, None, field_part(1, 0, many), 5)
    yield broken("field-runs-4097", "BAD_CONTEXT", "4097 runs for 2^13 values", "CTX-022", framed(
        chunk_payload("f64.e11m2", b"", constant(0, 13), stream.bytes(), *[constant(0, 8)] * 6),
        bytes(6400), limit_log2=16))
    yield case("run-0", "a run of no values", "CTX-023", field_part(2, 0, [(0, 0), (512, 0)]))
    yield case("run-long", "a run that passes 2^9 values", "CTX-023",
               field_part(2, 0, [(511, 0), (2, 0)]))
    yield case("run-huge", "a run of 2^64 - 1 values", "CTX-023",
               field_part(2, 0, [(511, 0), (UNKNOWN, 0)]))
    yield case("context", "context 2 with K = 2", "CTX-024", field_part(2, 0, [(511, 0), (1, 2)]))
    yield case("map-short", "runs that leave out the last value", "CTX-020",
               field_part(2, 0, [(511, 0)]))
    row = LAYOUTS["ggml.q4_0"]
    names = [field["name"] for field in row["fields"]]
    values = [0] * 32
    stream = Rans(values, 4, Tables.fitted(values, p=8), 0, None,
                  field_part(1, 0, [(1 << row["fields"][0]["width"], 0)]), 5)
    streams = [stream.bytes() if name == "q" else constant(0, field["width"])
               for name, field in zip(names, row["fields"])]
    yield broken("field-count", "BAD_CONTEXT", "a field with fewer elements a block", "CTX-021",
                 framed(chunk_payload("ggml.q4_0", b"", *streams), bytes(18)))
    if LAYOUTS["ggml.q8_k"]["fields"][0]["width"] > 16:
        wide, narrow = LAYOUTS["ggml.q8_k"]["fields"][:2]
        stream = Rans([0], narrow["width"], Tables([0], [{0: 0}]), 0, None,
                      field_part(1, 0, [(1 << wide["width"], 0)]), 5)
        others = [constant(0, field["width"]) for field in LAYOUTS["ggml.q8_k"]["fields"][2:]]
        yield broken("field-wide", "BAD_CONTEXT", "a field of more than 16 bits", "CTX-021", framed(
            chunk_payload("ggml.q8_k", b"", constant(0, wide["width"]), stream.bytes(), *others),
            bytes(292)))


# ---- chapters 4 and 6: sets and profiles

def with_set(stream, way=EMBEDDED):
    frame = Frame(way)
    if way == EMBEDDED:
        frame.profile(PROFILES["four-sets"])
    frame.chunk(chunk_payload("bytes", b"", stream.bytes()), bytes(50))
    return frame


def set_cases():
    ramp, escape, four, wide = some_profile()
    values = [10 + i % 10 for i in range(50)]

    def case(name, text, clauses, stream, way=EMBEDDED):
        return broken("set-" + name, "BAD_TABLE", text, clauses, with_set(stream, way))
    yield case("none", "table source 2 in a frame without a profile", "TBL-030",
               Rans(values, 8, ramp, source=2, use=0), 0)
    yield case("number", "set 4 of a profile of four", "TBL-030",
               Rans(values, 8, ramp, source=2, use=4))
    yield case("number-huge", "set 2^64 - 1", "TBL-030",
               Rans(values, 8, ramp, source=2, use=UNKNOWN))
    yield case("standard", "set 256 of the standard profile", "TBL-030",
               Rans(values, 8, ramp, source=1, use=256), 0)
    stream = Rans(values, 8, ramp, source=2, use=0)
    stream.mode += 1
    yield case("p", "a set of p = 10 in a stream of p = 11", "TBL-030", stream)
    zeros = [i % 10 for i in range(50)]
    stream = Rans(zeros, 8, four, 0, [0] * 50, mixture_part(3, 4, packed([0] * 4, 2)), 4, source=2,
                  use=2)
    yield case("k", "a set of four tables in a stream of K = 3", "TBL-030", stream)
    for shift in (-11, 237, 65536, 1 << 62, (1 << 63) - 1, -(1 << 63)):
        stream = Rans(values, 8, ramp, source=2, use=0)
        stream.tables = varint(0) + varint(2 * shift if shift >= 0 else -2 * shift - 1)
        yield case("shift%+d" % shift, "values shifted out of [0, 2^8)", "TBL-031", stream)
    stream = Rans([i % 2 for i in range(50)], 10, Tables([0, 1], [{0: 1, 1: 1}], p=14), source=2,
                  use=3)
    yield case("width", "a set over 10 bits in a field of 8", "TBL-031", stream)


def profile_cases():
    good = PROFILES["four-sets"]
    named = Frame(profile_name=sha256(good))
    named.stored(TEXT)
    yield broken("profile-not-given", "PROFILE_MISSING", "a named profile that is not given",
                 "PRF-002", named)
    yield broken("profile-other-given", "PROFILE_MISSING", "only profiles of other digests given",
                 "PRF-002", named, ("no-sets", "sets-256"))
    body = profile_file([])
    one_set = table_set(Tables([0], [{0: 0}]), 8)

    def set_of(width=8, p=8, k=1, tables=None):
        tables = Tables([0], [{0: 0}]).bytes(8) if tables is None else tables
        return varint(0) + varint(0) + u8(width) + u8(p) + u8(k - 1) + tables
    ways = [
        ("magic", "another magic", "PRF-011", profile_file([], magic=body[:7] + b"\r")),
        ("version", "version 2", "PRF-012", profile_file([], version=2)),
        ("reserved", "a reserved bit", "PRF-013", profile_file([], reserved=1 << 16)),
        ("checksum", "a bit of the checksum flipped", "PRF-014", body[:-1] + bytes([body[-1] ^ 1])),
        ("name", "a name of 4097 bytes", "PRF-015",
         profile_file([], [(bytes(32), bytes(4097))])),
        ("sets", "257 sets", "PRF-016", profile_file([one_set] * 257)),
        ("width-0", "a set of width 0", "PRF-017", profile_file([set_of(width=0)])),
        ("width-17", "a set of width 17", "PRF-017", profile_file(
            [set_of(width=17, tables=Bits().put(0, 18).gamma(1).put(0, 1).gamma(1).gamma(1)
                    .put(0, 10).bytes())])),
        ("p-7", "a set of p = 7", "PRF-018", profile_file([set_of(p=7)])),
        ("p-15", "a set of p = 15", "PRF-018", profile_file([set_of(p=15)])),
        ("k-65", "a set of K = 65", "PRF-019", profile_file([set_of(k=65)])),
        ("k-slots", "a set of K = 33 at p = 12", "PRF-019", profile_file([set_of(p=12, k=33)])),
        ("tables", "a table set with a level of 255", "PRF-020", profile_file(
            [set_of(tables=b"\0\2\xff\xff\xff")])),
        ("pad", "a padding bit behind a table set", "PRF-020 TBL-001", profile_file(
            [set_of(tables=Tables([0], [{0: 0}]).bytes(8)[:-1] + b"\x80")])),
        ("set-short", "a set that the body ends within", "PRF-001 VAL-013",
         profile_file([set_of()[:-1]])),
        ("training", "a training list longer than the body", "PRF-001",
         profile_file(None, body=varint(1 << 62))),
        ("varint", "a set_count that is no shortest varint", "PRF-001 CNV-013",
         profile_file(None, body=b"\0\x80\0")),
        ("body-long", "a byte behind the last set", "PRF-001", profile_file(None, body=b"\0\0\0")),
        ("body-length", "a body_length of more than there is", "PRF-001",
         profile_file([], body_length=3)),
        ("long", "a byte behind the checksum", "PRF-001", body + b"\0"),
        ("short", "a profile cut in its header", "PRF-001 VAL-013", body[:14]),
        ("empty", "a profile of no bytes", "PRF-001", b""),
    ]
    for name, text, clauses, data in ways:
        frame = Frame(EMBEDDED)
        frame.profile(data)
        frame.stored(TEXT)
        yield broken("profile-" + name, "PROFILE_BAD", text, clauses, frame)
    bad = Frame(profile_name=sha256(PROFILES["bad-version"]))
    bad.stored(TEXT)
    yield broken("profile-named-bad", "PROFILE_BAD", "a named profile of version 2", "PRF-002", bad,
                 ("bad-version",))
    yield broken("profile-named-order", "PROFILE_BAD",
                 "a bad named profile and no block: checked before the blocks", "PRF-002 FRM-023",
                 bad.bytes()[:64], ("bad-version",))
