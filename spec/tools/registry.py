#!/usr/bin/python3
"""Generates what follows from spec/registry.json and spec/standard.profile: the tables inside the
spec's Markdown (between <!-- registry:NAME --> and <!-- /registry:NAME -->), and
registry_tables.h/.c for the reference.

    registry.py [--c DIR]           write the Markdown tables, and the C tables into DIR
    registry.py --check [--c DIR]   write nothing; exit 1 and say which file differs
        --prefix NAME               C names start with scape_NAME_ and SCAPE_NAME_, not scape_ref_
        --sets                      also where the sets of the standard profile start

The registry is validated first. Standard library only.
"""
import argparse
import hashlib
import json
import pathlib
import re
import sys

import pseudocode

SPEC = pathlib.Path(__file__).resolve().parent.parent
OPTIONAL = {"layouts": {"planar"}}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*\Z")
KEYS = {
    "errors": {"id": int, "name": str, "text": str},
    "limits": {"name": str, "value": int, "text": str},
    "blocks": {"id": int, "name": str, "text": str},
    "coders": {"id": int, "name": str, "width_max": int, "text": str},
    "contexts": {"id": int, "name": str, "text": str},
    "dtypes": {"id": int, "name": str, "block_bytes": int, "block_elements": int,
               "container": str},
    "layouts": {"id": int, "name": str, "block_bytes": int, "dtypes": list, "fields": list},
}


class Invalid(Exception):
    pass


def demand(truth, *what):
    if not truth:
        raise Invalid(" ".join(str(w) for w in what))


def product(numbers):
    total = 1
    for number in numbers:
        total *= number
    return total


def run_bits(run):
    """Yields every block bit that a run's pieces touch."""
    rank = len(run["dims"])
    index = [0] * rank
    for _ in range(product(run["dims"])):
        for piece in run["pieces"]:
            start = piece["bit"] + sum(i * s for i, s in zip(index, piece["strides"]))
            yield from range(start, start + piece["width"])
        for axis in reversed(range(rank)):
            index[axis] += 1
            if index[axis] < run["dims"][axis]:
                break
            index[axis] = 0


def field_count(field):
    return sum(product(run["dims"]) for run in field["runs"])


# Class functions: for each source, how many fields are read, which of them has as many elements a
# block as there are classes, and the numbers that the descriptor gives.
CLASS_FUNCTIONS = ["NONE", "RATIO", "ZERO", "MPRED", "LOGDIFF"]
CLASS_SOURCES = ["PLAIN", "HALF", "UE4M3", "SIGNED", "OFFSET", "BLOCK"]
CLASS_NUMBERS = ["group", "offset", "num", "den", "low", "factor", "steps"]
CLASS_KINDS = {
    ("RATIO", "HALF"): (2, 0, {"group"}),
    ("RATIO", "UE4M3"): (1, 0, {"group"}),
    ("RATIO", "SIGNED"): (1, 0, {"group"}),
    ("RATIO", "OFFSET"): (1, 0, {"group", "offset"}),
    ("ZERO", "BLOCK"): (6, 4, {"num", "den", "low", "steps", "group"}),
    ("ZERO", "HALF"): (5, 0, {"num", "den", "low", "steps", "group"}),
    ("MPRED", "BLOCK"): (5, 4, {"factor", "steps"}),
    ("LOGDIFF", "PLAIN"): (1, 0, {"factor", "steps", "group"}),
}


def class_units(row, entry):
    """Classes a block."""
    names = [field["name"] for field in row["fields"]]
    unit = CLASS_KINDS[entry["function"], entry["source"]][1]
    return field_count(row["fields"][names.index(entry["fields"][unit])])


def class_count(entry):
    """Classes there are."""
    count = len(entry["thresholds"]) + 1 if "thresholds" in entry else 1
    return count * entry.get("steps", 1)


