"""Numbers of 2^31, 2^32 and 2^63 at every place that takes so large a one: where a word of a decoder
would overflow, and where memory for so much must not be asked for: each has a ceiling."""
from basics import CHUNK, REPEATS, u8, u64, varint
from broken_frames import framed, indexed
from broken_streams import VALUES, escaping, some_rans, streamed
from case import broken
from frames import Frame, skippable
from legal_frames import TEXT, one
from streams import Rans, Tables, chunk_payload, field_part, packed, row_column_part

CEILING = {"memory": 256 << 20, "seconds": 60}
SIZES = (("2-31", 1 << 31), ("2-32", 1 << 32), ("2-63", 1 << 63))


def cases():
    for made in sized_cases():
        made.ceiling = CEILING
        yield made


def sized_cases():
    for name, size in SIZES:
        yield from frame_sizes(name, size)
        yield from index_sizes(name, size)
        yield from stream_sizes(name, size)
    for size in (1 << 31, (1 << 32) - 1):
        frame = Frame()
        frame.block(CHUNK, chunk_payload("bytes", b"", u8(2) + u8(0)), size)
        yield broken("size-content-length-%x" % size, "LIMIT", "content_length %d" % size, "BLK-006",
                     Frame(content_size=1 << 40).header() + frame.blocks)
        frame = Frame()
        frame.block(CHUNK, b"", len(TEXT), payload_length=size)
        frame.content = TEXT
        yield broken("size-payload-length-%x" % size, "LIMIT", "payload_length %d" % size, "BLK-008",
                     frame.header() + frame.blocks)


def case(place, name, error, size, clauses, data):
    return broken("size-%s-%s" % (place, name), error, "%s of %d" % (place, size),
                  clauses + " CNV-012 SEC-002", data)


def frame_sizes(name, size):
    legal_size = size <= 1 << 60
    yield case("header", name, "BAD_LENGTH" if legal_size else "LIMIT", size, "FRM-055 BLK-007",
               one(TEXT, content_size=size))
    yield case("skippable", name, "TRUNCATED" if size <= 1 << 48 else "LIMIT", size, "FRM-012",
               skippable(b"notes", length=size))
    for part in ("index_size", "content_size", "frame_size"):
        yield case("trailer-" + part.replace("_", "-"), name, "BAD_TRAILER", size, "FRM-031",
                   one(TEXT).bytes(**{part: size}))
    frame = Frame(REPEATS)
    at = frame.stored(TEXT)
    frame.repeat(at, TEXT, payload=u64(size))
    yield case("repeat", name, "BAD_REPEAT", size, "BLK-012", frame)
    frame = Frame(REPEATS)
    at = frame.stored(TEXT)
    frame.repeat(at, TEXT, payload=u64(size + at))
    yield case("repeat-wrapped", name, "BAD_REPEAT", size, "BLK-012", frame)


def index_sizes(name, size):
    n = len(TEXT)
    big = varint(size)
    for place, payload in (
            ("block-count", big + bytes([0, 2 * (n + 3), n, 1, 0, 0, n, 0, 0])),
            ("gap", b"\1" + big + bytes([2 * (n + 3), n, 1, 0, 0, n, 0, 0])),
            ("block-size", b"\1\0" + varint((size + n + 3) * 2 % (1 << 64))
             + bytes([n, 1, 0, 0, n, 0, 0])),
            ("block-content", bytes([1, 0, 2 * (n + 3)]) + varint(size + n)
             + bytes([1, 0, 0, n, 0, 0])),
            ("region-count", bytes([1, 0, 2 * (n + 3), n]) + big + bytes([0, 0, n, 0, 0])),
            ("dtype", bytes([1, 0, 2 * (n + 3), n, 1]) + big + bytes([0, n, 0, 0])),
            ("rank", bytes([1, 0, 2 * (n + 3), n, 1, 0]) + big + bytes([n, 0, 0])),
            ("length", bytes([1, 0, 2 * (n + 3), n, 1, 0, 0]) + varint(size + n) + b"\0\0"),
            ("shared", bytes([1, 0, 2 * (n + 3), n, 1, 0, 0, n]) + big + b"\0"),
            ("suffix", bytes([1, 0, 2 * (n + 3), n, 1, 0, 0, n, 0]) + big)):
        if place == "block-size" and size == 1 << 63:
            continue  # twice as much is no varint
        yield case("index-" + place, name, "BAD_INDEX", size, "IDX-001 IDX-002", indexed(payload))


def stream_sizes(name, size):
    big = varint(size)
    stream = some_rans()
    stream.word_counts = [size]
    yield case("word-count", name, "PAYLOAD_SHORT", size, "RNS-001", streamed(stream))
    stream = escaping()
    stream.escape_count = size
    yield case("escape-count", name, "BAD_ESCAPE", size, "RNS-004", streamed(stream))
    yield case("zstd-length", name, "PAYLOAD_SHORT", size, "LAY-001",
               framed(chunk_payload("bytes", b"", u8(1) + big + bytes(20)), TEXT))
    stream = some_rans(source=1, use=0)
    stream.tables = big + b"\0"
    yield case("set-number", name, "BAD_TABLE", size, "TBL-030", streamed(stream))
    part = row_column_part(1, 10, 8, packed([1] * 5, 5), packed([2] * 10, 5), [])

    def contextual(own):
        return streamed(Rans(VALUES, 8, Tables.fitted(VALUES, p=10), 0, None, own, 5))
    yield case("columns", name, "BAD_CONTEXT", size, "CTX-011",
               contextual(part[:2] + varint(size + 10) + part[3:]))
    content = b"".join(bytes([i, 63]) for i in range(50))
    rest = [content[i] & 127 for i in range(0, 100, 2)]
    first = [int.from_bytes(content[i:i + 2], "little") >> 7 for i in range(0, 100, 2)]
    for place, own in (("map-runs", u8(0) + u8(2) + u8(0) + varint(size + 1) + varint(512) + u8(0)),
                       ("map-length", field_part(1, 0, [(size + 512, 0)]))):
        stream = Rans(rest, 7, Tables.fitted(rest, p=10), 0, None, own, 5)
        yield case(place, name, "BAD_CONTEXT", size, "CTX-022 CTX-023", framed(
            chunk_payload("bf16.se9m7", b"", packed(first, 9), stream.bytes()), content))
