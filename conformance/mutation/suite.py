"""The cases of a manifest as the file that cases.c reads: decoding of every vector, its further runs,
a walk through all frames, blocks and regions of what is right, and what only a caller in C can ask;
with what each must come to."""
import json

WAYS = {name: 1 << bit for bit, name in enumerate(
    ("extract", "pipe", "full", "broken", "bare", "unhooked", "no_hash", "starved", "failing",
     "tight", "greedy", "shrunk", "changing", "walk"))}  # as in cases.h
CEILING = 5 << 28  # bytes that a decoder may ask for: the largest INDEX block, and the constant
BOMB = 1 << 26  # bytes of content: such cases would take nine tenths of the time
ANY = 0xFFFF
WALKED = tuple("broken/" + start for start in ("access-", "index-", "region", "place-index", "trailer",
                                               "header", "second-frame", "two-index"))
NOT_MET = ("broken/trailer-digest", "broken/trailer-digest-0", "broken/trailer-frame-size-file")
NOWHERE = (1 << 64) - 1
POSITIONS = {"broken/payload-long": 32 + 12 + 2 + 1 + 45,  # of the fault; from the end, if negative
             "broken/trailer-end": -72}


def number(value):
    return value.to_bytes(8, "little")


def counted(data):
    return number(len(data)) + data


def content(row):
    row = row or {"size": 0, "sha256": "00" * 32}
    return number(row["size"]) + bytes.fromhex(row["sha256"])


def packed(name, folder, row, run, numbers):
    """One case: `run` has tensor, max_memory, content, errors and the like, as in the manifest; and
    `ways`, max_content, position."""
    ways = set(run.get("ways", ()))
    ways |= {run.get("operation"), run.get("input"), run.get("output")} & WAYS.keys()
    ceiling = run.get("ceiling", row.get("ceiling", {})).get("memory", CEILING)
    profiles = [(folder / path).read_bytes() for path in row["profiles"]]
    data = (folder / row["file"]).read_bytes()
    position = run.get("position", NOWHERE)
    out = counted(name.encode()) + counted(data)
    out += counted(run.get("tensor", "").encode("latin-1")) + number(sum(WAYS[way] for way in ways))
    out += number(run.get("max_memory", 0)) + number(run.get("max_content", 0)) + number(ceiling)
    out += number(position if position >= 0 else len(data) + position)
    out += number(len(profiles)) + b"".join(map(counted, profiles))
    out += number(run["content"] is not None) + content(run["content"])
    errors = [ANY if error == "ANY" else numbers[error] for error in run.get("errors", ())]
    out += number(len(errors)) + b"".join(map(number, errors))
    delivered = run.get("delivered", [])
    return out + number(len(delivered)) + b"".join(map(content, delivered))


def runs_of(row):
    """Decoding the vector first, then its further runs; with their names."""
    errors = [] if row["content"] is not None else [row["error"]["name"]]
    decode = {"content": row["content"], "errors": errors, "delivered": row.get("delivered", [])}
    yield row["name"], decode
    for i, run in enumerate(row.get("runs", [])):
        if run["operation"] != "encode":  # the mutants are decoders
            yield "%s#%d" % (row["name"], i + 1), run
    if row["content"] is not None:
        yield row["name"] + "#walk", dict(decode, ways=["walk"])
    elif row["name"].startswith(WALKED) and row["name"] not in NOT_MET:
        yield row["name"] + "#walk", dict(decode, ways=["walk"], errors=["ANY"])
    for i, run in enumerate(interface_runs(row)):
        yield "%s#interface-%d" % (row["name"], i + 1), run


def failing(error, *ways, **more):
    return {"content": None, "errors": [error], "ways": ways, **more}


def interface_runs(row):
    """The promises of scape_ref.h that no adapter can be asked for."""
    name, right = row["name"], {"content": row["content"]}
    extracts = [run for run in row.get("runs", []) if run["operation"] == "extract"
                and run["content"] is not None and "max_memory" not in run]
    if name in ("legal/access-several-blocks", "legal/access-frames", "legal/access-profile-named",
                "legal/access-profile-embedded", "legal/zstd-blocks", "legal/sha256"):
        for run in [right] + extracts[:2]:
            for way in ["starved", "failing", "tight", "unhooked"] + ["bare"] * (not row["profiles"]):
                yield dict(run, ways=[way])
            yield dict(run, ways=["greedy"], content=None, errors=["IO"])
    if name in ("legal/access-several-blocks", "legal/access-frames"):
        yield dict(extracts[0], ways=["shrunk"], content=None, errors=["TRUNCATED"])
    if name in ("legal/many-blocks", "legal/chunks-growing", "legal/empty"):
        yield dict(right, ways=["starved"])
        yield dict(right, ways=["tight"])
    if name == "legal/access-pipe-sized":
        size = row["content"]["size"]
        yield dict(right, max_content=size)
        yield failing("MEMORY", max_content=size - 1, delivered=row["runs"][0]["delivered"])
    if name == "legal/access-several-blocks":
        yield dict(extracts[0], ways=["changing"], content=None, errors=["IO"])
    if name in POSITIONS:
        yield failing(row["error"]["name"], position=POSITIONS[name], delivered=row["delivered"])
    if name == "broken/trailer-digest":
        yield {"content": row["delivered"][-1], "ways": ["no_hash"]}


def pack(folders, registry):
    """The vectors of several folders, each with a manifest.json."""
    numbers = {row["name"]: row["id"] for row in registry["errors"]}
    cases = []
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        cases += [packed(name, folder, row, run, numbers)
                  for row in manifest["vectors"] if (row["content"] or {"size": 0})["size"] < BOMB
                  for name, run in runs_of(row)]
    return number(len(cases)) + b"".join(cases)
