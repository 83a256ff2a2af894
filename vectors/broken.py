"""Vectors that a decoder must reject. Each breaks one rule and is right in all else, checksums
included; the last ones break two and have the class of the first in the order of chapter 7."""
from case import broken
from frames import (CHUNK, DTYPES, EMBEDDED, INDEX, MAGIC, PROFILE, REPEAT, REPEATS, SHA256,
                    SKIP_MAGIC, UNKNOWN, Bits, Frame, Rans, Tables, chunk_payload, constant,
                    field_part, mixture_part, packed, profile_file, row_column_part, sha256,
                    skippable, table_set, u8, u64, varint, zstd_frame, zstd_stream,
                    zstd_values)
from legal import PROFILES as LEGAL_PROFILES
from legal import TEXT, one, some_profile

PROFILES = {"bad-version": profile_file([], version=2)}
BAD_VARINTS = [("padded", bytes([0x80, 0x00])), ("long", bytes([0x81] * 10 + [0])),
               ("2-64", bytes([0xFF] * 9 + [2]))]


def cases():
    yield from file_cases()
    yield from skippable_cases()
    yield from header_cases()
    yield from block_cases()
    yield from length_cases()
    yield from repeat_cases()
    yield from index_cases()
    yield from region_cases()
    yield from trailer_cases()
    yield from chunk_cases()
    yield from raw_cases()
    yield from zstd_cases()
    yield from rans_cases()
    yield from rans_data_cases()
    yield from table_cases()
    yield from context_cases()
    yield from set_cases()
    yield from profile_cases()
    yield from double_cases()


# ---- chapter 1: file, skippable frame, header

def file_cases():
    good = one(TEXT).bytes()
    yield broken("file-empty", "TRUNCATED", "an empty file", "FRM-001 FRM-002", b"")
    yield broken("file-half-magic", "TRUNCATED", "the first four bytes of a magic", "FRM-002",
                 good[:4])
    yield broken("file-magic-only", "TRUNCATED", "a magic and no more", "FRM-003", MAGIC)
    yield broken("file-other", "BAD_MAGIC", "a file of another kind", "FRM-002",
                 b"\x89PNG\r\n\x1a\n" + bytes(60))
    yield broken("file-text-mode", "BAD_MAGIC", "a magic whose CR LF became LF", "FRM-002",
                 good.replace(b"\r\n", b"\n"))
    yield broken("file-before", "BAD_MAGIC", "a byte before the frame", "FRM-001 FRM-002",
                 b"\0" + good)
    yield broken("file-behind", "BAD_MAGIC", "a byte behind the frame", "FRM-001 FRM-002",
                 good + b"\0")
    yield broken("file-behind-magic", "TRUNCATED", "half a magic behind the frame", "FRM-002",
                 good + SKIP_MAGIC[:5])
    yield broken("file-between", "BAD_MAGIC", "bytes between two frames", "FRM-001",
                 good + b"\r\n" + good)
    for size, where in ((9, "header"), (31, "the header's checksum"), (40, "a block's header"),
                        (70, "a payload"), (100, "a block's checksum"), (140, "the index"),
                        (len(good) - 1, "the end magic")):
        yield broken("file-cut-%d" % size, "TRUNCATED", "cut in %s" % where, "FRM-003",
                     good[:size])


def skippable_cases():
    data = b"notes"
    yield broken("skippable-length", "LIMIT", "data_length 2^48 + 1", "FRM-012",
                 skippable(data, length=(1 << 48) + 1))
    yield broken("skippable-cut", "TRUNCATED", "data_length of more than there is", "FRM-011",
                 skippable(data, length=1 << 48))
    yield broken("skippable-size", "BAD_TRAILER", "frame_size one too large", "FRM-013",
                 skippable(data, frame_size=len(data) + 41))
    yield broken("skippable-checksum", "CHECKSUM", "a bit of the checksum flipped", "FRM-014",
                 skippable(data, spoil=1))
    yield broken("skippable-end", "BAD_TRAILER", "another end magic", "FRM-015",
                 skippable(data, end=b"SCAPEENd"))
    yield broken("skippable-header-cut", "TRUNCATED", "cut within data_length", "FRM-010",
                 skippable(data)[:12])


