"""Broken vectors for chapters 2, 3 and 5, and for rANS streams."""
from basics import LAYOUTS, u8, varint
from broken_frames import BAD_VARINTS, framed
from case import broken
from legal_frames import TEXT
from streams import (Rans, Tables, chunk_payload, constant, mixture_part, packed, zstd_frame,
                     zstd_match, zstd_stream, zstd_values, zstd_window_frame)

VALUES = [3, 4, 4, 5, 3, 4, 6, 4, 3, 5] * 5


def cases():
    yield from chunk_cases()
    yield from raw_cases()
    yield from zstd_cases()
    yield from rans_cases()
    yield from rans_data_cases()


# ---- chapters 2, 3, 5

def chunk_cases():
    stored = packed(list(TEXT), 8)
    for number in (0x0F, 0xF000, 0xFFFF):
        yield broken("layout-%x" % number, "UNKNOWN_LAYOUT", "layout 0x%x" % number, "LAY-005",
                     framed(chunk_payload(number, b"", stored)))
    yield broken("layout-half", "PAYLOAD_SHORT", "a payload of one byte", "LAY-001 VAL-013",
                 framed(b"\0"))
    yield broken("layout-empty", "PAYLOAD_SHORT", "a payload of no bytes", "LAY-001", framed(b""))
    yield broken("layout-no-block", "BAD_LENGTH", "one byte of content in layout bf16.e8m2",
                 "LAY-002", framed(chunk_payload("bf16.e8m2", b"x"), b"x"))
    yield broken("layout-tail", "PAYLOAD_SHORT", "no tail where one byte is due", "LAY-001 LAY-003",
                 framed(chunk_payload("planes2", b""), b"abc"))
    yield broken("payload-short", "PAYLOAD_SHORT", "packed values cut by a byte", "LAY-001 RAW-001",
                 framed(chunk_payload("bytes", b"", stored[:-1])))
    yield broken("payload-missing", "PAYLOAD_SHORT", "a second field without a stream", "LAY-001",
                 framed(chunk_payload("planes2", b"", constant(1, 8)), b"\1\1"))
    yield broken("payload-long", "PAYLOAD_LONG", "a byte behind the last stream", "LAY-001",
                 framed(chunk_payload("bytes", b"", stored, b"\0")))
    for coder in (7, 0x80, 0xFF):
        yield broken("coder-%d" % coder, "UNKNOWN_CODER", "coder %d" % coder, "LAY-020",
                     framed(chunk_payload("bytes", b"", u8(coder), bytes(64))))
    for coder in (3, 4, 5, 6):
        name, width = wide_layout()
        if name is None:
            break
        yield broken("coder-%d-wide" % coder, "UNKNOWN_CODER",
                     "coder %d for a field of %d bits" % (coder, width), "LAY-020",
                     framed(chunk_payload(name[0], b"", u8(coder), bytes(64)), bytes(name[1])))


def wide_layout():
    """A layout whose first field no rANS coder may carry."""
    for name, row in LAYOUTS.items():
        if row["fields"][0]["width"] > 16:
            return (name, row["block_bytes"]), row["fields"][0]["width"]
    return None, 0


def sym_chunk(stream, count=3):
    """bf16.e8m2 with this stream for its 10-bit field; the other field is constant."""
    return framed(chunk_payload("bf16.e8m2", b"", stream, constant(0, 6)), bytes(2 * count))


