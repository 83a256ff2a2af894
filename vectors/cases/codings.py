"""Equal content in many legal codings, each a vector, and the one frame that a canonical encoder makes
of it, whichever it was decoded from: contents, and the choices that a coding is held to; those that
it leaves are the grammar's, from a seed."""
import subprocess

from basics import DTYPES, EMBEDDED, LAYOUTS, REPEATS, SHA256, UNKNOWN, Rng
from blocks import STANDARD
from canonical import case
from case import legal
from frames import Frame, skippable
from grammar import Grammar
from streams import Rans, Tables, mixture_part, profile_file, table_set

# Of each coding: what it is held to, and the production without which it says nothing of a content.
STYLES = {
    "stored": ({"ways": ["packed"], "layouts": ["bytes"]}, "PACKED"),
    "constant": ({"ways": ["constant"]}, "CONSTANT"),
    "lanes-1": ({"ways": ["rans"], "lanes": 0}, "lanes 1"),
    "lanes-32": ({"ways": ["rans"], "lanes": 1}, "lanes 32"),
    "lanes-2-32": ({"ways": ["rans"], "lanes": 2}, "lanes 2 x 32"),
    "lanes-4-32": ({"ways": ["rans"], "lanes": 3}, "lanes 4 x 32"),
    "precision-8": ({"ways": ["rans"], "precision": 8}, "precision 8"),
    "precision-14": ({"ways": ["rans"], "precision": 14}, "precision 14"),
    "mixture": ({"ways": ["mixture"]}, "RANS_MIXTURE"),
    "row-column": ({"ways": ["row_column"]}, "ROW_COLUMN"),
    "field": ({"ways": ["by_field"]}, "FIELD"),
    "class": ({"ways": ["by_class"]}, "BLOCK_CLASS"),
    "lift": ({"ways": ["lift"]}, "LIFT 1"),
    "lift-2": ({"ways": ["lift"]}, "LIFT 2"),
    "zstd": ({"ways": ["zstd"]}, "ZSTD raw"),
    "zstd-windows": ({"ways": ["zstd"]}, "ZSTD in windows"),
    "standard-set": ({"ways": ["of_set"]}, "standard set"),
    "own-set": ({"ways": ["of_set"], "own": True}, "set of the frame"),
    "chunks": ({"pieces": 7}, "content frame"),
    "repeat": ({"repeats": True}, "REPEAT"),
    "frames": ({"frames": True}, "skippable frame"),
    "extensions": ({"extensions": True}, "extension before blocks"),
}
WAYS = ["packed", "constant", "zstd", "rans", "mixture", "row_column", "by_field", "by_class", "lift"]
TIED = ["stored", "lanes-1", "own-set", "chunks", "repeat", "frames"]  # of the largest content
TRIES = 8  # seeds until a coding makes its production


def contents(programs):
    """Name, regions (dtype, shape, name, content) and layouts that suit the content."""
    def generated(dtype, size):
        return subprocess.run([programs / "scape-gen", "--raw", "--type", dtype, "--size",
                               str(size), "--seed", "11", "-o", "-"],
                              stdout=subprocess.PIPE, check=True).stdout
    rng = Rng(12)
    skewed = bytes(rng.skewed(12) * 9 % 256 for i in range(1024))
    floats = ["bf16.e8m2", "bf16.e8m3", "bf16.e8", "bf16.se9m7", "planes2", "grouped2", "bytes"]
    yield "bf16", [("BF16", "16x32", "w", generated("BF16", 1024))], floats
    yield "f16", [("F16", "512", "w", generated("F16", 1024))], [
        "f16.e5m3", "f16.e5", "f16.se6m10", "planes2", "grouped2", "bytes"]
    yield "f32", [("F32", "16x16", "w", generated("F32", 1024))], [
        "f32.e8m2", "f32.e8", "planes4", "grouped4", "bytes"]
    yield "f8", [("F8_E4M3", "32x32", "w", generated("F8_E4M3", 1024))], [
        "f8e4m3.e4m3", "f8e4m3.e4", "bytes"]
    yield "q4_k", [("Q4_K", "4x512", "w", generated("Q4_K", 1152))], ["ggml.q4_k"]
    yield "q8_0", [("Q8_0", "4x256", "w", generated("Q8_0", 1088))], ["ggml.q8_0"]
    yield "skewed", [("I8", "1024", "w", skewed)], ["bytes", "planes2", "planes8", "grouped4"]
    yield "equal", [("BF16", "8x64", "w", b"\x80\x3f" * 512)], floats
    tied = generated("BF16", 4096)
    yield "tied", [("BF16", "32x64", "embedding", tied), ("BF16", "0x64", "none", b""),
                   ("BF16", "32x64", "output", tied)], floats


