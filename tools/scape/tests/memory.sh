# Memory does not grow with the file: the same limit holds for a small and for a larger one.
. "$(dirname "$0")/common.bash" "$1"

model m --size 24M --seed 1
"$scape" compress -q --memory 96M m
"$scape" decompress -q --memory 48M -o restored m.scape
same restored m
cat m | "$scape" compress --memory 96M | "$scape" decompress --memory 48M | cmp - m || fail "pipe"
