"""The cases of a manifest as the file that driver.c reads: decoding of every vector and its further
runs, with what each must come to."""
import json

EXTRACT, PIPE, FULL, BROKEN = 1, 2, 4, 8  # bits, as in driver.c
CEILING = 5 << 28  # bytes that a decoder may ask for: the largest INDEX block, and the constant
ANY = 0xFFFF


def number(value):
    return value.to_bytes(8, "little")


def counted(data):
    return number(len(data)) + data


def content(row):
    row = row or {"size": 0, "sha256": "00" * 32}
    return number(row["size"]) + bytes.fromhex(row["sha256"])


def packed(name, folder, row, run, numbers):
    """One case: `run` has operation, tensor, max_memory, content, errors and the like."""
    kind = EXTRACT * (run["operation"] == "extract") + FULL * (run.get("output") == "full")
    kind += PIPE * (run.get("input") == "pipe") + BROKEN * (run.get("input") == "broken")
    ceiling = run.get("ceiling", row.get("ceiling", {})).get("memory", CEILING)
    profiles = [(folder / path).read_bytes() for path in row["profiles"]]
    out = counted(name.encode()) + counted((folder / row["file"]).read_bytes())
    out += counted(run.get("tensor", "").encode("latin-1")) + number(kind)
    out += number(run.get("max_memory", 0)) + number(ceiling)
    out += number(len(profiles)) + b"".join(map(counted, profiles))
    out += number(run["content"] is not None) + content(run["content"])
    errors = [ANY if error == "ANY" else numbers[error] for error in run["errors"]]
    out += number(len(errors)) + b"".join(map(number, errors))
    delivered = run.get("delivered", [])
    return out + number(len(delivered)) + b"".join(map(content, delivered))


def runs_of(row):
    """Decoding the vector first, then its further runs; with their names."""
    errors = [] if row["content"] is not None else [row["error"]["name"]]
    yield row["name"], {"operation": "decode", "content": row["content"], "errors": errors,
                        "delivered": row.get("delivered", [])}
    for i, run in enumerate(row.get("runs", [])):
        if run["operation"] != "encode":  # the mutants are decoders
            yield "%s#%d" % (row["name"], i + 1), run


def pack(folders, registry):
    """The vectors of several folders, each with a manifest.json."""
    numbers = {row["name"]: row["id"] for row in registry["errors"]}
    cases = []
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        cases += [packed(name, folder, row, run, numbers)
                  for row in manifest["vectors"] for name, run in runs_of(row)]
    return number(len(cases)) + b"".join(cases)
