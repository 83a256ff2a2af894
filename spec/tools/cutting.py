#!/usr/bin/python3
"""Holds containers/ to the program of chapter 14: both cut the same generated files, odd headers and
seeded mutations into the same regions.

    cutting.py CUT_PRINT SCAPE_GEN [MUTATIONS]"""
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import pseudocode  # noqa: E402

HEADERS = [  # of safetensors, with the bytes of data that follow
    ('{}', 0), ('{} ', 0), ('{"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}', 12),
    ('{"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}', 13),
    ('{"a":{"dtype":"NEW","shape":[7],"data_offsets":[0,12],"more":null}}', 12),
    ('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2),
    ('{"a":{"dtype":"F6_E2M3","shape":[8],"data_offsets":[0,6]}}', 6),
    ('{"a":{"dtype":"U8","shape":[1,1,1,2,1,2,1,1,3,1],"data_offsets":[0,12]}}', 12),
    ('{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"__metadata__":{"x":"y"}}', 1),
    ('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"__metadata__":null}', 1),
    ('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"__metadata__":{"x":1}}', 1),
    ('{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[0],'
     '"data_offsets":[1,1]}}', 1),
    ('{"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[1],'
     '"data_offsets":[0,1]},"c":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}', 1),
    ('{"a\\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a\\\\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"\\ud83d\\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1e999}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":NaN}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":9223372036854775808}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":-9223372036854775808}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":' + '[' * 2040 + ']' * 2040 + '}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":' + '[' * 2060 + ']' * 2060 + '}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}{}', 1),
    ('{ \n\t"a" : {"dtype" :"U8","shape":[ 1 ],\r"data_offsets":[0, 1]} }  \n\t ', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}\0\0', 1),
    (' {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1), ('\ufeff{}', 0),
    ('{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[0],'
     '"data_offsets":[1,1]}}', 1),
    ('{"a":{"dtype":"\\u00558","sha\\u0070e":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a\\/b\\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"__metadata__":{},"__metadata__":{},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"__metadata__":{"a":{"b":"c"}},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{"b":[{"c":[]}]}}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{"b":1,"b":2}}}', 1),
    ('{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[1],'
     '"data_offsets":[0,1]}}', 3),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],'
     '"data_offsets":[2,3]}}', 3),
    ('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],'
     '"data_offsets":[1,3]}}', 3),
    ('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],'
     '"data_offsets":[0,2]}}', 2),
    ('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F64","shape":[0,9],'
     '"data_offsets":[0,0]},"c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}', 1), ("{'a':1}", 0), ('{"a":True}', 0),
    ('[]', 0), ('{"a":[]}', 0), ('{"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', 1),
]


ALIGNMENTS = (None, 1, 2, 8, 16, 32, 64, 4096, 1 << 20, 0, 3, 24, 48, (1 << 20) + 1, 1 << 21)


def gguf_file(version, big, alignment, width=4):
    """Two F32 tensors and one of an unknown type between them, each at a multiple of the alignment."""
    order = ">" if big else "<"
    wide = order + ("I" if version == 1 else "Q")

    def string(text):
        return struct.pack(wide, len(text)) + text
    step = alignment or (32 if alignment is None else 1)
    offsets = [0, ceil_to(12, step), ceil_to(12, step) + ceil_to(5, step)]
    out = b"GGUF" + struct.pack(order + "I", version) + struct.pack(wide, 3)
    out += struct.pack(wide, alignment is not None)
    if alignment is not None:
        out += string(b"general.alignment") + struct.pack(order + "I", 4 if width == 4 else 10)
        out += alignment.to_bytes(width, "big" if big else "little")
    for name, kind, offset in zip((b"a", b"new", b"b"), (0, 1000, 0), offsets):
        out += string(name) + struct.pack(order + "I", 1) + struct.pack(wide, 3)
        out += struct.pack(order + "IQ", kind, offset)
    out += bytes(ceil_to(len(out), step) - len(out))
    return out + bytes(offsets[2]) + bytes(range(12))


