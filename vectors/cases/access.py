"""Vectors for random access [FRM-040] to [FRM-042]: where a tensor is read alone, and files whose one
fault such a reader meets. Which class it ends in is not determined, so these runs take any; decoding
the same file from front to back has the class that is written here."""
from basics import (CHUNK, DTYPES, EMBEDDED, INDEX, NAMED, REPEATS, SHA256, UNKNOWN, checksum, sha256,
                    u32, u64, u8, varint)
from case import broken
from case import legal as good
from frames import Frame, skippable
from legal_frames import TEXT, one
from legal_profiles import PROFILES, some_profile
from streams import Rans, chunk_payload, packed

A, B = TEXT, b"another tensor, a bit longer than 32 bytes"
NAMES = (b"a", b"b", b"tied")


def legal():
    yield from legal_cases()
    yield memory_case()


def broken_ones():
    yield from bomb_cases()
    yield from broken_cases()


def three(flags=REPEATS, spoil_a=0, spoil_b=0, spoil_tied=0, payload_b=None, length_b=None,
          target=None, regions=True, **header):
    """Tensors a, b and tied (a REPEAT of a), and an empty one; an extension stands before b."""
    frame = Frame(flags, **header)
    if flags & EMBEDDED:
        frame.profile(PROFILES["four-sets"])
    at = frame.chunk(stored(A), A, spoil=spoil_a)
    frame.block(0x90, b"extension")
    payload = stored(B) if payload_b is None else payload_b
    frame.chunk(payload, B, spoil=spoil_b, payload_length=length_b)
    frame.repeat(at if target is None else target(at), A, spoil=spoil_tied)
    if regions:
        frame.region(len(A), DTYPES["U8"], (len(A),), b"a")
        frame.region(len(B), DTYPES["U8"], (len(B),), b"b")
        frame.region(0, DTYPES["BF16"], (0, 3), b"empty")
        frame.region(len(A), DTYPES["U8"], (len(A),), b"tied")
    return frame


def stored(content):
    return chunk_payload("bytes", b"", packed(list(content), 8))


# ---- legal

def legal_cases():
    frame = Frame(REPEATS | SHA256)
    first = frame.stored(A)
    frame.region(len(A), name=b"before")
    second = frame.stored(B)
    frame.block(0x81, b"between")
    frame.repeat(second, B)
    frame.repeat(first, A)
    frame.stored(b"end")
    frame.region(2 * len(B) + len(A) + 3, name=b"middle")
    frame.stored(A[::-1])
    frame.region(len(A), name=b"after")
    frame.region(0, name=b"nothing")
    yield good("access-several-blocks", "a tensor of four blocks, two of them REPEATs, between "
                "others", "FRM-040 FRM-041", frame)
    both = three().bytes() + skippable(b"notes") + one(TEXT).bytes() + second_frame().bytes()
    case = good("access-frames", "four frames; a name in two of them means the first", "FRM-040",
                 skippable(b"") + both, three().content + TEXT + second_frame().content)
    yield case.run("extract", second_frame().content[-4:], tensor="last")
    case = good("access-names", "names that begin alike, and one without a name", "FRM-040 IDX-006",
                 alike())
    case.run("extract", None, ["NOT_FOUND"], tensor="layer.1.weigh")
    case.run("extract", None, ["NOT_FOUND"], tensor="layer.1.weight.more")
    yield case.run("extract", None, ["NOT_FOUND"], tensor="")
    for way in (EMBEDDED, NAMED):
        yield profiled(way)
    for name, frame in (("sized", three()), ("unsized", three(content_size=UNKNOWN)),
                        ("sha256", three(REPEATS | SHA256))):
        case = good("access-pipe-" + name, "the same from a pipe: content, or NEEDS_SEEK at a "
                     "REPEAT", "BLK-013 LIM-012", frame)
        yield case.run("decode", frame.content, ["NEEDS_SEEK"], [A, A + B], input="pipe")
    frame = one(TEXT, content_size=UNKNOWN)
    case = good("access-pipe-no-repeat", "no REPEAT: a pipe is as good as a file", "LIM-012", frame)
    yield case.run("decode", frame.content, input="pipe")
    case = good("access-input", "an input that cannot be read", "VAL-020", three())
    case.run("decode", None, ["IO"], input="broken")
    case.run("extract", None, ["IO", "NEEDS_SEEK"], input="broken", tensor="a")
    yield case.run("extract", A, ["NEEDS_SEEK"], input="pipe", tensor="a")
    yield good("access-output", "an output that takes nothing", "VAL-020", one(TEXT)).run(
        "decode", None, ["IO"], output="full")
    yield good("access-no-frames", "a skippable frame alone has no tensors", "FRM-040",
                skippable(b"data"), b"").run("extract", None, ["NOT_FOUND"], tensor="a")


