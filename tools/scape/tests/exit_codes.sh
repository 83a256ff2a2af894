# 0 for success, 1 for what failed, 2 for a wrong command line; one bad file does not stop the others.
. "$(dirname "$0")/common.bash" "$1"

model a --size 50K
"$scape" compress -q a

status 2 "$scape"
status 2 "$scape" no-such-command
status 2 "$scape" compress --no-such-option a
status 2 "$scape" compress -Z a
status 2 "$scape" compress -o
status 2 "$scape" compress --level best a
status 2 "$scape" compress --level
status 2 "$scape" compress --method no_such_method a
status 2 "$scape" compress --method bf16_split_k1 a
status 2 "$scape" compress --chunk-log2 11 a
status 2 "$scape" compress --chunk-log2 27 a
status 2 "$scape" compress --dtype nothing a
status 2 "$scape" compress --shape 2x2 a
status 2 "$scape" compress --dtype bf16 --shape 2x a
status 2 "$scape" compress --dtype bf16 --shape 1x1x1x1x1x1x1x1x1 a
status 2 "$scape" compress --embed-profile a
status 2 "$scape" compress -c -o x a
status 2 "$scape" compress --rm=yes a
status 2 "$scape" compress -T a.scape x
status 2 "$scape" decompress --memory lots a.scape
status 2 "$scape" decompress --max-size 0 a.scape
status 2 "$scape" list
status 2 "$scape" info
status 2 "$scape" bench
status 2 "$scape" extract a.scape
status 2 "$scape" extract --tensor x
status 2 "$scape" extract --tensor x --all a.scape
status 2 "$scape" train a
status 2 "$scape" train --method bf16_split a
status 2 "$scape" methods extra

status 1 "$scape" compress no-such-file
status 1 "$scape" decompress no-such-file.scape
status 1 "$scape" decompress -c a
grep -q BAD_MAGIC said || fail "the error class is not named: $(cat said)"
status 1 "$scape" test a
status 1 "$scape" list a
head -c 100 /dev/zero >zeros
status 1 "$scape" info zeros

# What is wrong is said once.
for command in list info 'info --breakdown' test 'extract --tensor x'; do
    # shellcheck disable=SC2086 # a command and its options
    status 1 "$scape" $command no-such-file
    equal "$(wc -l <said)" 1 "lines of $command"
done
status 1 "$scape" compress .
status 1 "$scape" decompress .
status 1 "$scape" compress --profile no-such-profile a
status 1 "$scape" compress --profile a -o x a
absent x

cp a b
status 1 "$scape" compress -q no-such-file b
[ -e b.scape ] || fail "a missing file stopped the next one"
status 1 "$scape" test a a.scape
grep -q 'a.scape: good' said || fail "a bad file stopped the next one: $(cat said)"

# limits
status 1 "$scape" decompress --max-size 1K -o x a.scape
grep -q MEMORY said || fail "--max-size: $(cat said)"
status 1 "$scape" decompress --memory 4K -o x a.scape
grep -q MEMORY said || fail "--memory: $(cat said)"
absent x
status 0 "$scape" decompress --max-size 50K --memory 64MiB -o x a.scape
no_leftovers
