# Standard input and output, pipes, several files, concatenation, the other names of the program.
. "$(dirname "$0")/common.bash" "$1"

model a.safetensors --size 200K --seed 1
model b.gguf --container gguf --type Q8_0 --size 100K --seed 2

# from a pipe to a pipe: the container is still found
cat a.safetensors | "$scape" compress >a.piped
shows BF16 "$scape" list a.piped
cat a.piped | "$scape" decompress | cmp - a.safetensors || fail "pipe"
cat a.piped | "$scape" test -q -

# - as a file, a redirected file, -c, -o -, -o to a name
"$scape" compress -q - -o a.named <a.safetensors
"$scape" compress -q -c a.safetensors >a.c
"$scape" compress -q -o - a.safetensors >a.o
same a.c a.o
for packed in a.named a.c; do
    "$scape" decompress -c $packed | cmp - a.safetensors || fail $packed
done

# a pipe that ends inside the header of a container, and one that is empty
head -c 100 a.safetensors | "$scape" compress | "$scape" decompress >short
head -c 100 a.safetensors | cmp - short || fail "short pipe"
printf '' | "$scape" compress | "$scape" decompress >short
[ ! -s short ] || fail "empty pipe"

# a raw array through a pipe
cat b.gguf | "$scape" compress --dtype U8 | "$scape" decompress | cmp - b.gguf || fail "raw pipe"

# a device as output
"$scape" compress -q -o /dev/null a.safetensors
[ -c /dev/null ] || fail "/dev/null was replaced"

# several files, and files joined
"$scape" compress -q a.safetensors b.gguf
cat a.safetensors.scape b.gguf.scape >both.scape
"$scape" decompress -q both.scape
cat a.safetensors b.gguf | cmp - both || fail "joined files"
"$scape" compress -q -c a.safetensors b.gguf | cmp - both.scape || fail "-c with several files"
mkdir out
"$scape" decompress -q -o out a.safetensors.scape b.gguf.scape
same out/a.safetensors a.safetensors
same out/b.gguf b.gguf
status 2 "$scape" compress -o nowhere a.safetensors b.gguf

# the aliases
"$bin/scapecat" a.safetensors.scape b.gguf.scape | cmp - both || fail "scapecat"
rm a.safetensors
"$bin/unscape" -q a.safetensors.scape
same a.safetensors out/a.safetensors

# the bytes do not depend on -T, nor on how the output is written
for t in 0 1 4; do
    "$scape" compress -q -T$t -c a.safetensors | cmp - a.safetensors.scape || fail "-T$t"
done

# a file that is redirected from its middle on, and threads that read it; to a pipe and to a file
{ printf 'not of it, '; cat both.scape; } >moved
for t in 1 4; do
    { dd bs=11 count=1 status=none >/dev/null && "$scape" decompress -T$t; } <moved |
        cmp - both || fail "a moved input, -T$t"
    { dd bs=11 count=1 status=none >/dev/null && "$scape" decompress -q -T$t -o whole -; } <moved
    same whole both
    { dd bs=11 count=1 status=none >/dev/null && "$scape" compress -q -T$t --verify -o again -; } <moved
    "$scape" decompress -q -T$t -o whole -f again
    { printf 'not of it, '; cat whole; } | cmp - moved || fail "a moved input, compressed by -T$t"
    rm whole again
done

# a reader that goes away ends the program, and quietly
set +o pipefail
"$scape" decompress -c both.scape | head -c 10 >ten
head -c 10 out/a.safetensors | cmp - ten || fail "head"
no_leftovers
