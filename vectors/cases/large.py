"""Vectors that are too large to keep, made from nothing when they are wanted: bombs, a hundred
thousand tensors, ten thousand frames, a profile as large as one may be. Each has a ceiling for the
memory and the time of decoding. What they come to is known here, as for all vectors."""
from basics import (CHUNK, DTYPES, INDEX, REPEAT, REPEATS, UNKNOWN, Rng, checksum, sealed, sha256,
                    u32, u64, u8, varint)
from case import Case, broken, legal
from frames import Frame, skippable
from legal_frames import TEXT, one
from streams import chunk_payload, constant, packed, profile_file

MIB = 1 << 20
TENSORS = 100000


def cases():
    yield limited(tensors(), 256, 60)
    yield limited(frames(), 64, 60)
    yield from bombs()
    yield limited(long_names(), 256, 60)
    yield from profiles()


def limited(case, mebibytes, seconds):
    case.ceiling = {"memory": mebibytes * MIB, "seconds": seconds}
    return case


def block(kind, payload, content_length):
    return sealed(u8(kind) + bytes(3) + u32(len(payload)) + u32(content_length) + payload)


def joined(blocks, listed, regions, content_size, flags=0, log2=12):
    """A frame of ready blocks; regions are rows of bytes."""
    header = one(b"", flags=flags, content_size=content_size, limit_log2=log2).bytes()[:32]
    index = block(INDEX, varint(len(listed)) + b"".join(listed) + varint(len(regions))
                  + b"".join(regions), 0)
    body = header + b"".join(blocks) + index
    trailer = u64(len(index)) + u64(content_size) + bytes(32) + u64(len(body) + 72)
    return body + trailer + checksum(trailer) + b"SCAPEEND"


def tensors():
    """So many tensors of one byte, each in a chunk of its own, with names that share their starts."""
    ready = [block(CHUNK, chunk_payload("bytes", b"", packed([v], 8)), 1) for v in range(256)]
    rng = Rng(100)
    content = rng.bytes(TENSORS)
    regions = []
    before = ""
    for i in range(TENSORS):
        name = "model.layers.%d.experts.%d.weight" % (i // 100, i % 100)
        shared = next(j for j in range(len(name)) if not before.startswith(name[:j + 1]))
        regions.append(varint(DTYPES["U8"]) + varint(1) + varint(1) + varint(1) + varint(shared)
                       + varint(len(name) - shared) + name[shared:].encode())
        before = name
    data = joined([ready[v] for v in content], [varint(0) + varint(8) + varint(1)] * TENSORS,
                  regions, TENSORS)
    case = legal("tensors", "%d tensors of one byte each" % TENSORS, "IDX-002 IDX-006 LIM-011", data,
                 content)
    for i in (0, TENSORS // 2, TENSORS - 1):
        case.run("extract", content[i:i + 1],
                 tensor="model.layers.%d.experts.%d.weight" % (i // 100, i % 100))
    return case.run("extract", None, ["NOT_FOUND"], tensor="model.layers.1000.experts.0.weight")


def frames():
    """Ten thousand frames, every other one skippable: a loop, not a recursion."""
    empty, some = Frame().bytes(), one(b"x").bytes()
    data = (skippable(b"") + some) * 4990 + (empty + skippable(b"s")) * 10
    return legal("frames", "10,000 frames", "FRM-001 FRM-004", data, b"x" * 4990)


def bombs():
    size = 1 << 26
    zeros = block(CHUNK, chunk_payload("bytes", b"", constant(0, 8)), size)
    again = block(REPEAT, u64(32), size)
    listed = [varint(0) + varint(2 * (len(zeros) - 20)) + varint(size)]
    listed_again = [varint(0) + varint(2 * 8 + 1) + varint(size)]
    region = [varint(0) + varint(0) + varint(size) + b"\0\4bomb"]
    yield limited(legal("bomb", "64 MiB of zeros in %d bytes" % (len(zeros) + 200), "LIM-021",
                        joined([zeros], listed, region, size, log2=26), bytes(size)), 512, 60)
    region = [varint(0) + varint(0) + varint(4 * size) + b"\0\4bomb"]
    data = joined([zeros] + [again] * 3, listed + listed_again * 3, region, 4 * size, REPEATS, 26)
    case = legal("bomb-repeats", "256 MiB of zeros, three quarters by REPEAT", "LIM-021 LIM-012", data,
                 bytes(4 * size))
    yield limited(case.run("decode", None, ["MEMORY"], max_memory=1 << 20), 512, 60)
    rows = [varint(0) + varint(0) + varint(0) + b"\0\0"] * 200000
    yield limited(legal("regions-empty", "200,000 regions without bytes", "IDX-004 LIM-020",
                        joined([], [], rows, 0), b""), 64, 60)
    yield limited(broken("index-says-much", "BAD_INDEX", "a region_count of 2^63 in a short index",
                         "SEC-002", one(TEXT).index(
                             bytes([1, 0, 2 * (len(TEXT) + 3), len(TEXT)]) + varint(1 << 63))
                         .bytes()), 64, 20)
    frame = Frame(content_size=UNKNOWN)
    for i in range(64):
        frame.block(0x80, bytes(1 << 16))
    frame.stored(TEXT)
    yield limited(legal("extensions-4-mib", "4 MiB of extension blocks", "BLK-001", frame), 64, 20)


def long_names():
    """Names of 4096 bytes that share 4095 with the one before."""
    name = b"n" * 4095
    rows = [varint(0) + varint(0) + varint(0) + varint(0) + varint(4096) + name + b"a"]
    rows += [varint(0) + varint(0) + varint(0) + varint(4095) + varint(1)
             + bytes([97 + i % 26]) for i in range(1, 20000)]
    return legal("names-long", "20,000 names of 4096 bytes", "IDX-006 LIM-020",
                 joined([], [], rows, 0), b"")


def profiles():
    """A training list fills a profile to its greatest size, and to a byte more."""
    for name, size in (("greatest", 1 << 24), ("over", (1 << 24) + 1)):
        whole = size // 4130 - 1  # a training file takes 34 bytes and its name
        training = [(bytes(32), b"n" * 4096)] * whole
        rest = size - len(profile_file([], training))
        training += [(bytes(32), b"n" * (rest // 2 - 34)), (bytes(32), b"n" * (rest - rest // 2 - 34))]
        data = profile_file([], training)
        assert len(data) == size
        frame = Frame(profile_name=sha256(data))
        frame.stored(TEXT)
        made = Case("profile-" + name, "a named profile of %d bytes" % size, "PRF-001",
                    frame.bytes(), TEXT if name == "greatest" else None,
                    "OK" if name == "greatest" else "PROFILE_BAD", ("profile-" + name,))
        made.profile = data
        yield limited(made, 128, 20)

