# scape-study sanity with a stand-in for an inference program: it reads the weights and says
# something that depends on each of them.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
cat >infer.py <<'END'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
(size,) = struct.unpack_from("<Q", data)
header = json.loads(data[8:8 + size])
state = 1.0
for name in sorted(header):
    if name == "__metadata__" or header[name]["dtype"] != "BF16":
        continue
    start, end = header[name]["data_offsets"]
    for at in range(8 + size + start, 8 + size + end, 2):
        (x,) = struct.unpack("<f", b"\0\0" + data[at:at + 2])
        state = (state * 0.999 + x) if x == x else state
    print(name, repr(state))
END
model=models/one-bf16.safetensors
"$scape" compress -q -o one.scape $model
"$scape" decompress -q -o 'back to one.safetensors' one.scape
shows '^same$' "$study" sanity --original $model --restored 'back to one.safetensors' \
    --command 'python3 infer.py {model}'
# One bit of one weight.
python3 - <<'END'
data = bytearray(open("models/one-bf16.safetensors", "rb").read())
data[-1] ^= 0x80
open("wrong.safetensors", "wb").write(data)
END
status 1 "$study" sanity --original $model --restored wrong.safetensors --command 'python3 infer.py {model}'
grep -q '^different$' said || fail "said: $(cat said)"
status 1 "$study" sanity --original $model --restored $model --command 'false {model}'
status 2 "$study" sanity --original $model --restored $model
