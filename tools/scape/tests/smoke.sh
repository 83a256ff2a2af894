# The built-in table holds; --study shows the study's figures apart from it.
. "$(dirname "$0")/common.bash" "$1"

"$scape" smoke
mkdir study
model study/fixture-1.bf16 --raw --type BF16 --size 64K
"$scape" smoke --study study >said
grep -q '5660476.*fc3544c35489eb94' said || fail "no figures of the study: $(cat said)"
grep -q 'fixture-2: not in the directory' said || fail "no word on a missing fixture"
grep -q 'ours, default' said || fail "no figures of ours"
