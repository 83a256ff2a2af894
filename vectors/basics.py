"""What the writer of vectors starts from: the registry, numbers, bit strings, checksums and seeded
random numbers. Made from the text of spec/ alone; it shares nothing with the reference or with the
spec's pseudocode. Standard library, and libxxhash through ctypes."""
import ctypes
import ctypes.util
import hashlib
import json
import pathlib

SPEC = pathlib.Path(__file__).resolve().parent.parent / "spec"
REGISTRY = json.loads((SPEC / "registry.json").read_text(encoding="utf-8"))
ERRORS = {row["name"]: row["id"] for row in REGISTRY["errors"]}
LAYOUTS = {row["name"]: row for row in REGISTRY["layouts"]}
DTYPES = {row["name"]: row["id"] for row in REGISTRY["dtypes"]}

MAGIC = bytes.fromhex("D3 53 43 41 50 45 0D 0A")
SKIP_MAGIC = bytes.fromhex("D3 53 4B 49 50 53 0D 0A")
PROFILE_MAGIC = bytes.fromhex("D3 53 43 50 52 4F 0D 0A")
END_MAGIC = b"SCAPEEND"
CHUNK, REPEAT, PROFILE, INDEX = 1, 2, 3, 4
NAMED, EMBEDDED, SHA256, REPEATS = 1, 2, 4, 8  # header flags
UNKNOWN = (1 << 64) - 1

xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
for _function in (xxhash.XXH3_64bits, xxhash.XXH64):
    _function.restype = ctypes.c_uint64
xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
xxhash.XXH64.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]


# ---- numbers

def u8(value):
    return value.to_bytes(1, "little")


def u16(value):
    return value.to_bytes(2, "little")


def u32(value):
    return value.to_bytes(4, "little")


def u64(value):
    return value.to_bytes(8, "little")


def varint(value):
    groups = [value & 127]
    while value > 127:
        value >>= 7
        groups.append(value & 127)
    return bytes([group | 128 for group in groups[:-1]] + groups[-1:])


def zigzag(value):
    return varint(2 * value if value >= 0 else -2 * value - 1)


def checksum(data):
    return u64(xxhash.XXH3_64bits(data, len(data)))


def sha256(data):
    return hashlib.sha256(data).digest()


def sealed(data):
    """With the checksum of all of it behind."""
    return data + checksum(data)


def pack(values, width):
    total = 0
    for value in reversed(values):
        assert 0 <= value < 1 << width
        total = total << width | value
    return total.to_bytes((len(values) * width + 7) // 8, "little")


class Bits:
    """A bit string in the making, least significant end first."""

    def __init__(self):
        self.value = 0
        self.count = 0

    def put(self, value, width):
        assert 0 <= value < 1 << width
        self.value |= value << self.count
        self.count += width
        return self

    def ones(self, count):
        return self.put((1 << count) - 1, count)

    def gamma(self, value):
        zeros = value.bit_length() - 1
        return self.put(0, zeros).put(1, 1).put(value - (1 << zeros), zeros)

    def bytes(self):
        return self.value.to_bytes((self.count + 7) // 8, "little")


class Rng:
    """splitmix64: the same numbers with every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def u64(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % (1 << 64)
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % (1 << 64)
        z = (z ^ z >> 27) * 0x94D049BB133111EB % (1 << 64)
        return z ^ z >> 31

    def below(self, limit):
        return self.u64() % limit

    def bytes(self, size):
        return b"".join(u64(self.u64()) for i in range((size + 7) // 8))[:size]

    def skewed(self, limit):
        """Small numbers often, large ones seldom."""
        bits = self.below(limit.bit_length() + 1)
        return self.below(1 << bits) % limit
