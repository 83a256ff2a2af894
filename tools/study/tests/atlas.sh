# scape-atlas against another program's count of the same bytes; the published medians on real
# weights, where they are.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
atlas=$bin/scape-atlas
for file in models/one-bf16.safetensors models/three-Q4_K_M.gguf; do
    "$atlas" --json -o atlas.json $file
    python3 "$here/entropies.py" atlas.json $file || fail "atlas of $file"
done
same <("$study" atlas --json models) <("$atlas" --json models)

# Fields of a type: no entropy above its width, the conditional one not above the marginal one (by
# more than what learning costs), streams that make the file.
"$generate" --zoo -o zoo.safetensors
"$generate" --container gguf --type Q6_K --layers 1 --width 256 --vocab 256 -o q6.gguf
"$atlas" --json -o all.json models zoo.safetensors q6.gguf
python3 - all.json <<'END' || fail "atlas of all"
import json, sys
atlas = json.load(open(sys.argv[1]))
types = set()
for row in atlas["rows"]:
    types.add(row["dtype"])
    for field in row.get("fields", []):
        assert 0 <= field["h"] <= field["width"] + 1e-9, (row["tensor"], field)
    for key, value in row.items():
        assert not key.startswith("h_") or key == "h_bytes" or value >= 0, (row["tensor"], key)
    if row["elements"] >= 1000 and row["model"] != "zoo" and row["dtype"] in ("BF16", "Q4_K", "Q6_K"):
        assert row["r_conditional"] > 0.97 * row["r_marginal"], row
assert {"BF16", "F32", "F8_E4M3", "Q4_K", "Q6_K", "I64"} <= types, types
assert len(atlas["files"]) == 2
for file in atlas["files"]:
    streams = ("nibbles_q4k", "scales_q4k", "quant_other", "tensor_f32", "meta")
    assert sum(file[s] for s in streams) == file["bytes"], file
summary = atlas["summary"]["by_dtype"]
assert summary["BF16"]["tensors"] > 0 and "h_high" in summary["BF16"]
END
for format in text markdown csv; do
    "$atlas" --format $format models/one-bf16.safetensors | grep -q 'h_high\|High byte' || fail $format
done
ln -s nowhere broken.gguf
shows 'cannot be opened' "$atlas" --json broken.gguf

data=${SCAPE_DATA:-}
if [ -e "$data/rwkv-eng-bf16.safetensors" ]; then
    "$atlas" --json -o atlas.json "$data/rwkv-eng-bf16.safetensors"
    python3 - atlas.json h_high=2.734 h_low=7.970 r_marginal=1.495 <<'END' || fail "medians"
import json, sys
summary = json.load(open(sys.argv[1]))["summary"]
for key, want in (word.split("=") for word in sys.argv[2:]):
    assert abs(summary[key] - float(want)) < 1e-3, (key, summary[key], want)
END
else
    echo "real weights: SKIPPED, no SCAPE_DATA"
fi
