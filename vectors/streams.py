"""The writer's second half: layouts, streams of every coder, table sets, rANS, profiles. Like
frames.py it was made from the text of spec/ alone."""
from basics import LAYOUTS, PROFILE_MAGIC, Bits, xxhash, pack, sealed, u16, u32, u8, varint, zigzag


# ---- layouts

def field_elements(field):
    """For each element of a block, its pieces as (block bit, width)."""
    for run in field["runs"]:
        indices = [[]]
        for size in run["dims"]:
            indices = [index + [i] for index in indices for i in range(size)]
        for index in indices:
            yield [(piece["bit"] + sum(i * s for i, s in zip(index, piece["strides"])),
                    piece["width"]) for piece in run["pieces"]]


def split(layout, content):
    """The elements of each field in order, and the tail."""
    size = layout["block_bytes"]
    whole = len(content) // size * size
    blocks = [int.from_bytes(content[i:i + size], "little") for i in range(0, whole, size)]
    fields = []
    for field in layout["fields"]:
        elements = list(field_elements(field))
        values = []
        for block in blocks:
            for pieces in elements:
                value = low = 0
                for bit, width in pieces:
                    value |= (block >> bit & ((1 << width) - 1)) << low
                    low += width
                values.append(value)
        if layout.get("planar"):  # [LAY-014]
            values = [values[b * len(elements) + j] for j in range(len(elements))
                      for b in range(len(blocks))]
        fields.append(values)
    return fields, content[whole:]


def chunk_payload(layout, tail, *streams):
    """`layout` is a name or a number."""
    number = LAYOUTS[layout]["id"] if isinstance(layout, str) else layout
    return u16(number) + tail + b"".join(streams)


# ---- streams

def packed(values, width):
    return u8(0) + pack(values, width)


