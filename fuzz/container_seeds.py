"""Seeds of the harnesses that cut containers: files that are right, and one for each rule that a file
can break. The last 8 bytes are the parameters: cut_check.h, fuzz_cut.c, fuzz_files.c.
"""
import json
import struct

PIPE, SMALL, JSON_FAULT, OWN_MEMORY, HUGE = 1, 4, 16, 32, 64
TENSORS_MAX, KEYS_MAX, VALUES_MAX = 1 << 17, 1 << 16, 1 << 20


def tail(*values):
    return bytes(values) + bytes(8 - len(values))


def faults(file, more, allocations, reads, version=0):
    """Each allocation fails once, each read in three ways; a pipe asks more often. more: data behind."""
    data = (more & 255, more >> 8, 0)
    for n in range(1, allocations + 1):
        yield file + tail(0, *data, n, 0, version)
        yield file + tail(JSON_FAULT, *data, n, 0, version, n % 2)
        yield file + tail(JSON_FAULT, *data, n, 0, version, 1 - n % 2)
    for n in range(1, reads + 1):
        for how in range(3):
            for pipe in (0, PIPE):
                yield file + tail(pipe, *data, 0, n, version, how)


# ---- GGUF ----

def string(text, order="<", width="Q"):
    return struct.pack(order + width, len(text)) + text


def pair(key, kind, value):
    return string(key) + struct.pack("<I", kind) + value


def tensor(name, dims, kind, offset):
    return string(name) + struct.pack("<I%dQIQ" % len(dims), len(dims), *dims, kind, offset)


def array(kind, values, count=None):
    return struct.pack("<IQ", kind, len(values) if count is None else count) + b"".join(values)


def body(pairs=(), tensors=(), pair_count=None, tensor_count=None, pad=32):
    """What stands behind magic and version of a GGUF file of version 3, without tensor data."""
    data = struct.pack("<QQ", len(tensors) if tensor_count is None else tensor_count,
                       len(pairs) if pair_count is None else pair_count)
    data += b"".join(pairs) + b"".join(tensors)
    return data + bytes(-(len(data) + 8) % pad)


PAIRS = (pair(b"general.name", 8, string(b"m")), pair(b"general.alignment", 4, struct.pack("<I", 32)),
         pair(b"a.list", 9, array(6, [bytes(4)] * 3)))
TENSORS = (tensor(b"t0", (256, 2), 12, 0), tensor(b"t1", (32,), 8, 288), tensor(b"t2", (4,), 0, 352))
BAD_PAIRS = [
    [pair(b"general.alignment", 8, string(b"32"))],
    *([pair(b"general.alignment", 4, struct.pack("<I", n))] for n in (0, 3, 1 << 21)),
    [pair(b"general.alignmenu", 4, bytes(4))],
    [pair(b"", 4, bytes(4))], [pair(b"k" * 65536, 4, bytes(4))], [pair(b"a\x1f", 4, bytes(4))],
    [pair(b"a\x7f", 4, bytes(4))], [pair(b"a", 4, bytes(4)), pair(b"a", 4, bytes(4))],
    [pair(b"a", 4, bytes(4)), pair(b"b", 4, bytes(4))],
    [pair(b"k%d" % i, 7, bytes(1)) for i in range(200)],
    [pair(b"a", 13, b"")], [pair(b"a", 9, array(13, [bytes(8)]))],
    [pair(b"a", 9, array(8, [string(b"x"), string(b"")]))],
    [pair(b"a", 9, array(9, [array(4, [bytes(4)]), array(8, []), array(9, [])]))],
    [pair(b"a", 9, array(9, [array(9, [array(9, [array(9, [array(4, [])])])])]))],
    [pair(b"a", 9, array(8, [], 1 << 40))], [pair(b"a", 9, array(10, [], 1 << 63))],
    [pair(b"a", 8, struct.pack("<Q", 1 << 40))], [pair(b"a", 8, string(bytes(20000)))],
    [pair(b"a", 9, array(0, [bytes(9000)], 9000))],
]
NAMES = ["é", "語", "\U0001F600", "\uE000", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3\x28",
         b"\xe8\xaa", b"\xff", b"\x00", b"\x80", b"\xf5\x80\x80\x80", b"n" * 128, b""]