def header_cases():
    yield broken("header-version-0", "UNSUPPORTED_VERSION", "version 0", "FRM-051",
                 one(TEXT, version=0))
    yield broken("header-version-2", "UNSUPPORTED_VERSION", "version 2, the header cut behind it",
                 "FRM-051 FRM-023 FRM-024", one(TEXT, version=2).bytes()[:9])
    for bit in range(4, 8):
        yield broken("header-flag-%d" % bit, "RESERVED", "reserved flag bit %d" % bit, "FRM-052",
                     one(TEXT, flags=1 << bit))
    for log2 in (0, 11, 27, 255):
        yield broken("header-limit-%d" % log2, "LIMIT", "chunk_limit_log2 %d" % log2, "FRM-053",
                     one(TEXT, limit_log2=log2))
    for byte in (0, 4):
        yield broken("header-reserved-%d" % byte, "RESERVED", "a bit in reserved byte %d" % byte,
                     "FRM-054", one(TEXT, reserved=1 << 8 * byte))
    for size in ((1 << 60) + 1, UNKNOWN - 1):
        yield broken("header-size-%x" % size, "LIMIT", "content_size %d" % size, "FRM-055",
                     one(TEXT, content_size=size))
    yield broken("header-checksum", "CHECKSUM", "a bit of the checksum flipped", "FRM-056",
                 one(TEXT, spoil_header=0x80))
    frame = one(TEXT, flags=EMBEDDED, profile_name=sha256(b""))
    yield broken("header-two-profiles", "BAD_HEADER", "a profile both named and embedded",
                 "FRM-021", frame)


# ---- chapter 1: blocks

def framed(payload, content=TEXT, **header):
    """A frame of one chunk with this payload."""
    frame = Frame(**header)
    frame.chunk(payload, content)
    return frame


def with_block(kind, payload, content_length=0, **more):
    frame = Frame()
    frame.stored(TEXT)
    frame.block(kind, payload, content_length, **more)
    return frame


def block_cases():
    for kind in (0, 5, 0x7F, 0xC0, 0xFF):
        yield broken("block-type-%d" % kind, "UNKNOWN_BLOCK", "block type %d" % kind, "BLK-001",
                     with_block(kind, b"payload"))
    for kind in (CHUNK, INDEX, 0x80):
        frame = Frame()
        stored = chunk_payload("bytes", b"", packed(list(TEXT), 8))
        if kind == CHUNK:
            frame.chunk(stored, TEXT, reserved=1)
        else:
            frame.stored(TEXT)
            if kind == INDEX:
                frame.index(reserved=1 << 23)
            else:
                frame.block(kind, b"", reserved=1 << 8)
        yield broken("block-reserved-%d" % kind, "RESERVED", "a reserved bit, block type %d" % kind,
                     "BLK-014", frame)
        frame = Frame()
        if kind == CHUNK:
            frame.chunk(stored, TEXT, spoil=1)
        else:
            frame.stored(TEXT)
            if kind == INDEX:
                frame.index(spoil=16)
            else:
                frame.block(kind, b"ignored?", spoil=2)
        yield broken("block-checksum-%d" % kind, "CHECKSUM",
                     "a bit of the checksum flipped, block type %d" % kind, "BLK-015", frame)
    yield from order_cases()


def order_cases():
    profile = LEGAL_PROFILES["no-sets"]
    frame = Frame()
    frame.profile(profile)
    yield broken("order-profile-unflagged", "BAD_ORDER", "a PROFILE block without the flag",
                 "BLK-002", frame)
    frame = Frame(EMBEDDED)
    frame.stored(TEXT)
    yield broken("order-profile-missing", "BAD_ORDER", "PROFILE_EMBEDDED and no PROFILE block",
                 "BLK-002", frame)
    yield broken("order-profile-missing-empty", "BAD_ORDER",
                 "PROFILE_EMBEDDED and only an INDEX block", "BLK-002", Frame(EMBEDDED))
    frame = Frame(EMBEDDED)
    frame.block(0x80, b"first")
    frame.profile(profile)
    yield broken("order-profile-second", "BAD_ORDER", "an extension before the PROFILE block",
                 "BLK-002", frame)
    frame = Frame(EMBEDDED)
    frame.profile(profile)
    frame.profile(profile)
    yield broken("order-profile-twice", "BAD_ORDER", "two PROFILE blocks", "BLK-002", frame)
    frame = Frame()
    frame.repeat(frame.stored(TEXT), TEXT)
    yield broken("order-repeat-unflagged", "BAD_ORDER", "a REPEAT block without HAS_REPEATS",
                 "BLK-003", frame)
    frame = Frame(content_size=UNKNOWN)
    frame.stored(TEXT)
    frame.index()
    frame.stored(TEXT)
    yield broken("order-behind-index", "BAD_TRAILER", "a CHUNK behind the INDEX block, where the "
                 "trailer must be", "BLK-004 FRM-067", frame)
    frame = Frame()
    frame.index()
    frame.index()
    yield broken("order-two-indexes", "BAD_TRAILER", "two INDEX blocks", "BLK-004 FRM-067", frame)
    frame = Frame()
    frame.stored(TEXT)
    frame.index_size = 0
    yield broken("order-no-index", "UNKNOWN_BLOCK", "no INDEX block: the trailer's first byte is "
                 "read as a type", "BLK-004 BLK-001", frame.bytes(index_size=0))


