#!/usr/bin/python3
"""Lists the clauses of the spec, and checks them.

    clauses.py            one line a clause: id, chapter file, error classes named
    clauses.py --json     the same with the text, as JSON
    clauses.py --check    exit 1 if an id is defined twice, used but not defined, or has a prefix
                          of another chapter; or if an error class is unknown or never used
"""
import json
import pathlib
import re
import sys

SPEC = pathlib.Path(__file__).resolve().parent.parent
PREFIXES = {"00": "CNV", "01": "FRM BLK IDX", "02": "LAY", "03": "RAW", "04": "RNS TBL CTX",
            "05": "ZST", "06": "PRF", "07": "VAL", "08": "LIM", "09": "CAN", "10": "SEC",
            "11": "EXM", "12": "REG", "13": "XXH", "14": "CUT", "15": "CNF"}
ID = r"[A-Z]{3}-\d{3}"


def clauses_of(path):
    """A clause is a paragraph that starts with its id, or a table row `... | `CLASS` [id] |`."""
    def clause(name, text):
        return {"id": name, "file": path.name, "text": " ".join(text.split()),
                "errors": sorted(set(re.findall(r"`([A-Z][A-Z_]+)`", text)))}
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for paragraph in text.split("\n\n"):
        match = re.match(r"\n?\[(%s)\] (.*)" % ID, paragraph, re.S)
        if match:
            yield clause(match.group(1), match.group(2))
        for row in re.finditer(r"^\| (.*`[A-Z_]+`) \[(%s)\] \|$" % ID, paragraph, re.M):
            yield clause(row.group(2), row.group(1))


def faults(files, found, errors):
    seen = set()
    for clause in found:
        if clause["id"] in seen:
            yield "%s is defined twice" % clause["id"]
        seen.add(clause["id"])
        if clause["id"][:3] not in PREFIXES[clause["file"][:2]].split():
            yield "%s does not belong into %s" % (clause["id"], clause["file"])
    used = set()
    for path in files:
        text = path.read_text(encoding="utf-8")
        for name in sorted(set(re.findall(r"\[(%s)\]" % ID, text)) - seen):
            yield "%s uses %s, which does not exist" % (path.name, name)
        for code in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S):
            names = set(re.findall(r'"([A-Z]+_?[A-Z]*)"\)', code))
            names |= set(re.findall(r'(?:ScapeError|Cursor)\([^"]*"([A-Z_]+)"', code))
            used |= names & errors
    operational = {"MEMORY", "NO_MEMORY", "IO", "NEEDS_SEEK", "BAD_ARGUMENT"}
    for name in sorted(errors - used - operational):
        yield "error class %s is never raised by the pseudocode" % name


def main():
    files = sorted(SPEC.glob("[0-9][0-9]-*.md"))
    found = [clause for path in files for clause in clauses_of(path)]
    registry = json.loads((SPEC / "registry.json").read_text(encoding="utf-8"))
    errors = {row["name"] for row in registry["errors"]}
    for clause in found:
        clause["errors"] = [name for name in clause["errors"] if name in errors]
    if sys.argv[1:] == ["--check"]:
        wrong = list(faults(files, found, errors))
        print("\n".join(wrong) or "%d clauses" % len(found))
        return 1 if wrong else 0
    if sys.argv[1:] == ["--json"]:
        print(json.dumps(found, indent=1))
        return 0
    for clause in found:
        print(clause["id"], clause["file"], " ".join(clause["errors"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