def constant(value, width):
    return u8(2) + value.to_bytes((width + 7) // 8, "little")


def zstd_stream(frame):
    return u8(1) + varint(len(frame)) + frame


def zstd_values(values, width):
    return b"".join(value.to_bytes((width + 7) // 8, "little") for value in values)


def zstd_frame(content, single=True, size_code=None, window=0, dictionary=None, check=False,
               empty_blocks=0, rle=False, split_at=None):
    """A frame of raw blocks, or one of RLE, by RFC 8878: no compressor, the same bytes for ever.
    size_code is the Frame_Content_Size_flag, window the Window_Descriptor byte."""
    if size_code is None:
        size_code = 0 if len(content) < 256 else 1
    dictionary_code = 0 if dictionary is None else 1
    descriptor = size_code << 6 | single << 5 | check << 2 | dictionary_code
    out = u32(0xFD2FB528) + u8(descriptor)
    if not single:
        out += u8(window)
    if dictionary is not None:
        out += u8(dictionary)
    size_bytes = [1 if single else 0, 2, 4, 8][size_code]
    out += (len(content) - (256 if size_code == 1 else 0)).to_bytes(size_bytes, "little") \
        if size_bytes else b""
    blocks = [(0, b"")] * empty_blocks
    if rle:
        blocks.append((1, content))
    else:
        pieces = [content[:split_at], content[split_at:]] if split_at else [content]
        blocks += [(0, piece) for piece in pieces]
    for i, (kind, data) in enumerate(blocks):
        last = i == len(blocks) - 1
        out += (len(data) << 3 | kind << 1 | last).to_bytes(3, "little")
        out += data[:1] if kind == 1 else data
    if check:
        out += u32(xxhash.XXH64(content, len(content), 0) & 0xFFFFFFFF)
    return out


def zstd_match(offset, length):
    """A compressed block of one sequence: no literals, `length` bytes from `offset` bytes back. All
    three codes are in RLE mode, so the bit stream holds their extra bits only."""
    offset_code = (offset + 3).bit_length() - 1
    code, base, bits = next(row for row in ((43, 131, 7), (44, 259, 8), (45, 515, 9), (46, 1027, 10))
                            if length < row[1] + (1 << row[2]))
    extra = 1 << offset_code | (offset + 3 - (1 << offset_code))  # the one bit ends the stream
    extra = extra << bits | (length - base)
    return bytes([0, 1, 0x54, 0, offset_code, code]) + extra.to_bytes(
        (extra.bit_length() + 7) // 8, "little")


def zstd_window_frame(*blocks):
    """Blocks of (type, content size of RLE blocks or None, data) under a window of 1024 bytes."""
    out = u32(0xFD2FB528) + bytes([0, 0])
    for i, (kind, size, data) in enumerate(blocks):
        last = i == len(blocks) - 1
        out += ((len(data) if size is None else size) << 3 | kind << 1 | last).to_bytes(3, "little")
        out += data
    return out


# ---- tables

E8 = [256, 279, 304, 332, 362, 395, 431, 470]


def weight(level):
    return E8[level % 8] << level // 8


def level_for(count):
    """The greatest level whose weight is at most that of `count` elements; 0 for none."""
    return max([0] + [level for level in range(160) if weight(level) <= 256 * count])


class Tables:
    """K tables over one alphabet. Each table maps symbols (the escape is number len(alphabet)) to
    levels; the symbols it does not name are absent."""

    def __init__(self, alphabet, tables, escape=False, p=8):
        self.alphabet = alphabet
        self.tables = tables
        self.escape = escape
        self.p = p

    @classmethod
    def fitted(cls, values, contexts=None, k=1, p=12, escape_above=None):
        """Every value that occurs gets a symbol, but for those above `escape_above`."""
        contexts = contexts or [0] * len(values)
        alphabet = sorted(v for v in set(values) if escape_above is None or v <= escape_above)
        escape = any(v not in alphabet for v in set(values))
        symbol_of = {v: s for s, v in enumerate(alphabet)}
        tables = []
        for table in range(k):
            counts = {}
            for value, context in zip(values, contexts):
                if context == table:
                    symbol = symbol_of.get(value, len(alphabet))
                    counts[symbol] = counts.get(symbol, 0) + 1
            own = [s for s in counts if s < len(alphabet)]
            levels = {s: level_for(counts.get(s, 0))
                      for s in range(min(own, default=0), max(own, default=-1) + 1)}
            if len(alphabet) in counts:
                levels[len(alphabet)] = level_for(counts[len(alphabet)])
            tables.append(levels or {0: 0})
        return cls(alphabet, tables, escape, p)

    def frequencies(self, table):  # [TBL-011]
        present = sorted(self.tables[table])
        room = (1 << self.p) - len(present)
        total = sum(weight(self.tables[table][s]) for s in present)
        frequencies = [0] * (len(self.alphabet) + self.escape)
        below = 0
        for s in present:
            until = below + weight(self.tables[table][s])
            frequencies[s] = 1 + until * room // total - below * room // total
            below = until
        return frequencies

    def bytes(self, width, rice=None):  # [TBL-001]
        bits = Bits()
        self.put_alphabet(bits, width)
        before = {}
        for levels in self.tables:
            before = self.put_table(bits, levels, before, rice)
        return bits.bytes()

    def put_alphabet(self, bits, width):
        bits.put(self.alphabet[0], width).put(int(self.escape), 1)
        start = 0
        for i, value in enumerate(self.alphabet):
            following = self.alphabet[i + 1] if i + 1 < len(self.alphabet) else None
            if following != value + 1:
                bits.gamma(i + 1 - start).put(int(following is not None), 1)
                if following is not None:
                    bits.gamma(following - value - 1)
                start = i + 1

    def put_table(self, bits, levels, before, rice):
        v = len(self.alphabet)
        own = sorted(s for s in levels if s < v)
        skip = own[0] if own else v
        bits.gamma(skip + 1).gamma((v - 1 - own[-1] if own else 0) + 1)
        if self.escape:
            bits.put(int(v in levels), 1)
            if v in levels:
                bits.put(levels[v], 8)
        if own:
            residuals = list(self.residuals(levels, own, before))
            if rice is None:
                rice = min((r for r in range(4) if max([0] + residuals) >> r <= 40),
                           key=lambda r: sum((z >> r) + 1 + r for z in residuals))
            bits.put(rice, 2).put(levels[own[0]], 8)
            for z in residuals:
                bits.ones(z >> rice).put(0, 1).put(z & ((1 << rice) - 1), rice)
        return {s: levels[s] for s in own}

    @staticmethod
    def residuals(levels, own, before):  # [TBL-007] [TBL-008]
        for s in own[1:]:
            slope = before[s] - before[s - 1] if s in before and s - 1 in before else 0
            delta = levels[s] - min(159, max(0, levels[s - 1] + slope))
            yield 2 * delta if delta >= 0 else -2 * delta - 1


def slots_by_symbol(frequencies, p):
    """For each symbol its slots in the order of their ranks [TBL-020] [TBL-021]."""
    c = (len(frequencies) - 1).bit_length()
    w = 1 << (p - c)
    left = frequencies + [0] * ((1 << c) - len(frequencies))
    place = [{} for s in left]  # of each symbol: rank -> slot
    small = [j for j, f in enumerate(left) if f < w]
    large = [j for j, f in enumerate(left) if f > w]

    def fill(column, cut, other, base):
        for i in range(w):
            owner, rank = (column, i) if i < cut else (other, base + i - cut)
            place[owner][rank] = column * w + i
    for j, f in enumerate(left):
        if f == w:
            fill(j, w, None, 0)
    while large:
        lender = large[-1]
        column = small.pop()
        cut = left[column]
        left[lender] -= w - cut
        fill(column, cut, lender, left[lender])
        if left[lender] <= w:
            large.pop()
            if left[lender] < w:
                small.append(lender)
            else:
                fill(lender, w, None, 0)
    return [[ranks[i] for i in range(len(ranks))] for ranks in place]


# ---- rANS

class Rans:
    """A rANS stream in parts; a test changes one of them before bytes() joins them."""

    def __init__(self, values, width, tables, lanes=0, contexts=None, part=b"", coder=3, source=0,
                 use=None, shift=0, rice=None, never_escape=True, coded=None):
        """coded: which elements are coded at all, for LIFT [RNS-034]."""
        self.coder = coder
        self.mode = tables.p | lanes << 4 | source << 6
        self.part = part
        self.width = width
        self.tables = tables.bytes(width, rice) if use is None else varint(use) + zigzag(shift)
        self.has_escape = tables.escape
        contexts = contexts or [0] * len(values)
        frequencies = [tables.frequencies(k) for k in range(len(tables.tables))]
        coded = coded or [True] * len(values)
        symbols, self.escaped = self.to_symbols(values, contexts, tables, frequencies, shift,
                                                never_escape, coded)
        self.escape_count = len(self.escaped)
        slots = [slots_by_symbol(f, tables.p) for f in frequencies]
        segments, lane_count = [(1, 1), (1, 32), (2, 32), (4, 32)][lanes]
        size = len(values) if lanes == 0 else 32 * -(-len(values) // (32 * segments))
        self.states, self.words = [], []
        for s in range(segments):
            part_of = slice(s * size, (s + 1) * size)
            states, words = encode_segment(symbols[part_of], contexts[part_of], frequencies, slots,
                                           tables.p, lane_count)
            self.states.append(states)
            self.words.append(words)
        self.word_counts = [len(words) for words in self.words]

    @staticmethod
    def to_symbols(values, contexts, tables, frequencies, shift, never_escape, coded):
        """never_escape: a value that has a symbol in its table uses it. None: not coded."""
        symbol_of = {v + shift: s for s, v in enumerate(tables.alphabet)}
        symbols, escaped = [], []
        for value, context, is_coded in zip(values, contexts, coded):
            if not is_coded:
                symbols.append(None)
                continue
            symbol = symbol_of.get(value)
            if symbol is None or frequencies[context][symbol] == 0 or not never_escape:
                symbol = len(tables.alphabet)
                escaped.append(value)
            symbols.append(symbol)
        return symbols, escaped

    def head(self):
        return u8(self.coder) + u8(self.mode) + self.part + self.tables

    def bytes(self):
        out = self.head()
        if self.has_escape:
            out += varint(self.escape_count) + pack(self.escaped, self.width)
        out += b"".join(varint(count) for count in self.word_counts)
        for states, words in zip(self.states, self.words):
            out += b"".join(u32(x) for x in states) + b"".join(u16(x) for x in words)
        return out


def encode_segment(symbols, contexts, frequencies, slots, p, lanes):  # [RNS-012] backwards
    states = [1 << 16] * lanes
    words = []
    for i in range(len(symbols) - 1, -1, -1):
        if symbols[i] is None:
            continue
        f = frequencies[contexts[i]][symbols[i]]
        x = states[i % lanes]
        if (x >> 16) >= f << (16 - p):
            words.insert(0, x & 0xFFFF)
            x >>= 16
        states[i % lanes] = (x // f << p) + slots[contexts[i]][symbols[i]][x % f]
    return states, words


def lift(values, width, log2, positions, inner, nested=packed):
    """A LIFT stream [RNS-030]: positions[k] has a place for each sub-block; inner makes the stream
    of what is left, given which elements it codes."""
    size = 1 << log2
    left = list(values)
    out = u8(6) + u8(log2) + u8(len(positions))
    for k, places in enumerate(positions):
        lifted = []
        for block, place in enumerate(places):
            last = block * size + size - 1 - k
            at = block * size + place
            lifted.append(left[at])
            left[at] = left[last]
        out += nested(list(places), log2) + nested(lifted, width)
    return out + inner(left, [i % size < size - len(positions) for i in range(len(left))])


def rans(values, width, p=12, lanes=0, **more):
    """The bytes of a stream under one table fitted to the values."""
    above = more.pop("escape_above", None)
    return Rans(values, width, Tables.fitted(values, p=p, escape_above=above), lanes,
                **more).bytes()


def mixture_part(k, log2, ids):
    return u8(k - 1) + u8(log2) + ids


def row_column_part(k, columns, classes, rows, column_classes, thresholds):
    return u8(k - 1) + u8(1) + varint(columns) + u8(classes) + rows + column_classes \
        + bytes(thresholds)


def field_part(k, field, runs):
    return u8(k - 1) + u8(2) + u8(field) + varint(len(runs)) \
        + b"".join(varint(length) + u8(context) for length, context in runs)


# ---- profiles

class BitReader:
    def __init__(self, data, at):
        self.data = data
        self.at = 8 * at

    def take(self, width):
        value = 0
        for i in range(width):
            value |= (self.data[self.at // 8] >> self.at % 8 & 1) << i
            self.at += 1
        return value

    def gamma(self):
        zeros = 0
        while not self.take(1):
            zeros += 1
        return 1 << zeros | self.take(zeros)

    def ones(self):
        count = 0
        while self.take(1):
            count += 1
        return count


def read_table_set(bits, width, p, k):
    """The set that Tables.bytes() writes."""
    value = bits.take(width)
    escape = bits.take(1)
    alphabet = []
    more = 1
    while more:
        run = bits.gamma()
        alphabet += range(value, value + run)
        more = bits.take(1)
        value += run + bits.gamma() if more else 0
    tables = []
    before = {}
    for table in range(k):
        first = bits.gamma() - 1
        end = len(alphabet) - (bits.gamma() - 1)
        own = {}
        escape_level = bits.take(8) if escape and bits.take(1) else None
        if first < end:
            rice = bits.take(2)
            own[first] = bits.take(8)
        for s in range(first + 1, end):
            slope = before[s] - before[s - 1] if s in before and s - 1 in before else 0
            z = bits.ones() << rice | bits.take(rice)
            own[s] = min(159, max(0, own[s - 1] + slope)) + (-(z + 1) // 2 if z % 2 else z // 2)
        before = own
        tables.append(own if escape_level is None else {**own, len(alphabet): escape_level})
    return Tables(alphabet, tables, bool(escape), p)


def read_profile(data):
    """[layout, field, width, tables] of each set of a good profile file."""
    at = 16

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    for i in range(number()):
        at += 32
        length = number()
        at += length
    sets = []
    for i in range(number()):
        layout, field = number(), number()
        width, p, k = data[at], data[at + 1], data[at + 2] + 1
        bits = BitReader(data, at + 3)
        sets.append([layout, field, width, read_table_set(bits, width, p, k)])
        at = (bits.at + 7) // 8
    return sets


def table_set(tables, width, layout=0, field=0):
    return varint(layout) + varint(field) + u8(width) + u8(tables.p) \
        + u8(len(tables.tables) - 1) + tables.bytes(width)


def profile_file(sets, training=(), version=1, reserved=0, magic=PROFILE_MAGIC, body=None,
                 body_length=None):
    if body is None:
        body = varint(len(training))
        for digest, name in training:
            body += digest + varint(len(name)) + name
        body += varint(len(sets)) + b"".join(sets)
    return sealed(magic + u8(version) + reserved.to_bytes(3, "little")
                  + u32(len(body) if body_length is None else body_length) + body)