def length_cases():
    frame = Frame()
    frame.block(CHUNK, chunk_payload("bytes", b""), 0)
    frame.list(2, 0)
    yield broken("length-chunk-0", "BAD_LENGTH", "a CHUNK of no content", "BLK-005", frame)
    frame = Frame(REPEATS)
    at = frame.stored(TEXT)
    frame.repeat(at, b"")
    yield broken("length-repeat-0", "BAD_LENGTH", "a REPEAT of no content", "BLK-005", frame)
    for kind, name in ((0x80, "extension"), (INDEX, "index"), (PROFILE, "profile")):
        frame = Frame(EMBEDDED if kind == PROFILE else 0, content_size=UNKNOWN)
        if kind == INDEX:
            frame.index(content_length=1)
        elif kind == PROFILE:
            frame.profile(LEGAL_PROFILES["no-sets"], content_length=1)
        else:
            frame.block(kind, b"", 1)
        yield broken("length-%s-content" % name, "BAD_LENGTH", "content_length 1 in this block",
                     "BLK-005", frame)
    yield broken("length-chunk-limit", "LIMIT", "a chunk of 4097 bytes, the limit is 2^12",
                 "BLK-006", one(bytes(4097)))
    yield broken("length-sum-over", "BAD_LENGTH", "more content than content_size", "BLK-007",
                 one(TEXT, content_size=len(TEXT) - 1))
    yield broken("length-sum-under", "BAD_LENGTH", "less content than content_size", "BLK-007",
                 one(TEXT, content_size=len(TEXT) + 1))
    yield broken("length-sum-none", "BAD_LENGTH", "no content, content_size 1", "BLK-007",
                 Frame(content_size=1))
    frame = Frame(REPEATS)
    frame.repeat(0, TEXT, payload=u64(32) + b"\0")
    yield broken("length-repeat-payload", "BAD_LENGTH", "a REPEAT payload of 9 bytes", "BLK-008",
                 frame)
    content = b"a"
    for extra, name in ((4097, "chunk"),):
        over = (1 + extra - 16) // 3
        payload = chunk_payload("bytes", b"", zstd_stream(zstd_frame(content, empty_blocks=over)))
        while len(payload) <= 1 + 4096:
            over += 1
            payload = chunk_payload("bytes", b"", zstd_stream(zstd_frame(content,
                                                                         empty_blocks=over)))
        yield broken("length-%s-payload" % name, "LIMIT",
                     "a payload of 4097 to 4099 bytes more than its content", "BLK-008",
                     framed(payload, content))
    for kind, limit, name in ((0x80, 24, "extension"), (INDEX, 30, "index"),
                              (PROFILE, 24, "profile")):
        frame = Frame(EMBEDDED if kind == PROFILE else 0)
        frame.block(kind, b"", payload_length=(1 << limit) + 1)
        frame.index_size = 20
        yield broken("length-%s-limit" % name, "LIMIT", "a payload_length of 2^%d + 1" % limit,
                     "BLK-008", frame.header() + frame.blocks)
        frame = Frame(EMBEDDED if kind == PROFILE else 0)
        frame.block(kind, b"", payload_length=1 << limit)
        yield broken("length-%s-cut" % name, "TRUNCATED", "a payload_length of 2^%d, and the end"
                     % limit, "FRM-003 BLK-010", frame.header() + frame.blocks)


