# A file with repeats, through a pipe: what a repeat names is kept in an unnamed temporary file.
. "$(dirname "$0")/common.bash" "$1"

# tensors that are equal, so that chunks repeat; and the file twice, so that two frames do
"$generate" --raw --size 6M --type bf16 --seed 1 -o half
cat half half half half >m
"$scape" compress -q --level max --chunk-log2 20 --dtype bf16 m
shows repeat "$scape" info m.scape
cat m m >both
mkdir spool
cat m.scape m.scape >both.scape
for threads in 1 3; do
    cat both.scape | TMPDIR=$PWD/spool "$scape" decompress -T$threads | cmp - both || fail "pipe"
    cat both.scape | TMPDIR=$PWD/spool "$scape" test -q -T$threads -
done
equal "$(ls -A spool)" "" "what is left of the temporary file"

# memory stays bounded: the whole file in memory would not fit
cat both.scape | "$scape" decompress --memory 24M | cmp - both || fail "bounded memory"

# no place for it: a message that says so, and no output
TMPDIR=$PWD/nowhere status 1 "$scape" decompress -o x - < <(cat m.scape)
grep -q 'temporary file' said || fail "message: $(cat said)"
absent x

# a file without repeats needs none
"$scape" compress -q -f --level default --dtype bf16 m
cat m.scape | TMPDIR=$PWD/nowhere "$scape" decompress | cmp - m || fail "no repeats"
no_leftovers
