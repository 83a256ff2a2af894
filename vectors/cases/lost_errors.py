"""Cases that a reader meets only if it loses an error or keeps a value: a fault behind which all is
right, a second frame that a first one has prepared, a place that ends just where the next thing would
be read; and chunks that fill the memory for their parts to the last byte."""
from access import met, three
from basics import (DTYPES, EMBEDDED, END_MAGIC, INDEX, MAGIC, NAMED, REPEATS, SHA256, Bits, checksum,
                    sealed, sha256, u8, u32, u64, varint)
from broken_frames import framed, indexed
from broken_streams import VALUES, streamed
from case import broken, legal
from frames import Frame, skippable
from legal_frames import TEXT, one
from legal_profiles import PROFILES, some_profile
from streams import (Rans, Tables, chunk_payload, constant, field_part, lift, packed, profile_file,
                     row_column_part, zstd_frame, zstd_stream, zstd_values)

PADDED = b"\x80\0"  # a zero of two bytes


def legal_cases():
    for size in (63, 64, 65):
        content = bytes(range(1, size + 1))
        yield legal("stored-%d" % size, "%d bytes" % size, "LAY-010", one(content))
        yield legal("row-column-width-%d" % size, "one row of %d columns" % size, "CTX-010",
                    one_row(list(content)))
    frame = Frame(limit_log2=16)
    for size in (10, 100, 1000, 10000):
        frame.stored(bytes(i % 251 for i in range(size)))
    yield legal("chunks-growing", "chunks of 10, 100, 1000 and 10,000 bytes", "BLK-006", frame)
    yield from legal_lifts()
    data = b"".join(frame.bytes() for frame in profiled_frames())
    content = b"".join(frame.content for frame in profiled_frames())
    yield legal("frames-profiles", "frames with a profile, without, with another, without",
                "PRF-003 FRM-040", data, content)


def profiled_frames():
    """One after the other: what a frame leaves must not reach the next."""
    values = [10 + i % 10 for i in range(50)]
    with_sets = Frame(EMBEDDED)
    with_sets.profile(PROFILES["four-sets"])
    with_sets.chunk(chunk_payload("bytes", b"", Rans(values, 8, some_profile()[0], source=2,
                                                     use=0).bytes()), bytes(values))
    others = Frame(EMBEDDED)
    others.profile(PROFILES["sets-256"])
    others.chunk(chunk_payload("bytes", b"", Rans([9] * 50, 8, Tables([9], [{0: 0}]), source=2,
                                                  use=9).bytes()), bytes([9] * 50))
    for number, frame in enumerate((with_sets, one(TEXT), others, one(TEXT[::-1]))):
        yield frame.region(len(frame.content), name=b"frame %d" % number)


def one_row(values):
    part = row_column_part(2, len(values), 8, packed([3], 5),
                           packed([i % 8 for i in range(len(values))], 5), [7])
    contexts = [int(3 + i % 8 >= 7) for i in range(len(values))]
    tables = Tables.fitted(values, contexts, 2, 10)
    return framed(chunk_payload("bytes", b"", Rans(values, 8, tables, 0, contexts, part, 5).bytes()),
                  bytes(values))


