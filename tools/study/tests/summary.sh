# scape-study summarize and oracle, on rows whose statistics are known.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
python3 - >rows.jsonl <<'END'
import json
def row(model, tensor, method, size, out, **more):
    r = dict(corpus="c", model=model, file=model, file_sha256="0" * 64, unit="tensor", tensor=tensor,
             dtype="BF16", elements=size // 2, method=method, profile_sha256=None, profile_share=0,
             in_sample=False, bytes_in=size, bytes_out=out, ratio=size / out,
             ratio_without_profile=size / out, encode_mb_per_s=1.0, decode_mb_per_s=2.0, status="ok")
    r.update(more)
    print(json.dumps(r))
for i, out in enumerate((4000, 2000, 1000)):           # ratios 1, 2, 4
    row("m1", f"t{i}", "a", 4000, out)
row("m2", "t3", "a", 40000, 5000)                      # 8
row("m2", "t3", "b", 40000, 4000, in_sample=True)      # 10
for i in range(3):
    row("m1", f"t{i}", "b", 4000, 3000)
row("m2", "small", "a", 20, 1)
row("m1", "t0", "c", 4000, 4000, status="failed", ratio=None)
END
"$study" summarize --json -o out.json rows.jsonl
python3 - out.json <<'END' || fail "statistics"
import json, math, sys
rows = {r["method"]: r for r in json.load(open(sys.argv[1]))}
a, b = rows["a"], rows["b"]
assert a["n"] == 4 and a["models"] == 2 and a["marked"] == 0 and rows["c"]["marked"] == 1
assert a["median"] == 3 and math.isclose(a["geometric"], 64 ** 0.25)
assert math.isclose(a["weighted"], 52000 / 12000)
assert 1 <= a["median_low"] <= 3 <= a["median_high"] <= 8
assert a["median_model_low"] == 2 and a["median_model_high"] == 8   # models alone: 2 or 8
assert b["in_sample"] and not a["in_sample"]
assert a["encode_mb_per_s"] == 1 and a["decode_mb_per_s"] == 2
END
# Seeded: the same on every run; other formats hold the same numbers.
same <("$study" summarize --json rows.jsonl) out.json
"$study" summarize --format csv rows.jsonl | grep -q '^tensor,BF16,a,4,2,3.0000,' || fail csv
"$study" summarize --format markdown rows.jsonl | grep -q '^| tensor | BF16 | a | 4 | 2 | 3.0000' || fail markdown
"$study" summarize --min-elements 1 --json rows.jsonl | grep -q '"n": 5' || fail "small tensors"

"$study" oracle --json -o oracle.json rows.jsonl
python3 - oracle.json <<'END' || fail "oracle"
import json, math, sys
(row,) = json.load(open(sys.argv[1]))
# a: 4000+2000+1000+5000 = 12000; b: 13000; best of each: 3000+2000+1000+4000 = 10000
assert row["single"] == "a" and math.isclose(row["single_ratio"], 52000 / 12000), row
assert math.isclose(row["oracle_ratio"], 5.2) and math.isclose(row["gain_percent"], 20), row
assert row["wins"] == "a 2, b 2" or row["wins"] == "b 2, a 2", row
END

# Equal keys: the last row counts. Lines that are none are left out.
(cat rows.jsonl; echo garbage; tail -1 rows.jsonl | sed 's/"failed"/"ok"/; s/"ratio": null/"ratio": 1.0/') >more.jsonl
"$study" summarize --json more.jsonl 2>said | grep -q '"method": "c"' || fail "last row"
grep -q '1 lines' said || fail "no word of the damaged line: $(cat said)"
