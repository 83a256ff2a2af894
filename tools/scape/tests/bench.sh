# bench verifies what it measures, says what failed, and its JSON holds what it promises.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

mkdir models
model models/a.safetensors --size 100K --seed 1
model models/b.safetensors --size 150K --seed 2
cp models/a.safetensors m
"$scape" train -q --method bf16_split_k1 m
"$scape" bench --json --iterations 2 m >levels.json
"$scape" bench --json --iterations 2 --only models --level fast -T2 >folder.json
"$scape" bench --json --only --iterations 1 --method bf16_split --method bf16_split_k1 \
    --profile bf16_split_k1.scapeprofile m >methods.json
"$scape" compress -q m
size=$(wc -c <m) packed=$(wc -c <m.scape) python3 - <<'PYTHON'
import json, os
out = json.load(open("levels.json"))
for name in "decode_mb_s", "encode_mb_s", "ratio", "bytes_in", "bytes_out", "threads", "level", "rows":
    assert name in out, name
assert (out["level"], out["threads"], out["iterations"]) == ("default", 1, 2), out
assert (out["bytes_in"], out["bytes_out"]) == (int(os.environ["size"]), int(os.environ["packed"]))
assert abs(out["ratio"] - out["bytes_in"] / out["bytes_out"]) < 1e-6 and out["decode_mb_s"] > 0
rows = {r["name"]: r for r in out["rows"]}
usual = ["fast", "default", "max", "memcpy", "whole:zstd_1", "whole:zstd_3", "whole:zstd_19",
         "whole:zstd_3_bytegrouped", "whole:zstd_19_bytegrouped"]
usual += [r for lib, r in (("lz4", "whole:lz4"), ("xz", "whole:xz_9"), ("brotli", "whole:brotli_9"))
          if lib not in out["not_built_in"]]
assert list(rows) and set(rows) == set(usual), set(rows) ^ set(usual)
assert all(r["ok"] and r["encode_mb_s"] > 0 for r in rows.values())
assert rows["default"]["bytes_out"] < rows["whole:zstd_19_bytegrouped"]["bytes_out"]
assert rows["memcpy"]["ratio"] == 1
assert rows["default"]["bytes_out"] == out["bytes_out"]

out = json.load(open("folder.json"))
assert (out["level"], out["threads"], len(out["files"])) == ("fast", 2, 2), out
assert out["bytes_in"] == sum(f["bytes"] for f in out["files"])
assert "default" not in {r["name"] for r in out["rows"]}

rows = {r["method"]: r for r in json.load(open("methods.json"))["files"][0]["methods"]}
assert set(rows) == {"bf16_split", "bf16_split_k1"}, rows
k1 = rows["bf16_split_k1"]
assert k1["profile_bytes"] > 0 and k1["ratio"] < k1["ratio_without_profile"], k1
PYTHON
shows '^default ' "$scape" bench --only --iterations 1 m
shows '^default:portable ' "$scape" bench --only --iterations 1 --kernel portable m

# programs of others: one that is honest, and every way to fail; the run goes on
: >none
"$scape" bench --json --iterations 1 --level fast --only --external 'honest:cat:cat' \
    --external 'liar:cat:tr a b' --external 'short:head -c 10:cat' \
    --external 'fails:cat:cat >/dev/null; exit 3' --external 'missing:cat:no-such-program' \
    --external 'killed:kill -9 $$:cat' --external 'deaf:exec 0<&-; echo x:cat m' m >other.json 2>said
python3 - <<'PYTHON'
import json
rows = {r["name"]: r for r in json.load(open("other.json"))["rows"]}
want = {"liar": "byte", "short": "byte", "fails": "exit status 3", "missing": "exit status 127",
        "killed": "signal 9"}
assert rows["fast"]["ok"] and rows["honest"]["ok"] and rows["honest"]["ratio"] == 1
assert rows["deaf"]["ok"]  # it reads nothing, but what comes back is right
for name, text in want.items():
    assert not rows[name]["ok"] and text in rows[name]["error"], rows[name]
    assert rows[name]["decode_mb_s"] == 0
PYTHON
grep -q 'liar: did not come back' said || fail "message: $(cat said)"
shows 'FAILED: exit status 3' "$scape" bench --iterations 1 --only --external 'f:exit 3:cat' m
"$scape" bench --only --iterations 1 none >said || fail "an empty file"

# a picture
if command -v gnuplot >/dev/null; then
    for end in svg png; do
        "$scape" bench -q --only --iterations 1 --external "it's \`x\`:cat:cat" --chart "c h'art.$end" m
        [ -s "c h'art.$end" ] || fail "no picture"
    done
    grep -q '>default<' "c h'art.svg" || fail "the picture does not name a level"
    absent x
fi

status 2 "$scape" bench --method nothing m
status 2 "$scape" bench --chart picture.jpg m
status 2 "$scape" bench --kernel sse9 m
status 2 "$scape" bench --external 'a:b' m
status 1 "$scape" bench --iterations 1 missing-file
