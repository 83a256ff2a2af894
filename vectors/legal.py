"""Vectors that a decoder must take: every choice that the format leaves to a writer, also those that
the canonical encoder never makes."""
from case import legal
from frames import (DTYPES, EMBEDDED, LAYOUTS, REPEATS, SHA256, UNKNOWN, Frame, Rans, Rng, Tables,
                    chunk_payload, constant, field_part, mixture_part, packed, profile_file, rans,
                    row_column_part, sha256, skippable, split, table_set, u16, zstd_frame,
                    zstd_stream, zstd_values)

TEXT = b"The quick brown fox jumps over the lazy dog. "


def weights(rng, count):
    """bf16 bytes with few exponents: what trained weights look like from afar."""
    return b"".join(u16(rng.below(2) << 15 | (126 - rng.skewed(12)) << 7 | rng.below(128))
                    for i in range(count))


def cases():
    yield from frame_cases()
    yield from index_cases()
    yield from layout_cases()
    yield from zstd_cases()
    yield from rans_cases()
    yield from table_cases()
    yield from context_cases()
    yield from profile_cases()
    yield from damage_cases()


# ---- chapter 1

def extended(*kinds):
    """Extension blocks of these types around two chunks."""
    frame = Frame()
    frame.block(kinds[0], b"before")
    frame.stored(TEXT)
    frame.block(kinds[1], b"")
    frame.block(kinds[2], bytes(300))
    frame.stored(TEXT[:7])
    frame.block(kinds[3], b"behind")
    return frame


