"""The clause matrix: for each clause the vectors that show it and those that break it. Vectors name
their clauses themselves; here stands what shows a clause besides, by the start of a vector's name,
and for each clause that no vector breaks the reason why none can."""
import json

from basics import REGISTRY

# Shown by vectors that are there for something else.
SHOWN = {
    "CNV-010": "legal/damage-", "CNV-011": "legal/stored", "CNV-012": "legal/profile-shift",
    "CNV-013": "legal/many-blocks", "CNV-014": "legal/profile-shift", "CNV-015": "legal/layout-",
    "CNV-016": "legal/stored", "CNV-017": "legal/sha256", "CNV-018": "legal/stored",
    "CNV-019": "legal/names", "CNV-020": "legal/", "CNV-021": "legal/access-pipe-",
    "FRM-002": "legal/skippable-around", "FRM-003": "legal/stored", "FRM-011": "legal/skippable-",
    "FRM-013": "legal/skippable-", "FRM-014": "legal/skippable-", "FRM-015": "legal/skippable-",
    "FRM-021": "legal/profile-set-", "FRM-023": "legal/limit-", "FRM-024": "legal/stored",
    "FRM-030": "legal/sha256", "FRM-031": "legal/sha256", "FRM-042": "legal/access-",
    "FRM-051": "legal/stored", "FRM-052": "legal/repeats-none", "FRM-054": "legal/stored",
    "FRM-055": "legal/unknown-size", "FRM-056": "legal/stored", "FRM-061": "legal/many-regions",
    "FRM-062": "legal/unknown-size", "FRM-064": "legal/stored", "FRM-065": "legal/joined",
    "FRM-066": "legal/stored", "FRM-067": "legal/joined", "BLK-007": "legal/many-blocks",
    "BLK-010": "legal/extensions", "BLK-014": "legal/stored", "BLK-015": "legal/extensions",
    "IDX-001": "legal/names", "IDX-007": "legal/regions-", "LAY-003": "legal/tail-",
    "LAY-005": "legal/layout-", "LAY-010": "legal/layout-ggml.", "LAY-014": "legal/layout-grouped",
    "LAY-020": "legal/damage-", "RAW-002": "legal/rans-lanes", "RAW-011": "legal/mixture-k3",
    "RNS-001": "legal/rans-", "RNS-007": "legal/standard-", "RNS-010": "legal/rans-",
    "RNS-011": "legal/rans-one-value", "RNS-014": "legal/rans-", "RNS-032": "legal/lift-",
    "RNS-033": "legal/lift-", "RNS-036": "legal/lift-nested-rans", "TBL-001": "legal/table-",
    "TBL-002": "legal/table-4096", "TBL-020": "legal/rans-", "CTX-005": "legal/row-column-",
    "CTX-013": "legal/row-column-", "CTX-014": "legal/row-column-",
    "CTX-030": "legal/mixture-k5-rans32", "ZST-006": "legal/zstd-", "ZST-009": "legal/zstd-window-blocks",
    "ZST-010": "canonical/method-",
    "PRF-001": "legal/profile-", "PRF-004": "legal/standard-", "PRF-011": "legal/profile-",
    "PRF-012": "legal/profile-", "PRF-013": "legal/profile-", "PRF-014": "legal/profile-",
    "PRF-015": "legal/profile-set-named", "PRF-018": "legal/profile-wide",
    "PRF-019": "legal/profile-k4", "PRF-020": "legal/profile-escape",
    "VAL-010": "legal/joined", "VAL-011": "legal/many-blocks", "VAL-012": "legal/damage-",
    "VAL-013": "legal/many-blocks", "VAL-014": "legal/stored", "VAL-015": "legal/table-4096",
    "VAL-021": "legal/profile-unused", "LIM-001": "legal/limit-", "LIM-010": "legal/access-memory",
    "LIM-011": "legal/many-blocks", "LIM-020": "legal/rans-", "LIM-021": "legal/repeats",
    "CAN-002": "canonical/weights-", "CAN-021": "canonical/special-",
    "CAN-022": "canonical/segments-", "CAN-023": "canonical/segments-",
    "CAN-040": "canonical/weights-", "CAN-042": "canonical/weights-",
    "CAN-050": "canonical/constant-", "CAN-051": "canonical/weights-",
    "CAN-060": "canonical/contexts-", "CAN-070": "canonical/chunks-", "CAN-071": "canonical/repeats",
    "CAN-072": "canonical/noise", "CAN-080": "canonical/weights-", "CAN-081": "canonical/weights-",
    "CAN-085": "canonical/block-", "CAN-086": "canonical/block-", "CAN-090": "canonical/empty",
    "CAN-100": "canonical/method-", "CAN-101": "canonical/method-bf16_split",
    "CAN-102": "canonical/method-bf16_split_ctx_k8", "CAN-103": "canonical/method-bf16_split_k1",
    "SEC-001": "legal/stored", "SEC-002": "legal/unknown-size", "SEC-003": "legal/layout-",
    "REG-003": "legal/layout-", "REG-004": "legal/class-", "REG-005": "legal/class-",
    "REG-016": "legal/standard-", "XXH-001": "legal/stored", "REG-013": "legal/extensions",
}