def check_class(row, number, limits):
    field = row["fields"][number]
    where = row["name"] + "." + field["name"] + " class"
    entry = field["class"]
    kind = CLASS_KINDS.get((entry.get("function"), entry.get("source")))
    demand(kind is not None, where, "has an unknown function or source")
    keys = {"function", "source", "fields"} | kind[2]
    if entry["function"] in ("RATIO", "ZERO"):
        keys.add("thresholds")
        demand(entry["thresholds"] == sorted(entry["thresholds"]), where, "thresholds fall")
        demand(len(entry["thresholds"]) <= limits["CLASS_THRESHOLDS_MAX"], where, "thresholds")
    demand(set(entry) == keys, where, "has other keys:", sorted(entry))
    before = [other["name"] for other in row["fields"][:number]]
    demand(len(entry["fields"]) == kind[0], where, "reads another number of fields")
    demand(set(entry["fields"]) <= set(before), where, "reads fields that come later")
    demand(field_count(field) % class_units(row, entry) == 0, where, "does not fit its field")
    demand(class_count(entry) <= limits["TABLES_MAX"], where, "has too many classes")


def check_layout(row, limits, dtypes):
    name = row["name"]
    demand(row["block_bytes"] >= 1, name, "has no bytes")
    demand(row.get("planar", True) is True, name, "planar is true or absent")
    demand(set(row["dtypes"]) <= dtypes, name, "names an unknown dtype")
    names = [field["name"] for field in row["fields"]]
    demand(names and len(set(names)) == len(names), name, "needs fields with distinct names")
    seen = [0] * (8 * row["block_bytes"])
    for field in row["fields"]:
        where = name + "." + field["name"]
        demand(NAME.match(field["name"]), where, "is no name")
        demand(1 <= field["width"] <= limits["FIELD_WIDTH_MAX"], where, "has a bad width")
        demand(field["runs"], where, "has no runs")
        for run in field["runs"]:
            demand(1 <= len(run["dims"]) <= limits["LAYOUT_RANK_MAX"], where, "has a bad rank")
            demand(all(d >= 1 for d in run["dims"]), where, "has an empty run")
            demand(sum(p["width"] for p in run["pieces"]) == field["width"], where,
                   "has pieces that do not add up to its width")
            for piece in run["pieces"]:
                demand(piece["width"] >= 1 and piece["bit"] >= 0, where, "has a bad piece")
                demand(len(piece["strides"]) == len(run["dims"]), where, "has a bad stride list")
            for bit in run_bits(run):
                demand(0 <= bit < len(seen), where, "leaves the block at bit", bit)
                seen[bit] += 1
    for number, field in enumerate(row["fields"]):
        demand(set(field) - {"class"} == {"name", "width", "runs"}, name, "field has other keys")
        if "class" in field:
            demand("planar" not in row, name, "is planar and has a class function")
            check_class(row, number, limits)
    for bit, times in enumerate(seen):
        demand(times == 1, name, "covers bit", bit, times, "times")
    # Every stream costs at most its coder byte over the content it stands for, beside the layout
    # id; a stored chunk must always be possible within the overhead that is allowed.
    demand(2 + 2 * len(names) <= limits["CHUNK_OVERHEAD_MAX"], name, "has too many fields")


def validate(reg):
    demand(isinstance(reg.get("version"), str), "no version")
    demand(set(reg) == set(KEYS) | {"version"}, "unexpected sections", sorted(reg))
    for section, keys in KEYS.items():
        for row in reg[section]:
            demand(set(row) - OPTIONAL.get(section, set()) == set(keys), section,
                   "row has other keys:", row)
            for key, kind in keys.items():
                demand(type(row[key]) is kind, section, row["name"], key, "has a wrong type")
            demand(NAME.match(row["name"]), section, row["name"], "is no name")
        for key in ("id", "name"):
            values = [row[key] for row in reg[section] if key in row]
            demand(len(values) == len(set(values)), section, "repeats an", key)
        ids = [row["id"] for row in reg[section] if "id" in row]
        demand(ids == sorted(ids), section, "is not in the order of its ids")
    limits = {row["name"]: row["value"] for row in reg["limits"]}
    demand(all(10 <= row["id"] <= 99 for row in reg["errors"]), "error numbers are 10..99")
    dtypes = {row["id"] for row in reg["dtypes"]}
    for row in reg["layouts"]:
        demand(0 <= row["id"] <= 0xFFFF, row["name"], "has a bad id")
        check_layout(row, limits, dtypes)