def ceil_to(size, step):
    return -(-size // step) * step


def aligned_files():
    """Files, and the number of tensors that they are cut into."""
    for version in (1, 2, 3):
        for big in (False, True):
            for alignment in ALIGNMENTS:
                good = alignment is None or 1 <= alignment <= 1 << 20 and alignment & (alignment - 1) == 0
                yield gguf_file(version, big, alignment), 2 * good
            yield gguf_file(version, big, 64, 8), 0  # not a u32


def safetensors_files():
    for header, size in HEADERS:
        text = header.encode("utf-8", "surrogatepass")
        yield struct.pack("<Q", len(text)) + text + bytes(size)
    yield struct.pack("<Q", 0) + b"{}"
    yield struct.pack("<Q", 100000001) + b"{}"
    for n in (0, 3, 4, 8, 9):
        yield b"GGUF\3\0\0\0\0\0"[:n]


def generated_files(generator, folder):
    plans = [["--container", "safetensors", "--zoo"],
             ["--container", "safetensors", "--layers", "1", "--width", "32", "--vocab", "64"]]
    for more in ([], ["--gguf-version", "1"], ["--gguf-version", "2"], ["--big-endian"],
                 ["--big-endian", "--gguf-version", "1"]):
        plans.append(["--container", "gguf", "--type", "zoo", "--layers", "1", "--vocab", "64", *more])
    for number, plan in enumerate(plans):
        path = folder / ("model-%d" % number)
        subprocess.run([generator, *plan, "-o", path], check=True)
        yield path.read_bytes()


def mutated(data, rng):
    """One to three changes, mostly in what a cutter reads."""
    data = bytearray(data)
    reach = min(len(data), 4096 if rng.random() < 0.9 else len(data))
    for i in range(rng.randint(1, 3)):
        if reach == 0:
            break
        at = rng.randrange(reach)
        how = rng.randrange(5)
        if how == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            data[at] = rng.choice([0, 1, 4, 9, 31, 32, 127, 128, 255])
        elif how == 2:
            data[at:at + 8] = struct.pack("<Q", rng.choice([0, 1, 2 ** 31, 2 ** 32, 2 ** 63 - 1, 2 ** 64 - 1]))
        elif how == 3:
            del data[at:at + rng.randint(1, 9)]
        else:
            data[at:at] = data[at:at + rng.randint(1, 9)]
        reach = min(reach, len(data))
    return bytes(data[:rng.randrange(len(data) + 1)] if rng.random() < 0.1 else data)


def main():
    printer, generator = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    program = {"__name__": "spec_decoder"}
    exec(compile(pseudocode.module(), "spec_decoder.py", "exec"), program)
    cut_file = program["cut_file"]
    rng = random.Random(14)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        generated = list(generated_files(generator, folder))
        files = list(safetensors_files()) + generated
        for data, tensors in aligned_files():
            found = [region[4] for region in cut_file(data) if region[4]]
            if len(found) != tensors:
                sys.exit("%d tensors, want %d, in %r" % (len(found), tensors, data[:100]))
            files.append(data)
        sources = generated * 10 + files
        files += [mutated(rng.choice(sources), rng) for i in range(count)]
        tensors = faults = 0
        for start in range(0, len(files), 100):
            paths = []
            for data in files[start:start + 100]:
                paths.append(folder / ("case-%d" % len(paths)))
                paths[-1].write_bytes(data)
            printed = subprocess.run([printer, *paths], stdout=subprocess.PIPE, check=True).stdout
            for data, text in zip(files[start:start + 100], printed.decode().split("end\n")):
                have = [json.loads(line) for line in text.splitlines()]
                want = [[*region[:4], region[4].hex()] for region in cut_file(data)]
                tensors += len(want) > 1
                if have != want:
                    faults += 1
                    print("a file that starts with %r:\nhave %s\nwant %s" % (data[:200], have[:5], want[:5]))
        print("%d files, %d of them cut into tensors, %d differ" % (len(files), tensors, faults))
        return 1 if faults > 0 or tensors < 20 or not all(
            len(cut_file(data)) > 1 for data in generated) else 0


if __name__ == "__main__":
    sys.exit(main())
