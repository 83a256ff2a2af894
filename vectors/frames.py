"""Writes SCAPE frames piece by piece, so that a vector can hold any choice that the format allows
and break any one rule of it. Like basics.py it was made from the text of spec/ alone."""
from basics import (CHUNK, END_MAGIC, INDEX, LAYOUTS, MAGIC, NAMED, PROFILE, REPEAT, SHA256,
                    SKIP_MAGIC, checksum, sha256, u32, u64, u8, varint)
from streams import chunk_payload, packed, split


def skippable(data, length=None, frame_size=None, end=END_MAGIC, spoil=0):
    length = len(data) if length is None else length
    out = SKIP_MAGIC + u64(length) + data
    out += u64(len(data) + 40 if frame_size is None else frame_size)
    return out + bytes([checksum(out)[0] ^ spoil]) + checksum(out)[1:] + end


class Frame:
    """A content frame in the making. What is None is as it must be; anything else is written as it
    is given. spoil_header and the like flip a bit of the checksum there."""

    def __init__(self, flags=0, limit_log2=12, content_size=None, profile_name=None, version=1,
                 reserved=0, magic=MAGIC, spoil_header=0):
        self.magic = magic
        self.version = version
        self.flags = flags | (NAMED if profile_name is not None else 0)
        self.limit_log2 = limit_log2
        self.reserved = reserved
        self.given_size = content_size
        self.profile_name = profile_name or b""
        self.spoil_header = spoil_header
        self.blocks = b""
        self.content = b""
        self.listed = []  # [gap, size, content length] of each CHUNK and REPEAT
        self.gap = 0
        self.regions = []

    def header(self):
        size = len(self.content) if self.given_size is None else self.given_size
        out = self.magic + u8(self.version) + u8(self.flags) + u8(self.limit_log2)
        out += self.reserved.to_bytes(5, "little") + u64(size) + self.profile_name
        return out + bytes([checksum(out)[0] ^ self.spoil_header]) + checksum(out)[1:]

    def offset(self):
        """Where the next block starts."""
        return 32 + len(self.profile_name) + len(self.blocks)

    def block(self, kind, payload, content_length=0, reserved=0, payload_length=None, spoil=0):
        """Any block, not listed in the index; returns its offset."""
        start = self.offset()
        out = u8(kind) + reserved.to_bytes(3, "little")
        out += u32(len(payload) if payload_length is None else payload_length)
        out += u32(content_length) + payload
        out += bytes([checksum(out)[0] ^ spoil]) + checksum(out)[1:]
        self.blocks += out
        self.gap += len(out)
        return start

    def list(self, payload_length, content_length, kind=CHUNK):
        self.gap -= payload_length + 20
        self.listed.append([self.gap, 2 * payload_length + (kind == REPEAT), content_length])
        self.gap = 0

    def chunk(self, payload, content, **more):
        start = self.block(CHUNK, payload, len(content), **more)
        self.list(len(payload), len(content))
        self.content += content
        return start

    def stored(self, content):
        return self.chunk(chunk_payload("bytes", b"", packed(list(content), 8)), content)

    def coded(self, layout, content, *streams):
        """A chunk of a layout; a stream may be a function of the field's values and width."""
        row = LAYOUTS[layout]
        fields, tail = split(row, content)
        made = [stream(values, field["width"]) if callable(stream) else stream
                for stream, values, field in zip(streams, fields, row["fields"])]
        assert len(made) == len(fields)
        return self.chunk(chunk_payload(layout, tail, *made), content)

    def repeat(self, target, content, payload=None, **more):
        payload = u64(target) if payload is None else payload
        start = self.block(REPEAT, payload, len(content), **more)
        self.list(len(payload), len(content), REPEAT)
        self.content += content
        return start

    def profile(self, data, **more):
        start = self.block(PROFILE, data, **more)
        self.gap = 0
        return start

    def region(self, length, dtype=0, dims=(), name=b""):
        self.regions.append([dtype, dims, length, name])
        return self

    def block_list(self):
        return varint(len(self.listed)) + b"".join(varint(n) for row in self.listed for n in row)

    def region_list(self):
        regions = self.regions
        if not regions and self.content:
            regions = [[0, (), len(self.content), b""]]
        out = varint(len(regions))
        before = b""
        for dtype, dims, length, name in regions:
            shared = 0
            while shared < min(len(name), len(before)) and name[shared] == before[shared]:
                shared += 1
            out += varint(dtype) + varint(len(dims)) + b"".join(varint(d) for d in dims)
            out += varint(length) + varint(shared) + varint(len(name) - shared) + name[shared:]
            before = name
        return out

    def index(self, payload=None, content_length=0, **more):
        """The INDEX block; afterwards only the trailer follows."""
        if payload is None:
            payload = self.block_list() + self.region_list()
        start = self.block(INDEX, payload, content_length, **more)
        self.index_size = self.offset() - start
        return self

    def trailer(self, index_size=None, content_size=None, digest=None, frame_size=None, spoil=0,
                end=END_MAGIC):
        if digest is None:
            digest = sha256(self.content) if self.flags & SHA256 else bytes(32)
        out = u64(self.index_size if index_size is None else index_size)
        out += u64(len(self.content) if content_size is None else content_size) + digest
        out += u64(self.offset() + 72 if frame_size is None else frame_size)
        return out + bytes([checksum(out)[0] ^ spoil]) + checksum(out)[1:] + end

    def bytes(self, **trailer):
        """The whole frame; the index is written now if it was not before."""
        if not hasattr(self, "index_size"):
            self.index()
        return self.header() + self.blocks + self.trailer(**trailer)
