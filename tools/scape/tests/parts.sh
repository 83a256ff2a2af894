# compress --shard and join: parts are made of the same regions whoever makes them, and the pieces
# join into exactly what one machine would have made.
. "$(dirname "$0")/common.bash" "$1"

mkdir models
"$generate" --seed 1 --layers 2 --width 96 --vocab 256 -o models/a.safetensors
"$generate" --seed 2 --layers 1 --width 256 --vocab 256 --container gguf --type Q4_K -o models/b.gguf
"$generate" --seed 3 --layers 1 --width 64 --vocab 64 -o models/small.safetensors
: >models/empty.safetensors
mkdir want
"$scape" compress -q -o want models

for n in 1 2 3 7 40; do
    rm -rf out && mkdir out
    for ((i = n - 1; i >= 0; i--)); do
        "$scape" compress -q --shard $i/$n -o out models
    done
    [ $n -lt 7 ] || [ -e out/a.safetensors.scape.part0000of00$(printf %02d $n) ] || fail "no piece at $n"
    for file in models/*; do
        whole=out/${file##*/}.scape
        if [ ! -e "$whole" ]; then
            ls "$whole".part* >/dev/null || fail "$whole is nowhere"
            for piece in "$whole".part*; do
                "$scape" test -q "$piece" || fail "$piece is no file of its own"
            done
            "$scape" join -q "$whole".part*
            rm "$whole".part*
        fi
        same "$whole" "want/${file##*/}.scape"
    done
    equal "$(ls out | wc -l)" 4 "files of $n parts"
done

# A level, a named profile, checked as it is written; pieces in any order, under any name.
"$scape" train -q --method bf16_split_k1 -o k1.profile models/small.safetensors
for options in '--level fast' '--method bf16_split_k1 --profile k1.profile' '--chunk-log2 12 -T 2'; do
    rm -rf out && mkdir out
    # shellcheck disable=SC2086 # several words
    "$scape" compress -q $options -o want.scape models/a.safetensors -f
    for i in 0 1 2; do
        # shellcheck disable=SC2086
        "$scape" compress -q $options --verify --shard $i/3 -o "out/x" -f models/a.safetensors
        mv out/x.part* out/$((9 - i)) 2>/dev/null || mv out/x out/$((9 - i))
    done
    "$scape" join -q -o joined.scape -f out/9 out/7 out/8
    same joined.scape want.scape
done

# What does not belong together is refused, and leaves nothing.
cp -r models/a.safetensors c.safetensors
"$scape" compress -q -f --shard 0/3 -o p0 c.safetensors
"$scape" compress -q -f --shard 1/3 -o p1 c.safetensors
"$scape" compress -q -f --shard 2/3 -o p2 c.safetensors
"$scape" compress -q -f --shard 1/4 -o q1 c.safetensors
"$scape" compress -q -f --shard 1/3 --level fast --chunk-log2 14 -o r1 c.safetensors
p=(p0.part0000of0003 p1.part0001of0003 p2.part0002of0003)
status 1 "$scape" join -o no.scape "${p[0]}" "${p[2]}"
status 1 "$scape" join -o no.scape "${p[0]}" "${p[1]}"
status 1 "$scape" join -o no.scape "${p[0]}" "${p[1]}" "${p[1]}" "${p[2]}"
status 1 "$scape" join -o no.scape "${p[0]}" q1.part0001of0004 "${p[2]}"
status 1 "$scape" join -o no.scape "${p[0]}" r1.part0001of0003 "${p[2]}"
status 1 "$scape" join -o no.scape "${p[0]}" "${p[1]}" want/small.safetensors.scape "${p[2]}"
status 1 "$scape" join -o no.scape "${p[0]}" "${p[1]}" c.safetensors
status 1 "$scape" join -o no.scape "${p[0]}" "${p[1]}" nowhere
status 1 "$scape" join p-without-an-end
# A bit of a block: found while it is copied.
python3 - "${p[1]}" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 4
open("damaged", "wb").write(data)
END
status 1 "$scape" join -o no.scape "${p[0]}" damaged "${p[2]}"
absent no.scape
no_leftovers
"$scape" join -q -o yes.scape "${p[2]}" "${p[0]}" "${p[1]}"
"$scape" decompress -q -c yes.scape | cmp - c.safetensors

status 2 "$scape" compress --shard 3/3 c.safetensors
status 2 "$scape" compress --shard x c.safetensors
status 2 "$scape" compress --shard 0/2 --level max c.safetensors
status 2 "$scape" compress --shard 0/2 --sha256 c.safetensors
status 2 "$scape" compress --shard 0/2 -c c.safetensors
status 2 "$scape" join
"$scape" compress --shard 0/2 -o p <c.safetensors >said 2>&1 && fail "a pipe in parts"
true
