"""Seeds of the harness `rans`: streams that between them reach every loop of every kernel, with 1, 2
and 4 segments. Which loop a stream takes depends on its tables, contexts, escapes and length, and on
where its values go. Needs vectors/streams.py, which needs libxxhash.
"""
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
sys.path.insert(0, str(VECTORS))

from basics import u8  # noqa: E402
from streams import Rans, Tables, lift, mixture_part, packed, row_column_part  # noqa: E402

# (layout's number, blocks' bytes, width of its first field): to bytes, to words, joined with raw bits.
BYTES, WORDS, SPLIT10, SPLIT8 = (0, 1, 8), (16, 8, 13), (7, 2, 10), (9, 2, 8)
PACKED_REST, NO_REST = 8, 16  # tail 2: the other fields are packed zeros, or missing; not constants


class Numbers:
    def __init__(self):
        self.state = 1

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % n


def seed(place, stream, count, split=False, rest=0):
    layout, _, _ = place
    count = (count - 1).to_bytes(3, "little")
    return stream + bytes([layout, 0, PACKED_REST if split else rest, *count, 0, 0])


def contexts_of(kind, k, count, numbers):
    """(coder, part, the context of each element)"""
    if kind == "rows":  # the class of an element's row alone
        rows = [numbers.below(k) for i in range(-(-count // 60))]
        part = row_column_part(k, 60, k, packed(rows, 5), packed([0] * 60, 5), range(1, k))
        return 5, part, [rows[i // 60] for i in range(count)]
    if kind:  # the logarithm of a block's length
        ids = [numbers.below(k) for i in range(-(-count >> kind) if count >> kind << kind == count else (count >> kind) + 1)]
        part = mixture_part(k, kind, packed(ids, max(1, (k - 1).bit_length())))
        return 4, part, [ids[i >> kind] for i in range(count)]
    return 3, b"", [0] * count


def stream(place, symbols, p, lanes, count, kind=None, k=1, step=1, first=0, escape=False, wrong=None, fewer=0):
    """step: between the values of the alphabet; wrong: how many words each segment says it has; fewer:
    escapes than there are."""
    numbers = Numbers()
    coder, part, contexts = contexts_of(kind, k, count, numbers)
    alphabet = [first + step * i for i in range(symbols)]
    levels = {s: 60 + numbers.below(20 if symbols < 1000 else 1) for s in range(symbols)}
    if escape:
        levels[symbols] = 20
    tables = Tables(alphabet, [dict(levels) for i in range(k)], escape, p)
    values = [alphabet[numbers.below(symbols)] for i in range(count)]
    if escape:
        for i in range(7, count, 97):
            values[i] = first + step * symbols + 1
    r = Rans(values, place[2], tables, lanes, contexts, part, coder)
    if fewer:
        r.escaped = r.escaped[:-fewer]
        r.escape_count -= fewer
    if wrong is not None:
        r.word_counts = [min(wrong, n) for n in r.word_counts]
        r.words = [words[:n] for words, n in zip(r.words, r.word_counts)]
    return r.bytes()


# (sink, symbols, precision, elements, more): each under every code of lanes.
FORMS = [
    # alias16: at most 16 columns; by block, blocks of 32 and an alphabet that is no interval
    (BYTES, 12, 10, 900, {}), (SPLIT8, 12, 10, 900, {}), (BYTES, 12, 10, 900, {"escape": True}),
    (BYTES, 12, 10, 900, {"kind": 5, "k": 3, "step": 2}), (SPLIT8, 12, 10, 900, {"kind": 5, "k": 3}),
    # words: by block, one interval
    *((BYTES, n, 10, 900, {"kind": kind, "k": 2}) for n in (12, 30, 60, 120, 250) for kind in (4, 5)),
    (BYTES, 12, 10, 900, {"kind": 5, "k": 2, "escape": True}),
    # planes: so many columns in all
    *((BYTES, n, 10, 900, {"kind": "rows", "k": k}) for n, k in
      ((20, 2), (20, 4), (60, 4), (120, 3), (120, 4), (120, 5), (120, 6), (120, 8), (250, 4))),
    (BYTES, 250, 10, 900, {"escape": False, "step": 1}), (SPLIT8, 100, 10, 900, {}),
    (BYTES, 60, 10, 900, {"escape": True}), (WORDS, 200, 10, 900, {"escape": True, "first": 3000}),
    (WORDS, 60, 10, 900, {"kind": "rows", "k": 2}),
    # flat32: more columns, or more places a column, than planes have; numbered or by value
    (WORDS, 300, 10, 1100, {"step": 20}), (WORDS, 300, 10, 1100, {}), (WORDS, 300, 10, 1100, {"escape": True}),
    (WORDS, 300, 10, 1100, {"step": 20, "escape": True}), (SPLIT10, 300, 10, 1100, {}),
    (SPLIT10, 300, 10, 2200, {"kind": "rows", "k": 2}), (WORDS, 300, 10, 2200, {"kind": "rows", "k": 2}),
    (BYTES, 3, 12, 8300, {"kind": "rows", "k": 2}), (SPLIT10, 300, 10, 2200, {"kind": 4, "k": 2}),
    (BYTES, 3, 11, 2100, {"kind": "rows", "k": 1}),
    (WORDS, 5, 12, 8300, {"kind": "rows", "k": 2, "step": 300}),
    (WORDS, 5, 12, 8300, {"kind": "rows", "k": 2, "step": 300, "escape": True}),
    (BYTES, 1, 10, 2200, {"kind": "rows", "k": 2}), (WORDS, 256, 12, 4200, {"escape": True}),
    # columns: what is left
    (WORDS, 300, 12, 900, {}), (SPLIT10, 300, 12, 900, {}), (WORDS, 300, 12, 900, {"escape": True}),
    (WORDS, 300, 12, 900, {"kind": "rows", "k": 2}), (SPLIT10, 300, 12, 900, {"kind": "rows", "k": 2}),
    (WORDS, 300, 12, 900, {"kind": 5, "k": 2}), (WORDS, 300, 13, 8300, {}), (WORDS, 1100, 11, 2200, {"step": 7}),
]


def lifted(place, symbols, p, log2, count, lanes, escape=False, kind=None):
    """One or two of each 2^log2 elements are lifted."""
    numbers = Numbers()
    values = [numbers.below(symbols) for i in range(count)]
    if escape:
        for i in range(5, count, 91):
            values[i] = symbols + 1
    levels = {s: 60 + s % 9 for s in range(symbols + escape)}
    positions = [[numbers.below((1 << log2) - lift_number) for b in range(count >> log2)] for lift_number in range(2)]
    coder, part, contexts = contexts_of(kind, 2, count, numbers)

    def inner(left, coded):
        tables = Tables(list(range(symbols)), [dict(levels)] * (2 if kind else 1), escape, p)
        return Rans(left, place[2], tables, lanes, contexts, part, coder, coded=coded).bytes()
    return lift(values, place[2], log2, positions, inner)


LIFTS = [(BYTES, 12, 10, 900), (BYTES, 60, 10, 900), (WORDS, 300, 10, 1100), (WORDS, 300, 12, 900), (BYTES, 250, 10, 900),
         (WORDS, 300, 10, 2304)]


def stream_seeds():
    for place, symbols, p, count, more in FORMS:
        split = place in (SPLIT8, SPLIT10)
        for lanes in range(4):
            yield seed(place, stream(place, symbols, p, lanes, count, **more), count, split)
        for lanes in (1, 3):
            for wrong in (0, 40):
                yield seed(place, stream(place, symbols, p, lanes, count, wrong=wrong, **more), count, split)
    for lanes in range(4):
        for fewer in (1, 5):
            yield seed(BYTES, stream(BYTES, 60, 10, lanes, 900, escape=True, fewer=fewer), 900)
            yield seed(WORDS, stream(WORDS, 300, 12, lanes, 900, escape=True, fewer=fewer), 900)
    for place, symbols, p, count in LIFTS:
        for log2 in (4, 5, 6, 8):
            for lanes in range(4):
                for escape in (False, True):
                    whole = count >> log2 << log2
                    yield seed(place, lifted(place, symbols, p, log2, whole, lanes, escape), whole)
                yield seed(place, lifted(place, symbols, p, log2, whole, lanes, kind="rows"), whole)
    # The most places, and columns, that tables have: neither fits its form.
    yield seed(BYTES, stream(BYTES, 2, 11, 1, 1 << 17, kind=16, k=64), 1 << 17)
    yield seed(WORDS, stream(WORDS, 4096, 12, 1, 4000, kind=4, k=32), 4000)
    yield from cut_short()


def cut_short():
    """Short streams of every kind, which end at each of their bytes."""
    numbers = [i * 7 % 5 for i in range(64)]
    plain = Tables(list(range(5)), [dict.fromkeys(range(5), 60)], False, 8)
    for whole in (stream(BYTES, 5, 8, 0, 64, "rows", 2), stream(BYTES, 5, 8, 0, 64, 4, 2),
                  stream(BYTES, 5, 8, 0, 64, escape=True), stream(BYTES, 2, 8, 0, 64, step=2, escape=True),
                  lifted(BYTES, 5, 8, 4, 64, 0), packed(numbers, 8),
                  Rans(numbers, 8, plain, use=0).bytes(), u8(5) + u8(8) + u8(1) + u8(2) + u8(0),
                  u8(5) + u8(8) + u8(1) + u8(3) + u8(0)):
        for length in range(len(whole)):
            yield seed(BYTES, whole[:length], 64)
    for more in (b"", u8(0), u8(0) + bytes(20), u8(2) + u8(7)):
        yield seed(SPLIT8, stream(SPLIT8, 5, 8, 0, 64) + more, 64, rest=NO_REST)