def frame_cases():
    yield legal("stored", "one chunk of layout bytes, PACKED", "FRM-020 BLK-011 RAW-001",
                one(TEXT))
    yield legal("empty", "no content, no block but the index, no region", "BLK-004 IDX-003",
                Frame())
    yield legal("empty-unknown-size", "no content, and the header does not say so", "FRM-022",
                Frame(content_size=UNKNOWN))
    yield legal("one-byte", "content of one byte", "BLK-005", one(b"\xff"))
    yield legal("unknown-size", "content_size is 2^64 - 1", "FRM-022",
                one(TEXT, content_size=UNKNOWN))
    yield legal("sha256", "the trailer holds the content's SHA-256", "FRM-063",
                one(TEXT, flags=SHA256))
    yield legal("sha256-empty", "SHA-256 of no content", "FRM-063", Frame(SHA256))
    yield legal("limit-12", "a chunk of exactly 2^12 bytes, the limit", "FRM-053 BLK-006",
                one(Rng(1).bytes(4096), limit_log2=12))
    yield legal("limit-26", "the greatest chunk_limit_log2", "FRM-053", one(TEXT, limit_log2=26))
    data = Rng(2).bytes(100)
    yield legal("skippable-only", "a file of one skippable frame has no content", "FRM-010",
                skippable(data), b"")
    yield legal("skippable-empty", "a skippable frame without data", "FRM-012", skippable(b""),
                b"")
    yield legal("skippable-around", "skippable frames before, between and behind", "FRM-001",
                skippable(b"a") + one(TEXT).bytes() + skippable(data) + one(b"x").bytes()
                + skippable(b""), TEXT + b"x")
    yield legal("joined", "three content frames, one empty, each with other flags",
                "FRM-001 FRM-004", one(TEXT, flags=SHA256).bytes() + Frame().bytes()
                + one(TEXT[::-1], content_size=UNKNOWN, limit_log2=20).bytes(), TEXT + TEXT[::-1])
    yield legal("extensions", "extension blocks at every place, of each kind of number",
                "BLK-001 IDX-002 REG-012", extended(0x80, 0x9F, 0xA0, 0xBF))
    frame = Frame(EMBEDDED)
    frame.profile(profile_file([]))
    frame.block(0x80, b"behind the profile")
    frame.stored(TEXT)
    yield legal("extension-after-profile", "the gap of the first block counts from the PROFILE",
                "BLK-002 IDX-002", frame)
    yield from repeat_cases()
    content = TEXT * 5
    at_limit = zstd_frame(content, empty_blocks=(len(content) + 4096 - 16 - len(content)) // 3)
    payload = chunk_payload("bytes", b"", zstd_stream(at_limit))
    frame = Frame()
    frame.chunk(payload, content)
    assert len(payload) <= len(content) + 4096 < len(payload) + 3
    yield legal("payload-long", "a payload nearly 4096 bytes longer than its content", "BLK-008",
                frame)


def one(content, **header):
    frame = Frame(**header)
    if content:
        frame.stored(content)
    return frame


def repeat_cases():
    yield legal("repeats-none", "HAS_REPEATS without a REPEAT", "BLK-003", one(TEXT, flags=REPEATS))
    frame = Frame(REPEATS | SHA256)
    first = frame.stored(TEXT)
    second = frame.stored(TEXT[::-1])
    frame.repeat(first, TEXT)
    frame.repeat(second, TEXT[::-1])
    frame.stored(b"between")
    frame.repeat(first, TEXT)
    yield legal("repeats", "five blocks, three of them repeats", "BLK-012 BLK-013", frame)
    frame = Frame(REPEATS)
    frame.block(0x81, b"moves the chunk")
    at = frame.stored(TEXT)
    frame.region(len(TEXT), name=b"wte")
    frame.repeat(at, TEXT)
    frame.region(len(TEXT), name=b"lm_head")
    yield legal("repeats-tied", "two regions of equal content, the second a REPEAT",
                "BLK-012 IDX-004", frame)


def index_cases():
    frame = Frame()
    frame.region(0, DTYPES["BF16"], (0, 4), b"none")
    frame.region(0, 0, (), b"")
    yield legal("regions-empty", "regions of length 0 and nothing else", "IDX-004", frame)
    frame = Frame()
    frame.region(0, name=b"start")
    frame.stored(TEXT)
    frame.region(len(TEXT), name=b"first")
    frame.region(0, name=b"between")
    frame.region(0, name=b"between, too")
    frame.stored(b"xyz")
    frame.region(3, name=b"second")
    frame.region(0, name=b"end")
    yield legal("regions-empty-between", "regions of length 0 wherever a block starts, and at the end",
                "IDX-003 IDX-004", frame)
    frame = Frame()
    frame.stored(TEXT)
    frame.region(len(TEXT), 0xFFFF, (UNKNOWN, 0, 1, 2, 3, 4, 5, 6), b"odd")
    yield legal("labels", "a dtype of no registry, 8 dims that contradict the length",
                "IDX-005 IDX-011 IDX-012", frame)
    frame = Frame()
    long_name = bytes(1 + i % 255 for i in range(4096))
    for name in (b"model.layers.0.q", b"model.layers.0.k", b"model.layers.0.k", b"model",
                 b"model.layers", b"", b"\xff\xfe", long_name, long_name[:4095] + b"!"):
        frame.stored(name[:9] or b"-")
        frame.region(len(name[:9] or b"-"), 0, (len(name),), name)
    yield legal("names", "shared starts, equal names, no name, no UTF-8, 4096 bytes",
                "IDX-006 IDX-013 IDX-014 IDX-015", frame)
    frame = Frame()
    frame.stored(TEXT)
    frame.region(len(TEXT), name=b"abc")
    frame.stored(TEXT)
    frame.index(frame.block_list() + bytes([2, 0, 0, len(TEXT), 0, 3]) + b"abc"
                + bytes([0, 0, len(TEXT), 1, 2]) + b"bd")
    yield legal("names-less-shared", "a name that shares less than it could", "IDX-006", frame)
    frame = Frame()
    for i in range(200):
        frame.stored(bytes([i]))
    yield legal("many-blocks", "200 chunks of one byte in one region", "IDX-002", frame)
    frame = Frame()
    for i in range(150):
        frame.stored(bytes([i, i]))
        frame.region(2, DTYPES["BF16"], (1,), b"layer.%d.weight" % i)
    yield legal("many-regions", "150 regions of one chunk each", "IDX-003 IDX-006", frame)


# ---- chapters 2, 3, 5

def zstd_raw(values, width):
    return zstd_stream(zstd_frame(zstd_values(values, width)))


def first_value(values, width):
    return constant(values[0], width)


def coded(values, width):
    """rANS where a field may have it, with one value in eight escaped."""
    if width > 16:
        return packed(values, width)
    tables = Tables.fitted(values, escape_above=sorted(values)[len(values) * 7 // 8], p=10)
    return Rans(values, width, tables).bytes()


def layout_cases():
    for name, row in LAYOUTS.items():
        size = row["block_bytes"]
        rng = Rng(1000 + row["id"])
        for way, stream in (("packed", packed), ("zstd", zstd_raw), ("rans", coded)):
            content = rng.bytes(size * (3 if size > 20 else 11) + rng.below(size))
            frame = Frame()
            frame.coded(name, content, *[stream] * len(row["fields"]))
            yield legal("layout-%s-%s" % (name, way), "layout %s, its fields %s, %d bytes of tail"
                        % (name, {"packed": "PACKED", "zstd": "ZSTD", "rans": "RANS"}[way],
                           len(content) % size),
                        "LAY-001 LAY-004 LAY-011 LAY-012 LAY-013", frame)
        block = rng.bytes(size)
        frame = Frame()
        if all(len(set(values)) == 1 for values in split(row, block)[0]):
            frame.coded(name, block * 5, *[first_value] * len(row["fields"]))
            yield legal("layout-%s-constant" % name, "layout %s, every field CONSTANT" % name,
                        "RAW-010 LAY-011", frame)
    for extra in (0, 1, 143):
        content = Rng(200 + extra).bytes(144 + extra)
        frame = Frame()
        frame.coded("ggml.q4_k", content, *[packed] * len(LAYOUTS["ggml.q4_k"]["fields"]))
        yield legal("tail-%d" % extra, "one block of 144 bytes and %d of tail" % extra, "LAY-002",
                    frame)


def zstd_cases():
    content = TEXT * 3

    def case(name, text, clauses, frame_bytes, plain=content):
        frame = Frame()
        frame.chunk(chunk_payload("bytes", b"", zstd_stream(frame_bytes)), plain)
        return legal("zstd-" + name, text, clauses, frame)
    for code in range(4):
        data = content * 2 if code == 1 else content
        yield case("size-%d" % code, "Single_Segment, Frame_Content_Size_flag %d" % code,
                   "ZST-005", zstd_frame(data, size_code=code), data)
    yield case("window", "a Window_Descriptor and no Frame_Content_Size", "ZST-004",
               zstd_frame(content, single=False, size_code=0, window=0))
    yield case("window-max", "a Window_Descriptor of 2^27 bytes", "ZST-004",
               zstd_frame(content, single=False, size_code=2, window=17 << 3))
    yield case("dictionary-0", "a Dictionary_ID field that is 0", "ZST-003",
               zstd_frame(content, dictionary=0))
    yield case("checksum", "a Content_Checksum", "ZST-005", zstd_frame(content, check=True))
    yield case("blocks", "empty blocks, and two with content", "ZST-002",
               zstd_frame(content, empty_blocks=3, split_at=50))
    yield case("rle", "an RLE block", "ZST-002", zstd_frame(b"z" * 700, rle=True), b"z" * 700)


# ---- chapter 4

def stream_case(name, text, clauses, stream, values, width=8, layout="bytes"):
    """A chunk of one field. `stream` is bytes."""
    frame = Frame(limit_log2=20)
    assert len(LAYOUTS[layout]["fields"]) == 1
    frame.chunk(chunk_payload(layout, b"", stream), bytes(values))
    return legal(name, text, clauses, frame)


def rans_cases():
    rng = Rng(7)
    for p in range(8, 15):
        values = [rng.skewed(40) for i in range(300)]
        yield stream_case("rans-p%d" % p, "precision %d" % p, "RNS-006 RNS-012",
                          rans(values, 8, p), values)
    for lanes in range(4):
        for count in (1, 31, 32, 33, 64, 100, 257, 1000):
            values = [rng.skewed(20) for i in range(count)]
            yield stream_case("rans-lanes%d-%d" % (lanes, count),
                              "lanes code %d, %d elements" % (lanes, count), "RNS-003 RNS-005",
                              rans(values, 8, 11, lanes), values)
    values = [5] * 500
    for lanes in range(4):
        yield stream_case("rans-one-value-lanes%d" % lanes, "a table of one value, so no words",
                          "TBL-011 RNS-013", rans(values, 8, 12, lanes), values)
    values = list(range(256)) * 2
    yield stream_case("rans-uniform", "256 symbols at p = 8: every symbol one slot", "TBL-021",
                      rans(values, 8, 8, 1), values)
    values = [rng.below(256) for i in range(200)]
    yield stream_case("rans-alphabet-unused", "symbols of the alphabet that do not occur",
                      "TBL-003", Rans(values, 8, Tables(list(range(256)), [dict.fromkeys(
                          range(256), 0)], p=9)).bytes(), values)
    values = [rng.skewed(256) for i in range(400)]
    for lanes in range(4):
        stream = rans(values, 8, 12, lanes, escape_above=9)
        yield stream_case("rans-escape-lanes%d" % lanes, "escaped values in every segment",
                          "RNS-004 RNS-015", stream, values)
    tables = Tables([3, 4], [{0: 10, 1: 20, 2: 30}], escape=True, p=10)
    values = [rng.below(2) + 3 for i in range(50)]
    yield stream_case("rans-escape-none", "an escape symbol that does not occur",
                      "RNS-004", Rans(values, 8, tables).bytes(), values)
    stream = Rans(values, 8, tables, never_escape=False).bytes()
    yield stream_case("rans-escape-all", "every value escaped although it has a symbol",
                      "RNS-004 RNS-015", stream, values)
    values = [rng.below(256) for i in range(70)]
    stream = Rans(values, 8, Tables([0], [{1: 9}], escape=True, p=8), 1).bytes()
    yield stream_case("rans-escape-alone", "a table in which only the escape is present",
                      "TBL-006", stream, values)


def table_case(name, text, clauses, tables, values, rice=None):
    return stream_case("table-" + name, text, clauses,
                       Rans(values, 8, tables, rice=rice).bytes(), values)


def table_cases():
    rng = Rng(8)
    values = [rng.below(6) * 7 for i in range(150)]
    yield table_case("gaps", "an alphabet of single values with gaps", "TBL-003",
                     Tables.fitted(values), values)
    values = [0, 255] * 20
    yield table_case("ends", "two values as far apart as can be", "TBL-004",
                     Tables.fitted(values, p=8), values)
    values = [10, 11, 12, 13] * 8
    for rice in range(4):
        yield table_case("rice-%d" % rice, "Rice parameter %d, whether it pays or not" % rice,
                         "TBL-007", Tables([10, 11, 12, 13], [{0: 0, 1: 20, 2: 7, 3: 9}], p=9),
                         values, rice=rice)
    yield table_case("level-159", "levels 0 and 159: the smallest and the greatest weight",
                     "TBL-009 TBL-010", Tables([10, 11, 12, 13], [{0: 159, 1: 0, 2: 159, 3: 0}],
                                               p=14), values)
    yield table_case("unary-40", "a residual of 40 one bits", "TBL-007",
                     Tables([10, 11, 12, 13], [{0: 0, 1: 20, 2: 0, 3: 0}], p=10), values, rice=0)
    tables = Tables([9, 10, 11, 12, 13, 14], [{1: 5, 2: 6, 3: 7, 4: 8}], p=10)
    yield table_case("skip-drop", "values of the alphabet absent at both ends", "TBL-005",
                     tables, values)
    tables = Tables(list(range(10, 14)), [{0: 0, 1: 0, 2: 0, 3: 0}], p=8)
    yield table_case("level-0", "all levels 0", "TBL-010", tables, values)
    values = [rng.below(12) for i in range(400)]
    contexts = [rng.below(3) for value in values]
    levels = [{s: 40 + s for s in range(12)}, {s: 159 - 5 * s for s in range(12)},
              {s: s * s for s in range(12)}]
    ids = packed([contexts[i] for i in range(0, 400, 16)], 2)
    runs = [contexts[i // 16 * 16] for i in range(400)]
    tables = Tables(list(range(12)), levels, p=11)
    stream = Rans(values, 8, tables, contexts=runs, part=mixture_part(3, 4, ids), coder=4)
    yield stream_case("table-slopes", "levels predicted by the slope of the table before",
                      "TBL-008", stream.bytes(), values)
    levels = [{s: 159 * (s % 2) for s in range(12)}, {s: 159 * (s % 2 == 0) for s in range(12)},
              {5: 3, 6: 7}]
    runs = [0 if i % 32 < 16 else 1 for i in range(400)]
    ids = packed([i % 2 for i in range(25)], 2)
    tables = Tables(list(range(12)), levels, p=13)
    stream = Rans(values, 8, tables, contexts=runs, part=mixture_part(3, 4, ids), coder=4)
    yield stream_case("table-clamped", "predictions below 0 and above 159", "TBL-008",
                      stream.bytes(), values)
    levels = [{2: 50, 3: 60, 4: 30}, {4: 20, 5: 90, 6: 10, 12: 4}, {0: 1, 1: 2, 2: 9, 3: 99,
                                                                    4: 3, 12: 80}]
    tables = Tables(list(range(12)), levels, escape=True, p=10)
    values = [[2, 3, 4], [4, 5, 7], [0, 1, 9]][0] * 16 + [4, 5, 7, 0] * 4 + [0, 1, 9, 11] * 4
    ids = packed([0, 0, 0, 1, 2], 2)
    runs = [[0, 0, 0, 1, 2][i // 16] for i in range(len(values))]
    stream = Rans(values, 8, tables, contexts=runs, part=mixture_part(3, 4, ids), coder=4)
    yield stream_case("table-ranges", "tables over different ranges, the escape in two of three",
                      "TBL-005 TBL-008", stream.bytes(), values)
    yield wide_alphabet("4096", range(100, 4196), 12)
    yield wide_alphabet("4096-p14", range(0, 8192, 2), 14)
    yield wide_alphabet("4096-escape", range(1000, 5095), 12, True)


def wide_alphabet(name, alphabet, p, escape=False):
    """f64's first field has 13 bits; its other fields are constant here."""
    values = [list(alphabet)[i * 37 % len(alphabet)] for i in range(40)]
    levels = dict.fromkeys(range(len(alphabet) + escape), 0)
    content = b"".join((value << 50).to_bytes(8, "little") for value in values)
    frame = Frame()
    stream = Rans(values, 13, Tables(list(alphabet), [levels], escape, p)).bytes()
    frame.coded("f64.e11m2", content, stream, *[first_value] * 7)
    return legal("table-" + name, "an alphabet of 4096 symbols at p = %d" % p, "TBL-004 TBL-021",
                 frame)


def context_cases():
    rng = Rng(9)
    yield from mixture_cases(rng)
    yield from row_column_cases(rng)
    yield from field_cases(rng)


def mixture(name, text, values, k, log2, ids, nested, p=9, lanes=0):
    """nested makes the stream of ids."""
    contexts = [ids[i >> log2] for i in range(len(values))]
    tables = Tables.fitted(values, contexts, k, p)
    width = max(1, (k - 1).bit_length())
    part = mixture_part(k, log2, nested(ids, width))
    stream = Rans(values, 8, tables, lanes, contexts, part, 4)
    return stream_case("mixture-" + name, text, "CTX-001 CTX-002 CTX-003 CTX-004",
                       stream.bytes(), values)


def mixture_cases(rng):
    values = [rng.skewed(60) for i in range(500)]
    yield mixture("k1", "K = 1: ids of one bit that are all 0", values, 1, 4, [0] * 32, packed)
    yield mixture("k2", "K = 2, ids PACKED", values, 2, 4, [rng.below(2) for i in range(32)],
                  packed)
    yield mixture("k3", "K = 3, ids CONSTANT", values, 3, 6, [2] * 8, first_value)
    yield mixture("k4-rans", "K = 4, ids RANS, 1 lane", values, 4, 4,
                  [rng.skewed(4) for i in range(32)], lambda v, w: rans(v, w, 8))
    yield mixture("k5-rans32", "K = 5, ids RANS with escapes, 4 segments", values, 5, 4,
                  [rng.skewed(5) for i in range(32)],
                  lambda v, w: rans(v, w, 8, 3, escape_above=1), lanes=2)
    yield mixture("k64", "K = 64 at p = 11, the most slots", values, 64, 4,
                  list(range(32, 64)), packed, p=11)
    yield mixture("log2-16", "the largest blocks: one id", values, 2, 16, [1], packed)
    values = [rng.skewed(60) for i in range(16 * 31 + 1)]
    yield mixture("last-block", "a last block of one element", values, 2, 4,
                  [rng.below(2) for i in range(32)], packed, lanes=1)
    values = [rng.below(4) for i in range(64)]
    wide = Tables.fitted(values, [i >> 4 for i in range(64)], 8, 14)
    part = mixture_part(8, 4, packed([0, 1, 2, 3], 3))
    stream = Rans(values, 8, wide, 0, [i >> 4 for i in range(64)], part, 4)
    yield stream_case("mixture-p14", "K = 8 at p = 14, the most slots", "RNS-002", stream.bytes(),
                      values)


def row_column(name, text, values, columns, classes, rows, column_classes, thresholds,
               nested=packed, p=10, lanes=0):
    k = len(thresholds) + 1
    sums = [rows[i // columns] + column_classes[i % columns] for i in range(len(values))]
    contexts = [sum(1 for t in thresholds if t <= s) for s in sums]
    tables = Tables.fitted(values, contexts, k, p)
    part = row_column_part(k, columns, classes, nested(rows, 5), nested(column_classes, 5),
                           thresholds)
    stream = Rans(values, 8, tables, lanes, contexts, part, 5)
    return stream_case("row-column-" + name, text, "CTX-010 CTX-011 CTX-012 CTX-015",
                       stream.bytes(), values)


def row_column_cases(rng):
    values = [rng.skewed(50) for i in range(600)]

    def some(count, classes):
        return [rng.below(classes) for i in range(count)]
    yield row_column("20x30", "20 rows of 30, four tables", values, 30, 8, some(20, 8),
                     some(30, 8), [4, 7, 10])
    yield row_column("ragged", "a last row that is not full", values, 71, 8, some(9, 8),
                     some(71, 8), [5, 9], lanes=1)
    yield row_column("one-column", "one column: a class for each element", values, 1, 4,
                     some(600, 4), [3], [4, 5], lanes=2)
    yield row_column("one-row", "one row: as many columns as elements", values, 600, 4, [1],
                     some(600, 4), [2, 3], lanes=3)
    yield row_column("k1", "K = 1: no thresholds", values, 30, 32, some(20, 32), some(30, 32), [])
    yield row_column("r1", "R = 1: all classes 0, thresholds at 0", values, 30, 1, [0] * 20,
                     [0] * 30, [0, 0])
    yield row_column("r32", "R = 32, equal thresholds and thresholds no sum reaches", values, 30,
                     32, some(20, 32), some(30, 32), [0, 20, 20, 31, 62, 255, 255])
    yield row_column("nested-rans", "classes coded with RANS", values, 30, 16,
                     [rng.skewed(16) for i in range(20)], [rng.skewed(16) for i in range(30)],
                     [6, 12], nested=lambda v, w: rans(v, w, 8, escape_above=3))
    yield row_column("nested-constant", "classes CONSTANT", values, 30, 31, [30] * 20, [2] * 30,
                     [31, 33], nested=first_value)


def field_cases(rng):
    content = weights(rng, 400)
    fields = [[v >> 7 for v in words(content)], [v & 127 for v in words(content)]]

    def by_field(name, text, k, runs):
        mapped = [context for length, context in runs for i in range(length)]
        contexts = [mapped[value] for value in fields[0]]
        tables = Tables.fitted(fields[1], contexts, k, 11)
        stream = Rans(fields[1], 7, tables, 1, contexts, field_part(k, 0, runs), 5)
        frame = Frame()
        frame.coded("bf16.se9m7", content, rans, stream.bytes())
        return legal("field-" + name, text, "CTX-020 CTX-021 CTX-022 CTX-023 CTX-024", frame)
    yield by_field("k1", "one run that maps all values to one table", 1, [(512, 0)])
    yield by_field("k3", "mantissas under three tables by sign and exponent", 3,
                   [(120, 0), (4, 1), (132, 2), (120, 0), (4, 1), (132, 2)])
    yield by_field("runs-512", "a run for each value", 8, [(1, i % 8) for i in range(512)])
    content = b"".join(bytes(5) + rng.bytes(2) + b"\x3f" for i in range(1000))
    first, _, third = split(LAYOUTS["f64.e11m2"], content)[0][:3]
    runs = [(2, i % 2) for i in range(4096)]
    contexts = [value // 2 % 2 for value in first]
    stream = Rans(third, 8, Tables.fitted(third, contexts, 2, 11), 0, contexts,
                  field_part(2, 0, runs), 5)
    frame = Frame(limit_log2=13)
    frame.coded("f64.e11m2", content, packed, packed, stream.bytes(), *[first_value] * 5)
    yield legal("field-runs-4096", "the most runs; a field that is not the one just before",
                "CTX-022", frame)
    row = LAYOUTS["ggml.q4_k"]
    names = [field["name"] for field in row["fields"]]
    content = rng.bytes(144 * 3)
    scales, mins = (split(row, content)[0][names.index(name)] for name in ("sc", "m"))
    contexts = [int(value >= 20) for value in scales]
    stream = Rans(mins, 6, Tables.fitted(mins, contexts, 2, 9), 0, contexts,
                  field_part(2, names.index("sc"), [(20, 0), (44, 1)]), 5)
    frame = Frame()
    frame.coded("ggml.q4_k", content, *[stream.bytes() if name == "m" else packed
                                        for name in names])
    yield legal("field-several", "fields of eight elements a block", "CTX-020 LAY-012", frame)


def words(content):
    return [int.from_bytes(content[i:i + 2], "little") for i in range(0, len(content), 2)]


# ---- chapter 6

def some_profile():
    """Sets for the profile vectors: 0 of 8 bits, K = 1; 1 with an escape; 2 of K = 4; 3 of 10 bits."""
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
    yield legal("damage-profile", "an embedded profile, RANS_MIXTURE with shift: for the damage test",
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
