"""Valid files from a seed: at every place where the format leaves a writer a choice, one that the
seed makes. `Grammar(seed).file()` gives the bytes and their content, and collects in `taken` which
choices were made; PRODUCTIONS lists all there are. Made with the writer of the vectors, so of the
text of spec/ alone; no encoder of this project makes such files."""
from basics import (DTYPES, EMBEDDED, LAYOUTS, REPEATS, SHA256, UNKNOWN, Rng, sha256, u8, u16,
                    varint)
from blocks import STANDARD, blocks_of, class_count, classes, first_of
from frames import Frame, skippable
from streams import (Rans, Tables, chunk_payload, constant, field_elements, field_part, lift,
                     mixture_part, packed, profile_file, row_column_part, split, table_set,
                     zstd_frame, zstd_match, zstd_stream, zstd_values, zstd_window_frame)

LANES = ("lanes 1", "lanes 32", "lanes 2 x 32", "lanes 4 x 32")
PRODUCTIONS = set(
    ["layout " + name for name in LAYOUTS]
    + ["precision %d" % p for p in range(8, 15)] + ["chunk_limit_log2 %d" % n for n in range(12, 27)]
    + ["rank %d" % n for n in range(9)] + ["cluster %d" % n for n in range(4, 17)] + list(LANES)
    + ["rice %d" % n for n in range(4)] + ["lift of 2^%d" % n for n in range(2, 9)]
    + """skippable frame|empty skippable frame|empty content frame|content frame
    SHA-256|no SHA-256|size known|size unknown|HAS_REPEATS without REPEAT|REPEAT
    profile named|profile embedded|no profile|profile with training list|profile without sets
    extension of the registry|private extension|extension before blocks|extension behind blocks
    empty extension|region without name|region of UTF-8 name|region of other bytes|long name
    region of one block|region of several blocks|empty region|known dtype|unknown dtype
    name shares all it can|name shares less|name twice
    PACKED|CONSTANT|RANS|RANS_MIXTURE|ROW_COLUMN|FIELD|BLOCK_CLASS|LIFT 1|LIFT 2|LIFT of RANS_CONTEXT
    ZSTD raw|ZSTD RLE|ZSTD match|ZSTD with checksum|ZSTD in windows|ZSTD empty blocks
    nested PACKED|nested CONSTANT|nested RANS|tail|no tail
    K 1|K 2|K several|K greatest|equal thresholds|identity map|map of runs|map with split runs
    tables in the stream|standard set|set of the frame|shift down|shift 0|shift up
    no escape|escape unused|escapes of some|escapes of all|table of the escape alone
    alphabet fitted|alphabet with unused symbols|table of one symbol|symbol absent in a table
    content equal in two frames""".replace("\n", "|").replace("|    ", "|").split("|"))


def parts(total, count, rng):
    """`total` cut into so many parts, some of them 0."""
    cuts = sorted(rng.below(total + 1) for i in range(count - 1))
    return [b - a for a, b in zip([0] + cuts, cuts + [total])]