def second_frame():
    frame = Frame(SHA256)
    frame.stored(B)
    frame.region(len(B), name=b"a")
    frame.stored(b"last")
    frame.region(4, name=b"last")
    return frame


def alike():
    frame = Frame()
    for name in (b"layer.1.weight", b"", b"layer.1.weights", b"layer.1", b"layer.1.weight"):
        frame.stored(name or b"?")
        frame.region(len(name or b"?"), name=name)
    return frame


def profiled(way):
    data = PROFILES["four-sets"]
    values = [10 + i % 10 for i in range(50)]
    frame = Frame(EMBEDDED) if way == EMBEDDED else Frame(profile_name=sha256(data))
    if way == EMBEDDED:
        frame.profile(data)
    for name in (b"first", b"second"):
        frame.chunk(chunk_payload("bytes", b"", Rans(values, 8, some_profile()[0], source=2,
                                                     use=0).bytes()), bytes(values))
        frame.region(50, name=name)
    case = good("access-profile-" + ("embedded" if way == EMBEDDED else "named"),
                "two tensors under a profile, and too little memory for its tables",
                "FRM-041 PRF-002", frame, profiles=() if way == EMBEDDED else ("four-sets",))
    return case.run("extract", bytes(values), ["MEMORY"], max_memory=1 << 16, tensor="first")


# ---- a caller's limit

def memory_case():
    frame = one(bytes(range(256)) * 64, limit_log2=14)
    frame.region(1 << 14, name=b"t")
    case = good("access-memory", "16 KiB of content, and callers that allow too little memory for "
                 "any decoder, or plenty", "LIM-002 VAL-020", frame)
    case.run("decode", None, ["MEMORY"], max_memory=1024)
    case.run("decode", frame.content, max_memory=64 << 20)
    case.run("extract", None, ["MEMORY"], max_memory=1024, tensor="t")
    return case.run("extract", frame.content, max_memory=64 << 20, tensor="t")


def bomb_cases():
    for name, content in (("chunk", 1 << 22), ("chunk-coder", 1 << 22)):
        frame = Frame(limit_log2=22)
        if name == "chunk":
            frame.block(CHUNK, chunk_payload(2, b"", *[u8(0)] * 4), content)
        else:
            frame.block(CHUNK, chunk_payload("bytes", b"", u8(7)), content)
        data = frame.header()[:16] + u64(content)
        data += checksum(data) + frame.blocks
        error = "PAYLOAD_SHORT" if name == "chunk" else "UNKNOWN_CODER"
        case = broken("access-memory-" + name, error, "a chunk that says 4 MiB, in a caller's 4 MiB",
                      "LIM-002 LIM-010" + (" LAY-001" if name == "chunk" else " LAY-020"), data)
        yield case.run("decode", None, [error, "MEMORY"], max_memory=4 << 20)


# ---- broken

