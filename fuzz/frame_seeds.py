"""Seeds of the harnesses of whole files: frames that say of themselves what cannot be, and frames of many
small chunks. Needs vectors/frames.py, which needs libxxhash.
"""
from stream_seeds import VECTORS, Numbers, contexts_of
from basics import END_MAGIC, LAYOUTS, MAGIC, REPEATS, SPEC, UNKNOWN, sha256, u16, u8
from frames import Frame
from streams import Rans, Tables, chunk_payload, constant, packed

STANDARD_PROFILE = SPEC / "standard.profile"


def frame_seeds():
    """Files whose frames say of themselves what cannot be, their checksums right."""
    huge = (1 << 48) + 1
    yield Frame(content_size=UNKNOWN).bytes(content_size=huge)
    yield listed(b"\0\0", b"x")
    yield listed(u16(LAYOUTS["bf16.e8"]["id"]) + b"\1", b"xyz")
    frame = Frame()
    frame.stored(b"content")
    payload = frame.block_list() + frame.region_list()
    yield frame.index(payload, payload_length=len(payload) + 1).bytes()
    head = Frame().header()
    for size in (10, 39, 40, 60, 103, 104):
        for start in (head, MAGIC + bytes([1, 1, 12]), b""):
            body = (start + bytes(200))[:max(size, 40) - 24]
            yield body + size.to_bytes(8, "little") + bytes(8) + END_MAGIC
    most = head + bytes(8) + ((1 << 63) - 1).to_bytes(8, "little") + bytes(32) + (104).to_bytes(8, "little") + bytes(8) + END_MAGIC
    yield most + most
    yield bytes(2) + most
    frame = Frame(profile_name=sha256(STANDARD_PROFILE.read_bytes()))
    frame.stored(b"content")
    yield 2 * frame.bytes()
    repeats = (VECTORS / "legal" / "repeats.scape").read_bytes()
    for length in range(0, len(repeats), 3):
        yield repeats[:length]
    frame = Frame(limit_log2=20)
    content = bytes(1 << 20)
    frame.chunk(chunk_payload("bytes", b"", u8(0) + content), content)
    yield frame.bytes()
    yield from small_chunk_frames()


def listed(payload, content):
    frame = Frame()
    frame.chunk(payload, content)
    return frame.bytes()


def float_chunk(number, elements, layout="bf16.e8", escape=False, spoil=None, lanes=0, symbols=None, k=1):
    """(payload, content) of 16-bit floats whose exponents are one lane's, or by code 1 one segment's, of so many
    symbols in k contexts, their other bits packed. spoil(rans) changes the stream before its bytes are joined."""
    numbers = Numbers()
    numbers.state += number
    symbols = symbols or 3 + number % 9
    top, other = LAYOUTS[layout]["fields"]
    exponents = [9 + numbers.below(symbols) for i in range(elements)]
    if escape:
        exponents[number % elements] = 9 + symbols
    rest = [numbers.below(1 << other["width"]) for i in range(elements)]
    words = [(raw & 1) << 15 | exponent << other["width"] - 1 | raw >> 1 for exponent, raw in zip(exponents, rest)]
    coder, part, contexts = contexts_of("rows" if k > 1 else None, k, elements, numbers)
    tables = Tables.fitted(exponents, contexts, k, p=12, escape_above=8 + symbols)
    made = Rans(exponents, top["width"], tables, lanes, contexts, part, coder)
    if spoil:
        spoil(made)
    return chunk_payload(layout, b"", made.bytes(), packed(rest, other["width"])), b"".join(map(u16, words))


def fewer_words(rans):
    rans.words[0] = rans.words[0][:1]
    rans.word_counts[0] = len(rans.words[0])


def other_state(rans):
    rans.states[0][0] += 1 << 20


def fewer_escapes(rans):
    rans.escaped, rans.escape_count = [], 0


def good_part(number):
    lengths = [33, 64, 96, 500, 40, 128, 90, 70, 300, 32, 31, 200]
    layout = ("bf16.e8", "f16.e5", "bf16.e8m2")[number % 3]
    return float_chunk(number, lengths[number % len(lengths)], layout, escape=number % 4 == 1)


