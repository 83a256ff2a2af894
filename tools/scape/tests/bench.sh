# bench verifies what it measures, and its JSON parses.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

model m --size 100K --seed 1
"$scape" train -q --method bf16_split_k1 m
"$scape" bench --json --iterations 2 m >levels.json
"$scape" bench --json --only --method bf16_split --method bf16_split_k1 \
    --profile bf16_split_k1.scapeprofile m >methods.json
python3 - <<'PYTHON'
import json
rows = {r["method"]: r for r in json.load(open("levels.json"))[0]["methods"]}
for name in "fast", "default", "max", "memcpy", "whole:zstd_3", "whole:zstd_19_bytegrouped":
    assert name in rows, name
assert rows["default"]["bytes"] < rows["whole:zstd_19_bytegrouped"]["bytes"]
assert rows["memcpy"]["ratio"] == 1
rows = {r["method"]: r for r in json.load(open("methods.json"))[0]["methods"]}
assert set(rows) == {"bf16_split", "bf16_split_k1"}, rows
k1 = rows["bf16_split_k1"]
assert k1["profile_bytes"] > 0 and k1["ratio"] < k1["ratio_without_profile"], k1
PYTHON
shows '^default ' "$scape" bench --only m
status 2 "$scape" bench --method nothing m
