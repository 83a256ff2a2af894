# The fairness contract: a profile is counted once a file, kept from the models that it was trained
# on, and marked where it was asked to be used on them.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
"$scape" train -q --method bf16_split_k1 -o k1.profile models/one-bf16.safetensors
size=$(wc -c <k1.profile)
run() {
    "$study" run -q --no-timing --methods bf16_split_k1,bf16_split \
        --profile bf16_split_k1=k1.profile "$@" models
}

run -o apart.jsonl
[ "$(count apart.jsonl 'model="one"' 'method="bf16_split_k1"')" -gt 1 ] || fail "no rows"
equal "$(count apart.jsonl 'model="one"' 'method="bf16_split_k1"' 'status="refused"')" \
    "$(count apart.jsonl 'model="one"' 'method="bf16_split_k1"')" "refused rows"
equal "$(count apart.jsonl 'model="two"' 'method="bf16_split_k1"' 'status="ok"' 'in_sample=false')" \
    "$(count apart.jsonl 'model="two"' 'method="bf16_split_k1"')" "rows on the other model"

# Another file of the same model is the same model, whatever its bytes.
"$generate" --seed 9 --layers 1 --width 64 --vocab 128 --type F16 -o one-f16.safetensors
cp models/two-bf16.safetensors one-BF16.safetensors
"$study" run -q --unit file --methods bf16_split_k1 --profile bf16_split_k1=k1.profile \
    -o sibling.jsonl one-BF16.safetensors
equal "$(count sibling.jsonl 'status="refused"')" 1 "refused rows of a sibling"
cp models/one-bf16.safetensors renamed.safetensors
"$study" run -q --unit file --methods bf16_split_k1 --profile bf16_split_k1=k1.profile \
    -o renamed.jsonl renamed.safetensors
equal "$(count renamed.jsonl 'status="refused"')" 1 "refused rows of a renamed file"

# Asked for, it is measured, and marked: also in a file that refused before.
run --in-sample -o apart.jsonl
"$study" join -o joined.jsonl apart.jsonl
equal "$(count joined.jsonl 'status="refused"')" 0 "refused rows when asked"
equal "$(count joined.jsonl 'model="one"' 'method="bf16_split_k1"' 'in_sample=true' 'status="ok"')" \
    "$(count joined.jsonl 'model="one"' 'method="bf16_split_k1"')" "marked rows"
equal "$(count joined.jsonl 'method="bf16_split"' 'in_sample=true')" 0 "marks where no profile is"

# Over the tensors of a file the profile is counted once; a whole file bears all of it.
python3 - joined.jsonl "$size" <<'END' || fail "profile bytes"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
size = int(sys.argv[2])
for model in ("one", "two"):
    mine = [r for r in rows if r["model"] == model and r["method"] == "bf16_split_k1"]
    shares = sum(r["profile_share"] for r in mine if r["unit"] == "tensor")
    assert abs(shares - size) < 1e-6, (model, shares, size)
    whole = [r for r in mine if r["unit"] == "file"]
    assert len(whole) == 1 and whole[0]["profile_bytes"] == size == whole[0]["profile_share"]
    for r in mine:
        want = r["bytes_in"] / (r["bytes_out"] + r["profile_share"])
        assert abs(r["ratio"] - want) < 1e-6 < r["ratio_without_profile"] - r["ratio"], r
END

# A file that is no profile is a marked row.
echo nothing >bad.profile
"$study" run -q --unit file --methods bf16_split_k1 --profile bf16_split_k1=bad.profile \
    -o bad.jsonl models/two-bf16.safetensors
equal "$(count bad.jsonl 'status="bad_profile"')" 1 "rows of a bad profile"
head -c 100 k1.profile >cut.profile
"$study" run -q --unit file --methods bf16_split_k1 --profile bf16_split_k1=cut.profile \
    -o cut.jsonl models/two-bf16.safetensors
equal "$(count cut.jsonl 'status="bad_profile"')" 1 "rows of a profile that is cut off"