def raw_cases():
    for bit in (30, 31):
        data = bytearray(packed([0, 0, 0], 10))
        data[1 + bit // 8] |= 1 << bit % 8
        yield broken("packed-pad-%d" % bit, "NONZERO_PAD", "padding bit %d set" % bit, "RAW-002",
                     sym_chunk(bytes(data)))
    for value in (1024, 0xFFFF):
        yield broken("constant-%d" % value, "BAD_VALUE", "%d in a field of 10 bits" % value,
                     "RAW-011", sym_chunk(u8(2) + value.to_bytes(2, "little")))
    yield broken("constant-short", "PAYLOAD_SHORT", "a payload that ends within the value",
                 "LAY-001 VAL-013", framed(chunk_payload("bf16.e8m2", b"", b"\2\0"), b"ab"))


def zstd_cases():
    content = TEXT

    def case(name, text, clauses, frame, error="ZSTD_DATA", stream=None):
        stream = zstd_stream(frame) if stream is None else stream
        return broken("zstd-" + name, error, text, clauses,
                      framed(chunk_payload("bytes", b"", stream), content))
    good = zstd_frame(content)
    yield case("length-0", "no frame at all", "ZST-002", b"")
    yield case("magic", "another magic number", "ZST-002", b"\x27" + good[1:])
    yield case("skippable", "a skippable frame before the frame", "ZST-002",
               bytes.fromhex("50 2A 4D 18 01 00 00 00 00") + good)
    yield case("skippable-behind", "a skippable frame behind the frame", "ZST-002",
               good + bytes.fromhex("50 2A 4D 18 00 00 00 00"))
    yield case("two", "two frames", "ZST-002",
               zstd_frame(content[:9]) + zstd_frame(content[9:]))
    yield case("long", "a byte behind the frame", "ZST-002", good + b"\0")
    yield case("short", "a frame cut by a byte", "ZST-002", good[:-1])
    yield case("reserved-bit", "the frame header's reserved bit", "ZST-002",
               good[:4] + bytes([good[4] | 8]) + good[5:])
    yield case("block-type", "a block of the reserved type 3", "ZST-002",
               good[:6] + bytes([good[6] | 6]) + good[7:])
    yield case("dictionary", "Dictionary_ID 1", "ZST-003", zstd_frame(content, dictionary=1))
    yield case("window", "a Window_Size of 2^27 + 2^24", "ZST-004",
               zstd_frame(content, single=False, size_code=2, window=17 << 3 | 1))
    yield case("window-greatest", "the greatest Window_Descriptor", "ZST-004",
               zstd_frame(content, single=False, size_code=2, window=0xFF))
    yield case("content-short", "content of a byte less", "ZST-005", zstd_frame(content[:-1]))
    yield case("content-long", "content of a byte more", "ZST-005", zstd_frame(content + b"."))
    yield case("content-size", "a Frame_Content_Size that is not right", "ZST-005",
               good[:5] + bytes([good[5] + 1]) + good[6:])
    checked = zstd_frame(content, check=True)
    yield case("content-checksum", "a Content_Checksum that is not right", "ZST-005",
               checked[:-1] + bytes([checked[-1] ^ 1]))
    yield case("payload", "a length longer than the payload", "LAY-001", b"", "PAYLOAD_SHORT",
               u8(1) + varint(len(good) + 1) + good)
    yield case("length-varint", "a length that is no shortest varint", "CNV-013", b"", "BAD_VARINT",
               u8(1) + bytes([len(good) | 0x80, 0]) + good)
    yield from zstd_block_cases()
    yield broken("zstd-value", "BAD_VALUE", "the value 1024 in a field of 10 bits", "ZST-006",
                 sym_chunk(zstd_stream(zstd_frame(zstd_values([0, 1024, 0], 16)))))


def zstd_block_cases():
    """Compressed blocks without room for their headers, and blocks larger than Block_Maximum_Size, which is
    128 KiB and at most the window."""
    for size in (0, 1):
        yield broken("zstd-block-compressed-%d" % size, "ZSTD_DATA", "a compressed block of %d bytes" % size,
                     "ZST-009", framed(chunk_payload("bytes", b"", zstd_stream(zstd_window_frame(
                         (0, None, b"z" * 64), (2, None, bytes(size)), (0, None, b"z" * 64)))), b"z" * 128))
    matched = [(1, 1024, b"z"), (2, None, zstd_match(1, 1025))]
    for name, text, frame, size in (
            ("rle", "an RLE block of 128 KiB + 1",
             zstd_frame(b"z" * 131073, rle=True, size_code=2), 131073),
            ("rle-window", "an RLE block of 1025 bytes and a window of 1024",
             zstd_window_frame((1, 1025, b"z")), 1025),
            ("raw-window", "a raw block of 1025 bytes and a window of 1024",
             zstd_window_frame((0, None, b"z" * 1025)), 1025),
            ("match-window", "a compressed block that makes 1025 bytes, and a window of 1024",
             zstd_window_frame(*matched), 2049)):
        yield broken("zstd-block-" + name, "ZSTD_DATA", text, "ZST-007", framed(
            chunk_payload("bytes", b"", zstd_stream(frame)), b"z" * size, limit_log2=18))


# ---- chapter 4: the stream

def some_rans(**more):
    """A stream whose parts a case then changes."""
    return Rans(VALUES, 8, Tables.fitted(VALUES, p=more.pop("p", 10)), **more)


def streamed(stream, count=len(VALUES)):
    stream = stream if isinstance(stream, bytes) else stream.bytes()
    return framed(chunk_payload("bytes", b"", stream), bytes(count))


def rans_cases():
    for p in (0, 7, 15):
        stream = some_rans()
        stream.mode = stream.mode & 0xF0 | p
        yield broken("rans-p%d" % p, "LIMIT", "precision %d" % p, "RNS-006", streamed(stream))
    stream = some_rans()
    stream.mode |= 3 << 6
    yield broken("rans-source-3", "RESERVED", "table source 3", "RNS-007", streamed(stream))
    for k, p in ((65, 8), (256, 8), (64, 12), (17, 13), (9, 14)):
        stream = some_rans(p=p, coder=4, part=mixture_part(k, 4, packed([0] * 4, 7)))
        yield broken("rans-k%d-p%d" % (k, p), "LIMIT", "K = %d at p = %d" % (k, p), "RNS-002",
                     streamed(stream))
    stream = some_rans()
    head = stream.head()
    good = stream.bytes()
    for size, where in ((1, "the mode"), (4, "the tables"), (len(head), "the word count"),
                        (len(head) + 3, "a state"), (len(good) - 1, "a word")):
        yield broken("rans-short-%d" % size, "PAYLOAD_SHORT", "the payload ends before %s is whole"
                     % where, "LAY-001 RNS-001", streamed(good[:size]))
    stream.word_counts = [(1 << 64) - 1]
    yield broken("rans-word-count", "PAYLOAD_SHORT", "word_count 2^64 - 1", "RNS-001 CNV-012",
                 streamed(stream))
    stream.word_counts = [1 << 63]
    yield broken("rans-word-count-63", "PAYLOAD_SHORT", "word_count 2^63, whose bytes are 2^64",
                 "RNS-001 CNV-012", streamed(stream))
    for name, bad in BAD_VARINTS:
        yield broken("rans-varint-" + name, "BAD_VARINT", "word_count %s" % name, "CNV-013",
                     streamed(head + bad + bytes(200)))
    yield broken("rans-varint-end", "BAD_VARINT", "ten bytes with bit 7 set, and the payload's end",
                 "CNV-013 VAL-015", streamed(head + bytes([0x81] * 10)))


def escaping(p=10, **more):
    return Rans(VALUES, 8, Tables.fitted(VALUES, p=p, escape_above=4), **more)


def rans_data_cases():
    stream = some_rans(lanes=1)
    stream.states[0][31] = (1 << 16) - 1
    yield broken("rans-state-low", "RANS_STATE", "the last state is 2^16 - 1", "RNS-011",
                 streamed(stream))
    stream = some_rans(lanes=3)
    stream.states[3][0] = 0
    yield broken("rans-state-0", "RANS_STATE", "a state 0 in a segment without elements", "RNS-011",
                 streamed(stream))
    stream = some_rans(lanes=2)
    stream.states[1][31] += 1
    yield broken("rans-state-unused", "RANS_STATE", "a lane without elements, state 2^16 + 1",
                 "RNS-013", streamed(stream))
    one_value = Tables([4], [{0: 0}], p=8)
    stream = Rans([4] * 50, 8, one_value)
    stream.states[0][0] += 7
    yield broken("rans-state-end", "RANS_STATE", "a state that ends at 2^16 + 7", "RNS-013",
                 streamed(stream))
    stream = some_rans()
    stream.words[0].pop()
    stream.word_counts[0] -= 1
    yield broken("rans-words-missing", "RANS_WORDS", "the last word left out", "RNS-012",
                 streamed(stream))
    stream = some_rans()
    stream.words[0].append(0)
    stream.word_counts[0] += 1
    yield broken("rans-words-more", "RANS_WORDS", "a word too many", "RNS-014", streamed(stream))
    stream = some_rans(lanes=3)
    stream.words[3].append(0xFFFF)
    stream.word_counts[3] += 1
    yield broken("rans-words-unused", "RANS_WORDS", "a word in an empty segment", "RNS-014",
                 streamed(stream))
    yield from escape_cases()


def escape_cases():
    stream = escaping()
    n = stream.escape_count
    for name, count, escaped, error, clause in (
            ("more", n + 1, stream.escaped + [9], "BAD_ESCAPE", "RNS-015"),
            ("less", n - 1, stream.escaped[:-1], "BAD_ESCAPE", "RNS-015"),
            ("none", 0, [], "BAD_ESCAPE", "RNS-015"),
            ("over", len(VALUES) + 1, stream.escaped, "BAD_ESCAPE", "RNS-004"),
            ("overflow", (1 << 64) - 1, stream.escaped, "BAD_ESCAPE", "RNS-004 CNV-012")):
        stream = escaping()
        stream.escape_count, stream.escaped = count, escaped
        yield broken("escape-" + name, error, "escape_count %d where %d escapes are" % (count, n),
                     clause, streamed(stream))
    values = [1, 2, 999, 1, 2, 999, 2, 1, 1, 999] * 3
    tables = Tables([1, 2], [{0: 20, 1: 20, 2: 20}], True, 9)
    stream = Rans(values, 10, tables)
    data = stream.bytes()
    pad_at = len(stream.head()) + 1 + 11
    assert len(stream.escaped) * 10 == 90
    spoiled = data[:pad_at] + bytes([data[pad_at] | 0x80]) + data[pad_at + 1:]
    yield broken("escape-pad", "NONZERO_PAD", "a padding bit behind the escaped values", "RNS-004",
                 sym_chunk(spoiled, 30))