BAD_TENSORS = [
    *([tensor(name.encode() if isinstance(name, str) else name, (4,), 0, 0)] for name in NAMES),
    [tensor(b"t", (1,) * 5, 0, 0)], [tensor(b"t", (1 << 40, 1 << 40), 0, 0)],
    [tensor(b"t", (1 << 63,), 0, 0)], [tensor(b"t", (1 << 62,), 28, 0)], [tensor(b"t", (33,), 12, 0)],
    [tensor(b"t", (4,), 100, 0)], [tensor(b"t", (4,), 1024, 0)], [tensor(b"t", (), 0, 0)], [tensor(b"t", (), 12, 0)],
    [tensor(b"t", (4,), 0, 0), tensor(b"t", (4,), 0, 32)],
    [tensor(b"t", (4,), 0, 1)], [tensor(b"t", (4,), 0, 32), tensor(b"u", (4,), 0, 0)],
    [tensor(b"t", (64,), 0, 0), tensor(b"u", (4,), 0, 32)], [tensor(b"t", (1 << 20,), 0, 0)],
    [tensor(b"t", (4,), 0, (1 << 64) - 32)], [tensor(b"t", (1 << 60,), 28, 1 << 63)],
    [tensor(b"t", (4,), 100, 0), tensor(b"u", (4,), 0, 64)],
    [tensor(b"t%03d" % i, (4,), 0, 32 * i) for i in range(90)],
]


def bodies():
    """(body, bytes of data behind it)"""
    yield body(PAIRS, TENSORS), 0x170
    yield body(), 0
    yield body(PAIRS, [TENSORS[0]], pad=1), 0
    yield body(PAIRS, TENSORS, tensor_count=TENSORS_MAX + 1), 0
    yield body(PAIRS, TENSORS, pair_count=KEYS_MAX + 1), 0
    yield body(PAIRS, TENSORS, tensor_count=1 << 16), 0
    yield body([pair(b"a", 10, bytes(1))], pad=1), 0
    for pairs in BAD_PAIRS:
        yield body(pairs, TENSORS), 0x170
    for tensors in BAD_TENSORS:
        yield body((), tensors), 0x1000


def gguf_seeds():
    """Behind magic and version; tail 6: version and, 128, big-endian."""
    for data, more in bodies():
        for flags in (0, PIPE, SMALL):
            yield data + tail(flags, more & 255, more >> 8, 0, 0, 0, 3)
    plain = body(PAIRS, TENSORS)
    for length in range(len(plain)):
        yield plain[:length] + tail(length % 2, 0, 0, 0, 0, 0, 3)
    yield from faults(plain, 0x170, 12, 2, 3)
    yield from faults(body(BAD_PAIRS[-1], BAD_TENSORS[-1]), 0x1000, 12, 8, 3)
    yield plain + tail(OWN_MEMORY, 0x70, 1, 0, 0, 0, 3)
    for kind in range(44):
        yield body((), [tensor(b"t", (256,), kind, 0)]) + tail(0, 0, 8, 0, 0, 0, 3)
    yield struct.pack(">QQ", 1, 0) + string(b"t", ">") + struct.pack(">IQIQ", 1, 4, 0, 0) + bytes(100) + \
        tail(0, 0, 0, 0, 0, 0, 0x83)
    yield struct.pack(">QQ", 1, 0) + string(b"t", ">") + struct.pack(">IQIQ", 1, 32, 39, 0) + bytes(100) + \
        tail(0, 0, 0, 0, 0, 0, 0x83)
    one = struct.pack("<II", 1, 1) + string(b"k", width="I") + struct.pack("<II", 4, 5)
    yield one + string(b"t", width="I") + struct.pack("<IIIQ", 1, 4, 0, 0) + bytes(100) + tail(0, 0, 0, 0, 0, 0, 1)
    yield body(PAIRS, [tensor(b"t", (32, 3), 30, 0)]) + bytes(192) + tail(0, 0, 0, 0, 0, 0, 2)
    # A value that ends just before the last byte that a file can have: no place for the data.
    end = (1 << 64) - 40
    text = body(pair_count=1, tensor_count=1, pad=1) + string(b"a") + struct.pack("<I", 8)
    yield text + struct.pack("<Q", end - 8 - len(text) - 8) + tail(HUGE, 0, 0, 0, 0, 0, 3)