def wrong_parts():
    """Chunks that begin as those of one lane do."""
    for spoil in (fewer_words, other_state, fewer_escapes):
        yield float_chunk(2, 96, escape=spoil == fewer_escapes, spoil=spoil)
    payload, content = good_part(2)
    for length in (3, 4, 6, len(payload) // 2, len(payload) - 1):
        yield payload[:length], content
    yield payload + bytes(1), content
    yield u16(0xFFFF) + payload[2:], content
    yield payload, content[:-1]
    yield payload, content + content
    for top in (constant(7, 8), Rans([9] * 96, 8, Tables.fitted([9], p=12)).bytes()):
        yield chunk_payload("bf16.e8", b"", top, constant(7, 8)), content


def frame_of(parts, repeated=False, **more):
    frame = Frame(limit_log2=18, flags=REPEATS if repeated else 0, **more)
    for payload, content in parts:
        start = frame.chunk(payload, content)
        if repeated:
            frame.repeat(start, content)
    return frame.bytes()


def small_chunk_frames():
    """Frames of so many small chunks that a decoder takes several at a time, some of one lane and side
    by side, one of them wrong in each way; and larger ones, whose sizes rise and fall, so that slots
    take each other's memory over."""
    parts = [good_part(i) for i in range(19)]
    sizes = [131072, 262144, 144000, 100, 192000, 131072, 256000, 200, 160000, 131071, 262144, 131072] * 3
    large = [(chunk_payload("bytes", b"", constant(i, 8)), bytes([i]) * size) for i, size in enumerate(sizes)]
    yield frame_of(parts)
    yield frame_of(parts[:3])
    yield frame_of(large)
    yield frame_of(large[1:3] + large[:1]) + frame_of(large[2:3])
    yield frame_of([part for both in zip(large, parts * 4) for part in both])
    yield frame_of(parts + large[:21], repeated=True)
    for part in wrong_parts():
        for place in (0, 3, 6):
            yield frame_of(parts[:place] + [part] + parts[place:8])
    yield from lane_frames()
    yield from pair_frames()


def lane_frames():
    """Frames of chunks of one lane, so many that they fill the lanes of vectors: alike; of other lengths, the
    last too few for a vector; and among them one of a single symbol, of more than a loop takes, or wrong."""
    right = [float_chunk(i, 320 + 40 * (i % 4), escape=i % 5 == 1) for i in range(26)]
    yield frame_of(right[:16])
    yield frame_of(right)
    yield frame_of([float_chunk(i, 1100, symbols=90) for i in range(6)])
    other = [float_chunk(3, 320, symbols=1), float_chunk(3, 1200, symbols=130, layout="bf16.e8"),
             float_chunk(3, 320, spoil=fewer_words), float_chunk(3, 320, spoil=other_state),
             float_chunk(3, 320, escape=True, spoil=fewer_escapes)]
    for number, one in enumerate(other):
        place = 5 * number
        yield frame_of(right[:place] + [one] + right[place:22])


# Symbols and contexts that give so many columns as each loop for two streams of one segment takes.
PAIRS = [(20, 1), (20, 4), (120, 2), (120, 3), (120, 4), (120, 5), (120, 6), (120, 8)]


def pair_frames():
    """Frames of chunks of one segment, which go in pairs: alike; of other lengths, sizes and forms, or too
    short; and one of them wrong, or without the words for all its groups."""
    def part(elements, symbols, k=1, **more):
        return float_chunk(elements, elements, symbols=symbols, k=k, lanes=1, **more)

    yield frame_of([part(elements, *pair) for pair in PAIRS for elements in (300, 400)])
    right = [part(600, 240), part(500, 240), part(300, 20), part(300, 7, escape=True), part(100, 240)]
    for first in right:
        yield frame_of([one for second in right for one in (first, second)])
    payload, content = right[0]
    wrong = [(payload[:len(payload) // 2], content), part(600, 240, layout="bf16.e8m2", spoil=fewer_words),
             part(600, 240, spoil=other_state), part(600, 90, escape=True, spoil=fewer_escapes)]
    for one in wrong:
        yield frame_of([right[0], one])
        yield frame_of([one, right[0]])
