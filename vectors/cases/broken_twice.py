"""Vectors that break two rules: the class is that of the first check in the order of chapter 7."""
from basics import EMBEDDED, PROFILE, REPEAT, REPEATS, SHA256, u8, varint
from broken_frames import framed, indexed, with_block
from broken_streams import escaping, some_rans, streamed
from broken_tables import with_set
from case import broken
from frames import Frame, skippable
from legal_frames import TEXT, one
from legal_profiles import some_profile
from streams import Rans, Tables, chunk_payload, lift, packed


def cases():
    yield from double_cases()


def double_cases():
    def case(name, error, text, clauses, data, profiles=()):
        return broken("two-" + name, error, text, "CNV-020 " + clauses, data, profiles)
    yield case("version-checksum", "UNSUPPORTED_VERSION", "version before checksum", "FRM-023",
               one(TEXT, version=3, spoil_header=1))
    yield case("checksum-reserved", "CHECKSUM", "checksum before reserved bits", "FRM-023",
               one(TEXT, flags=0x80, spoil_header=1))
    yield case("reserved-flags", "RESERVED", "reserved bits before contradicting flags", "FRM-023",
               one(TEXT, flags=0x80 | EMBEDDED, profile_name=bytes(32)))
    frame = one(TEXT, flags=EMBEDDED, profile_name=bytes(32), limit_log2=30)
    yield case("flags-limit", "BAD_HEADER", "contradicting flags before limits", "FRM-023", frame)
    yield case("limit-profile", "LIMIT", "content_size before the missing profile", "FRM-023",
               one(TEXT, profile_name=bytes(32), content_size=1 << 61))
    yield case("profile-block", "PROFILE_MISSING", "the missing profile before a bad block",
               "FRM-023", with_name(bytes(32)))
    yield case("type-reserved", "UNKNOWN_BLOCK", "type before reserved bytes", "BLK-010",
               with_block(9, b"", reserved=1))
    yield case("reserved-order", "RESERVED", "reserved bytes before order", "BLK-010",
               with_block(PROFILE, b"", reserved=1))
    yield case("order-length", "BAD_ORDER", "order before lengths", "BLK-010",
               with_block(REPEAT, b"", 0))
    yield case("length-limit", "LIMIT", "the chunk limit before content_size", "BLK-010",
               one(bytes(4097), content_size=1))
    frame = Frame(REPEATS, content_size=3)
    frame.block(REPEAT, b"", 4)
    yield case("sum-payload", "BAD_LENGTH", "content_size before payload_length", "BLK-010",
               frame.header() + frame.blocks)
    frame = Frame()
    frame.chunk(chunk_payload(0xFFFF, b""), TEXT, spoil=1)
    yield case("checksum-payload", "CHECKSUM", "a block's checksum before its payload", "BLK-010",
               frame)
    frame = Frame()
    frame.chunk(chunk_payload(0xFFFF, b""), TEXT)
    frame.block(0, b"")
    yield case("chunk-next", "UNKNOWN_LAYOUT", "a chunk before the block that follows", "VAL-011",
               frame)
    yield case("layout-length", "UNKNOWN_LAYOUT", "layout before number of blocks", "LAY-003",
               framed(chunk_payload(0xFFFF, b""), b"x"))
    yield case("field-0-field-1", "NONZERO_PAD", "the first field before the second", "LAY-003",
               framed(chunk_payload("bf16.e8m2", b"", b"\0\0\xff\xff\xff", u8(99)), bytes(6)))
    stream = some_rans()
    stream.mode = stream.mode & 0xF0 | 3 | 3 << 6
    yield case("p-source", "LIMIT", "p before table source", "RNS-010", streamed(stream))
    stream = some_rans(lanes=1)
    stream.states[0][0] = 0
    stream.word_counts[0] += 1
    yield case("short-state", "PAYLOAD_SHORT", "the stream's end before its states", "RNS-010",
               streamed(stream))
    stream = some_rans(lanes=2)
    stream.words[0].append(5)
    stream.word_counts[0] += 1
    stream.states[1][0] = 1
    yield case("state-words", "RANS_STATE", "all states before the words of any segment", "RNS-010",
               streamed(stream))
    stream = some_rans()
    stream.states[0][0] += 1 << 16
    stream.words[0] += [1, 2, 3]
    stream.word_counts[0] += 3
    yield case("end-words", "RANS_STATE", "end states before words left over", "RNS-013 RNS-014",
               streamed(stream))
    stream = escaping(lanes=1)
    stream.words[0].append(0)
    stream.word_counts[0] += 1
    stream.escape_count -= 1
    stream.escaped.pop()
    yield case("words-escape", "RANS_WORDS", "words before the number of escapes", "RNS-010",
               streamed(stream))
    values = [10 + i % 10 for i in range(50)]
    stream = Rans(values, 8, some_profile()[0], source=2, use=4)
    stream.tables = varint(4) + b"\x80\x00"
    yield case("set-shift", "BAD_VARINT", "set number and shift are read before they are checked",
               "TBL-030 VAL-012", with_set(stream))
    stream = some_rans(coder=5, part=u8(64) + u8(9))
    yield case("k-function", "LIMIT", "K before the context function", "RNS-002 RNS-010",
               streamed(stream))
    stream = some_rans(coder=5, part=u8(0) + u8(3) + b"\x80\x00")
    yield case("class-map", "BAD_CONTEXT", "no class function before a map that is malformed",
               "CTX-025", streamed(stream))

    def spoiled(elements, coded):
        inner = Rans(elements, 8, Tables.fitted(elements, p=9), coded=coded)
        inner.states[0][0] = 1
        return inner.bytes()
    stream = lift([i % 7 for i in range(64)], 8, 3, [[0] * 8, [0] * 8], spoiled)
    at = 3 + 4 + 1 + 9  # coder, s, lifts; positions, values of the first lift; coder of the next
    stream = stream[:at] + packed([7] * 8, 3)[1:] + stream[at + 3:]
    yield case("lift-inner", "RANS_STATE", "the inner stream before the positions", "RNS-035",
               streamed(stream, 64))
    yield case("trailer-end-checksum", "BAD_TRAILER", "end magic before checksum", "FRM-031",
               one(TEXT).bytes(spoil=1, end=bytes(8)))
    yield case("trailer-checksum-size", "CHECKSUM", "checksum before values", "FRM-031",
               one(TEXT).bytes(spoil=1, frame_size=0))
    yield case("trailer-reserved-size", "RESERVED", "reserved bytes before values", "FRM-031",
               one(TEXT).bytes(digest=b"\1" + bytes(31), index_size=0))
    yield case("trailer-size-digest", "BAD_TRAILER", "values before SHA-256", "FRM-031",
               one(TEXT, flags=SHA256).bytes(digest=bytes(32), content_size=0))
    yield case("skippable-checksum-size", "CHECKSUM", "checksum before frame_size", "FRM-011",
               skippable(b"x", frame_size=0, spoil=1))
    yield case("skippable-end-checksum", "BAD_TRAILER", "end magic before checksum", "FRM-011",
               skippable(b"x", spoil=1, end=bytes(8)))
    yield case("frames", "CHECKSUM", "the first frame before the second", "VAL-010",
               one(TEXT).bytes(spoil=1) + b"junk")
    n = len(TEXT)
    yield case("index-shared-varint", "BAD_INDEX", "shared before the varint that follows",
               "IDX-007", indexed(bytes([1, 0, 2 * (n + 3), n, 1, 0, 0, n, 7, 0x80, 0])))
    yield case("index-length-varint", "BAD_INDEX", "a region too long before the varint behind it",
               "IDX-007", indexed(bytes([1, 0, 2 * (n + 3), n, 1, 0, 0, n + 1, 0x80, 0])))
    frame = Frame(content_size=1)
    frame.chunk(chunk_payload(0xFFFF, b""), TEXT)
    yield case("sum-chunk", "BAD_LENGTH", "content_size before the chunk that passes it", "BLK-010",
               frame)
    yield case("index-region", "BAD_INDEX", "the block list before the regions", "IDX-007",
               indexed(bytes([1, 0, 2 * (n + 3), n + 1, 0x80, 0])))


def with_name(name):
    frame = Frame(profile_name=name)
    frame.block(0, b"")
    return frame
