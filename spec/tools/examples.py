#!/usr/bin/python3
"""Fills the worked examples: between <!-- example:PATH --> and <!-- /example --> in the spec's
Markdown it writes an annotated dump of the frame at PATH, which is relative to the project's
folder. The dump is made by tracing the pseudocode.

    examples.py           write
    examples.py --check   write nothing; exit 1 if a dump is not what it should be
    examples.py --dump F  print the dump of any frame
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
import pseudocode  # noqa: E402

SPEC = pathlib.Path(__file__).resolve().parent.parent
READERS = {"take", "uint", "varint", "zigzag", "bits", "end_bits"}
NAMES = {"read_magic": "magic", "states": "states", "word_counts": "word_count",
         "word_bytes": "words", "frame": "zstd frame", "dims": "dim", "kind": "type",
         "limit_log2": "chunk_limit_log2", "layout_id": "layout", "check": "checksum",
         "digest": "SHA-256", "tables_count": "K - 1",
         "decode_skippable": "data", "number": "set number"}
SKIPPED = {"check_zstd_frame", "body", "payload"}  # their parts have rows of their own


class Tracked(bytes):
    """Bytes that know where in the file they were; `base` is None for bytes from elsewhere."""
    base = None


class Trace:
    def __init__(self):
        self.lines = pseudocode.module().splitlines()
        self.names = {"__name__": "spec_decoder"}
        exec(compile("\n".join(self.lines), "spec_decoder.py", "exec"), self.names)
        self.rows = []
        self.names["Cursor"] = self.traced_cursor(self.names["Cursor"])
        self.notes = []
        for name in ("read_levels", "read_tables"):
            self.names[name] = self.noted(name, self.names[name])

    def label(self):
        """What the pseudocode calls the value that is being read."""
        frame = sys._getframe(2)
        functions = []
        line = ""
        while frame is not None:
            code = frame.f_code
            if code.co_filename == "spec_decoder.py" and code.co_name not in READERS:
                functions.append(code.co_name)
                line = line or self.lines[frame.f_lineno - 1]
            frame = frame.f_back
        if "read_tables" in functions:
            return "table set"
        if "checksum(" in line:
            return "checksum"
        if "END_MAGIC" in line:
            return "end magic"
        match = re.match(r"\s*(\w+)(?:\.append\(| = )", line)
        name = match.group(1) if match else functions[0]
        if name in SKIPPED or functions[0] in SKIPPED:
            return None
        return NAMES.get(name, name)

    def noted(self, name, function):
        """Notes what a table set holds, for the lines below a dump."""
        def call(*arguments):
            result = function(*arguments)
            if name == "read_levels":
                self.notes.append("levels %s%s" % (
                    ", ".join("%d: %d" % item for item in sorted(result[0].items())),
                    "" if result[1] is None else "; escape: %d" % result[1]))
            else:
                head = "table set: values %s%s" % (
                    result["alphabet"], " and escape" if result["escape"] else "")
                tables = ["  table %d: %s; frequencies %s" % (k, levels, result["frequencies"][k])
                          for k, levels in enumerate(self.notes[-len(result["frequencies"]):])]
                self.notes[-len(tables):] = [head] + tables
            return result
        return call

    def traced_cursor(self, plain):
        trace = self

        class Cursor(plain):
            def row(self, start, mark, value):
                base = getattr(self.data, "base", 0)
                del trace.rows[mark:]
                label = trace.label()
                if base is not None and label is not None:
                    trace.rows.append((base + start, self.position - start, label, value))

            def take(self, size):
                start = self.position
                taken = Tracked(plain.take(self, size))
                base = getattr(self.data, "base", 0)
                taken.base = None if base is None else base + start
                self.row(start, len(trace.rows), None)
                return taken

            def uint(self, size):
                start, mark = self.position, len(trace.rows)
                value = plain.uint(self, size)
                self.row(start, mark, value)
                return value

            def varint(self):
                start, mark = self.position, len(trace.rows)
                value = plain.varint(self)
                self.row(start, mark, value)
                return value
        return Cursor

    def dump(self, data):
        self.rows = []
        self.notes = []
        try:
            self.names["decode_file"](data, [])
            end = None
        except self.names["ScapeError"] as fault:
            end = fault.name
        return "\n".join([render(data, self.rows, end)] + self.notes)


def render(data, rows, end):
    merged = []
    at = 0
    for start, size, label, value in sorted(rows, key=lambda row: (row[0], -row[1])):
        if size == 0 or start < at:
            continue
        if start > at:
            merged.append([at, start - at, "", None])
        at = start + size
        if merged and label in ("table set", "states") and merged[-1][2] == label:
            merged[-1][1] += size
            continue
        merged.append([start, size, label, value])
    if at < len(data):
        merged.append([at, len(data) - at, "", None])
    lines = []
    for start, size, label, value in merged:
        if value is not None and label not in ("checksum", "table set", "states"):
            label += " = %d" % value
        for offset in range(start, start + size, 16):
            piece = data[offset:min(offset + 16, start + size)]
            text = "%04X  %-47s  %s" % (offset, piece.hex(" ").upper(), label)
            lines.append(text.rstrip())
            label = ""
    if end is not None:
        lines.append("      decoding ends here with %s" % end)
    return "\n".join(lines)


def filled(text, trace):
    def replace(match):
        data = (SPEC.parent / match.group(1)).read_bytes()
        return "<!-- example:%s -->\n```\n%s\n```\n<!-- /example -->" % (
            match.group(1), trace.dump(data))
    return re.sub(r"<!-- example:(\S+) -->\n.*?<!-- /example -->", replace, text, flags=re.S)


def main():
    trace = Trace()
    if len(sys.argv) == 3 and sys.argv[1] == "--dump":
        print(trace.dump(pathlib.Path(sys.argv[2]).read_bytes()))
        return 0
    wrong = 0
    for path in sorted(SPEC.glob("[0-9][0-9]-*.md")):
        text = path.read_text(encoding="utf-8")
        new = filled(text, trace)
        if new != text and sys.argv[1:] == ["--check"]:
            print("examples.py: the examples of %s are not up to date" % path, file=sys.stderr)
            wrong = 1
        elif new != text:
            path.write_text(new, encoding="utf-8")
            print("wrote", path)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
