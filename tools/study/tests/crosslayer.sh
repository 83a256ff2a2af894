# scape-study crosslayer on layers that are made from each other.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
python3 - <<'END'
import json, random, struct
random.seed(1)
rows, columns = 96, 80
def bf16(x):
    (bits,) = struct.unpack("<I", struct.pack("<f", x))
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
def noise(scale):
    return [random.gauss(0, scale) for _ in range(rows * columns)]
base = noise(0.02)
u, v = [random.gauss(0, 1) for _ in range(rows)], [random.gauss(0, 1) for _ in range(columns)]
ranked = [2 * b + u[i // columns] * v[i % columns] for i, b in enumerate(base)]
alike = [-0.5 * b + n for b, n in zip(base, noise(0.0005))]
tensors = {
    "model.layers.0.mlp.up_proj.weight": base,
    "model.layers.1.mlp.up_proj.weight": alike,             # all but a little: -0.5 times the one before
    "model.layers.2.mlp.up_proj.weight": noise(0.02),       # nothing to do with it
    "model.layers.9.mlp.up_proj.weight": base,              # no neighbour
    "h.0.attn.c_attn.weight": base, "h.1.attn.c_attn.weight": ranked,   # a rank of one on top
    "odd/0/w": base, "odd/1/w": base,
}
header, data = {}, b""
for name, values in tensors.items():
    raw = b"".join(struct.pack("<H", bf16(x)) for x in values)
    header[name] = {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
open("model.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
END
"$study" crosslayer --json -o out.json model.safetensors 2>said
python3 - out.json said <<'END' || fail "pairs: $(cat out.json)"
import json, sys
rows = json.load(open(sys.argv[1]))
pairs = {(r["role"], r["layer"]): r for r in rows}
assert set(pairs) == {("mlp.up_proj.weight", 1), ("mlp.up_proj.weight", 2), ("attn.c_attn.weight", 1)}
alike, other = pairs["mlp.up_proj.weight", 1], pairs["mlp.up_proj.weight", 2]
ranked = pairs["attn.c_attn.weight", 1]
assert alike["pearson"] < -0.99 and abs(alike["alpha"] + 0.5) < 0.01, alike
assert abs(other["pearson"]) < 0.05
assert alike["bits_delta"] < alike["bits_direct"] - 1 and other["bits_delta"] > other["bits_direct"]
if "OpenBLAS" not in open(sys.argv[2]).read():
    assert ranked["energy"] > 0.99 and ranked["rank"] >= 1, ranked
    assert ranked["bits_lowrank"] < ranked["bits_residual"] - 0.2, ranked
    assert 0 < other["energy"] <= 1
END
echo 'odd/{}/   # ours' >roles
"$study" crosslayer --roles roles --json model.safetensors 2>/dev/null | grep -q '"role": "w"' || fail "own roles"
echo 'odd' >bad
status 1 "$study" crosslayer --roles bad model.safetensors
