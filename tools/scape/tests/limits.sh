# --memory and --max-size: what passes them is MEMORY, with nothing put out; what just fits, fits. Without
# them a small file cannot make the tool hold more than the format's bounds.
. "$(dirname "$0")/common.bash" "$1"

model m --size 3M --seed 1
size=$(wc -c <m)
"$scape" compress -q --chunk-log2 16 m
mv m kept
first=$("$scape" list m.scape | awk 'NR == 2 {print $NF}')

# denied LIMIT...: by file, by pipe and by test alike
denied() {
    status 1 "$scape" decompress "$@" m.scape
    grep -q MEMORY said || fail "class with $*: $(cat said)"
    absent m
    status 1 "$scape" test "$@" m.scape
    grep -q MEMORY said || fail "class of test with $*: $(cat said)"
    echo precious >m
    status 1 "$scape" decompress -f "$@" m.scape
    equal "$(cat m)" precious "an older output with $*"
    rm m
    no_leftovers
}

denied --max-size $((size - 1))
denied --max-size 1
denied --memory 4K
denied --memory 64K
status 1 "$scape" extract --memory 4K -o tensor --tensor "$first" m.scape
grep -q MEMORY said || fail "class of extract: $(cat said)"
absent tensor

# a pipe has had what came before the limit, and not more
have=0
cat m.scape | "$scape" decompress --max-size 1M >out 2>said || have=$?
equal $have 1 "status of a pipe beyond --max-size"
grep -q MEMORY said || fail "class in a pipe: $(cat said)"
[ "$(wc -c <out)" -le $((1 << 20)) ] || fail "$(wc -c <out) bytes came out beyond --max-size"
cmp -n "$(wc -c <out)" out kept || fail "what came out before the limit"

status 0 "$scape" decompress -q --max-size "$size" --memory 64M m.scape
same m kept
rm m
status 0 "$scape" test --max-size "$size" m.scape

# several files in one: the limit is for all of them
cat m.scape m.scape >both.scape
status 1 "$scape" decompress --max-size $((2 * size - 1)) both.scape
absent both
status 0 "$scape" decompress -q --max-size $((2 * size)) both.scape

# 1 GiB from a few hundred bytes: memory is that of a chunk for each thread, not of what is claimed
truncate -s 1G zeros
"$scape" compress -q --chunk-log2 22 zeros
if [ "$(wc -c <zeros.scape)" -gt 65536 ]; then fail "zeros are not small: $(wc -c <zeros.scape)"; fi
if (ulimit -v 700000 && "$scape" --version) >/dev/null 2>&1; then
    (
        ulimit -v 700000
        "$scape" decompress -q -f -o back zeros.scape
        "$scape" test -q zeros.scape
    ) || fail "memory follows what a file claims"
else
    echo "not tested: memory by address space, of which a sanitizer's programs need more"
    "$scape" decompress -q -f -o back zeros.scape
fi
equal "$(stat -c %s back)" $((1 << 30)) "size of what came back"
