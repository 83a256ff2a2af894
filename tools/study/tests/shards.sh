# Parts of a run join into exactly what one machine would have made.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
methods=fast,memcpy,bf16_split,whole_zstd3
run() {
    "$study" run -q --no-timing --methods $methods "$@" models
}
run -o one.jsonl
"$study" join -o want.jsonl one.jsonl
for n in 2 5 300; do
    rm -f part.*.jsonl joined.jsonl
    for ((i = 0; i < n; i += n > 5 ? 1 + n / 7 : 1)); do
        run --shard $i/$n -o part.$i.jsonl
    done
    if [ $n -le 5 ]; then
        "$study" join -o joined.jsonl part.*.jsonl
        same joined.jsonl want.jsonl
        # No row twice.
        equal "$(cat part.*.jsonl | wc -l)" "$(wc -l <one.jsonl)" "rows of $n parts"
        same <("$study" summarize --json part.*.jsonl) <("$study" summarize --json one.jsonl)
    fi
done

# By content, not by the order of the arguments.
"$study" run -q --no-timing --methods memcpy --shard 0/2 --corpus c -o a.jsonl \
    models/one-bf16.safetensors models/two-bf16.safetensors
"$study" run -q --no-timing --methods memcpy --shard 0/2 --corpus c -o b.jsonl \
    models/two-bf16.safetensors models/one-bf16.safetensors
same <(sort a.jsonl) <(sort b.jsonl)

# The parts have about the same number of bytes.
run --shard 0/2 -o half.jsonl
python3 - half.jsonl one.jsonl <<'END' || fail "parts are of unlike size"
import json, sys
half, whole = ({(r["file"], r["tensor"]): r["bytes_in"] for r in map(json.loads, open(p))} for p in sys.argv[1:])
share = sum(half.values()) / sum(whole.values())
assert 0.3 < share < 0.7, share
END
status 1 "$study" join -o want.jsonl one.jsonl
