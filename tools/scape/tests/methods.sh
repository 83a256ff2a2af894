# Every named method that needs no profile restores every kind of file; and raw arrays with a type
# and shape are smaller than without.
. "$(dirname "$0")/common.bash" "$1"

model bf16.safetensors --size 200K --seed 1
model f16.safetensors --size 100K --seed 2 --type F16
model zoo.safetensors --zoo --seed 4
"$scape" methods | grep -v 'needs a profile' | awk '{print $1}' >list
[ -s list ] || fail "no methods"
while read -r method; do
    for file in *.safetensors; do
        "$scape" compress -q --method "$method" --sha256 -o packed "$file"
        "$scape" decompress -q -o restored packed
        same restored "$file"
        rm packed restored
    done
done <list

model array --raw --type BF16 --size 256K --seed 8
"$scape" compress -q -o plain array
"$scape" compress -q -o typed --dtype bf16 array
"$scape" compress -q -o shaped --dtype bf16 --shape 256x512 array
for packed in plain typed shaped; do
    "$scape" decompress -q -f -o restored $packed
    same restored array
done
[ "$(wc -c <typed)" -lt "$(wc -c <plain)" ] || fail "--dtype does not help"
shows 256x512 "$scape" list -v shaped

# sizes of chunks
for n in 12 17 26; do
    "$scape" compress -q -f -o packed --chunk-log2 $n bf16.safetensors
    shows "chunks up to 2^$n" "$scape" info packed
    "$scape" decompress -q -f -o restored packed
    same restored bf16.safetensors
done
