# What ends too early is TRUNCATED wherever it is cut, from a file and from a pipe; a flipped bit is
# noticed; trailing bytes are.
. "$(dirname "$0")/common.bash" "$1"

model m --seed 1 --layers 1 --width 32 --ffn 64 --vocab 64
"$scape" compress -q m
size=$(wc -c <m.scape)
for cut in 0 1 7 8 20 31 32 40 $((size / 3)) $((size / 2)) $((size - 100)) $((size - 72)) \
    $((size - 8)) $((size - 1)); do
    head -c $cut m.scape >cut.scape
    status 1 "$scape" decompress cut.scape
    grep -q TRUNCATED said || fail "cut at $cut: $(cat said)"
    status 1 "$scape" test - < <(cat cut.scape)
    grep -q TRUNCATED said || fail "pipe cut at $cut: $(cat said)"
    status 1 "$scape" list cut.scape
    absent cut
done
for at in 0 9 33 $((size / 2)) $((size - 90)) $((size - 40)) $((size - 1)); do
    cp m.scape flipped.scape
    byte=$(dd if=m.scape bs=1 skip=$at count=1 2>dd.log | od -An -tu1 | tr -d ' ')
    printf "\\x$(printf %02x $((byte ^ 4)))" | dd of=flipped.scape bs=1 seek=$at conv=notrunc 2>dd.log
    status 1 "$scape" decompress flipped.scape
    absent flipped
done
{ cat m.scape; printf 'x'; } >tail.scape
status 1 "$scape" decompress tail.scape
absent tail
no_leftovers
