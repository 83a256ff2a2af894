# A GGUF file cut into the study's five streams comes back byte for byte, whatever it is.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

there_and_back() {
    rm -rf streams back.gguf
    "$scape" decompose -q "$1" streams
    "$scape" recompose streams back.gguf
    same back.gguf "$1"
    local sum
    sum=$(cat streams/*.bin | wc -c)
    equal "$sum" "$(wc -c <"$1")" "bytes of the streams of $1"
}

for version in 1 2 3; do
    model v$version.gguf --container gguf --type Q4_K_M --width 256 --ffn 256 --layers 2 --vocab 16 --gguf-version $version
    there_and_back v$version.gguf
done
model big.gguf --container gguf --type Q4_K --width 256 --ffn 256 --layers 2 --vocab 16 --big-endian
there_and_back big.gguf
model zoo.gguf --container gguf --type zoo --width 256 --ffn 256 --layers 1 --vocab 8
there_and_back zoo.gguf

# bytes behind the last tensor, a file that ends early, a type that nobody knows, no GGUF at all
{
    cat v3.gguf
    echo trailing
} >trailing.gguf
there_and_back trailing.gguf
head -c 300000 v3.gguf >short.gguf
there_and_back short.gguf
python3 - <<'PYTHON'
data = bytearray(open("v3.gguf", "rb").read())
name = b"output.weight"
at = data.rindex(name) + len(name) + 4 + 2 * 8
assert data[at:at + 4] in (b"\x0c\0\0\0", b"\x0e\0\0\0"), data[at:at + 4]
data[at:at + 4] = b"\xfe\0\0\0"
open("unknown.gguf", "wb").write(data)
PYTHON
there_and_back unknown.gguf
echo text >text
there_and_back text
: >empty
there_and_back empty

# what each stream holds, against a reader of its own
rm -rf streams
"$scape" decompose v3.gguf streams
"$scape" compress -q v3.gguf
"$scape" list --json v3.gguf.scape >list.json
python3 - <<'PYTHON'
import json
data = open("v3.gguf", "rb").read()
want = {name: b"" for name in ("nibbles_q4k", "quant_other", "tensor_f32", "meta")}
rows = []
for r in json.load(open("list.json"))[0]["regions"]:
    part = data[r["offset"]:r["offset"] + r["bytes"]]
    if r["dtype"] == "Q4_K":
        blocks = [part[i:i + 144] for i in range(0, len(part), 144)]
        want["nibbles_q4k"] += b"".join(b[16:] for b in blocks)
        rows += [b[:16] for b in blocks]
    else:
        want[{"F32": "tensor_f32", "OPAQUE": "meta"}.get(r["dtype"], "quant_other")] += part
want["scales_q4k"] = b"".join(bytes(row[c] for row in rows) for c in range(16))
assert rows
for name, bytes_ in want.items():
    have = open(f"streams/{name}.bin", "rb").read()
    assert have == bytes_, (name, len(have), len(bytes_))
PYTHON

# composition: of the file and of its compressed form
"$scape" info --json v3.gguf >plain.json
"$scape" info --json v3.gguf.scape >packed.json
python3 - <<'PYTHON'
import json, os
plain = json.load(open("plain.json"))[0]
packed = json.load(open("packed.json"))[0]
assert plain["container"] == "gguf", plain
assert plain["composition"] == packed["composition"], packed["composition"]
assert sum(r["bytes"] for r in plain["composition"]) == os.path.getsize("v3.gguf")
for r in plain["composition"]:
    assert r["bytes"] == os.path.getsize(f"streams/{r['stream']}.bin"), r
PYTHON

# a folder that holds streams already is left alone, but for -f
status 1 "$scape" decompose big.gguf streams
"$scape" recompose -f streams back.gguf
same back.gguf v3.gguf
"$scape" decompose -f big.gguf streams
"$scape" recompose -f streams back.gguf
same back.gguf big.gguf
status 1 "$scape" recompose streams back.gguf
status 2 "$scape" decompose v3.gguf
no_leftovers
no_leftovers streams
