#!/usr/bin/python3
"""Pulls the ```python blocks out of the spec's chapters into one module, and runs it.

    pseudocode.py FILE                                  write the module
    pseudocode.py --run decode [--profile FILE] ...     frame on stdin, content on stdout
    pseudocode.py --run extract --tensor NAME
    pseudocode.py --run inspect                         the parsed structure as JSON
    pseudocode.py --run cut                             model file on stdin, a region a line:
                                                        [offset, length, dtype, shape, hex of name]
    pseudocode.py --run encode --canonical [--level fast|default|max] [--chunk-log2 N]
        [--sha256] [--repeats] [--unknown-size]
        [--dtype NAME] [--shape AxB] [--name T] [--region LENGTH:DTYPE:SHAPE:NAME]...
                                                        content on stdin, canonical frame on stdout

Exit status: 0, or the number of the error class. The written module takes the same arguments as
follow --run. Standard library only; zstd frames go through libzstd, which is loaded when one is met.
"""
import json
import pathlib
import pprint
import re
import sys

SPEC = pathlib.Path(__file__).resolve().parent.parent

HEAD = '''#!/usr/bin/python3
"""The decoder of the specification's text. Written by spec/tools/pseudocode.py: do not edit."""
import argparse
import ctypes
import ctypes.util
import functools
import hashlib
import json
import re
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


@functools.lru_cache(maxsize=None)
def libzstd():
    """The library, loaded when it is first needed."""
    name = ctypes.util.find_library("zstd")
    if name is None:
        sys.exit("zstd payloads need libzstd")
    library = ctypes.CDLL(name)
    size, pointer, data = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_char_p
    for function, result, arguments in (
            ("isError", ctypes.c_uint, [size]),
            ("createDCtx", pointer, []), ("freeDCtx", size, [pointer]),
            ("decompressBegin", size, [pointer]), ("nextSrcSizeToDecompress", size, [pointer]),
            ("decompressContinue", size, [pointer, pointer, size, data, size]),
            ("compressBound", size, [size]),
            ("compress", size, [pointer, size, data, size, ctypes.c_int])):
        getattr(library, "ZSTD_" + function).restype = result
        getattr(library, "ZSTD_" + function).argtypes = arguments
    return library


def zstd_decode(frame, size):
    """The content of one zstd frame, which must have exactly `size` bytes."""
    # Block by block into one buffer: only so libzstd checks what a block regenerates [ZST-007],
    # and takes every match within the content [ZST-008].
    library = libzstd()
    buffer = ctypes.create_string_buffer(size + 1)
    context = library.ZSTD_createDCtx()
    try:
        library.ZSTD_decompressBegin(context)
        read = done = 0
        piece = library.ZSTD_nextSrcSizeToDecompress(context)
        while piece > 0:
            require(piece <= len(frame) - read, "ZSTD_DATA")
            got = library.ZSTD_decompressContinue(context, ctypes.addressof(buffer) + done,
                                                  size - done, frame[read:read + piece], piece)
            require(not library.ZSTD_isError(got), "ZSTD_DATA")
            read += piece
            done += got
            piece = library.ZSTD_nextSrcSizeToDecompress(context)
    finally:
        library.ZSTD_freeDCtx(context)
    require(read == len(frame) and done == size, "ZSTD_DATA")
    return buffer.raw[:size]


def zstd_encode(data, level):
    """One zstd frame, as the library's one-call function makes it."""
    library = libzstd()
    bound = library.ZSTD_compressBound(len(data))
    buffer = ctypes.create_string_buffer(bound)
    done = library.ZSTD_compress(buffer, bound, data, len(data), level)
    assert not library.ZSTD_isError(done)
    return buffer.raw[:done]


def is_utf8(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def json_extent(text):
    """How many values a JSON text can have, and how deep it nests."""
    outside = re.sub(r'"(?:[^"\\\\]|\\\\.)*"', '""', text, flags=re.S)
    depth = deepest = 0
    for mark in re.findall(r"[][{}]", outside):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return 1 + len(re.findall(r"[,\[{]", outside)), deepest


def parse_json(data, values_max):
    """The object that `data` is by [CUT-020], else None."""
    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def integer(word):
        if not -(1 << 63) <= int(word) < 1 << 63:
            raise ValueError
        return int(word)

    def real(word):
        if abs(float(word)) == float("inf"):
            raise ValueError
        return float(word)

    def constant(word):
        raise ValueError
    try:
        text = data.decode()
        values, depth = json_extent(text)
        if values > values_max or depth > 2048:
            return None
        sys.setrecursionlimit(20000)
        found = json.loads(text, object_pairs_hook=unique, parse_int=integer, parse_float=real,
                           parse_constant=constant)
    except (ValueError, RecursionError):
        return None
    return found if type(found) is dict and are_strings_good(found) else None


def are_strings_good(value):
    """No string within has a NUL or half of a surrogate pair."""
    stack = [value]
    while len(stack) > 0:
        value = stack.pop()
        if type(value) is dict:
            stack += [*value.keys(), *value.values()]
        elif type(value) is list:
            stack += value
        elif type(value) is str and ("\\0" in value or not value.isascii() and any(
                0xd800 <= ord(letter) < 0xe000 for letter in value)):
            return False
    return True

'''

