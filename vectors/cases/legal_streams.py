"""Legal vectors for chapter 4: rANS streams, table sets, contexts."""
from basics import LAYOUTS, Rng, u16
from case import legal
from frames import Frame
from legal_frames import first_value
from streams import (Rans, Tables, chunk_payload, field_part, mixture_part, packed, rans,
                     row_column_part, split)


def cases():
    yield from rans_cases()
    yield from table_cases()
    yield from context_cases()


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


def weights(rng, count):
    """bf16 bytes with few exponents: what trained weights look like from afar."""
    return b"".join(u16(rng.below(2) << 15 | (126 - rng.skewed(12)) << 7 | rng.below(128))
                    for i in range(count))
