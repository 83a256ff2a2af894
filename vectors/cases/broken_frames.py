"""Broken vectors for chapter 1. Each breaks one rule and is right in all else, checksums too."""
from basics import (CHUNK, DTYPES, EMBEDDED, INDEX, MAGIC, PROFILE, REPEATS, SHA256, SKIP_MAGIC,
                    UNKNOWN, sha256, u64, varint)
from case import broken
from frames import Frame, skippable
from legal_frames import TEXT, one, payload_of
from legal_profiles import PROFILES
from streams import chunk_payload, packed

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


# ---- chapter 1: file, skippable frame, header

def file_cases():
    good = one(TEXT).bytes()
    yield broken("file-empty", "TRUNCATED", "an empty file", "FRM-001 FRM-002 FRM-042", b"").run(
        "extract", None, ["TRUNCATED"], tensor="a")
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
    frame = Frame(REPEATS)
    frame.repeat(frame.stored(TEXT), TEXT, spoil=1)
    yield broken("block-checksum-2", "CHECKSUM", "a bit of the checksum flipped, a REPEAT block",
                 "BLK-015", frame)
    frame = Frame(EMBEDDED)
    frame.profile(PROFILES["no-sets"], spoil=1)
    yield broken("block-checksum-3", "CHECKSUM", "a bit of the checksum flipped, a PROFILE block",
                 "BLK-015", frame)
    yield from order_cases()


def order_cases():
    profile = PROFILES["no-sets"]
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
            frame.profile(PROFILES["no-sets"], content_length=1)
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
    yield broken("length-chunk-payload", "LIMIT", "a payload of 4097 bytes more than its content",
                 "BLK-008", framed(payload_of(TEXT, len(TEXT) + 4097), TEXT))
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
            ("count-only", "block_count 2, and all else as for one block",
             bytes([2]) + blocks[1:] + regions),
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
    yield broken("index-varint-end", "BAD_VARINT", "ten bytes with bit 7 set, and the payload's end",
                 "CNV-013 VAL-015", indexed(blocks[:3] + bytes([0x81] * 10)))
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
        data = one(TEXT, flags=flags).bytes(**parts)
        return broken("trailer-" + name, error, text, clauses, data)
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
    yield broken("trailer-frame-size-file", "BAD_TRAILER",
                 "frame_size counted from the file's start", "FRM-065",
                 one(TEXT).bytes() + second.bytes(frame_size=2 * size))
    second = one(b"second")
    yield broken("second-frame", "CHECKSUM", "a fault in the second frame of a file", "VAL-010",
                 one(TEXT).bytes() + second.bytes(spoil=1))