def repeat_cases():
    def frame_with(target, content=TEXT, first=TEXT):
        frame = Frame(REPEATS)
        at = frame.stored(first)
        frame.repeat(at + target, content)
        return frame
    yield broken("repeat-inside", "BAD_REPEAT", "an offset one byte into a block", "BLK-012",
                 frame_with(1))
    yield broken("repeat-header", "BAD_REPEAT", "offset 0, the frame's header", "BLK-012",
                 frame_with(-32))
    frame = Frame(REPEATS)
    frame.repeat(32, TEXT)
    yield broken("repeat-itself", "BAD_REPEAT", "a REPEAT of itself", "BLK-012", frame)
    frame = Frame(REPEATS)
    at = frame.stored(TEXT)
    second = frame.repeat(at, TEXT)
    frame.repeat(second, TEXT)
    yield broken("repeat-repeat", "BAD_REPEAT", "a REPEAT of a REPEAT", "BLK-012", frame)
    frame = Frame(REPEATS)
    at = frame.stored(TEXT)
    frame.repeat(at + len(TEXT) + 23 + 28, TEXT)
    frame.stored(TEXT)
    yield broken("repeat-later", "BAD_REPEAT", "a REPEAT of a later chunk", "BLK-012", frame)
    yield broken("repeat-shorter", "BAD_REPEAT", "content_length less than the chunk's", "BLK-012",
                 frame_with(0, TEXT[:-1]))
    yield broken("repeat-longer", "BAD_REPEAT", "content_length more than the chunk's", "BLK-012",
                 frame_with(0, TEXT + b"x"))
    frame = Frame(REPEATS)
    at = frame.block(0x80, b"extension")
    frame.stored(TEXT)
    frame.repeat(at, TEXT)
    yield broken("repeat-extension", "BAD_REPEAT", "a REPEAT of an extension block", "BLK-012",
                 frame)
    other = Frame(REPEATS)
    other.repeat(32, TEXT)
    yield broken("repeat-other-frame", "BAD_REPEAT", "a REPEAT of a chunk of the frame before",
                 "BLK-012 FRM-004", one(TEXT).bytes() + other.bytes())


# ---- chapter 1: index and trailer

def indexed(payload, frame=None):
    """A frame of one stored chunk, or the given one, whose index has this payload."""
    frame = frame or one(TEXT)
    return frame.index(payload)


def index_cases():
    n = len(TEXT)
    blocks = bytes([1, 0, 2 * (n + 3), n])
    regions = bytes([1, 0, 0, n, 0, 0])
    for name, text, payload in (
            ("count-more", "block_count 2 for one block", bytes([2]) + blocks[1:] * 2 + regions),
            ("count-less", "block_count 0 for one block", bytes([0]) + regions),
            ("gap", "a gap of 1 where there is none", bytes([1, 1]) + blocks[2:] + regions),
            ("size", "another payload_length", bytes([1, 0, 2 * (n + 4), n]) + regions),
            ("kind", "a CHUNK listed as a REPEAT", bytes([1, 0, 2 * (n + 3) + 1, n]) + regions),
            ("length", "another content_length", bytes([1, 0, 2 * (n + 3), n + 1]) + regions)):
        yield broken("index-" + name, "BAD_INDEX", text, "IDX-002", indexed(payload))
    frame = Frame()
    frame.block(0x80, b"extension")
    frame.stored(TEXT)
    frame.listed[0][0] = 0
    yield broken("index-gap-0", "BAD_INDEX", "gap 0 behind an extension block", "IDX-002", frame)
    yield broken("index-long", "BAD_INDEX", "a byte behind the last region", "IDX-001",
                 indexed(blocks + regions + b"\0"))
    for size in (0, 3, len(blocks), len(blocks + regions) - 1):
        yield broken("index-short-%d" % size, "BAD_INDEX", "a payload that ends after %d bytes"
                     % size, "IDX-001 VAL-013", indexed((blocks + regions)[:size]))
    yield broken("index-half-varint", "BAD_INDEX", "a payload that ends within a varint", "VAL-013",
                 indexed(blocks[:3] + bytes([0x80])))
    for name, bad in BAD_VARINTS:
        yield broken("index-varint-" + name, "BAD_VARINT", "a varint that is %s" % name,
                     "CNV-013 IDX-001", indexed(blocks + bad))


