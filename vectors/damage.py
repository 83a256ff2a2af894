"""Small frames, spoiled in every small way: cut, bits flipped, bytes given every value; as they are
and with the checksums made good again, so that the fault itself is met."""
import basics

# Small vectors that together hold every kind of block, stream and table; one content frame each.
SMALL = ("legal/damage-contexts", "legal/damage-profile", "legal/damage-repeats")
HEADER = 12  # of a block
TRAILER = 72


def blocks(data):
    """Start of each block's header, and of the checksum behind its payload."""
    at = 64 if data[9] & 1 else 32
    while at < len(data) - TRAILER:
        end = at + HEADER + int.from_bytes(data[at + 4:at + 8], "little")
        yield at, end
        at = end + 8


def extents(data):
    """Start and end of what each checksum of a file of one content frame covers."""
    yield 0, 56 if data[9] & 1 else 24
    yield from blocks(data)
    yield len(data) - TRAILER, len(data) - TRAILER + 56


def mended(data, places):
    """With the checksums over these bytes made good again."""
    data = bytearray(data)
    for start, end in places:
        data[end:end + 8] = basics.checksum(bytes(data[start:end]))
    return bytes(data)


def one_byte_fields(data):
    """Places of bytes that are a field of their own: flags and the like, types, the first bytes of
    payloads, and the whole index, whose numbers are small here."""
    yield from range(8, 16)
    for start, end in blocks(data):
        first = start + HEADER
        yield start
        yield from range(first, end if data[start] == basics.INDEX else min(end, first + 40))


def damages(data):
    """What was done, as part of a name, and the file."""
    for size in range(len(data)):
        yield "cut-%d" % size, data[:size]
    places = list(extents(data))
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield "bit-%d" % bit, bytes(flipped)
        covered = [place for place in places if place[0] <= bit // 8 < place[1]]
        if covered:
            yield "bit-%d-mended" % bit, mended(flipped, covered)
    for at in one_byte_fields(data):
        covered = [place for place in places if place[0] <= at < place[1]]
        for value in range(256):
            if bin(value ^ data[at]).count("1") > 1:  # else it stands above
                changed = data[:at] + bytes([value]) + data[at + 1:]
                yield "byte-%d-%d" % (at, value), mended(changed, covered)
    yield from cut_payloads(data)


def cut_payloads(data):
    """The payload of each block cut at every byte, the lengths that name it made to fit, but for
    those in the index: decoding ends before it."""
    for start, end in blocks(data):
        for size in range(end - start - HEADER):
            head = data[start:start + 4] + basics.u32(size) + data[start + 8:start + HEADER]
            block = basics.sealed(head + data[start + HEADER:start + HEADER + size])
            yield "payload-%d-%d" % (start, size), data[:start] + block + data[end + 8:]
