"""Legal vectors for chapters 1 to 3 and 5: frames, index, layouts, stored and zstd streams. They
hold every choice that the format leaves to a writer, also those that no encoder here makes."""
from basics import DTYPES, EMBEDDED, LAYOUTS, REPEATS, SHA256, UNKNOWN, Rng
from case import legal
from frames import Frame, skippable
from streams import (Rans, Tables, chunk_payload, constant, packed, profile_file, split, zstd_frame,
                     zstd_match, zstd_stream, zstd_values, zstd_window_frame)

TEXT = b"The quick brown fox jumps over the lazy dog. "


def cases():
    yield from frame_cases()
    yield from index_cases()
    yield from layout_cases()
    yield from zstd_cases()


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
    frame = Frame()
    frame.chunk(payload_of(TEXT, len(TEXT) + 4096), TEXT)
    yield legal("payload-long", "a payload of 4096 bytes more than its content", "BLK-008", frame)


def payload_of(content, size):
    """A chunk payload of layout bytes of exactly this size: empty blocks fill a zstd frame."""
    for dictionary, check in ((None, False), (0, False), (0, True)):  # 0, 1, 5 bytes more
        for blocks in range(size // 3):
            frame = zstd_frame(content, dictionary=dictionary, check=check, empty_blocks=blocks)
            payload = chunk_payload("bytes", b"", zstd_stream(frame))
            if len(payload) == size:
                return payload
            if len(payload) > size:
                break
    raise ValueError(size)


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
    yield legal("regions-empty-between", "regions of length 0 at every place for them",
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
        frame = Frame(limit_log2=18)
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
    yield case("rle-greatest", "an RLE block of 128 KiB", "ZST-007",
               zstd_frame(b"z" * 131072, rle=True, size_code=2), b"z" * 131072)
    data = Rng(21).bytes(1024)
    blocks = [(0, None, data), (1, 1024, b"y"), (2, None, zstd_match(2048, 1024))]
    yield case("window-blocks", "a raw, an RLE and a compressed block as large as the window of 1024, "
               "and a match beyond it", "ZST-007 ZST-008", zstd_window_frame(*blocks),
               data + b"y" * 1024 + data)
    yield case("rle", "an RLE block", "ZST-002", zstd_frame(b"z" * 700, rle=True), b"z" * 700)