# ---- Markdown ------------------------------------------------------------------------------

def md_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def run_text(run):
    """One run as text: `i<4, j<2: 4 @ 128+256i+4j`; several pieces are joined from the LSB up."""
    letters = "ijkl"
    counts = ", ".join("%s<%d" % (letters[a], d) for a, d in enumerate(run["dims"]) if d > 1)
    pieces = []
    for piece in run["pieces"]:
        place = str(piece["bit"])
        for axis, stride in enumerate(piece["strides"]):
            if run["dims"][axis] > 1 and stride:
                place += "+%s%s" % (stride if stride != 1 else "", letters[axis])
        pieces.append("%d @ %s" % (piece["width"], place))
    return (counts + ": " if counts else "") + ", ".join(pieces)


def md_classes(reg):
    rows = []
    for layout in reg["layouts"]:
        for field in layout["fields"]:
            if "class" in field:
                entry = field["class"]
                numbers = ["%s %d" % (key, entry[key]) for key in CLASS_NUMBERS if key in entry]
                if "thresholds" in entry:
                    numbers.append("thresholds %s" % ", ".join(map(str, entry["thresholds"])))
                units = class_units(layout, entry)
                rows.append(["`%s`" % layout["name"], "`%s`" % field["name"],
                             "%s, %s" % (entry["function"], entry["source"]),
                             " ".join("`%s`" % name for name in entry["fields"]),
                             "; ".join(numbers), field_count(field) // units, class_count(entry)])
    return md_table(["layout", "field", "function, source", "fields", "numbers", "sub", "classes"],
                    rows)


def md_layouts(reg):
    rows = []
    for layout in reg["layouts"]:
        for number, field in enumerate(layout["fields"]):
            head = ["", "", ""]
            if number == 0:
                head = ["0x%04X" % layout["id"], "`%s`" % layout["name"], layout["block_bytes"]]
                if "planar" in layout:
                    head[1] += ", planar"
            rows.append(head + ["`%s`" % field["name"], field["width"], field_count(field),
                                "; then ".join(run_text(run) for run in field["runs"])])
    return md_table(["id", "name", "block bytes", "field", "width", "count", "bits"], rows)


def md_standard():
    data = (SPEC / "standard.profile").read_bytes()
    return "The standard profile of this version has %d bytes; their SHA-256 is\n`%s`." % (
        len(data), hashlib.sha256(data).hexdigest())


def md_tables(reg):
    return {
        "version": "Format version of this text: **%s**." % reg["version"],
        "errors": md_table(["number", "class", "meaning"],
                           [[e["id"], "`%s`" % e["name"], e["text"]] for e in reg["errors"]]),
        "limits": md_table(["limit", "value", "meaning"],
                           [["`%s`" % l["name"], l["value"], l["text"]] for l in reg["limits"]]),
        "blocks": md_table(["type", "name", "payload"],
                           [[b["id"], "`%s`" % b["name"], b["text"]] for b in reg["blocks"]]),
        "coders": md_table(["coder", "name", "field width", "stream"],
                           [[c["id"], "`%s`" % c["name"], "1..%d" % c["width_max"], c["text"]]
                            for c in reg["coders"]]),
        "contexts": md_table(["function", "name", "meaning"],
                             [[c["id"], "`%s`" % c["name"], c["text"]] for c in reg["contexts"]]),
        "dtypes": md_table(["dtype", "name", "block bytes", "elements a block", "found in"],
                           [[d["id"], "`%s`" % d["name"], d["block_bytes"], d["block_elements"],
                             d["container"].replace(" ", ", ") or "any file"]
                            for d in reg["dtypes"]]),
        "layouts": md_layouts(reg),
        "classes": md_classes(reg),
        "standard": md_standard(),
    }


def fill_markdown(text, tables, where):
    def replace(match):
        demand(match.group(1) in tables, where, "asks for the unknown table", match.group(1))
        return "<!-- registry:%s -->\n%s\n<!-- /registry:%s -->" % (
            match.group(1), tables[match.group(1)], match.group(1))
    pattern = r"<!-- registry:(\w+) -->\n.*?<!-- /registry:\1 -->"
    done = re.sub(pattern, replace, text, flags=re.S)
    demand(len(re.findall(r"<!-- registry:\w+ -->", done)) ==
           len(re.findall(pattern, done, flags=re.S)), where, "has a marker without its end")
    return done


# ---- C -------------------------------------------------------------------------------------

NOTE = "Generated by spec/tools/registry.py from spec/registry.json: do not edit."


def c_header(reg, with_sets):
    limits = "\n".join("#define SCAPE_REF_%s %du /* %s */" % (
        l["name"], l["value"], l["text"]) for l in reg["limits"])
    errors = "\n".join("    SCAPE_REF_%s = %d, /* %s */" % (e["name"], e["id"], e["text"])
                       for e in reg["errors"])

    def enum(section, prefix):
        return "\n".join("    SCAPE_REF_%s_%s = %d," % (
            prefix, row["name"].upper().replace(".", "_"), row["id"]) for row in reg[section])
    enums = ""
    for stem, names in (("CLASS", CLASS_FUNCTIONS), ("SOURCE", CLASS_SOURCES)):
        lines = "\n".join("    SCAPE_REF_%s_%s = %d," % (stem, name, number)
                          for number, name in enumerate(names))
        enums += "enum {\n%s\n};\n\n" % lines
    for section, prefix in (("blocks", "BLOCK"), ("coders", "CODER"), ("contexts", "CONTEXT"),
                            ("dtypes", "DTYPE"), ("layouts", "LAYOUT")):
        if reg[section]:
            enums += "enum {\n%s\n};\n\n" % enum(section, prefix)
    return """/* The registry as C tables. Depends on nothing.
 * %s */
#ifndef SCAPE_REF_REGISTRY_TABLES_H
#define SCAPE_REF_REGISTRY_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define SCAPE_REF_FORMAT_VERSION "%s"
%s

enum scape_ref_error {
    SCAPE_REF_OK = 0,
%s
};

%s/* A piece is `width` bits at block bit `bit` plus the sum of index times stride over the run's
 * dimensions. */
struct scape_ref_piece {
    uint32_t width;
    uint32_t bit;
    uint32_t strides[SCAPE_REF_LAYOUT_RANK_MAX];
};

/* A run is dims[0] x dims[1] x ... elements (last fastest); an element is the pieces joined, the
 * first piece at the least significant end. */
struct scape_ref_run {
    uint32_t rank;
    uint32_t dims[SCAPE_REF_LAYOUT_RANK_MAX];
    uint32_t piece_count;
    const struct scape_ref_piece *pieces;
};

/* A field's class function [CTX-040]: each of `units` classes a block, below `count`, belongs to
 * field.count / units consecutive elements. Numbers that a function does not use are 0. */
struct scape_ref_class {
    uint32_t function;
    uint32_t source;
    uint32_t units;
    uint32_t count;
    uint32_t field_count;
    uint32_t fields[SCAPE_REF_CLASS_FIELDS_MAX];
    uint32_t group, offset, num, den, low, factor, steps;
    uint32_t threshold_count;
    uint32_t thresholds[SCAPE_REF_CLASS_THRESHOLDS_MAX];
};

/* `count` elements a block: those of each run in turn. */
struct scape_ref_field {
    const char *name;
    uint32_t width;
    uint32_t count;
    uint32_t run_count;
    const struct scape_ref_run *runs;
    const struct scape_ref_class *classes; /* NULL: the field has no class function */
};

struct scape_ref_layout {
    uint32_t id;
    const char *name;
    uint32_t block_bytes;
    uint32_t field_count;
    const struct scape_ref_field *fields;
    bool planar; /* element j of block b is number j * blocks + b of its field [LAY-014] */
};

struct scape_ref_dtype {
    uint32_t id;
    const char *name;
    uint32_t block_bytes;
    uint32_t block_elements;
};

struct scape_ref_error_text {
    int id;
    const char *name;
    const char *text;
};

extern const struct scape_ref_layout scape_ref_layouts[]; /* by rising id */
extern const size_t scape_ref_layout_count;
extern const struct scape_ref_dtype scape_ref_dtypes[]; /* by rising id */
extern const size_t scape_ref_dtype_count;
extern const struct scape_ref_error_text scape_ref_error_texts[]; /* by rising id */
extern const size_t scape_ref_error_text_count;
extern const unsigned char scape_ref_standard_profile[]; /* a profile file [PRF-001] */
extern const size_t scape_ref_standard_profile_size;
%s/* clang-format on */

#endif
""" % (NOTE, reg["version"], limits, errors, enums, SETS_HEADER if with_sets else "")


def c_class(layout, field, name):
    entry = field["class"]
    names = [other["name"] for other in layout["fields"]]
    thresholds = entry.get("thresholds", [])
    numbers = "{%d, %d, %d, %d, %d, {%s}, %s, %d, {%s}}" % (
        CLASS_FUNCTIONS.index(entry["function"]), CLASS_SOURCES.index(entry["source"]),
        class_units(layout, entry), class_count(entry), len(entry["fields"]),
        ", ".join(str(names.index(name)) for name in entry["fields"]),
        ", ".join(str(entry.get(key, 0)) for key in CLASS_NUMBERS), len(thresholds),
        ", ".join(map(str, thresholds or [0])))
    return "static const struct scape_ref_class %s = %s;" % (name, numbers)


def c_layout(layout, rank_max, out):
    """Appends the arrays of one layout, innermost first."""
    base = layout["name"].replace(".", "_")
    fields = []
    for field in layout["fields"]:
        runs = []
        stem = "%s_%s" % (base, field["name"])
        for number, run in enumerate(field["runs"]):
            pad = [0] * (rank_max - len(run["dims"]))
            pieces = ", ".join("{%d, %d, {%s}}" % (
                p["width"], p["bit"], ", ".join(map(str, p["strides"] + pad)))
                for p in run["pieces"])
            name = "pieces_%s_%d" % (stem, number)
            out.append("static const struct scape_ref_piece %s[] = {%s};" % (name, pieces))
            runs.append("{%d, {%s}, %d, %s}" % (
                len(run["dims"]), ", ".join(map(str, run["dims"] + pad)), len(run["pieces"]),
                name))
        out.append("static const struct scape_ref_run runs_%s[] = {%s};" % (stem, ", ".join(runs)))
        classes = "NULL"
        if "class" in field:
            out.append(c_class(layout, field, "class_" + stem))
            classes = "&class_" + stem
        fields.append('    {"%s", %d, %d, %d, runs_%s, %s},' % (
            field["name"], field["width"], field_count(field), len(runs), stem, classes))
    out.append("static const struct scape_ref_field fields_%s[] = {" % base)
    out += fields + ["};"]
    return '    {%d, "%s", %d, %d, fields_%s, %s},' % (
        layout["id"], layout["name"], layout["block_bytes"], len(fields), base,
        "true" if "planar" in layout else "false")


SETS_HEADER = """extern const uint32_t scape_ref_standard_sets[]; /* where each set's width stands in it */
/* what each set was trained for: layout << 8 | field */
extern const uint32_t scape_ref_standard_fields[];
extern const uint32_t scape_ref_standard_set_count;
"""


def standard_sets(profile):
    """Where the sets of the standard profile start and what they were trained for, found by the
    specification's own program."""
    names = {"__name__": "spec_decoder"}
    exec(compile(pseudocode.module(), "spec_decoder.py", "exec"), names)
    offsets = []
    fields = []
    parse = names["parse_profile_set"]

    def note(body):
        before = body.position
        fields.append(body.varint() << 8 | body.varint())
        offsets.append(body.position + 16)  # behind the profile's head
        body.position = before
        return parse(body)
    names["parse_profile_set"] = note
    names["parse_profile"](profile)
    return offsets, fields


def numbers(values, form):
    words = [form % value for value in values]
    return ["    " + " ".join(words[i:i + 10]) for i in range(0, len(words), 10)] + ["};"]


def c_source(reg, with_sets):
    limits = {row["name"]: row["value"] for row in reg["limits"]}
    out = ["/* The registry as C tables. Depends on registry_tables.h.", " * %s */" % NOTE,
           '#include "registry_tables.h"', "", "/* clang-format off */"]
    rows = [c_layout(layout, limits["LAYOUT_RANK_MAX"], out) for layout in reg["layouts"]]

    def table(kind, name, count, lines):
        out.extend(["", "const struct %s %s[] = {" % (kind, name)] + lines + ["};"])
        out.append("const size_t %s = sizeof %s / sizeof %s[0];" % (count, name, name))
    table("scape_ref_layout", "scape_ref_layouts", "scape_ref_layout_count", rows)
    table("scape_ref_dtype", "scape_ref_dtypes", "scape_ref_dtype_count",
          ['    {%d, "%s", %d, %d},' % (d["id"], d["name"], d["block_bytes"], d["block_elements"])
           for d in reg["dtypes"]])
    table("scape_ref_error_text", "scape_ref_error_texts", "scape_ref_error_text_count",
          ['    {%d, "%s", "%s"},' % (e["id"], e["name"], e["text"].replace('"', '\\"'))
           for e in reg["errors"]])
    profile = (SPEC / "standard.profile").read_bytes()
    out += ["", "const unsigned char scape_ref_standard_profile[] = {"]
    out += ["    " + " ".join("%d," % byte for byte in profile[i:i + 20])
            for i in range(0, len(profile), 20)] + ["};"]
    out.append("const size_t scape_ref_standard_profile_size = sizeof scape_ref_standard_profile;")
    if with_sets:
        offsets, fields = standard_sets(profile)
        out.append("const uint32_t scape_ref_standard_set_count = %d;" % len(offsets))
        out.append("const uint32_t scape_ref_standard_sets[] = {")
        out += numbers(offsets, "%d,")
        out.append("const uint32_t scape_ref_standard_fields[] = {")
        out += numbers(fields, "0x%05X,")
    return "\n".join(out) + "\n/* clang-format on */\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--c", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--prefix", metavar="NAME", default="ref")
    parser.add_argument("--sets", action="store_true")
    arguments = parser.parse_args()
    reg = json.loads((SPEC / "registry.json").read_text(encoding="utf-8"))
    try:
        validate(reg)
        wanted = {}
        for path in sorted(SPEC.glob("*.md")):
            wanted[path] = fill_markdown(path.read_text(encoding="utf-8"), md_tables(reg), path)
    except Invalid as fault:
        sys.exit("registry.py: %s" % fault)
    if arguments.c:
        prefix = "scape_%s_" % arguments.prefix
        for name, text in (("registry_tables.h", c_header(reg, arguments.sets)),
                           ("registry_tables.c", c_source(reg, arguments.sets))):
            text = text.replace("scape_ref_", prefix).replace("SCAPE_REF_", prefix.upper())
            wanted[arguments.c / name] = text
    different = [path for path, text in wanted.items()
                 if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments.check:
        for path in different:
            print("registry.py: %s differs from the registry" % path, file=sys.stderr)
        sys.exit(1 if different else 0)
    for path in different:
        path.write_text(wanted[path], encoding="utf-8")
        print("wrote", path)


main()