# ---- safetensors ----

def tensors_of(**changes):
    row = {"dtype": "BF16", "shape": [4, 8], "data_offsets": [0, 64]}
    row.update(changes)
    return {"a": {k: v for k, v in row.items() if v is not None}}


def at(begin, end, dtype="U8", **more):
    return {"dtype": dtype, "shape": [end - begin], "data_offsets": [begin, end], **more}


TWO = {"__metadata__": {"format": "pt"}, "a": tensors_of()["a"],
       "b.c": {"dtype": "F32", "shape": [], "data_offsets": [64, 68]},
       "z": {"dtype": "F4", "shape": [2, 2], "data_offsets": [68, 70]}}
HEADERS = [
    TWO, {}, {"a": 1}, tensors_of(dtype=None), tensors_of(dtype=7), tensors_of(dtype="Q9"),
    tensors_of(shape=None), tensors_of(shape=[4, "8"]), tensors_of(shape=[4, -8]),
    tensors_of(shape=[1] * 7 + [4, 8]), tensors_of(shape=[2, 2] + [1] * 7 + [8]),
    tensors_of(shape=[1 << 40, 1 << 40]), tensors_of(shape=[1 << 62, 2], dtype="F64"),
    tensors_of(dtype="F4", shape=[3]), tensors_of(shape=[4, 9]), tensors_of(data_offsets=None),
    tensors_of(data_offsets=[0]), tensors_of(data_offsets=["0", 64]), tensors_of(data_offsets=[0, -64]),
    tensors_of(data_offsets=[64, 0]), tensors_of(data_offsets=[2, 66]), tensors_of(data_offsets=[0, 32], shape=[16]),
    {"__metadata__": 1}, {"__metadata__": {"a": 1}}, {"a": at(0, 32), "b": at(16, 64)},
    {"b": at(32, 64), "e": at(32, 32), "f": at(32, 32), "d": at(64, 64), "a": at(0, 32)},
    {"a": at(0, 32), "e": at(0, 0)}, {"e": at(0, 0), "a": at(0, 32)}, {"e%d" % i: at(32, 32) for i in range(9)},
    {"e": {"dtype": "I8", "shape": [0, 1 << 62], "data_offsets": [0, 0]}},
    {"a\u0000\u001b[31m../x": TWO["a"]}, {"a" * 9000: at(0, 64)},
]
TEXTS = [b'{"a":1,"a":1}', b"{} x", b'{"\xff":1}', b'{"a":99999999999999999999}', b'{"a":' + b"[" * 3000,
         b'{"a":"\\u0000"}', b'{"\\u0000":1}', b"{", b"[]", b'{"a\\"b":[1,2]', b"{" + b"," * VALUES_MAX]


def safetensors(header, data_size):
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(data_size)


def safetensors_seeds():
    for header in HEADERS:
        for flags in (0, PIPE, SMALL):
            yield safetensors(header, 0)[8:] + tail(flags, 64)
    for text in TEXTS:
        yield text + tail(0)
    yield json.dumps({"%x" % i: 0 for i in range(TENSORS_MAX + 1)}, separators=(",", ":")).encode() + tail(0)
    for data_size in (69, 70, 71):
        yield safetensors(TWO, data_size) + tail(2)
    yield safetensors(TWO, 70) + tail(2 | OWN_MEMORY)
    yield from faults(safetensors(TWO, 0)[8:], 70, 16, 3)
    yield from faults(safetensors({"a" * 20000: at(0, 64)}, 0)[8:], 64, 0, 6)
    yield struct.pack("<Q", 0) + b"{" + tail(2)
    yield struct.pack("<Q", 100) + b"{" + tail(2)
    yield struct.pack("<Q", 100) + b"{" + tail(2 | PIPE)


# ---- Any file, and raw arrays ----

def raw(size, *dims):
    return struct.pack("<%dQ" % (1 + len(dims)), size, *dims)


