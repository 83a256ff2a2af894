# scape-study audit, gap and ablation: terms that add up to what is there.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
for file in models/*; do
    "$scape" compress -q --sha256 -o "${file##*/}.scape" "$file"
done
"$scape" compress -q --level max -o max.scape models/three-Q4_K_M.gguf
"$study" audit --json -o audit.json ./*.scape
python3 - audit.json <<'END' || fail "audit"
import json, os, sys
rows = json.load(open(sys.argv[1]))
parts = ("profile", "tables", "side", "states", "symbols", "raw", "zstd", "constant", "container")
for row in rows:
    assert sum(row[p] for p in parts) == row["bytes"] and min(row[p] for p in parts) >= 0, row
files = [row for row in rows if row["layout"] == "all"]
assert len(files) == 4
for row in files:
    assert row["bytes"] == os.path.getsize(row["file"]), row
    layouts = [r for r in rows if r["file"] == row["file"] and r is not row]
    assert sum(r["content"] for r in layouts) == row["content"]
    assert sum(r["symbols"] for r in layouts) == row["symbols"] > 0
assert any(row["side"] > 0 for row in files)
END
# With a profile in the frame its bytes are there.
"$scape" train -q --method bf16_split_k1 -o k1.profile models/one-bf16.safetensors
"$scape" compress -q --method bf16_split_k1 --profile k1.profile --embed-profile -o k1.scape \
    models/two-bf16.safetensors
"$study" audit --json k1.scape >k1.json
python3 -c "
import json, os
row = json.load(open('k1.json'))[-1]
assert row['profile'] >= os.path.getsize('k1.profile') and row['tables'] < 1000, row"
status 1 "$study" audit models/one-bf16.safetensors

"$study" gap --json -o gap.json models
python3 - gap.json <<'END' || fail "gap"
import json, sys
rows = json.load(open(sys.argv[1]))
terms = ("entropy", "chunk_fit", "precision", "dense", "table", "states", "container", "unexplained")
tensors = [r for r in rows if r["tensor"] != "median"]
assert len(tensors) >= 8
for row in tensors:
    assert abs(sum(row[t] for t in terms) - row["actual"]) < 1e-6, row
    assert row["precision"] >= -1e-9 and row["chunk_fit"] <= 1e-9 and row["table"] > 0, row
    assert (row["dense"] > 0.1) == (row["coder"] == "dense"), row
medians = {r["coder"]: r for r in rows if r["tensor"] == "median"}
assert medians["dense"]["actual"] > medians["sparse"]["actual"]
END

"$study" ablation --no-timing --json -o ablation.json models
python3 - ablation.json <<'END' || fail "ablation"
import json, sys
rows = json.load(open(sys.argv[1]))
names = [r["method"] for r in rows]
assert names[:2] == ["whole_zstd3", "whole_zstd19"] and names[-1] == "max" and len(names) == 9, names
assert {r["file"] for r in rows} == {"three-Q4_K_M.gguf"} and {r["status"] for r in rows} == {"ok"}
assert rows[0]["step_percent"] is None and rows[6]["step_percent"] > 0
END
