# Sharded models: by index, by folder, as a split GGUF; hostile indexes are not followed.
. "$(dirname "$0")/common.bash" "$1"

mkdir model
model model/model-00001-of-00002.safetensors --size 60K --seed 1
model model/model-00002-of-00002.safetensors --size 60K --seed 2
cat >model/model.safetensors.index.json <<'JSON'
{"metadata": {}, "weight_map": {"a": "model-00002-of-00002.safetensors",
 "b": "model-00001-of-00002.safetensors", "c": "model-00001-of-00002.safetensors"}}
JSON
echo readme >model/README

"$scape" compress -q model/model.safetensors.index.json
equal "$(cd model && ls *.scape | tr '\n' ' ')" \
    "model-00001-of-00002.safetensors.scape model-00002-of-00002.safetensors.scape " "shards"
rm model/*.scape
"$scape" compress -q model
equal "$(ls model/*.scape | wc -l)" 2 "files of a folder"
mkdir out
"$scape" decompress -q -o out model/*.scape
same out/model-00001-of-00002.safetensors model/model-00001-of-00002.safetensors
same out/model-00002-of-00002.safetensors model/model-00002-of-00002.safetensors
rm model/*.scape

# a folder and one of its files: each once
status 0 "$scape" compress -q model model/model-00001-of-00002.safetensors

# the parts of a split GGUF
mkdir split
for i in 1 2 3; do
    model split/m-0000$i-of-00003.gguf --container gguf --type Q8_0 --size 50K --seed $i
done
"$scape" compress -q split/m-00001-of-00003.gguf
equal "$(ls split/*.scape | wc -l)" 3 "parts of a split file"

# indexes that name what they must not: compressed as they are, nothing else is read
mkdir evil secret
model secret/s.safetensors --size 50K
i=0
for name in ../secret/s.safetensors "$work/secret/s.safetensors" '..' 'x.bin' '' 'sub/x.safetensors' \
    'nul\u0000.safetensors'; do
    i=$((i + 1))
    printf '{"weight_map": {"a": "%s"}}' "$name" >evil/$i.safetensors.index.json
    status 0 "$scape" compress evil/$i.safetensors.index.json
    grep -q 'not followed' said || fail "index naming '$name': $(cat said)"
    "$scape" decompress -c evil/$i.safetensors.index.json.scape |
        cmp - evil/$i.safetensors.index.json || fail "index $i"
done
absent secret/s.safetensors.scape
printf '{"weight_map": {"a": "gone.safetensors"}}' >evil/gone.safetensors.index.json
status 1 "$scape" compress evil/gone.safetensors.index.json

mkdir empty
status 1 "$scape" compress empty
no_leftovers