def met(name, error, text, clauses, data, tensors=NAMES, profiles=()):
    """A fault that reading any of these tensors alone meets, too; reading another one may."""
    case = broken("access-" + name, error, text, "FRM-042 " + clauses, data, profiles)
    for tensor, content in zip(NAMES, (A, B, A)):
        if tensor in tensors:
            case.run("extract", None, ["ANY"], tensor=tensor.decode())
        elif not profiles and not name.startswith("profile"):
            case.run("extract", content, ["ANY", "NOT_FOUND"], tensor=tensor.decode())
    return case


def broken_cases():
    yield from ends()
    yield from headers()
    yield from trailers()
    yield from indexes()
    yield from lists()
    yield from blocks()
    yield from profile_blocks()


def ends():
    good = three().bytes()
    yield met("before", "BAD_MAGIC", "a byte before the first frame", "FRM-001", b"x" + good)
    yield met("before-39", "BAD_MAGIC", "39 bytes before the first frame, an end magic among them",
              "FRM-001", bytes(15) + u64(39) + bytes(8) + b"SCAPEEND" + good)
    yield met("before-end", "BAD_MAGIC", "40 bytes before the first frame that end like one, but are "
              "of no kind", "FRM-001 FRM-002", bytes(16) + u64(40) + bytes(8) + b"SCAPEEND" + good)
    yield met("behind", "BAD_MAGIC", "a byte behind the last frame", "FRM-001", good + b"x")
    yield met("cut", "TRUNCATED", "cut by a byte", "FRM-003", good[:-1])
    yield met("skippable-long", "BAD_TRAILER", "a skippable frame before it whose data_length is one "
              "too large", "FRM-013", skippable(b"data", length=5) + good)
    for name, error, data in (
            ("size", "BAD_TRAILER", skippable(b"data", frame_size=45)),
            ("size-over", "BAD_TRAILER", skippable(b"data", frame_size=1 << 40)),
            ("size-0", "BAD_TRAILER", skippable(b"data", frame_size=0)),
            ("size-39", "BAD_TRAILER", skippable(b"data", frame_size=39)),
            ("end", "BAD_TRAILER", skippable(b"data", end=b"SCAPEENX"))):
        yield met("skippable-" + name, error, "a skippable frame before it, %s wrong" % name,
                  "FRM-013 FRM-015", data + good)
    data = bytearray(skippable(bytes(9)))
    data[8:16] = u64(8)
    data[-16:-8] = checksum(bytes(data[:-16]))
    yield met("skippable-length", "BAD_TRAILER", "a skippable frame whose data_length is one too "
              "small", "FRM-013 FRM-015", bytes(data) + good)
    yield met("skippable-limit", "LIMIT", "a skippable frame whose data_length is 2^48 + 1",
              "FRM-012", skippable(b"data", length=(1 << 48) + 1) + good)


def headers():
    for name, error, clause, more in (
            ("version", "UNSUPPORTED_VERSION", "FRM-051", {"version": 2}),
            ("flag", "RESERVED", "FRM-052", {"flags": REPEATS | 16}),
            ("reserved", "RESERVED", "FRM-054", {"reserved": 1 << 32}),
            ("limit", "LIMIT", "FRM-053", {"limit_log2": 27}),
            ("size", "LIMIT", "FRM-055", {"content_size": (1 << 60) + 1}),
            ("checksum", "CHECKSUM", "FRM-056", {"spoil_header": 1})):
        yield met("header-" + name, error, "the header's %s" % name, clause, three(**more))
    for name, size in (("more", 1), ("less", -1)):
        yield met("header-content-" + name, "BAD_LENGTH", "content_size one %s than there is" % name,
                  "BLK-007", three(content_size=2 * len(A) + len(B) + size))
    yield met("header-no-repeats", "BAD_ORDER", "a REPEAT without HAS_REPEATS", "BLK-003",
              three(flags=0))