class Grammar:
    def __init__(self, seed):
        self.rng = Rng(seed)
        self.taken = set()
        self.profile = None  # of the frame that is being made: its sets

    def take(self, production):
        assert production in PRODUCTIONS, production
        self.taken.add(production)

    def one_of(self, *choices):
        return choices[self.rng.below(len(choices))]

    def chance(self, of):
        return self.rng.below(of) == 0

    # ---- files and frames

    def file(self):
        """Bytes, content, and the profile files that a decoder must be given."""
        data, content, given = b"", b"", []
        last = None
        for i in range(1 + self.rng.below(3)):
            if self.chance(4):
                data += self.skippable()
                continue
            if last is not None and self.chance(3):
                self.take("content equal in two frames")
                frame, profile = last
            else:
                frame, profile = last = self.frame()
            data += frame.bytes()
            content += frame.content
            given += [profile] if profile and profile not in given else []
        return (data or self.skippable()), content, given

    def skippable(self):
        size = self.one_of(0, 1, 100)
        self.take("skippable frame" if size else "empty skippable frame")
        return skippable(self.rng.bytes(size))

    def frame(self):
        """A frame, and the profile file that it names."""
        flags = self.one_of(0, SHA256) | self.one_of(0, 0, REPEATS)
        self.take("SHA-256" if flags & SHA256 else "no SHA-256")
        log2 = 12 + self.rng.below(15)
        self.take("chunk_limit_log2 %d" % log2)
        size = self.one_of(None, UNKNOWN)
        self.take("size known" if size is None else "size unknown")
        way = self.one_of("no profile", "no profile", "profile named", "profile embedded")
        self.take(way)
        data = self.make_profile() if way != "no profile" else None
        named = sha256(data) if way == "profile named" else None
        frame = Frame(flags | (EMBEDDED if way == "profile embedded" else 0), log2, size, named)
        if way == "profile embedded":
            frame.profile(data)
        self.blocks(frame, flags & REPEATS)
        return frame, data if way == "profile named" else None

    def blocks(self, frame, repeats):
        chunks = []  # offset and content
        repeated = False
        count = self.one_of(0, 1, 2, 4)
        self.take("content frame" if count else "empty content frame")
        lengths = []
        for i in range(count):
            if self.chance(3):
                self.extension(frame, "extension before blocks")
            if repeats and chunks and self.chance(2):
                frame.repeat(*self.one_of(*chunks))
                self.take("REPEAT")
                repeated = True
            else:
                at = self.chunk(frame)
                chunks.append((at, frame.content[-frame.listed[-1][2]:]))
            lengths.append(frame.listed[-1][2])
        if repeats and not repeated:
            self.take("HAS_REPEATS without REPEAT")
        if self.chance(3):
            self.extension(frame, "extension behind blocks")
        self.regions(frame, lengths)

    def extension(self, frame, where):
        kind = 0x80 + self.rng.below(64)
        size = self.one_of(0, 3, 200)
        self.take(where)
        self.take("extension of the registry" if kind < 0xA0 else "private extension")
        if size == 0:
            self.take("empty extension")
        frame.block(kind, self.rng.bytes(size))

    # ---- regions

    def regions(self, frame, lengths):
        rows = []  # dtype, dims, length, name
        while lengths or self.chance(4):
            blocks = min(len(lengths), self.one_of(0, 1, 1, 2))
            length = sum(lengths[:blocks])
            del lengths[:blocks]
            self.take(("empty region", "region of one block", "region of several blocks")[blocks])
            dtype = self.one_of(self.one_of(*sorted(DTYPES.values())), 0xF000 + self.rng.below(4096))
            self.take("known dtype" if dtype < 0xF000 else "unknown dtype")
            rank = self.rng.below(9)
            self.take("rank %d" % rank)
            dims = [self.one_of(0, 1, 77, UNKNOWN) for i in range(rank)]
            rows.append((dtype, dims, length, self.name([row[3] for row in rows])))
        out = varint(len(rows))
        before = b""
        for dtype, dims, length, name in rows:
            shared = next((i for i, (a, b) in enumerate(zip(name, before)) if a != b),
                          min(len(name), len(before)))
            if shared and self.chance(2):
                shared = self.rng.below(shared)
                self.take("name shares less")
            elif shared:
                self.take("name shares all it can")
            out += b"".join(map(varint, [dtype, len(dims)] + dims + [length, shared,
                                                                     len(name) - shared]))
            out += name[shared:]
            before = name
        frame.index(frame.block_list() + out)

    def name(self, before):
        kind = self.rng.below(8)
        if kind == 0:
            self.take("region without name")
            return b""
        if kind == 1:
            self.take("region of other bytes")
            return bytes(128 + self.rng.below(128) for i in range(5))
        if kind == 2:
            self.take("long name")
            return b"n" * self.one_of(127, 128, 4096)
        if kind == 3 and before:
            self.take("name twice")
            return self.one_of(*before)
        self.take("region of UTF-8 name")
        return ("model.layers.%d.%s" % (self.rng.below(20), self.one_of("wq", "wk", "wü"))).encode()

    # ---- profiles

    def make_profile(self):
        self.profile = []
        for i in range(self.one_of(0, 1, 3)):
            width = self.one_of(4, 8, 10)
            k = self.one_of(1, 2, 5)
            p = self.precision(9, 11 if k > 1 else 14)
            first, count = self.rng.below(4), 1 + self.rng.below(12)
            alphabet = list(range(first, first + count))
            escape = self.chance(2)
            tables = [{s: self.rng.below(160) for s in range(count + escape)} for t in range(k)]
            self.profile.append((width, Tables(alphabet, tables, escape, p)))
        training = [(self.rng.bytes(32), b"file %d" % i) for i in range(self.rng.below(3))]
        if training:
            self.take("profile with training list")
        if not self.profile:
            self.take("profile without sets")
        return profile_file([table_set(tables, width) for width, tables in self.profile], training)

    def precision(self, least=8, most=14):
        p = least + self.rng.below(most - least + 1)
        self.take("precision %d" % p)
        return p

    # ---- chunks

    def chunk(self, frame):
        if self.chance(4):
            return self.chunk_of_set(frame)
        name = self.one_of(*LAYOUTS)
        row = LAYOUTS[name]
        self.take("layout " + name)
        blocks = max(1, self.one_of(8, 64, 700, 3000) // row["block_bytes"])
        tail = self.rng.below(row["block_bytes"])
        self.take("tail" if tail else "no tail")
        return self.code(frame, name, self.content(row, blocks) + self.rng.bytes(tail))

    def code(self, frame, name, content):
        """A chunk of this content in the layout, each field by a way that is drawn."""
        row = LAYOUTS[name]
        fields, behind = split(row, content)
        before = set(self.taken)
        while True:
            streams = [self.stream(row, number, fields) for number in range(len(fields))]
            payload = chunk_payload(name, behind, *streams)
            if len(payload) <= len(content) + 4096:  # [BLK-008]
                return frame.chunk(payload, content)
            self.taken = set(before)

    def content(self, row, blocks):
        size = row["block_bytes"]
        kind = self.rng.below(6)
        if kind == 0:
            return bytes([self.rng.below(256)]) * (size * blocks)
        if kind == 1:
            return self.rng.bytes(size) * blocks
        if kind == 2:
            return self.rng.bytes(size * blocks)
        if kind == 3 or not any("class" in field for field in row["fields"]):
            return bytes(self.rng.skewed(256) for i in range(size * blocks))
        return blocks_of(row, blocks, self.rng.u64())

    def chunk_of_set(self, frame):
        """Layout bf16.e8m2 with values that a set of the standard or the frame's profile codes."""
        own = self.profile if frame.flags & EMBEDDED or frame.profile_name else []
        source = self.one_of(1, 2) if own else 1
        self.take("standard set" if source == 1 else "set of the frame")
        number = self.rng.below(len(STANDARD) if source == 1 else len(own))
        tables = STANDARD[number][3] if source == 1 else own[number][1]
        k = len(tables.tables)
        ids = [self.rng.below(k) for i in range(1 + self.rng.below(4))]
        contexts = [i for i in ids for j in range(16)]
        lowest, highest = tables.alphabet[0], tables.alphabet[-1]
        shift = self.one_of(0, 0, -self.rng.below(lowest + 1), self.rng.below(1024 - highest))
        self.take("shift 0" if shift == 0 else "shift up" if shift > 0 else "shift down")
        values = [self.coded_value(tables, context, shift) for context in contexts]
        coder, part = 3, b""
        if k > 1 or self.chance(2):
            coder, part = 4, mixture_part(k, 4, self.nested(ids, max(1, (k - 1).bit_length())))
            self.take("RANS_MIXTURE")
            self.take("cluster 4")
        stream = Rans(values, 10, tables, self.lanes(), contexts, part, coder, source, number, shift,
                      never_escape=True)
        return frame.coded("bf16.e8m2", self.of_first_field(values), stream.bytes(), packed)

    @staticmethod
    def of_first_field(values):
        """bf16.e8m2 content whose first field has these values, the other zeros."""
        pieces = next(field_elements(LAYOUTS["bf16.e8m2"]["fields"][0]))
        out = b""
        for value in values:
            block = low = 0
            for bit, width in pieces:
                block |= (value >> low & ((1 << width) - 1)) << bit
                low += width
            out += u16(block)
        return out

    def coded_value(self, tables, context, shift):
        present = [s for s in tables.tables[context] if s < len(tables.alphabet)]
        if not present or len(tables.tables[context]) > len(present) and self.chance(5):
            return self.rng.below(1024)  # by the escape, where it has no symbol
        return tables.alphabet[self.one_of(*present)] + shift

    # ---- streams

    def stream(self, row, number, fields):
        field, values = row["fields"][number], fields[number]
        width = field["width"]
        ways = [self.packed, self.zstd] + [self.constant] * 4 * (len(set(values)) == 1)
        if width <= 16:
            ways += [self.rans, self.mixture, self.row_column] * 2
            if len(values) % 4 == 0:
                ways += [self.lift] * 2
            ways += [self.by_field] * 3 * bool(self.earlier(row, number))
            ways += [self.by_class] * 6 * ("class" in field)
        return self.one_of(*ways)(values, width, (row, number, fields))

    def packed(self, values, width, _):
        self.take("PACKED")
        return packed(values, width)

    def constant(self, values, width, _):
        self.take("CONSTANT")
        return constant(values[0], width)

    def zstd(self, values, width, _):
        data = zstd_values(values, width)
        kinds = ["raw", "with checksum", "empty blocks", "in windows"]
        kinds += ["RLE"] * 3 * (len(set(data)) == 1) + ["match"] * 3 * bool(self.match_of(data))
        kind = self.one_of(*kinds) if len(data) < 60000 else "in windows"
        self.take("ZSTD " + kind)
        if kind == "match":
            period, first = self.match_of(data)
            return zstd_stream(zstd_window_frame(
                (0, None, data[:first]), (2, None, zstd_match(period, len(data) - first))))
        if kind == "in windows":
            pieces = [data[i:i + 1024] for i in range(0, len(data), 1024)]
            return zstd_stream(zstd_window_frame(*[(0, None, piece) for piece in pieces]))
        return zstd_stream(zstd_frame(data, check=kind == "with checksum", rle=kind == "RLE",
                                      empty_blocks=2 * (kind == "empty blocks"),
                                      size_code=None if len(data) < 256 else 2))

    @staticmethod
    def match_of(data):
        """The period of the data and where a match of the rest may start, if one block can be it."""
        for period in range(1, min(200, len(data) // 2)):
            first = max(period, len(data) - 1024)
            if data[period:] == data[:-period] and first <= 1024 and len(data) - first > 130:
                return period, first
        return None

    def nested(self, values, width):
        kinds = ["PACKED", "RANS"] + ["CONSTANT"] * 2 * (len(set(values)) == 1)
        kind = self.one_of(*kinds)
        self.take("nested " + kind)
        if kind == "CONSTANT":
            return constant(values[0], width)
        if kind == "PACKED":
            return packed(values, width)
        tables = self.tables(values, [0] * len(values), 1, width)
        return Rans(values, width, tables, self.lanes(), rice=self.rice(tables)).bytes()

    def lanes(self):
        code = self.rng.below(4)
        self.take(LANES[code])
        return code

    def rice(self, tables):
        """A Rice parameter under which no residual is too long, or None for the best."""
        rice = self.one_of(None, 0, 1, 2, 3)
        try:
            for levels, before in zip(tables.tables, [{}] + tables.tables):
                own = sorted(s for s in levels if s < len(tables.alphabet))
                for z in Tables.residuals(levels, own, before):
                    if rice is not None and z >> rice > 40:
                        rice = None
        except KeyError:
            rice = None
        if rice is not None:
            self.take("rice %d" % rice)
        return rice

    def tables(self, values, contexts, k, width, coded=None):
        """Tables under which every element can be coded."""
        used = [(v, c) for v, c, is_coded in zip(values, contexts, coded or [True] * len(values))
                if is_coded]
        p = self.precision(8, 14 if k <= 8 else 17 - (k - 1).bit_length())
        most = min(4096, 1 << p) - 1
        kinds = sorted({v for v, _ in used})
        above = None
        if len(kinds) > most or kinds and self.chance(3):
            above = kinds[min(self.rng.below(len(kinds)), most - 1)]
        if kinds and self.chance(12):
            self.take("table of the escape alone")
            self.take("escapes of all")
            return Tables([kinds[0]], [{1: 9} for i in range(k)], True, p)
        made = Tables.fitted([v for v, _ in used] or [0], [c for _, c in used] or [0], k, p, above)
        if not made.alphabet:
            return self.tables(values, contexts, k, width, coded)
        room = (1 << width) - made.alphabet[-1] - 1
        if room and len(made.alphabet) + 3 < most and self.chance(4) and not made.escape:
            self.take("alphabet with unused symbols")
            made.alphabet.append(made.alphabet[-1] + 1 + self.rng.below(min(room, 50)))
        else:
            self.take("alphabet fitted")
        if not made.escape and len(made.alphabet) < most and self.chance(4):
            self.take("escape unused")
            made.escape = True
        self.note(made)
        return made

    def note(self, made):
        self.take("escapes of some" if made.escape else "no escape")
        if any(len(table) == 1 for table in made.tables):
            self.take("table of one symbol")
        if any(s not in table for table in made.tables for s in range(len(made.alphabet))):
            self.take("symbol absent in a table")

    def coded(self, values, width, contexts, k, part, coder, coded=None):
        self.take("tables in the stream")
        tables = self.tables(values, contexts, k, width, coded)
        return Rans(values, width, tables, self.lanes(), contexts, part, coder,
                    rice=self.rice(tables), coded=coded).bytes()

    def rans(self, values, width, _, coded=None):
        self.take("RANS")
        return self.coded(values, width, [0] * len(values), 1, b"", 3, coded)

    def count_of_tables(self):
        k = self.one_of(1, 2, 3, 7, 16, 64)
        self.take("K greatest" if k == 64 else "K %d" % k if k < 3 else "K several")
        return k

    def mixture(self, values, width, _):
        self.take("RANS_MIXTURE")
        k = self.count_of_tables()
        log2 = 4 + self.rng.below(13)
        self.take("cluster %d" % log2)
        ids = [self.rng.below(k) for i in range(((len(values) - 1) >> log2) + 1)]
        contexts = [ids[i >> log2] for i in range(len(values))]
        part = mixture_part(k, log2, self.nested(ids, max(1, (k - 1).bit_length())))
        return self.coded(values, width, contexts, k, part, 4)

    def row_column(self, values, width, _, coded=None):
        self.take("ROW_COLUMN")
        k = self.count_of_tables()
        count = len(values)
        columns = 1 + self.rng.below(self.one_of(count, min(count, 40)))
        r = self.one_of(1, 8, 32)
        rows = [self.rng.below(r) for i in range(-(-count // columns))]
        column = [self.rng.below(r) for i in range(columns)]
        thresholds = sorted(self.rng.below(self.one_of(2 * r, 256)) for i in range(k - 1))
        if len(set(thresholds)) < len(thresholds):
            self.take("equal thresholds")
        sums = [rows[i // columns] + column[i % columns] for i in range(count)]
        contexts = [sum(1 for t in thresholds if t <= s) for s in sums]
        part = row_column_part(k, columns, r, self.nested(rows, 5), self.nested(column, 5),
                               thresholds)
        return self.coded(values, width, contexts, k, part, 5, coded)

    def map(self, size):
        """K, the runs, and the context of each value."""
        if size <= 64 and self.chance(3):
            self.take("identity map")
            return size, [], list(range(size))
        self.take("map of runs")
        k = self.count_of_tables()
        runs = []
        for length in parts(size, 1 + self.rng.below(min(size, 20)), self.rng):
            if length:
                runs.append((length, self.rng.below(k)))
        if any(a[1] == b[1] for a, b in zip(runs, runs[1:])):
            self.take("map with split runs")  # shorter as one run, but as right
        return k, runs, [context for length, context in runs for i in range(length)]

    @staticmethod
    def earlier(row, number):
        count = len(list(field_elements(row["fields"][number])))
        return [n for n, field in enumerate(row["fields"][:number]) if field["width"] <= 12
                and len(list(field_elements(field))) == count]

    def by_field(self, values, width, place, coded=None):
        self.take("FIELD")
        row, number, fields = place
        other = self.one_of(*self.earlier(row, number))
        k, runs, mapped = self.map(1 << row["fields"][other]["width"])
        contexts = [mapped[value] for value in fields[other]]
        return self.coded(values, width, contexts, k, field_part(k, other, runs), 5, coded)

    def by_class(self, values, width, place, coded=None):
        self.take("BLOCK_CLASS")
        row, number, fields = place
        entry = row["fields"][number]["class"]
        own = classes(entry, {field["name"]: v for field, v in zip(row["fields"], fields)})
        k, runs, mapped = self.map(class_count(entry))
        sub = len(values) // len(own)
        contexts = [mapped[own[i // sub]] for i in range(len(values))]
        part = u8(k - 1) + u8(3) + varint(len(runs))
        part += b"".join(varint(length) + u8(context) for length, context in runs)
        return self.coded(values, width, contexts, k, part, 5, coded)

    def lift(self, values, width, place):
        most = max(n for n in range(2, 9) if len(values) % (1 << n) == 0)
        log2 = self.one_of(most, 2 + self.rng.below(most - 1))
        lifts = 1 + self.rng.below(2)
        self.take("lift of 2^%d" % log2)
        self.take("LIFT %d" % lifts)
        positions = [[first_of(values, i, 1 << log2, k) for i in range(len(values) >> log2)]
                     for k in range(lifts)]
        row, number, _ = place
        inner = [self.rans, self.row_column] + [self.by_field] * bool(self.earlier(row, number)) \
            + [self.by_class] * 2 * ("class" in row["fields"][number])
        way = self.one_of(*inner)
        if way != self.rans:
            self.take("LIFT of RANS_CONTEXT")
        return lift(values, width, log2, positions,
                    lambda elements, coded: way(elements, width, place, coded), self.nested)
