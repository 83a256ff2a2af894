# A run that is killed and resumed gives the same results, order aside.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
methods=fast,default,bf16_split,zstd_19_raw,memcpy,whole:zstd_3
run() {
    "$study" run -q --no-timing --methods $methods -o "$1" models
}
run whole.jsonl
rows=$(wc -l <whole.jsonl)

# Killed when so many rows are there, however long that takes; then torn inside a row.
for at in 1 7 20; do
    rm -f killed.jsonl
    "$study" run -q --no-timing --methods $methods -o killed.jsonl models &
    pid=$!
    until [ "$(wc -l 2>/dev/null <killed.jsonl || echo 0)" -ge $at ] || ! kill -0 $pid 2>/dev/null; do
        :
    done
    kill -9 $pid 2>/dev/null || true
    wait $pid || true
    size=$(wc -c <killed.jsonl)
    truncate -s $((size - 40)) killed.jsonl
    run killed.jsonl
    equal "$(wc -l <killed.jsonl)" "$rows" "rows after a kill at $at"
    same <(sort killed.jsonl) <(sort whole.jsonl)
done

# zstd frames, torn at several places.
"$study" run -q --no-timing --methods $methods -o whole.jsonl.zst models
for keep in 0 1 1000 3000; do
    head -c $keep whole.jsonl.zst >torn.jsonl.zst
    run torn.jsonl.zst
    zstd -q -d -c torn.jsonl.zst | sort >torn
    same torn <(sort whole.jsonl)
done

# Two runs on one file at the same time: the second says no and changes nothing.
mkfifo gate
"$study" run -q --unit file --methods waits --external 'waits:cat gate >/dev/null; cat:cat' \
    -o locked.jsonl models/one-bf16.safetensors &
pid=$!
until [ -e locked.jsonl ]; do :; done
# The gate opens for writing once the first run's program reads it.
exec 3>gate
status 1 "$study" run -q --unit file --methods memcpy -o locked.jsonl models/one-bf16.safetensors
exec 3>&-
wait $pid
equal "$(wc -l <locked.jsonl)" 1 "rows of the first run"