def trailers():
    size = len(three().bytes())
    n = 2 * len(A) + len(B)
    for name, error, clause, more in (
            ("end", "BAD_TRAILER", "FRM-067", {"end": b"SCAPEEMD"}),
            ("checksum", "CHECKSUM", "FRM-066", {"spoil": 128}),
            ("digest", "RESERVED", "FRM-064", {"digest": bytes(31) + b"\1"}),
            ("index-0", "BAD_TRAILER", "FRM-061", {"index_size": 0}),
            ("index-19", "BAD_TRAILER", "FRM-061", {"index_size": 19}),
            ("index-huge", "BAD_TRAILER", "FRM-061", {"index_size": UNKNOWN}),
            ("index-all", "BAD_TRAILER", "FRM-061", {"index_size": size - 104}),
            ("index-over", "BAD_TRAILER", "FRM-061", {"index_size": size - 103}),
            ("content-more", "BAD_TRAILER", "FRM-062", {"content_size": n + 1}),
            ("content-less", "BAD_TRAILER", "FRM-062", {"content_size": n - 1}),
            ("content-huge", "BAD_TRAILER", "FRM-062", {"content_size": UNKNOWN}),
            ("frame-more", "BAD_TRAILER", "FRM-065", {"frame_size": size + 1}),
            ("frame-less", "BAD_TRAILER", "FRM-065", {"frame_size": size - 1}),
            ("frame-39", "BAD_TRAILER", "FRM-065", {"frame_size": 39}),
            ("frame-0", "BAD_TRAILER", "FRM-065", {"frame_size": 0}),
            ("frame-huge", "BAD_TRAILER", "FRM-065", {"frame_size": UNKNOWN})):
        yield met("trailer-" + name, error, "the trailer's %s" % name, clause, three().bytes(**more))
    for name, more in (("more", n + 1), ("less", n - 1)):
        yield met("trailer-unsized-" + name, "BAD_TRAILER", "the trailer's content_size, one %s; the "
                  "header does not know it" % name, "FRM-062",
                  three(content_size=UNKNOWN).bytes(content_size=more))
    yield met("trailer-unsized-huge", "BAD_TRAILER", "the trailer's content_size, 2^60 + 1; the header "
              "does not know it", "FRM-062", three(content_size=UNKNOWN).bytes(
                  content_size=(1 << 60) + 1))


def indexes():
    for name, error, clause, more in (
            ("reserved", "RESERVED", "BLK-014", {"reserved": 1}),
            ("content", "BAD_LENGTH", "BLK-005", {"content_length": 1}),
            ("checksum", "CHECKSUM", "BLK-015", {"spoil": 1})):
        frame = three()
        yield met("index-" + name, error, "the INDEX block's %s" % name, clause,
                  frame.index(None, **more))
    frame = three()
    payload = frame.block_list() + frame.region_list()
    frame.block(0x80, payload)
    frame.index_size = len(payload) + 20
    yield met("index-type", "UNKNOWN_BLOCK", "an extension in the place of the INDEX block: the "
              "trailer is read as a block", "BLK-004 BLK-001",
              frame.header() + frame.blocks + frame.trailer())
    regions = [(DTYPES["U8"], (), len(A), b"a"), (DTYPES["U8"], (), len(B), b"b"),
               (0, (), len(A), b"tied")]

    def listed(rows, behind=b"", count=None):
        out = varint(len(rows) if count is None else count)
        for dtype, dims, length, name in rows:
            out += varint(dtype) + varint(len(dims)) + b"".join(map(varint, dims))
            out += varint(length) + varint(0) + varint(len(name)) + name
        return out + behind

    def case(name, clause, text, rows):
        frame = three(regions=False)
        return met("regions-" + name, "BAD_INDEX", text, clause,
                   frame.index(frame.block_list() + rows))
    a, b, tied = regions
    yield case("long", "IDX-001", "a byte behind the last region", listed(regions, b"\0"))
    yield case("short", "IDX-001", "the last name cut", listed(regions)[:-1])
    yield case("count", "IDX-001", "a region less than region_count", listed(regions, count=4))
    yield case("missing", "IDX-003", "no region for the end of the content", listed(regions[:2]))
    yield case("none", "IDX-003", "content and no region", listed([]))
    yield case("inside", "IDX-004", "a region that starts inside a block",
               listed([a[:2] + (len(A) - 1,) + a[3:], b[:2] + (len(B) + 1,) + b[3:], tied]))
    yield case("over", "IDX-003", "a region that passes the end of the content",
               listed([a, b, tied[:2] + (len(A) + 1,) + tied[3:]]))
    yield case("wrap", "IDX-003 CNV-012", "lengths whose sum is that of the content modulo 2^64",
               listed([a, b, tied, (0, (), UNKNOWN, b"x"), (0, (), 1, b"y")]))
    yield case("dtype", "IDX-011", "a dtype of 2^16", listed([a, b, (1 << 16,) + tied[1:]]))
    yield case("rank", "IDX-012", "nine dimensions", listed([a, b, (0, (1,) * 9) + tied[2:]]))
    yield case("zero", "IDX-015", "a zero byte in a name", listed([a, b, tied[:3] + (b"ti\0d",)]))
    yield case("name", "IDX-014", "a name of 4097 bytes",
               listed([a, b, tied[:3] + (b"n" * 4097,), (0, (), 0, b"tied")]))
    first = listed([a])[1:]
    shared = varint(DTYPES["U8"]) + varint(0) + varint(len(B)) + varint(2) + varint(1) + b"b"
    yield case("shared", "IDX-013", "a name that shares more than the name before has",
               varint(3) + first + shared + listed([tied])[1:])
    huge = varint(DTYPES["U8"]) + varint(0) + varint(len(B)) + varint(1) + varint(UNKNOWN) + b"b"
    yield case("suffix-huge", "IDX-014 CNV-012", "a suffix of 2^64 - 1 bytes",
               varint(3) + first + huge + listed([tied])[1:])