# Broken by vectors that are there for something else, a clause of a table or of the same sentence.
BROKEN = {
    "CNV-018": "broken/header-reserved-", "CNV-021": "broken/second-frame",
    "FRM-020": "broken/header-", "FRM-030": "broken/trailer-", "IDX-007": "broken/two-index-",
    "FRM-022": "broken/length-sum-",
    "IDX-006": "broken/two-index-shared-varint", "CTX-030": "broken/nested-words",
    "LIM-001": "broken/header-limit-", "SEC-001": "broken/rans-word-count",
    "SEC-002": "broken/length-", "REG-011": "broken/coder-", "REG-013": "broken/layout-f000",
    "REG-014": "broken/header-version-2", "REG-016": "broken/set-standard", "FRM-041": "broken/access-",
    "REG-012": "broken/block-type-192", "VAL-021": "broken/profile-not-given",
    "PRF-003": "broken/profile-magic", "LAY-004": "broken/layout-tail", "VAL-001": "broken/",
}

DEFINITION = "defines how bytes are read: another reading gives other content, no error"
ENCODER = "binds encoders alone; a decoder must not ask [chapter 9]"
TEXT = "about this text and its registry, not about a file"
RIGHT = "gives a decoder or a writer leave; there is nothing to break"
TOOL = "binds tools that show or store names and files, not the decoding of a frame"
ADAPTER = "about implementations and adapters; conformance/selftest holds bad ones to verdicts"
COST = "about memory or time; held by the ceilings of the runs and by the limits of a runner"

# Why no vector breaks a clause. A family stands for its clauses that have no entry of their own.
UNBROKEN = {
    "CAN": ENCODER, "REG": TEXT, "LAY": DEFINITION, "RNS": DEFINITION, "TBL": DEFINITION,
    "CTX": DEFINITION, "RAW": DEFINITION, "ZST": RIGHT, "XXH": DEFINITION, "CUT":
    "about which bytes of a model file are which tensor; tested in containers/, not in frames",
    "CNV": DEFINITION, "CNF": ADAPTER, "SEC": TOOL, "LIM": COST, "PRF": RIGHT,
    "BLK-011": DEFINITION, "BLK-013": RIGHT, "IDX-005": RIGHT, "FRM-040":
    "says where a reader looks; a tensor that is not there is a run with NOT_FOUND",
    "VAL-014": TEXT, "VAL-020": "classes that do not depend on the input alone: runs with a pipe, a "
    "memory limit and an output that takes nothing", "SEC-003": COST,
    "SEC-006": "about what sizes tell; nothing that a decoder checks",
}

# Nothing in a file shows these.
UNSHOWN = {
    "CNV-001": TEXT, "CNV-002": TEXT, "CNV-003": TEXT, "CNV-030": TEXT, "PRF-005": ENCODER,
    "VAL-001": TEXT, "SEC-004": TOOL, "SEC-005": TOOL, "SEC-006": TOOL, "SEC-007": TOOL,
    "REG-001": TEXT, "REG-002": TEXT, "REG-010": TEXT, "REG-011": TEXT, "REG-014": TEXT,
    "REG-015": TEXT, "ZST-011": RIGHT, "CNF": ADAPTER, "CUT": "about which bytes of a model file are which tensor; tested in "
    "containers/, not in frames",
}


# Of each limit: a vector at it, which may be broken elsewhere but not there, and one just beyond; the
# two are None where the limit is none of a file.
LIMITS = {
    "VERSION": ("legal/stored", "broken/header-version-2"),
    "CHUNK_LOG2_MIN": ("legal/limit-12", "broken/header-limit-11"),
    "CHUNK_LOG2_MAX": ("legal/limit-26", "broken/header-limit-27"),
    "CHUNK_LOG2_DEFAULT": (None, None),
    "CONTENT_SIZE_LOG2_MAX": ("broken/place-size-2-60", "broken/header-size-1000000000000001"),
    "SKIPPABLE_LOG2_MAX": ("broken/skippable-cut", "broken/skippable-length"),
    "CHUNK_OVERHEAD_MAX": ("legal/payload-long", "broken/length-chunk-payload"),
    "PROFILE_LOG2_MAX": ("broken/length-profile-cut", "broken/length-profile-limit"),
    "EXTENSION_LOG2_MAX": ("broken/length-extension-cut", "broken/length-extension-limit"),
    "INDEX_LOG2_MAX": ("broken/length-index-cut", "broken/length-index-limit"),
    "NAME_MAX": ("legal/names", "broken/region-name"),
    "RANK_MAX": ("legal/labels", "broken/region-rank"),
    "CODED_WIDTH_MAX": ("legal/profile-width-16", "broken/coder-3-wide"),
    "FIELD_WIDTH_MAX": (None, None),
    "LAYOUT_RANK_MAX": (None, None),
    "RANS_P_MIN": ("legal/rans-p8", "broken/rans-p7"),
    "RANS_P_MAX": ("legal/rans-p14", "broken/rans-p15"),
    "TABLES_MAX": ("legal/mixture-k64", "broken/rans-k65-p8"),
    "TABLE_SLOTS_LOG2_MAX": ("legal/mixture-p14", "broken/rans-k9-p14"),
    "ALPHABET_MAX": ("legal/table-4096", "broken/table-symbols-4097"),
    "CLUSTER_LOG2_MIN": ("legal/coding-bf16-standard-set", "broken/mixture-log2-3"),
    "CLUSTER_LOG2_MAX": ("legal/mixture-log2-16", "broken/mixture-log2-17"),
    "PROFILE_SETS_MAX": ("legal/profile-set-255", "broken/profile-sets"),
    "LEVEL_MAX": ("legal/table-level-159", "broken/table-level-high"),
    "GAMMA_ZEROS_MAX": ("broken/place-gamma-16-end", "broken/table-gamma"),
    "UNARY_MAX": ("legal/table-unary-40", "broken/table-unary"),
    "CLASSES_MAX": ("legal/row-column-r32", "broken/row-column-r-33"),
    "MAP_RUNS_MAX": ("legal/field-runs-4096", "broken/field-runs-4097"),
    "LIFT_LOG2_MIN": ("legal/lift-2-1", "broken/lift-log2-1"),
    "LIFT_LOG2_MAX": ("legal/lift-8-1", "broken/lift-log2-9"),
    "LIFTS_MAX": ("legal/lift-2-2", "broken/lift-lifts-3"),
    "CLASS_THRESHOLDS_MAX": (None, None),
    "CLASS_FIELDS_MAX": (None, None),
    "ZSTD_WINDOW_LOG_MAX": ("legal/zstd-window-max", "broken/zstd-window"),
}


