# extract gives the very bytes at the tensor's place, and reads little of the file for it.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

model zoo.safetensors --zoo --seed 1
model m.gguf --container gguf --type Q4_K_M --size 2M --seed 2
model m.safetensors --size 300K --seed 3
for file in zoo.safetensors m.gguf m.safetensors; do
    for level in fast max; do
        "$scape" compress -q -f --level $level --chunk-log2 14 "$file"
        "$scape" list --json "$file.scape" >list.json
        rm -rf out
        mkdir out
        "$scape" extract --all -o out "$file.scape"
        python3 - "$file" "$scape" <<'PYTHON'
import json, os, subprocess, sys
name, scape = sys.argv[1:]
data = open(name, "rb").read()
listing = json.load(open("list.json"))
assert len(listing) == 1 and listing[0]["content_bytes"] == len(data), listing[0]["content_bytes"]
regions = listing[0]["regions"]
assert sum(r["bytes"] for r in regions) == len(data)
tensors = [r for r in regions if r["name"]]
assert tensors
for i, r in enumerate(tensors):
    want = data[r["offset"]:r["offset"] + r["bytes"]]
    have = subprocess.run([scape, "extract", "--tensor", r["name"], name + ".scape"],
                          stdout=subprocess.PIPE, check=True).stdout
    assert have == want, (name, r)
assert len(os.listdir("out")) == len(tensors), (os.listdir("out"), len(tensors))
assert sum(os.path.getsize("out/" + f) for f in os.listdir("out")) == sum(r["bytes"] for r in tensors)
PYTHON
    done
done

# several tensors to one output: in the order asked for
first=$("$scape" list m.safetensors.scape | awk 'NR == 2 {print $NF}')
second=$("$scape" list m.safetensors.scape | awk 'NR == 3 {print $NF}')
"$scape" extract -c --tensor "$second" --tensor "$first" m.safetensors.scape >both
{
    "$scape" extract --tensor "$second" m.safetensors.scape
    "$scape" extract --tensor "$first" m.safetensors.scape
} | cmp - both || fail "several tensors"

# damage elsewhere does no harm: only the chunks of the tensor are read
cp m.safetensors.scape hurt.scape
printf '\377' | dd of=hurt.scape bs=1 seek=60 conv=notrunc 2>dd.log
status 1 "$scape" test hurt.scape
last=$("$scape" list hurt.scape | awk 'END {print $NF}')
"$scape" extract --tensor "$last" hurt.scape >have
"$scape" extract --tensor "$last" m.safetensors.scape | cmp - have || fail "damage elsewhere"

# joined files, and a pipe, which cannot be searched
cat m.safetensors.scape m.gguf.scape >joined.scape
"$scape" extract --tensor "$first" joined.scape >have
"$scape" extract --tensor "$first" m.safetensors.scape | cmp - have || fail "first frame"
tensor=$("$scape" list m.gguf.scape | awk 'NR == 3 {print $NF}')
"$scape" extract --tensor "$tensor" joined.scape >have
"$scape" extract --tensor "$tensor" m.gguf.scape | cmp - have || fail "second frame"
status 1 "$scape" extract --tensor "$first" - < <(cat m.safetensors.scape)
no_leftovers