def lists():
    """Faults of the block list, with the blocks as they must be."""
    def case(name, text, change, tensors=NAMES, clause="IDX-002", error="BAD_INDEX", **more):
        frame = three(**more)
        change(frame.listed)
        return met("list-" + name, error, text, clause, frame, tensors)

    def put(row, column, by):
        def change(listed):
            listed[row][column] += by
        return change

    def moved(listed):
        listed[0][2] += 1
        listed[1][2] -= 1

    def swapped(listed):
        listed[0], listed[1] = listed[1], listed[0]

    def wrapped(listed):
        listed.append([0, 46, 1 << 63])
        listed.append([0, 46, 1 << 63])
    yield case("gap", "a gap one too large", put(1, 0, 1))
    behind = (b"b", b"tied")
    yield case("gap-less", "a gap one too small", put(1, 0, -1), behind)
    yield case("gap-first", "a gap of one before the first block", put(0, 0, 1))
    yield case("gap-huge", "a gap that passes the INDEX block", put(2, 0, 1 << 40))
    yield case("gap-wrap", "a gap near 2^64", put(2, 0, UNKNOWN))
    yield case("size", "a payload_length one too large", put(0, 1, 2))
    yield case("size-less", "a payload_length one too small", put(1, 1, -2), behind)
    yield case("size-last", "the last payload_length one too large", put(2, 1, 2))
    yield case("size-huge", "a payload_length of 2^32", put(2, 1, 2 << 32))
    yield case("kind", "a CHUNK listed as a REPEAT", put(1, 1, 1), (b"b",))
    yield case("kind-repeat", "a REPEAT listed as a CHUNK", put(2, 1, -1), (b"tied",))
    yield case("length", "a content_length one too large", put(0, 2, 1))
    yield case("length-less", "a content_length one too small", put(2, 2, -1))
    yield case("length-0", "a content_length of 0", put(1, 2, -len(B)))
    yield case("length-wrap", "a content_length that is right modulo 2^32", put(1, 2, 1 << 32))
    yield case("moved", "a byte of content moved from b to a", moved)
    yield case("swapped", "two blocks in the wrong order", swapped)
    yield case("less", "the last block not listed", lambda listed: listed.pop())
    yield case("none", "no block listed", lambda listed: listed.clear())
    yield case("more", "the last block listed twice", lambda listed: listed.append([0, 16, len(A)]))
    yield case("sum-wrap", "two blocks more, of 2^63 bytes each", wrapped)


