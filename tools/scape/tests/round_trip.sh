# Every generated kind of file, at every level, comes back byte for byte; so do files of no known
# container, empty ones and damaged ones.
. "$(dirname "$0")/common.bash" "$1"

model bf16.safetensors --size 300K --seed 1
model f32.safetensors --size 200K --seed 2 --type F32
model norms.safetensors --size 200K --seed 3 --type F16 --f32-norms
model zoo.safetensors --zoo --seed 4
model q4.gguf --container gguf --type Q4_K_M --size 2M --seed 5
model big.gguf --container gguf --type F16 --size 200K --seed 6 --big-endian
model array.bin --raw --type F8_E4M3 --size 100K --seed 7
: >empty.bin
printf x >one.bin
head -c 5000 bf16.safetensors >cut.safetensors
{ cat bf16.safetensors; printf 'tail'; } >long.safetensors
head -c 100000 /dev/zero >zero.bin

for file in *.*; do
    for level in fast default max; do
        "$scape" compress -q --level "$level" --verify "$file"
        "$scape" test -q "$file.scape"
        "$scape" decompress -q -o restored "$file.scape"
        same restored "$file"
        rm restored "$file.scape"
    done
done
no_leftovers

# the note on what could not be recognised
"$scape" compress -v -o x cut.safetensors 2>said
grep -q 'opaque' said || fail "no note on an opaque file: $(cat said)"