class Coding(Grammar):
    """A frame, or several, of given regions."""

    def __init__(self, seed, choices):
        super().__init__(seed)
        self.choices = choices
        self.sets = []

    def lanes(self):
        if "lanes" not in self.choices:
            return super().lanes()
        self.take(("lanes 1", "lanes 32", "lanes 2 x 32", "lanes 4 x 32")[self.choices["lanes"]])
        return self.choices["lanes"]

    def precision(self, least=8, most=14):
        if "precision" not in self.choices:
            return super().precision(least, most)
        p = min(max(self.choices["precision"], least), most)
        self.take("precision %d" % p)
        return p

    def stream(self, row, number, fields):
        """By the way that the coding is held to in the longest fields, where they allow it."""
        values, width = fields[number], row["fields"][number]["width"]
        held = self.choices.get("ways", []) if len(values) == max(map(len, fields)) else []
        able = {"constant": len(set(values)) == 1, "lift": len(values) % 4 == 0,
                "by_field": bool(self.earlier(row, number)),
                "by_class": "class" in row["fields"][number],
                "of_set": self.set_for(values, width) is not None}
        for ways in (held, WAYS):
            ways = [way for way in ways if able.get(way, True)
                    and (width <= 16 or way in ("packed", "constant", "zstd"))]
            if ways:
                return getattr(self, self.one_of(*ways))(values, width, (row, number, fields))
        raise AssertionError("every field can be packed")

    # ---- sets of a profile

    def all_sets(self):
        yield from ((1, number, row[3]) for number, row in enumerate(STANDARD))
        yield from ((2, number, tables) for number, tables in enumerate(self.sets))

    def set_for(self, values, width):
        """Source, number and tables of a set with a table that codes every 16 elements; its ids."""
        wanted = 2 if self.choices.get("own") else 1
        for source, number, tables in self.all_sets():
            if source != wanted or tables.alphabet[-1] >= 1 << width:
                continue
            ids = [self.table_for(tables, values[i:i + 16]) for i in range(0, len(values), 16)]
            if None not in ids:
                return source, number, tables, ids
        return None

    @staticmethod
    def table_for(tables, values):
        symbol_of = {value: symbol for symbol, value in enumerate(tables.alphabet)}
        for number, table in enumerate(tables.tables):
            if len(tables.alphabet) in table or all(symbol_of.get(v) in table for v in values):
                return number
        return None

    def of_set(self, values, width, _):
        source, number, tables, ids = self.set_for(values, width)
        self.take("standard set" if source == 1 else "set of the frame")
        k = len(tables.tables)
        part = mixture_part(k, 4, self.nested(ids, max(1, (k - 1).bit_length())))
        return Rans(values, width, tables, self.lanes(), [ids[i >> 4] for i in range(len(values))],
                    part, 4, source, number).bytes()

    def embed(self, frame, regions):
        """A profile whose one set codes any byte."""
        values = [byte for _, _, _, content in regions for byte in content]
        self.sets = [Tables.fitted(values, p=12)]
        self.sets[0].escape = True
        self.sets[0].tables[0][len(self.sets[0].alphabet)] = 0
        frame.profile(profile_file([table_set(self.sets[0], 8)]))

    # ---- frames

    def pieces(self, content):
        """Where the content is cut into chunks."""
        cuts = sorted({self.rng.below(len(content)) for i in range(self.choices.get("pieces", 1) - 1)}
                      | {0, len(content)}) if content else []
        return [content[a:b] for a, b in zip(cuts, cuts[1:])]

    def coded_frame(self, regions, layouts):
        flags = self.one_of(0, SHA256) | (REPEATS if "repeats" in self.choices else 0)
        flags |= EMBEDDED if self.choices.get("own") else 0
        frame = Frame(flags, 12 + self.rng.below(8), self.one_of(None, UNKNOWN))
        self.take("content frame")
        if flags & EMBEDDED:
            self.embed(frame, regions)
        before = {}
        for dtype, shape, name, content in regions:
            for piece in self.pieces(content):
                if "extensions" in self.choices:
                    self.extension(frame, "extension before blocks")
                if flags & REPEATS and piece in before:
                    self.take("REPEAT")
                    frame.repeat(before[piece], piece)
                else:
                    names = [layout for layout in self.choices.get("layouts", layouts)
                             if LAYOUTS[layout]["block_bytes"] <= len(piece)]
                    before[piece] = self.code(frame, self.one_of(*names or ["bytes"]), piece)
            dims = [int(dim) for dim in shape.split("x")]
            frame.region(len(content), DTYPES[dtype], dims, name.encode())
        return frame

    def file(self, regions, layouts):
        if "frames" not in self.choices:
            return self.coded_frame(regions, layouts).bytes()
        halves = [[(dtype, "0", name, content[part]) for dtype, _, name, content in regions]
                  for part in (slice(0, 37), slice(37, None))]
        if len(regions) > 1:
            halves = [regions[:1], regions[1:]]
        self.take("skippable frame")
        return skippable(b"first").join(
            [b""] + [self.coded_frame(half, layouts).bytes() for half in halves] + [b""])


def arguments(name, regions):
    words = ["--level", "max" if name == "f8" else "default"] + ["--repeats"] * (name == "tied")
    for dtype, shape, tensor, content in regions:
        words += ["--region", "%d:%s:%s:%s" % (len(content), dtype, shape, tensor)]
    return words


def golden(programs):
    for name, regions, _ in contents(programs):
        yield case("coding-" + name, "the one canonical frame of what legal/coding-%s-* hold" % name,
                   "CAN-001 CAN-002", b"".join(region[3] for region in regions),
                   *arguments(name, regions))


def cases(programs):
    made = set()
    for name, regions, layouts in contents(programs):
        content = b"".join(region[3] for region in regions)
        for style in TIED if name == "tied" else STYLES:
            choices, production = STYLES[style]
            data = coding(choices, production, regions, layouts)
            if data is not None:
                made.add(style)
                one = legal("coding-%s-%s" % (name, style), "%s, coded with: %s" % (name, production),
                            "CAN-001 CAN-002 LAY-004", data, content)
                yield one.run("encode", frame="canonical/coding-" + name,
                              arguments=["--canonical", *arguments(name, regions)])
    assert made == set(STYLES), "no content takes %s" % (set(STYLES) - made)


def coding(choices, production, regions, layouts):
    """The first seed's file that makes the production; None where the content has no such."""
    for seed in range(TRIES):
        made = Coding(seed, choices)
        data = made.file(regions, layouts)
        if production in made.taken:
            return data
    return None