def blocks():
    """Faults of one block, the list as the block must be."""
    yield met("block-checksum", "CHECKSUM", "the checksum of a chunk", "BLK-015", three(spoil_b=4),
              (b"b",))
    yield met("block-checksum-target", "CHECKSUM", "the checksum of a chunk that a REPEAT names",
              "BLK-015", three(spoil_a=4), (b"a", b"tied"))
    yield met("block-checksum-repeat", "CHECKSUM", "the checksum of a REPEAT", "BLK-015",
              three(spoil_tied=4), (b"tied",))
    yield met("block-layout", "UNKNOWN_LAYOUT", "a chunk of an unknown layout", "LAY-005",
              three(payload_b=chunk_payload(0xFFFF, b"", bytes(9))), (b"b",))
    for name, error, target in (
            ("inside", "BAD_REPEAT", lambda at: at + 1),
            ("header", "BAD_REPEAT", lambda at: 0),
            ("extension", "BAD_REPEAT", lambda at: at + 20 + len(stored(A))),
            ("other-length", "BAD_REPEAT", lambda at: at + 49 + len(stored(A))),
            ("itself", "BAD_REPEAT", lambda at: at + 69 + len(stored(A)) + len(stored(B))),
            ("huge", "BAD_REPEAT", lambda at: UNKNOWN)):
        yield met("repeat-" + name, error, "a REPEAT of an offset where no fitting chunk starts",
                  "BLK-012", three(target=target), (b"tied",))
    frame = Frame(REPEATS)
    at = frame.stored(A)
    second = frame.repeat(at, A)
    frame.repeat(second, A)
    for name in (b"a", b"second", b"tied"):
        frame.region(len(A), name=name)
    yield met("repeat-repeat", "BAD_REPEAT", "a REPEAT of a REPEAT", "BLK-012", frame, (b"tied",))
    frame = Frame(REPEATS)
    frame.repeat(60, A)
    frame.stored(A)
    frame.region(len(A), name=b"tied").region(len(A), name=b"a")
    yield met("repeat-later", "BAD_REPEAT", "a REPEAT of a later chunk", "BLK-012", frame, (b"tied",))
    yield from listed_blocks()
    yield from block_headers()


def listed_blocks():
    """A block that the list tells truly, and that no frame may have."""
    end = b"end"
    for name, error, clause, text, change in (
            ("repeat-short", "BAD_LENGTH", "BLK-008", "a REPEAT with a payload of 7 bytes",
             lambda frame: frame.repeat(32, A, u64(32)[:7])),
            ("repeat-long", "BAD_LENGTH", "BLK-008", "a REPEAT with a payload of 9 bytes",
             lambda frame: frame.repeat(32, A, u64(32) + b"\0")),
            ("chunk-long", "LIMIT", "BLK-008", "a chunk of 4097 payload bytes more than content",
             lambda frame: frame.chunk(stored(end) + bytes(4094), end)),
            ("chunk-nothing", "BAD_LENGTH", "BLK-005", "a chunk without content",
             lambda frame: frame.chunk(stored(b""), b"")),
            ("chunk-over", "LIMIT", "BLK-006", "a chunk of more content than chunk_limit_log2 allows",
             lambda frame: frame.stored(bytes(4097)))):
        frame = three()
        size = len(frame.content)
        change(frame)
        frame.region(len(frame.content) - size, name=b"more")
        yield met("list-" + name, error, text + ", behind the tensors", clause, frame)