def region_cases():
    n = len(TEXT)
    blocks = bytes([1, 0, 2 * (n + 3), n])

    def region(length, dtype=b"\0", dims=b"\0", name=b"\0\0"):
        return dtype + dims + varint(length) + name

    def regions(*rows):
        return indexed(blocks + varint(len(rows)) + b"".join(rows))
    yield broken("region-dtype", "BAD_INDEX", "dtype 2^16", "IDX-011",
                 regions(region(n, dtype=varint(1 << 16))))
    yield broken("region-rank", "BAD_INDEX", "rank 9", "IDX-012",
                 regions(region(n, dims=bytes([9] + [1] * 9))))
    yield broken("region-shared-first", "BAD_INDEX", "shared 1 in the first region", "IDX-013",
                 regions(region(n, name=b"\1\0")))
    yield broken("region-shared", "BAD_INDEX", "shared longer than the name before", "IDX-013",
                 regions(region(0, name=b"\0\3abc"), region(n, name=b"\4\0")))
    long_name = bytes([0]) + varint(4096) + b"x" * 4096
    yield broken("region-name", "BAD_INDEX", "a name of 4097 bytes", "IDX-014",
                 regions(region(n, name=bytes([0]) + varint(4097) + b"x" * 4097)))
    yield broken("region-name-shared", "BAD_INDEX", "a name of 4096 shared bytes and one more",
                 "IDX-014", regions(region(0, name=long_name),
                                    region(n, name=varint(4096) + b"\1y")))
    yield broken("region-name-zero", "BAD_INDEX", "a zero byte in a name", "IDX-015",
                 regions(region(n, name=b"\0\3a\0b")))
    yield broken("region-none", "BAD_INDEX", "content and no region", "IDX-003", regions())
    yield broken("region-short", "BAD_INDEX", "regions that end before the content", "IDX-003",
                 regions(region(n - 1)))
    yield broken("region-long", "BAD_INDEX", "a region longer than the content", "IDX-003",
                 regions(region(n + 1)))
    yield broken("region-overflow", "BAD_INDEX", "lengths whose sum passes 2^64", "IDX-003",
                 regions(region(n), region(UNKNOWN - n + 1), region(n)))
    yield broken("region-inside", "BAD_INDEX", "a region that starts within a block", "IDX-004",
                 regions(region(5), region(n - 5)))
    yield broken("region-inside-empty", "BAD_INDEX", "an empty region within a block", "IDX-004",
                 regions(region(5), region(0), region(n - 5)))
    frame = Frame()
    frame.region(1, DTYPES["U8"])
    yield broken("region-no-content", "BAD_INDEX", "a region of one byte and no content",
                 "IDX-003", frame)
    yield broken("region-count", "BAD_INDEX", "region_count 2^63 and one region", "IDX-001",
                 indexed(blocks + varint(1 << 63) + region(n)))