FEW = 8  # of the vectors that SHOWN and BROKEN name by their start


def named(rows, start):
    return [row["name"] for row in rows if row["name"].startswith(start)][:FEW]


def reason(table, clause):
    return table.get(clause, table.get(clause[:3]))


def matrix(clauses, rows):
    """For each clause: the vectors that show it, those that break it, and why there are none."""
    good = [row for row in rows if row["content"] is not None]
    bad = [row for row in rows if row["content"] is None]
    for clause in clauses:
        own = clause["id"]
        entry = {"id": own, "file": clause["file"], "text": clause["text"]}
        for key, some, table, reasons in (("shown", good, SHOWN, UNSHOWN),
                                          ("broken", bad, BROKEN, UNBROKEN)):
            found = [row["name"] for row in some if own in row["clauses"]]
            if own in table:
                found += [name for name in named(some, table[own]) if name not in found]
            entry[key] = found
            if not found:
                entry["not_" + key] = reason(reasons, own)
        yield entry


def document(version, clauses, rows):
    """clauses.json, a clause a line."""
    lines = ",\n".join("  " + json.dumps(entry) for entry in matrix(clauses, rows))
    return '{\n "version": "%s",\n "clauses": [\n%s\n ]\n}\n' % (version, lines)


def faults(entries, rows):
    """Clauses without their cases, and entries of the tables above that say nothing."""
    entries = list(entries)
    known = {entry["id"]: entry for entry in entries}
    for entry in entries:
        for key in ("shown", "broken"):
            if not entry[key] and not entry["not_" + key]:
                yield "%s: no vector has it %s, and no reason is given" % (entry["id"], key)
    for table, key in ((SHOWN, "shown"), (BROKEN, "broken")):
        for own, start in table.items():
            if own not in known:
                yield "matrix.py: there is no clause %s" % own
            elif not named(rows, start):
                yield "matrix.py: no vector is called %s" % start
    yield from limit_faults({row["name"]: row["error"]["name"] for row in rows})
    for table, key in ((UNSHOWN, "shown"), (UNBROKEN, "broken")):
        for own in table:
            if len(own) > 3 and known.get(own, {}).get(key):
                yield "matrix.py: %s has vectors, so the reason is wrong: %s" % (
                    own, known[own][key][:3])


def limit_faults(errors):
    """Limits of the registry without a vector at and one beyond them; `errors` has each vector's class."""
    limits = {row["name"] for row in REGISTRY["limits"]}
    for name in sorted(limits ^ set(LIMITS)):
        yield "matrix.py: the limit %s is in one of registry.json and LIMITS only" % name
    for name, (at, beyond) in LIMITS.items():
        if (at is None) != (beyond is None):
            yield "matrix.py: the limit %s has one vector" % name
        elif at is not None and at not in errors:
            yield "matrix.py: there is no vector %s at the limit %s" % (at, name)
        elif at is not None and errors.get(beyond, "OK") in ("OK", errors[at]):
            yield "matrix.py: %s does not pass the limit %s" % (beyond, name)


def counts(entries):
    """In words how many clauses are shown and broken by vectors, and how many limits are met."""
    entries = list(entries)
    shown = sum(1 for entry in entries if entry["shown"])
    broken = sum(1 for entry in entries if entry["broken"])
    met = sum(1 for at, _ in LIMITS.values() if at is not None)
    return "%d clauses, %d of them shown, %d broken; %d limits met and passed" % (
        len(entries), shown, broken, met)