TAIL = '''

def printable(thing):
    """The structure of a frame without the bytes it carries, for JSON."""
    if isinstance(thing, dict):
        return {key: printable(value) for key, value in thing.items()
                if key not in ("content", "sets")}
    if isinstance(thing, list):
        return [printable(value) for value in thing]
    return thing.hex() if isinstance(thing, bytes) else thing


def make_region(length, dtype, shape, name):
    number = [row["id"] for row in DTYPES.values() if row["name"].lower() == dtype.lower()][0]
    dims = [int(word) for word in shape.split("x")] if shape else []
    return {"name": name.encode("utf-8", "surrogateescape"), "dtype": number, "dims": dims,
            "length": length}


def encode(data, arguments):
    regions = []
    if arguments.dtype or arguments.shape or arguments.name:
        regions.append(make_region(len(data), arguments.dtype or "OPAQUE", arguments.shape,
                                   arguments.name))
    for text in arguments.region:
        length, dtype, shape, name = text.split(":", 3)
        regions.append(make_region(int(length), dtype, shape, name))
    listed = []
    left = len(data)
    for region in regions:  # [CAN-012]
        if region["length"] > left:
            planned = dict(region)
            region.update({"length": left, "dtype": 0, "dims": [], "planned": planned})
            if left == 0:
                continue
        left -= region["length"]
        listed.append(region)
    if left > 0:
        rest = make_region(left, "OPAQUE", "", "")
        rest["planned"] = make_region(1 << 64, "OPAQUE", "", "")  # [CAN-014]
        listed.append(rest)
    level = {"fast": FAST, "default": DEFAULT, "max": MAX}[arguments.level]
    limit_log2 = arguments.chunk_log2 or (23 if level == MAX else 22)
    options = [name for name, given in (("sha256", arguments.sha256),
                                        ("repeats", arguments.repeats),
                                        ("unknown-size", arguments.unknown_size)) if given]
    return encode_frame(data, listed, level, limit_log2, options)


def run(arguments):
    data = sys.stdin.buffer.read()
    if arguments.verb == "encode":
        return encode(data, arguments)
    if arguments.verb == "cut":
        return "".join(json.dumps([*region[:4], region[4].hex()]) + "\\n"
                       for region in cut_file(data)).encode()
    profiles = []
    for path in arguments.profile:
        with open(path, "rb") as file:
            profiles.append(file.read())
    if arguments.verb == "extract":
        return extract(data, arguments.tensor.encode("utf-8", "surrogateescape"), profiles)
    frames = decode_file(data, profiles)
    if arguments.verb == "inspect":
        for frame in frames:
            for region in frame.get("regions", []):
                region["name"] = region["name"].decode("utf-8", "backslashreplace")
        return (json.dumps({"frames": printable(frames)}, indent=1) + "\\n").encode()
    return b"".join(frame["content"] for frame in frames)


def main(words=None):
    parser = argparse.ArgumentParser(description="The decoder of the specification's text")
    parser.add_argument("verb", choices=["decode", "extract", "inspect", "encode", "cut"])
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--tensor", default="")
    parser.add_argument("--canonical", action="store_true")
    parser.add_argument("--level", choices=["fast", "default", "max"], default="default")
    parser.add_argument("--chunk-log2", type=int, default=0)
    parser.add_argument("--sha256", action="store_true")
    parser.add_argument("--repeats", action="store_true")
    parser.add_argument("--unknown-size", action="store_true")
    parser.add_argument("--region", action="append", default=[])
    for option in ("--dtype", "--shape", "--name"):
        parser.add_argument(option, default="")
    arguments = parser.parse_args(words)
    try:
        sys.stdout.buffer.write(run(arguments))
    except ScapeError as fault:
        print(fault.name, file=sys.stderr)
        return ERRORS[fault.name]
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''


def registry_names():
    registry = json.loads((SPEC / "registry.json").read_text(encoding="utf-8"))
    tables = [
        ("ERRORS", {row["name"]: row["id"] for row in registry["errors"]}),
        ("LIMITS", {row["name"]: row["value"] for row in registry["limits"]}),
        ("LAYOUTS", {row["id"]: row for row in registry["layouts"]}),
        ("DTYPES", {row["id"]: row for row in registry["dtypes"]}),
    ]
    text = "\n".join("%s = %s" % (name, pprint.pformat(table, width=99, sort_dicts=False))
                     for name, table in tables)
    data = (SPEC / "standard.profile").read_bytes()
    lines = ["    \"%s\"" % data[i:i + 44].hex() for i in range(0, len(data), 44)]
    return text + "\nSTANDARD_PROFILE = bytes.fromhex(\n%s)\n" % "\n".join(lines)


def blocks():
    for path in sorted(SPEC.glob("[0-9][0-9]-*.md")):
        text = path.read_text(encoding="utf-8")
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)):
            yield "# ---- %s, block %d\n%s" % (path.name, number + 1, code)


def module():
    return HEAD + registry_names() + "\n\n" + "\n\n".join(blocks()) + TAIL


def main():
    words = sys.argv[1:]
    if len(words) == 1 and not words[0].startswith("-"):
        pathlib.Path(words[0]).write_text(module(), encoding="utf-8")
        return 0
    if len(words) >= 2 and words[0] == "--run":
        names = {"__name__": "spec_decoder"}
        exec(compile(module(), "spec_decoder.py", "exec"), names)
        return names["main"](words[1:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