def block_headers():
    """A block whose own header is not what the list says, its checksum made good again."""
    def changed(at, data, start):
        frame = three()
        raw = bytearray(frame.blocks)
        raw[start + at:start + at + len(data)] = data
        length = int.from_bytes(frame.blocks[start + 4:start + 8], "little")
        end = start + 12 + length
        raw[end:end + 8] = checksum(bytes(raw[start:end]))
        frame.blocks = bytes(raw)
        return frame
    b_at = 20 + len(stored(A)) + 29
    tied_at = b_at + 20 + len(stored(B))
    for name, error, clause, tensor, frame in (
            ("type", "BAD_LENGTH", "BLK-005", b"b", changed(0, u8(INDEX), b_at)),
            ("reserved", "RESERVED", "BLK-014", b"b", changed(3, b"\1", b_at)),
            ("content", "BAD_LENGTH", "BLK-007", b"b", changed(8, u32(4000), b_at)),
            ("payload", "TRUNCATED", "FRM-003", b"b", changed(4, u32(3000), b_at)),
            ("repeat-type", "BAD_LENGTH", "BLK-005", b"tied", changed(0, u8(INDEX), tied_at)),
            ("repeat-reserved", "RESERVED", "BLK-014", b"tied", changed(1, b"\x80", tied_at)),
            ("repeat-content", "BAD_LENGTH", "BLK-007", b"tied",
             changed(8, u32(len(A) + 1), tied_at))):
        yield met("block-" + name, error, "a block's own header, unlike the list", clause, frame,
                  (tensor,))


def profile_blocks():
    data = PROFILES["four-sets"]
    values = [10 + i % 10 for i in range(50)]

    def framed(flags, profile_name=None):
        frame = Frame(flags, profile_name=profile_name)
        yield frame
        frame.chunk(chunk_payload("bytes", b"", Rans(values, 8, some_profile()[0], source=2,
                                                     use=0).bytes()), bytes(values))
        frame.region(50, name=b"a")

    def with_profile(payload, **more):
        made = framed(EMBEDDED)
        frame = next(made)
        frame.profile(payload, **more)
        for _ in made:
            pass
        return frame
    for name, error, clause, frame in (
            ("checksum", "CHECKSUM", "BLK-015", with_profile(data, spoil=1)),
            ("reserved", "RESERVED", "BLK-014", with_profile(data, reserved=1)),
            ("bad", "PROFILE_BAD", "PRF-001", with_profile(data[:-1] + b"!")),
            ("content", "BAD_LENGTH", "BLK-005", with_profile(data, content_length=1)),
            ("limit", "LIMIT", "BLK-008", with_profile(data, payload_length=(1 << 24) + 1)),
            ("long", "TRUNCATED", "FRM-003", with_profile(data, payload_length=len(data) + 4000))):
        yield met("profile-" + name, error, "the PROFILE block's %s" % name, clause, frame, (b"a",))
    frame = Frame(EMBEDDED)
    frame.profile(data, payload_length=len(data) + 4000)
    frame.region(0, name=b"a")
    yield met("profile-past-index", "TRUNCATED", "a PROFILE block that says it is longer than the "
              "frame, and an empty tensor", "FRM-003", frame, (b"a",))
    for name, error, given, digest in (
            ("missing", "PROFILE_MISSING", (), sha256(data)),
            ("other", "PROFILE_MISSING", ("no-sets",), sha256(data)),
            ("named-bad", "PROFILE_BAD", ("bad-version",), sha256(PROFILES["bad-version"]))):
        made = framed(0, digest)
        frame = next(made)
        for _ in made:
            pass
        yield met("profile-" + name, error, "a named profile: %s" % name, "PRF-002", frame, (b"a",),
                  given)
    made = framed(0, sha256(data))
    frame = next(made).region(0, name=b"nothing")
    for _ in made:
        pass
    yield broken("access-profile-nothing", "PROFILE_MISSING", "a named profile that is missing, and a "
                 "tensor of no bytes", "FRM-041 PRF-002", frame).run("extract", b"", tensor="nothing")
