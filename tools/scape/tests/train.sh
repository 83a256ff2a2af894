# Profiles: training is deterministic, the profile is needed, named by SHA-256, embedded when asked.
. "$(dirname "$0")/common.bash" "$1"

model train1 --size 300K --seed 1
model train2 --size 200K --seed 2
model m --size 200K --seed 3
model f32 --size 200K --seed 4 --type F32
model zeros --raw --type BF16 --size 64K
head -c 65536 /dev/zero >zeros

for method in bf16_split_k1 bf16_split_mixture_k4; do
    "$scape" train -q --method $method train1 train2
    "$scape" train -q -f --method $method -o again train1 train2
    same again $method.scapeprofile
    "$scape" train -q --method $method -c train1 train2 | cmp - again || fail "train -c"
    grep -q train2 again || fail "the training file is not named"
    status 1 "$scape" train --method $method train1
    "$scape" compress -q --method $method --profile again m
    status 1 "$scape" decompress -o x m.scape
    grep -q PROFILE_MISSING said || fail "class without the profile: $(cat said)"
    status 1 "$scape" decompress -o x --profile m m.scape
    absent x
    "$scape" decompress -q -o restored --profile train1.no 2>said m.scape && fail "missing profile"
    "$scape" decompress -q -o restored --profile m --profile again m.scape
    same restored m
    shows "$(sha256sum again | cut -d' ' -f1)" "$scape" info m.scape
    status 0 "$scape" compress -f --method $method --profile again m
    grep -q 'without the profile' said || fail "strict accounting: $(cat said)"
    status 0 "$scape" compress -q -f --verify --method $method --profile again --embed-profile m
    "$scape" decompress -q -f -o restored m.scape
    same restored m
    # values that no training file had
    "$scape" compress -q -f -o z.scape --dtype bf16 --method $method --profile again --verify zeros
    "$scape" compress -q -f -o z.scape --method $method --profile again --verify f32
    rm -f m.scape restored
done
status 1 "$scape" train --method bf16_split_k1 -o x f32
absent x
no_leftovers
