# Long runs of zeros become holes where a file is made, and only there; the bytes are the same.
. "$(dirname "$0")/common.bash" "$1"

blocks() { stat -c %b "$1"; }

# zeros at the start, in the middle, at the end; some too short for a hole, some not aligned
{
    head -c 3000000 /dev/zero
    printf 'x'
    head -c 40000 /dev/zero
    head -c 100000 "$scape"
    head -c 9000001 /dev/zero
    printf 'yz'
    head -c 12000007 /dev/zero
} >m
"$scape" compress -q m
"$scape" decompress -q -o holes m.scape
"$scape" decompress -q --no-sparse -o full m.scape
"$scape" decompress -q --sparse -o holes2 m.scape
"$scape" decompress -q -c m.scape >out
"$scape" decompress -q -T1 -o holes-1 m.scape
"$scape" decompress -q -T4 -o holes-4 m.scape
for file in holes full holes2 out holes-1 holes-4; do
    same $file m
done
truncate -s 1M probe
[ "$(blocks probe)" -lt 64 ] || { echo "this file system has no holes"; exit 77; }
[ "$(blocks holes)" -lt 2000 ] || fail "holes: $(blocks holes) blocks of 512 bytes"
for file in holes2 holes-1 holes-4; do
    equal "$(blocks $file)" "$(blocks holes)" "$file"
done
[ "$(blocks full)" -gt 40000 ] || fail "--no-sparse: $(blocks full) blocks of 512 bytes"

# nothing but zeros; nothing at all
head -c 5000000 /dev/zero >z
: >e
"$scape" compress -q z e
for file in z e; do
    "$scape" decompress -q -o r.$file $file.scape
    same r.$file $file
done
[ "$(blocks r.z)" -lt 64 ] || fail "zeros: $(blocks r.z) blocks"

# a tensor
head -c 8388608 /dev/zero >t
"$scape" compress -q --dtype bf16 --shape 2048x2048 t
"$scape" extract --all -o . t.scape 2>/dev/null || true
"$scape" decompress -q -o r.t t.scape
same r.t t
