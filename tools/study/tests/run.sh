# scape-study run: rows for every method and item, the schema, and what is wrong with an input, a
# profile or a program as a marked row.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
schema=$here/../../../docs/results.schema.json

"$study" run -q -j2 --min-elements 1000 -o all.jsonl models
python3 "$here/check_schema.py" "$schema" all.jsonl || fail "rows break the schema"
equal "$(count all.jsonl 'unit="file"' 'status="ok"' 'method="default"')" 3 "files by default"
equal "$(count all.jsonl 'unit="file"' 'round_trip=true' 'method="whole_zstd19"')" 1 "GGUF methods"
equal "$(count all.jsonl 'method="bf16_split"' 'dtype="Q4_K"')" 0 "bf16 methods on Q4_K"
[ "$(count all.jsonl 'method="bf16_split"' 'unit="tensor"' 'status="ok"')" -gt 4 ] ||
    fail "few tensors"
equal "$(count all.jsonl 'status="ok"' 'round_trip=false')" 0 "rows that did not come back"
[ "$(count all.jsonl 'status="no_profile"')" -gt 0 ] || fail "no row for a missing profile"
equal "$(count all.jsonl 'status="no_profile"' 'round_trip=true')" 0 "rows without their profile"

# The same rows again: nothing to do. And as zstd frames: the same content.
cp all.jsonl before
"$study" run -q -j2 --min-elements 1000 -o all.jsonl models
same all.jsonl before
"$study" run -q --no-timing --unit file --methods fast,memcpy -o plain.jsonl models
"$study" run -q --no-timing --unit file --methods fast,memcpy -o packed.jsonl.zst models
zstd -q -d packed.jsonl.zst -o packed.jsonl
same <(sort packed.jsonl) <(sort plain.jsonl)

# Schema, the other way round: it must find faults.
sed 's/"schema":1/"schema":2/' plain.jsonl >wrong.jsonl
status 1 python3 "$here/check_schema.py" "$schema" wrong.jsonl
sed 's/"bytes_in":[0-9]*/"bytes_in":"x"/' plain.jsonl >wrong.jsonl
status 1 python3 "$here/check_schema.py" "$schema" wrong.jsonl
sed 's/,"round_trip":[a-z]*//' plain.jsonl >wrong.jsonl
status 1 python3 "$here/check_schema.py" "$schema" wrong.jsonl

# Inputs that cannot be read: a link to nowhere, a folder, a file that is cut off.
ln -s nowhere broken.gguf
mkdir folder.gguf
head -c 5000 models/one-bf16.safetensors >cut.safetensors
"$study" run -q --methods fast,memcpy -o bad.jsonl broken.gguf cut.safetensors models/one-bf16.safetensors
equal "$(count bad.jsonl 'file="broken.gguf"' 'status="unreadable"')" 2 "rows of the link"
equal "$(count bad.jsonl 'file="cut.safetensors"' 'status="ok"' 'unit="file"')" 2 "rows of the cut file"
[ "$(count bad.jsonl 'file="one-bf16.safetensors"' 'status="ok"')" -gt 10 ] || fail "rows were lost"
python3 "$here/check_schema.py" "$schema" bad.jsonl || fail "marked rows break the schema"

# A file that loses its end on the way: the tensors that are left, and the others marked.
cp models/two-bf16.safetensors shrinks.safetensors
"$study" run -q --unit tensor --methods memcpy,cuts \
    --external 'cuts:truncate -s 20000 shrinks.safetensors && cat:cat' -o shrinks.jsonl shrinks.safetensors
[ "$(count shrinks.jsonl 'status="ok"')" -gt 0 ] || fail "no tensor was measured"
[ "$(count shrinks.jsonl 'status="unreadable"')" -gt 0 ] || fail "no tensor was marked"
equal "$(count shrinks.jsonl 'status="ok"' 'round_trip=false')" 0 "rows of tensors that are gone"
python3 "$here/check_schema.py" "$schema" shrinks.jsonl || fail "marked tensors break the schema"

# Programs: one that works, fails, lies, says nothing, kills its caller, never ends.
"$study" run -q --unit file --methods gzip,fails,lies,silent,kills \
    --external 'gzip:gzip -c:gzip -dc' \
    --external 'fails:exit 3:cat' \
    --external 'lies:cat:echo other' \
    --external 'silent:true:true' \
    --external 'kills:kill -9 $PPID:true' \
    -o programs.jsonl models/one-bf16.safetensors
"$study" run -q --unit file --timeout 1 --methods sleeps --external 'sleeps:sleep 600:true' \
    -o programs.jsonl models/one-bf16.safetensors
for want in gzip:ok fails:failed lies:mismatch silent:mismatch kills:crashed sleeps:timeout; do
    equal "$(count programs.jsonl "method=\"${want%:*}\"" "status=\"${want#*:}\"")" 1 "rows for $want"
done
python3 "$here/check_schema.py" "$schema" programs.jsonl || fail "marked rows break the schema"

# What failed stays marked until asked again.
"$study" run -q --unit file --methods fails --external 'fails:cat:cat' \
    -o programs.jsonl models/one-bf16.safetensors
equal "$(count programs.jsonl 'method="fails"')" 1 "rows without --retry"
"$study" run -q --retry --unit file --methods fails --external 'fails:cat:cat' \
    -o programs.jsonl models/one-bf16.safetensors
equal "$(count programs.jsonl 'method="fails"' 'status="ok"')" 1 "rows with --retry"

status 2 "$study" run -o x.jsonl
status 2 "$study" run --shard 3/3 -o x.jsonl models
status 2 "$study" walk
status 1 "$study" run -q --methods nothing -o x.jsonl models
