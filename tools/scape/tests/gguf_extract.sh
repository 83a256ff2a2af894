# Every tensor of every real GGUF file, taken out of its compressed form alone, is the bytes at its
# offset; and the file comes back.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77
files=("${SCAPE_DATA:-}"/*.gguf)
[ -e "${files[0]}" ] || {
    echo "skipped: SCAPE_DATA has no GGUF files"
    exit 77
}

for file in "${files[@]}"; do
    "$scape" compress -q --level fast -o packed.scape "$file"
    "$scape" decompress -q -o back.gguf packed.scape
    same back.gguf "$file"
    "$scape" list --json packed.scape >list.json
    mkdir out
    "$scape" extract --all -o out packed.scape
    python3 - "$file" "$scape" <<'PYTHON'
import json, os, subprocess, sys
name, scape = sys.argv[1:]
data = open(name, "rb").read()
tensors = [r for r in json.load(open("list.json"))[0]["regions"] if r["name"]]
assert tensors, name
for r in tensors:
    want = data[r["offset"]:r["offset"] + r["bytes"]]
    path = os.path.join("out", r["name"] + ".bin")
    have = open(path, "rb").read() if os.path.exists(path) else None
    assert have == want, (name, r["name"], path)
one = tensors[len(tensors) // 2]
have = subprocess.run([scape, "extract", "--tensor", one["name"], "packed.scape"],
                      stdout=subprocess.PIPE, check=True).stdout
assert have == data[one["offset"]:one["offset"] + one["bytes"]], (name, one["name"])
print(os.path.basename(name), len(tensors), "tensors")
PYTHON
    rm -rf out packed.scape back.gguf
done
