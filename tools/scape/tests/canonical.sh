# What compress writes is the canonical encoding, byte for byte as the reference has it, with any
# number of threads, from a file and from a pipe; and decompress restores it with any.
. "$(dirname "$0")/common.bash" "$1"
command -v python3 >/dev/null || exit 77

# reference LEVEL FILE OPTION...: the regions that `scape list` tells, coded by scape-ref.
reference() {
    local level=$1 file=$2 regions=()
    shift 2
    mapfile -t regions < <("$scape" list --json "$file.scape" | python3 -c '
import json, sys
for r in json.load(sys.stdin)[0]["regions"]:
    shape = "x".join(str(d) for d in r["shape"])
    print("--region\n%d:%s:%s:%s" % (r["bytes"], r["dtype"], shape, r["name"]))')
    "$bin/scape-ref" encode --canonical --level "$level" "${regions[@]}" "$@" <"$file"
}

model mix.safetensors --size 600K --seed 3
model zoo.safetensors --zoo --seed 4
model q.gguf --container gguf --type Q4_K --layers 1 --width 256 --vocab 256 --seed 5
head -c 300000 "$scape" >opaque

# small chunks, so that there are many; and the levels' own
for file in mix.safetensors zoo.safetensors q.gguf opaque; do
    for level in fast default max; do
        repeats=()
        [ $level != max ] || repeats=(--repeats)
        for threads in 1 3 0; do
            "$scape" compress -qf --level $level --chunk-log2 15 -T$threads $file
            [ $threads = 1 ] && reference $level $file --chunk-log2 15 "${repeats[@]}" >want
            same $file.scape want
            "$scape" decompress -qf -T$threads -o restored $file.scape
            same restored $file
        done
    done
    "$scape" compress -qf $file
    reference default $file >want
    same $file.scape want
    for threads in 1 3; do
        cat $file | "$scape" compress -T$threads >piped
        [ $threads = 1 ] && cp piped want
        same piped want
    done
done