def cut_seeds():
    file = safetensors(TWO, 70)
    for flags in (0, PIPE, SMALL):
        yield file + tail(flags)
    for how in range(3):
        yield file + tail(0, 0, 0, 0, 0, 1, 0, how)
        yield file + tail(PIPE, 0, 0, 0, 0, 1, 0, how)
    file = b"GGUF" + struct.pack("<I", 3) + body(PAIRS, TENSORS)
    for flags in (0, PIPE, SMALL):
        yield file + bytes(368) + tail(flags)
    yield file + tail(0, 0x70, 1)
    for magic in (b"FUGG" + struct.pack(">I", 3), b"GGUF" + struct.pack("<I", 0), b"GGUF" + struct.pack("<I", 4)):
        yield magic + bytes(100) + tail(0)
    for text in (b"", b"GGU", b"GGUF", b"12345678", b"123456789", bytes(8) + b"{", b"\xff" * 8 + b"{", bytes(99)):
        yield text + tail(0)
        yield text + tail(PIPE)
        yield text + tail(0, 0, 0, 0, 1)
    huge = (1 << 64) - 2
    for dtype, rank, values in ((11, 2, (128, 8, 8)), (11, 0, (129,)), (11, 0, (1,)), (11, 0, (0,)), (11, 9, (2,) + (1,) * 9),
                                (11, 1, (128, 1 << 63)), (76, 1, (144, 255)), (11, 1, (127, 64)), (11, 1, (128, 64)),
                                (76, 0, (huge,)), (20, 0, (huge,)), (255, 1, (128, 64)), (11, 2, (0, 1 << 63, 4)), (0, 0, (9,)),
                                (11, 1, (0, 0))):
        for flags in (8, 8 | PIPE, 8 | OWN_MEMORY):
            yield raw(*values) + tail(flags, 0, 0, 0, 0, 0, dtype, rank)
        for fault in (1, 2):
            yield raw(*values) + tail(8, 0, 0, 0, fault, 0, dtype, rank)


# ---- Lists of files ----

def index(*names):
    return json.dumps({"weight_map": {"t%d" % i: name for i, name in enumerate(names)}}).encode()


NAME, FOLDER, RELATIVE, NO_SLASH = 1, 2, 8, 128
INDEXES = [
    index("m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "m-00001-of-00002.safetensors"),
    index(*("m%02d.safetensors" % i for i in range(20))),
    *(index(name) for name in ("../m.safetensors", "", "n" * 300 + ".safetensors", "a\\b.safetensors", "c:b.safetensors",
                               "a\u001fb.safetensors", "a\u007fb.safetensors", ".a.safetensors", "a.gguf", "safetensors", 7)),
    b'{"weight_map":{}}', b'{"weight_map":[]}', b"{}", b"[]", b"", b"{", b'{"weight_map":{"a":"' + b" " * 600,
]
FILE_NAMES = [b"m-00001-of-00003.gguf", b"m-00002-of-00003.gguf", b"m-0000x-of-00003.gguf", b"m-00001-of-0000x.gguf",
              b"m-0000/-of-00003.gguf", b"m-00001-or-00003.gguf", b"m_00001-of-00003.gguf", b"-00001-of-00003.gguf",
              b"m-0000 -of-00003.gguf",
              b"m.safetensors.index.json", b"absent.safetensors.index.json", b"m.gguf", b"plain"]


def files_seeds():
    for text in INDEXES:
        yield text + tail(0)
        yield text + tail(SMALL)
        yield text + tail(OWN_MEMORY)
    for name in FILE_NAMES:
        yield name + tail(NAME)
        yield name + tail(NAME | RELATIVE)
    listing = b"/".join(b"m%02d.%s" % (i, (b"gguf", b"safetensors", b"txt")[i % 3]) for i in range(40))
    for names in (b"a.gguf", b".a.gguf", listing, b""):
        yield names + tail(FOLDER)
        yield names + tail(FOLDER | NO_SLASH)
    for fault in range(1, 30):
        for flags in (0, JSON_FAULT):
            yield INDEXES[1] + tail(flags, 0, 0, 0, fault)
        yield FILE_NAMES[0] + tail(NAME, 0, 0, 0, fault)
        yield listing + tail(FOLDER, 0, 0, 0, fault)
