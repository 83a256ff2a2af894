# The study's methods on a GGUF file: each comes back byte for byte (bench checks that), the listing
# has both accountings, and --breakdown's parts add up.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

model m.gguf --container gguf --type Q4_K_M --width 256 --ffn 256 --layers 2 --vocab 16 --seed 5
model other.gguf --container gguf --type Q4_K --width 256 --ffn 256 --layers 2 --vocab 16 --seed 6
for k in 4 8 16; do
    "$scape" train -q --method qb_mixture_k$k -o k$k.profile other.gguf
    size=$(wc -c <k$k.profile)
    [ "$size" -lt 1024 ] || fail "profile of $k tables: have $size bytes, want a few hundred"
done
profiles=(--profile k4.profile --profile k8.profile --profile k16.profile)
"$scape" bench --json --iterations 1 --methods all "${profiles[@]}" m.gguf >bench.json
"$scape" bench --json --iterations 1 --methods default,qa_sign_magnitude --tensors-of q4_k m.gguf >q4k.json
python3 - <<'PYTHON'
import json, os
run = json.load(open("bench.json"))["files"][0]
rows = {r["method"]: r for r in run["methods"]}
want = """fast default max qb_mixture_k4 qb_mixture_k8 qb_mixture_k16 whole_zstd3 whole_zstd19
    decomp_perstream_zstd3 decomp_perstream_zstd19 decomp_perstream_zstd19_bg decomp_qb_full
    qa_sign_magnitude zstd_dict""".split()
assert [w for w in want if w not in rows] == [], list(rows)
assert run["bytes"] == os.path.getsize("m.gguf")
for k in 4, 8, 16:
    size = os.path.getsize(f"k{k}.profile")
    assert rows[f"qb_mixture_k{k}"]["profile_bytes"] == size, rows[f"qb_mixture_k{k}"]
assert rows["default"]["profile_bytes"] > 0, "standard tables"
for r in rows.values():
    counted = run["bytes"] / (r["bytes"] + r["profile_bytes"])
    assert abs(counted - r["ratio"]) < 1e-6, r
    assert abs(run["bytes"] / r["bytes"] - r["ratio_without_profile"]) < 1e-6, r
assert rows["whole_zstd19"]["study_ratio"] == 1.0217, rows["whole_zstd19"]
q4k = json.load(open("q4k.json"))["files"][0]
assert 0 < q4k["bytes"] < run["bytes"] and q4k["bytes"] % 144 == 0, q4k["bytes"]
assert [r["method"] for r in q4k["methods"]] == ["default", "qa_sign_magnitude"], q4k["methods"]
PYTHON
status 2 "$scape" bench --methods default,none m.gguf

# a compressed file's bits a weight
for level in fast max; do
    "$scape" compress -q -f --level $level m.gguf
    "$scape" info --breakdown --json m.gguf.scape >breakdown.json
    python3 - <<'PYTHON'
import json
types = {t["dtype"]: t for t in json.load(open("breakdown.json"))[0]["types"]}
t = types["Q4_K"]
assert t["weights"] * 144 / 256 == t["bytes"], t
total = t["bits_per_weight"]
assert total["stored"] == 4.5, total
fields = {f["field"]: f for f in t["fields"] if f["field"].startswith("ggml.q4_k ")}
assert len(fields) == 9, list(fields)
assert abs(sum(f["stored"] for f in t["fields"]) - 4.5) < 1e-6, t
for key in "adaptive", "entropy":
    assert abs(sum(f[key] for f in t["fields"]) - total[key]) < 1e-6, key
assert total["entropy"] <= total["adaptive"] < 4.5, total
assert 0.9 < total["coded"] / total["entropy"] < 1.2, total
PYTHON
done
shows "bits a weight" "$scape" info --breakdown m.gguf.scape
status 1 "$scape" info --breakdown m.gguf
