# A manifest that lies is found out, and nothing is written then.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

model m.gguf --container gguf --type Q4_K_M --width 256 --ffn 256 --layers 2 --vocab 16
"$scape" decompose m.gguf good
cp good/manifest.json good.json

# refused WHAT PATTERN: recompose says so and leaves nothing behind.
refused() {
    status 1 "$scape" recompose bad back.gguf
    grep -q -- "$2" said || fail "$1: have '$(cat said)', want '$2'"
    absent back.gguf
    no_leftovers
}

# edited PYTHON PATTERN: with the manifest changed by a statement on m.
edited() {
    rm -rf bad
    cp -r good bad
    python3 - "$1" <<'PYTHON'
import json, sys
m = json.load(open("good.json"))
exec(sys.argv[1])
json.dump(m, open("bad/manifest.json", "w"))
PYTHON
    refused "$1" "$2"
}

edited 'm["format"] = "other"' "no manifest"
edited 'm["version"] = 2' "no manifest"
edited 'm["version"] = "1"' "no manifest"
edited 'del m["bytes"]' "bytes or sha256"
edited 'm["bytes"] = -1' "bytes or sha256"
edited 'm["bytes"] += 1' "add up"
edited 'm["sha256"] = "0" * 63' "bytes or sha256"
edited 'm["sha256"] = "0" * 64' "do not make the file"
edited 'm["streams"].pop()' "five streams"
edited 'm["streams"].append(m["streams"][0])' "five streams"
edited 'm["streams"].reverse()' "lacks its name"
edited 'm["streams"][0]["name"] = "../../etc/passwd"' "lacks its name"
edited 'm["streams"][0]["bytes"] = 1 << 62' "add up"
edited 'm["streams"][0]["bytes"] = 1.5' "lacks its name"
edited 'm["streams"][4]["sha256"] = "0" * 64' "another SHA-256"
edited 'm["order"] = {}' "order is missing"
edited 'm["order"] = []' "add up"
edited 'm["order"][0] = ["meta"]' "not .kind, bytes"
edited 'm["order"][0] = "meta"' "not .kind, bytes"
edited 'm["order"][0][0] = "/tmp/x"' "not .kind, bytes"
edited 'm["order"][0][1] = -5' "not .kind, bytes"
edited 'm["order"][0][1] += 1' "add up"
edited 'm["order"].append(["q4_k", 100])' "add up"
edited 'm["order"] += [["meta", 1 << 60]] * 20' "add up"
edited 'i = next(i for i, p in enumerate(m["order"]) if p[0] == "q4_k"); m["order"][i][1] -= 144' "add up"
edited 'm["order"].reverse()' "do not make the file"
edited 'm = []' "no manifest"

# texts that are no such JSON
rm -rf bad
cp -r good bad
: >bad/manifest.json
refused "empty" "no JSON"
printf '{"format": "scape-decompose", "format": "x"}' >bad/manifest.json
refused "a key twice" "no JSON"
head -c 100 good.json >bad/manifest.json
refused "cut short" "no JSON"
python3 -c 'print("[" * 100000)' >bad/manifest.json
refused "deep" "no JSON"

# streams that are not what the manifest says
cp good.json bad/manifest.json
printf x >>bad/meta.bin
refused "longer stream" "another size"
: >bad/meta.bin
refused "shorter stream" "another size"
cp good/meta.bin bad/meta.bin
printf '\377' | dd of=bad/nibbles_q4k.bin bs=1 seek=10 conv=notrunc 2>dd.log
refused "damaged stream" "another SHA-256"
cp good/nibbles_q4k.bin bad/
rm bad/scales_q4k.bin
refused "missing stream" "scales_q4k.bin"
mkfifo bad/scales_q4k.bin
refused "a pipe" "no regular file"
rm bad/scales_q4k.bin bad/manifest.json
status 1 "$scape" recompose bad back.gguf

# and the good one still does
"$scape" recompose good back.gguf
same back.gguf m.gguf