def two_lifts(values, width, inner):
    places = [[(3 * k + i) % 3 for i in range(len(values) // 4)] for k in range(2)]
    return lift(values, width, 2, places, inner)


def legal_lifts():
    values = [(i * i + i // 7) % 50 for i in range(256)]

    def rows(elements, coded):
        contexts = [int(i // 16 % 2 + i % 16 % 2 >= 1) for i in range(256)]
        part = row_column_part(2, 16, 2, packed([i % 2 for i in range(16)], 5),
                               packed([i % 2 for i in range(16)], 5), [1])
        kept = [(v, c) for v, c, is_coded in zip(elements, contexts, coded) if is_coded]
        tables = Tables.fitted([v for v, c in kept], [c for v, c in kept], 2, 10)
        return Rans(elements, 8, tables, 0, contexts, part, 5, coded=coded).bytes()
    yield legal("lift-row-column", "two lifts, and what is left under rows and columns",
                "RNS-034 CTX-010",
                framed(chunk_payload("bytes", b"", two_lifts(values, 8, rows)), bytes(values)))
    content = b"".join((value * 9 % 512 << 7 | value).to_bytes(2, "little") for value in values)

    def plain(elements, coded):
        used = [v for v, is_coded in zip(elements, coded) if is_coded]
        return Rans(elements, 9, Tables.fitted(used, p=10), coded=coded).bytes()
    frame = Frame()
    frame.coded("bf16.se9m7", content, lambda v, width: two_lifts(v, width, plain), packed)
    yield legal("lift-wide", "two lifts of a field of 9 bits", "RNS-030 RNS-035", frame)
    ramp = some_profile()[0]
    values = [10 + i % 10 for i in range(64)]
    frame = Frame(EMBEDDED)
    frame.profile(PROFILES["four-sets"])
    frame.chunk(chunk_payload("bytes", b"", two_lifts(values, 8, lambda elements, coded: Rans(
        elements, 8, ramp, source=2, use=0, coded=coded).bytes())), bytes(values))
    yield legal("lift-profile", "what two lifts leave, under a set of the frame's profile",
                "RNS-034 TBL-030", frame)


def broken_cases():
    yield from frames()
    yield from indexes()
    yield from ends()
    yield from streams()
    yield from lifts()
    yield from profiles()
    yield from reads()


# ---- A second frame

def frames():
    good = one(TEXT)
    yield broken("second-frame-end", "BAD_TRAILER", "two equal frames, the second's end magic wrong",
                 "FRM-067", good.bytes() + good.bytes(end=b"SCAPEENX"))
    with_profile = Frame(EMBEDDED)
    with_profile.profile(PROFILES["four-sets"])
    with_profile.stored(TEXT)
    values = [10 + i % 10 for i in range(50)]
    without = framed(chunk_payload("bytes", b"", Rans(values, 8, some_profile()[0], source=2,
                                                      use=0).bytes()), bytes(values))
    yield broken("second-frame-profile", "BAD_TABLE", "a set of the profile of the frame before",
                 "TBL-030 PRF-003", with_profile.bytes() + without.bytes())
    top = skippable(b"data", frame_size=44 + (1 << 56))
    yield met("skippable-size-top", "BAD_TRAILER", "a skippable frame before it, the top byte of its "
              "frame_size wrong", "FRM-015", top + three().bytes())


# ---- The index

def indexes():
    listed = one(TEXT).block_list()
    label = varint(DTYPES["U8"])

    def case(name, error, text, clauses, regions):
        return broken("region-" + name, error, text, clauses, indexed(listed + regions))
    size = varint(len(TEXT))
    yield case("name-nul", "BAD_INDEX", "a name of one zero byte", "IDX-015",
               varint(1) + label + varint(0) + size + varint(0) + varint(1) + b"\0")
    yield case("dims-first-padded", "BAD_VARINT", "the first of two dimensions is no shortest varint",
               "CNV-013 IDX-007",
               varint(1) + label + varint(2) + PADDED + varint(3) + size + b"\0\0")
    frame = three(regions=False)
    first = varint(DTYPES["U8"]) + varint(0) + varint(len(frame.content) - len(TEXT)) + b"\0\0"
    second = varint(DTYPES["U8"]) + varint(0) + varint(len(TEXT) + 1) + PADDED + b"\0"
    yield broken("two-region-length-shared", "BAD_INDEX", "a second region that is too long, and its "
                 "name after it no shortest varint", "CNV-020 IDX-003 IDX-007",
                 frame.index(frame.block_list() + varint(2) + first + second))


# ---- Payloads that end where an error may be lost

def ends():
    def case(name, text, payload, count=50):
        return broken("end-" + name, "PAYLOAD_SHORT", text, "VAL-013 LAY-001",
                      framed(payload, bytes(count)))

    def stream(name, text, data, count=50):
        return case(name, text, chunk_payload("bytes", b"", data), count)
    bits = Bits().put(0, 1).gamma(1).put(0, 1).gamma(3).gamma(1).put(0, 1)
    yield case("first-value", "a first value of 13 bits cut to 8, which would read as a bad table",
               chunk_payload("f64.e11m2", b"", u8(3) + u8(8) + bits.bytes()), 80)
    bits = Bits().put(0, 9).put(1, 1).gamma(1).put(0, 1).gamma(2).gamma(1)
    assert bits.count == 16
    yield case("escape-present", "nothing present, and escape_present not there",
               chunk_payload("bf16.se9m7", b"", u8(3) + u8(8) + bits.bytes()))
    bits = Bits().put(3, 8).put(0, 1).gamma(2).put(0, 1).gamma(1).gamma(1).put(0, 2).put(0, 8)
    yield stream("residual", "seven one bits of a residual below level 0",
                 u8(3) + u8(8) + bits.ones(-bits.count % 8).bytes())
    yield stream("thresholds", "fewer bytes than thresholds, which would read as a bad table",
                 u8(5) + u8(8) + row_column_part(64, 10, 8, packed([1] * 5, 5), packed([2] * 10, 5),
                                                 bytes(8)))
    yield stream("lift-log2", "a LIFT without s", u8(6))
    yield stream("lift-inner", "a LIFT without its inner stream",
                 two_lifts([1] * 48, 8, lambda elements, coded: b""), 48)
    part = field_part(2, 0, [(511, 0), (2, 0)])[:-1]
    yield broken("end-field-run", "BAD_CONTEXT", "a run that passes 2^9 values, and the payload's end",
                 "CTX-023 VAL-015", framed(chunk_payload(
                     "bf16.se9m7", b"", packed([0] * 50, 9), u8(5) + u8(10) + part), bytes(100)))


# ---- Streams

def streams():
    values = VALUES * 4
    stream = Rans(values, 8, Tables.fitted(values, p=10), 2)
    stream.words[0].append(1)
    stream.word_counts[0] += 1
    yield broken("segment-first-words", "RANS_WORDS", "a word too many in the first of two segments",
                 "RNS-014", streamed(stream, len(values)))
    for number, text in ((0, "first"), (49, "last")):
        wide = [i % 512 for i in range(50)]
        wide[number] = 512
        stream = zstd_stream(zstd_frame(zstd_values(wide, 9)))
        yield broken("zstd-value-" + text, "BAD_VALUE", "the %s of 50 values too wide" % text,
                     "ZST-006", framed(chunk_payload("bf16.se9m7", b"", stream, packed([0] * 50, 7)),
                                       bytes(100)))
    ramp = some_profile()[0]
    numbers = [10 + i % 10 for i in range(50)]
    for name, table in (("number", PADDED + varint(0)), ("shift", varint(0) + PADDED)):
        frame = Frame(EMBEDDED)
        frame.profile(PROFILES["four-sets"])
        stream = Rans(numbers, 8, ramp, source=2, use=0)
        stream.tables = table
        frame.chunk(chunk_payload("bytes", b"", stream.bytes()), bytes(numbers))
        yield broken("set-%s-padded" % name, "BAD_VARINT", "the %s of a set of the frame's profile no "
                     "shortest varint" % name, "CNV-013 TBL-030", frame)


# ---- LIFT: a fault in each part, the rest right

def lifts():
    values = [i % 7 for i in range(36)]

    def case(name, error, text, clauses, spoil=None, inner=None):
        """`spoil` is the number of the nested stream that gets a padding bit."""
        made = []

        def nested(elements, width):
            made.append(packed(elements, width))
            spoiled = len(made) - 1 == spoil
            return made[-1][:-1] + u8(made[-1][-1] | 128) if spoiled else made[-1]

        def whole(elements, coded):
            used = [v for v, is_coded in zip(elements, coded) if is_coded]
            stream = Rans(elements, 8, Tables.fitted(used, p=9), coded=coded)
            return inner(stream) if inner else stream.bytes()
        places = [[0] * 9, [1] * 9]
        return broken("lift-" + name, error, text, clauses, streamed(
            lift(values, 8, 2, places, whole, nested), 36))
    for k, number in (("first", 0), ("second", 2)):
        yield case("%s-positions-pad" % k, "NONZERO_PAD", "padding behind the %s lift's positions" % k,
                   "RAW-002 RNS-030", number)

    def precision(stream):
        stream.mode = stream.mode & 0xF0 | 7
        return stream.bytes()

    def source(stream):
        stream.mode |= 0xC0
        return stream.bytes()
    yield case("inner-p7", "LIMIT", "an inner stream of precision 7", "RNS-006 RNS-034",
               inner=precision)
    yield case("inner-source-3", "RESERVED", "an inner stream of table source 3", "RNS-034",
               inner=source)
    yield case("inner-function", "BAD_CONTEXT", "an inner stream of context function 0",
               "CTX-005 RNS-034", inner=lambda stream: u8(5) + stream.bytes()[1:2] + u8(0) + u8(0)
               + stream.bytes()[2:])
    for k, number in (("first", 1), ("second", 3)):
        yield value_too_wide(k, number)


def value_too_wide(k, number):
    """A nested CONSTANT that does not fit 9 bits."""
    made = []

    def nested(elements, width):
        made.append(width)
        return constant(1 << 9, 16) if len(made) - 1 == number else packed(elements, width)

    def plain(elements, coded):
        used = [v for v, is_coded in zip(elements, coded) if is_coded]
        return Rans(elements, 9, Tables.fitted(used, p=9), coded=coded).bytes()
    stream = lift([i % 7 for i in range(36)], 9, 2, [[0] * 9, [1] * 9], plain, nested)
    return broken("lift-%s-values-wide" % k, "BAD_VALUE", "a value of the %s lift too wide" % k,
                  "RAW-011 RNS-030", framed(chunk_payload("bf16.se9m7", b"", stream,
                                                          packed([0] * 36, 7)), bytes(72)))


# ---- Profiles

def profiles():
    ways = [
        ("length-top", "a body_length with its top byte set", "PRF-001",
         profile_file([], body_length=2 + (1 << 24))),
        ("digest-short", "a training file whose digest is cut, then what would be a name and no sets",
         "PRF-001 VAL-013", profile_file(None, body=b"\1\0\0")),
        ("name-padded", "a training file's name length that is no shortest varint", "PRF-001 CNV-013",
         profile_file(None, body=b"\1" + bytes(32) + PADDED + b"\0")),
        ("name-short", "a training file's name longer than the body", "PRF-001 VAL-013",
         profile_file(None, body=b"\1" + bytes(32) + b"\1")),
    ]
    for name, text, clauses, data in ways:
        frame = Frame(EMBEDDED)
        frame.profile(data)
        frame.stored(TEXT)
        yield broken("profile-" + name, "PROFILE_BAD", text, clauses, frame)


# ---- Random access

def reads():
    first, second = b"first content", b"other content"
    for spoiled, name, error, clauses, more in (
            (0, "first-repeat-checksum", "CHECKSUM", "BLK-015", {"spoil": 1}),
            (1, "second-repeat-checksum", "CHECKSUM", "BLK-015", {"spoil": 1}),
            (1, "second-repeat-reserved", "RESERVED", "BLK-014", {"reserved": 1})):
        frame = Frame(REPEATS)
        targets = [frame.stored(first), frame.stored(second)]
        frame.region(len(first) + len(second), name=b"stored")
        for i, (target, content) in enumerate(zip(targets, (first, second))):
            frame.repeat(target, content, **(more if i == spoiled else {}))
        frame.region(len(first) + len(second), name=b"both")
        case = broken("access-" + name, error, "two REPEATs; %s" % name.replace("-", " "),
                      "FRM-042 " + clauses, frame)
        yield case.run("extract", None, ["ANY"], [first] if spoiled else (), tensor="both")
    for name, text, by in (
            ("over", "a gap that ends behind the INDEX block", 150),
            ("last", "a gap one too large before the last block", 1)):
        frame = three()
        frame.listed[2][0] += by
        yield met("list-gap-" + name, "BAD_INDEX", text, "IDX-002", frame)
    data = PROFILES["four-sets"]
    frame = Frame(REPEATS, profile_name=sha256(data))
    at = frame.stored(first)
    frame.region(len(first), name=b"stored")
    frame.repeat(at, first)
    frame.region(len(first), name=b"again")
    case = broken("access-profile-missing-repeat", "PROFILE_MISSING", "a REPEAT in a frame whose profile "
                  "is not given", "PRF-002 FRM-042", frame)
    yield case.run("extract", None, ["ANY"], tensor="again")
    frame = Frame()
    yield broken("index-region-count-padded", "BAD_VARINT", "no content, and a region_count that is no "
                 "shortest varint", "CNV-013 IDX-007", frame.index(varint(0) + PADDED))
    data = PROFILES["four-sets"]
    frame = Frame(profile_name=sha256(data))
    at = frame.stored(first)
    frame.region(len(first), name=b"stored")
    frame.repeat(at, first)
    frame.region(len(first), name=b"again")
    case = broken("access-list-repeat-named", "BAD_ORDER", "a REPEAT in a frame with a named profile and "
                  "without HAS_REPEATS", "BLK-003 FRM-042", frame, ("four-sets",))
    yield case.run("extract", None, ["ANY"], tensor="stored")
    yield from indexes_before()


def indexes_before():
    """Frames whose index_size reaches back into the frame before, where an INDEX block begins that
    ends just before their trailer: the skippable trailer and the header between read as regions of
    nothing. For that the skippable frame's checksum begins with 0 (a length), up to 18 (bytes shared
    with the name before), 21 (new ones: the rest of it and both magics), and has no other 0; the
    numbers that bring such checksums about were found by trying."""
    head = MAGIC + bytes([1, NAMED, 12]) + bytes(13)  # a region of rank 1, and two without a name
    head += bytes([0, 0, 0, 0, 27 + 8]) + b"the rest of a profile's sum"
    name, index, before = index_before(b"01289540", 6, head + checksum(head))
    head += checksum(head) + index[-8:]
    yield with_index_before("outside", "FRM-061", name, before + head + short_trailer(index, len(head)))
    head = MAGIC + bytes([1, NAMED | SHA256, 12]) + bytes(13)  # of rank 5, one, and the next one's dtype
    head += bytes([0, 0, 0, 1]) + b"x"
    name, index, before = index_before(b"00676598", 5, head)
    head += index[-8:] + u64(len(index)) + u64(0) + bytes(3)  # the trailer begins within the digest
    tail = checksum(head) + bytes(32 - 3 - 8) + u64(len(head) + 8 + 21 + 24)
    tail += checksum((head + tail)[-56:]) + END_MAGIC
    yield with_index_before("overlaps", "FRM-003", name, before + head + tail)


def index_before(number, regions, head):
    """A name in the index, the INDEX block, and the skippable frame that it begins in."""
    name = b"eighteen bytes on."
    start = bytes([0, regions]) + bytes([0, 0, 0, 0, len(name)]) + name + bytes([0, 8])
    block = u8(INDEX) + bytes(3) + u32(len(start) + 24 + len(head)) + u32(0) + start
    before = skippable(number + block)
    sum_of = before[-16:-8]
    assert sum_of[0] == 0 and sum_of[1] <= 18 and sum_of[2] == 21 and 0 not in sum_of[3:]
    return name, sealed(block + before[-24:] + head), before


def short_trailer(index, at):
    trailer = u64(len(index)) + u64(0) + bytes(32) + u64(at + 72)
    return trailer + checksum(trailer) + END_MAGIC


def with_index_before(what, clause, name, data):
    case = broken("access-index-" + what, "PROFILE_MISSING", "an INDEX block that begins in the frame "
                  "before: %s its own; and a profile that is not given" % what, clause + " FRM-042", data)
    return case.run("extract", None, ["ANY"], tensor=name.decode())