def trailer_cases():
    n = len(TEXT)

    def trailer(name, error, text, clauses, flags=0, **parts):
        return broken("trailer-" + name, error, text, clauses, one(TEXT, flags=flags).bytes(**parts))
    yield trailer("index-size", "BAD_TRAILER", "index_size one too small", "FRM-061",
                  index_size=29)
    yield trailer("content-size", "BAD_TRAILER", "content_size one too large", "FRM-062",
                  content_size=n + 1)
    yield trailer("digest", "CONTENT_HASH", "the digest of other content", "FRM-063", flags=SHA256,
                  digest=sha256(TEXT + b"."))
    yield trailer("digest-0", "CONTENT_HASH", "a digest of zeros", "FRM-063", flags=SHA256,
                  digest=bytes(32))
    yield trailer("digest-unflagged", "RESERVED", "the right digest without CONTENT_SHA256",
                  "FRM-064", digest=sha256(TEXT))
    yield trailer("frame-size", "BAD_TRAILER", "frame_size one too large", "FRM-065",
                  frame_size=len(one(TEXT).bytes()) + 1)
    yield trailer("checksum", "CHECKSUM", "a bit of the checksum flipped", "FRM-066", spoil=4)
    yield trailer("end", "BAD_TRAILER", "another end magic", "FRM-067", end=b"scapeend")
    second = one(TEXT)
    size = len(second.bytes())
    yield broken("trailer-frame-size-file", "BAD_TRAILER", "frame_size counted from the file's start",
                 "FRM-065", one(TEXT).bytes() + second.bytes(frame_size=2 * size))
    second = one(b"second")
    yield broken("second-frame", "CHECKSUM", "a fault in the second frame of a file", "VAL-010",
                 one(TEXT).bytes() + second.bytes(spoil=1))


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
    from frames import LAYOUTS
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
        yield broken("constant-%d" % value, "BAD_VALUE", "the value %d in a field of 10 bits" % value,
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
    yield broken("zstd-value", "BAD_VALUE", "the value 1024 in a field of 10 bits", "ZST-006",
                 sym_chunk(zstd_stream(zstd_frame(zstd_values([0, 1024, 0], 16)))))


# ---- chapter 4: the stream

VALUES = [3, 4, 4, 5, 3, 4, 6, 4, 3, 5] * 5


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
        yield broken("rans-short-%d" % size, "PAYLOAD_SHORT", "a payload that ends before %s is whole"
                     % where, "LAY-001 RNS-001", streamed(good[:size]))
    stream.word_counts = [(1 << 64) - 1]
    yield broken("rans-word-count", "PAYLOAD_SHORT", "word_count 2^64 - 1", "RNS-001 CNV-012",
                 streamed(stream))
    stream.word_counts = [1 << 63]
    yield broken("rans-word-count-63", "PAYLOAD_SHORT", "word_count 2^63, whose bytes are 2^64",
                 "RNS-001 CNV-012", streamed(stream))
    for name, bad in BAD_VARINTS:
        yield broken("rans-varint-" + name, "BAD_VARINT", "a word_count that is %s" % name, "CNV-013",
                     streamed(head + bad + bytes(200)))


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
    yield broken("rans-state-unused", "RANS_STATE", "a lane without elements that starts at 2^16 + 1",
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
    yield broken("rans-words-unused", "RANS_WORDS", "a word in a segment without elements", "RNS-014",
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
    yield broken("nested-value", "BAD_VALUE", "a nested CONSTANT beyond its width", "RAW-011 CTX-002",
                 mixed(mixture_part(2, 4, b"\2\2")))
    stream = Rans(ids, 1, own)
    stream.words[0].append(1)
    stream.word_counts[0] += 1
    yield broken("nested-words", "RANS_WORDS", "a word too many in a nested stream",
                 "RNS-014 CTX-001", mixed(mixture_part(2, 4, stream.bytes())))


def mixture_cases():
    for log2 in (0, 3, 17, 255):
        yield broken("mixture-log2-%d" % log2, "LIMIT", "2^%d elements share an id" % log2, "CTX-003",
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
    for function in (0, 4, 255):
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
    from frames import LAYOUTS
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
    yield case("runs-4097", "4097 runs", "CTX-022",
               u8(1) + u8(2) + u8(0) + varint(4097) + bytes([1, 0]) * 512)
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
                      field_part(1, 0, [(1, 0)]), 5)
        yield broken("field-wide", "BAD_CONTEXT", "a field of more than 16 bits", "CTX-021", framed(
            chunk_payload("ggml.q8_k", b"", constant(0, wide["width"]), stream.bytes()),
            bytes(292)))


# ---- chapters 4 and 6: sets and profiles

def with_set(stream, way=EMBEDDED):
    frame = Frame(way)
    if way == EMBEDDED:
        frame.profile(LEGAL_PROFILES["four-sets"])
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
    for shift in (-11, 237, 1 << 62, -(1 << 62)):
        stream = Rans(values, 8, ramp, source=2, use=0)
        stream.tables = varint(0) + varint(2 * shift if shift >= 0 else -2 * shift - 1)
        yield case("shift%+d" % shift, "values shifted out of [0, 2^8)", "TBL-031", stream)
    stream = Rans([i % 2 for i in range(50)], 10, Tables([0, 1], [{0: 1, 1: 1}], p=14), source=2,
                  use=3)
    yield case("width", "a set over 10 bits in a field of 8", "TBL-031", stream)


def profile_cases():
    good = LEGAL_PROFILES["four-sets"]
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


# ---- two faults: the first in the order of chapter 7 counts

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
    yield case("end-words", "RANS_STATE", "end states before words that are left", "RNS-013 RNS-014",
               streamed(stream))
    stream = escaping(lanes=1)
    stream.words[0].append(0)
    stream.word_counts[0] += 1
    stream.escape_count -= 1
    stream.escaped.pop()
    yield case("words-escape", "RANS_WORDS", "words before the number of escapes", "RNS-010",
               streamed(stream))
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
    yield case("index-region", "BAD_INDEX", "the block list before the regions", "IDX-007",
               indexed(bytes([1, 0, 2 * (n + 3), n + 1, 0x80, 0])))


def with_name(name):
    frame = Frame(profile_name=name)
    frame.block(0, b"")
    return frame
