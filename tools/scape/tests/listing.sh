# list and info print JSON that parses and adds up, and text that shows what the frame says of itself.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

model zoo.safetensors --zoo --seed 1
model m.gguf --container gguf --type Q4_K_M --size 2M --seed 2
: >empty
"$scape" compress -q --level max --sha256 zoo.safetensors m.gguf empty
cat zoo.safetensors | "$scape" compress >piped.scape
cat zoo.safetensors.scape m.gguf.scape >joined.scape

"$scape" list --json ./*.scape >list.json
"$scape" info --json ./*.scape >info.json
python3 - <<'PYTHON'
import hashlib, json, os
lists = {f["file"]: f for f in json.load(open("list.json"))}
infos = {f["file"]: f for f in json.load(open("info.json"))}
assert len(lists) == len(infos) == 5
for name, info in infos.items():
    size = os.path.getsize(name)
    assert info["bytes"] == size, (name, info["bytes"], size)
    stored = sum(c["stored"] for c in info["chunks"])
    assert stored + info["overhead"] == size, (name, stored, info["overhead"], size)
    assert sum(c["bytes"] for c in info["chunks"]) == info["content_bytes"]
    assert sum(d["bytes"] for d in info["dtypes"]) == info["content_bytes"]
    assert sum(f["bytes"] for f in info["frames"]) == size
    assert sum(r["bytes"] for r in lists[name]["regions"]) == info["content_bytes"]
    assert sum(r["stored"] for r in lists[name]["regions"]) == stored
assert infos["./joined.scape"]["content_bytes"] == \
    os.path.getsize("zoo.safetensors") + os.path.getsize("m.gguf")
assert len(infos["./joined.scape"]["frames"]) == 2
digest = hashlib.sha256(open("m.gguf", "rb").read()).hexdigest()
assert infos["./m.gguf.scape"]["frames"][0]["sha256"] == digest
assert infos["./piped.scape"]["frames"][0]["content_size_in_header"] is False
PYTHON

shows "$(sha256sum m.gguf | cut -d' ' -f1)" "$scape" info m.gguf.scape
shows 'not known in advance' "$scape" info piped.scape
status 1 "$scape" list zoo.safetensors.scape no-such-file
grep -q BF16 said || fail "a missing file stopped the list"
printf '[\n' >want
"$scape" list --json empty.scape | head -n 1 | cmp - want || fail "JSON of an empty file"
