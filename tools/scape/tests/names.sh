# Hostile tensor names: nothing is written outside the folder, and nothing reaches the terminal raw.
. "$(dirname "$0")/common.bash" "$1"

# safetensors NAME...: two bytes of U8 for each name, given as the inside of a JSON string
safetensors() {
    local header='' at=0 name
    for name in "$@"; do
        header+="${header:+,}\"$name\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[$at,$((at + 2))]}"
        at=$((at + 2))
    done
    header="{$header}"
    local n=${#header} i
    for i in 0 1 2 3 4 5 6 7; do
        printf "\\x$(printf %02x $(((n >> (8 * i)) & 255)))"
    done
    printf '%s' "$header"
    for name in "$@"; do
        printf 'ab'
    done
}

long=$(printf 'n%.0s' $(seq 1 300))
mkdir inside inside/out
cd inside
safetensors ../up ../../up2 /tmp/absolute . .. .hidden 'a/b/../../../c' 'nl\nname' 'esc\u001b[31mred' \
    'back\\slash' 'colon:name' 'CON' 'space name' "$long" "${long}2" -- '%2e%2e' 'plain.weight' Case.w case.W 'aux.w' >m
"$scape" compress -q m
"$scape" list m.scape >listed
grep -q "$(printf '\033')" listed && fail "an escape sequence reached the list"
grep -q 'esc\\x1B' listed || fail "the escape sequence is not shown: $(cat listed)"
equal "$(grep -c '^U8' listed)" 21 "tensors listed"

"$scape" extract --all -o out m.scape
equal "$(find out -type f | wc -l)" 21 "files extracted"
equal "$(find out -mindepth 1 -type d | wc -l)" 0 "folders made"
equal "$(find .. -newer m.scape -type f ! -path '*/out/*' ! -name listed | wc -l)" 0 "files outside"
equal "$(find out -name '.*' -type f | wc -l)" 0 "hidden files"
find out -type f | LC_ALL=C grep -q '[^][A-Za-z0-9_./%~=+,@()-]' && fail "odd characters in a name"
[ -e out/plain.weight.bin ] || fail "a plain name was changed"
equal "$(find out -type f | tr '[:upper:]' '[:lower:]' | sort | uniq -d)" "" "names that differ in case only"
for device in CON aux.w; do
    absent "out/$device.bin"
done
for file in out/*; do
    equal "$(cat "$file")" ab "bytes of $file"
done

# one by one: only -o says where to
"$scape" extract --tensor ../up -o tensor m.scape
equal "$(cat tensor)" ab "bytes of ../up"
absent ../up ../up2
"$scape" extract --tensor .. --tensor CON -o out -f m.scape

# an existing file is not overwritten, a link not followed
rm out/*
ln -s ../victim out/plain.weight.bin
status 1 "$scape" extract --tensor plain.weight --tensor CON -o out m.scape
absent victim
status 0 "$scape" extract --tensor plain.weight --tensor CON -o out -f m.scape
absent victim
status 1 "$scape" extract --tensor missing -o x m.scape
grep -q "no tensor named 'missing'" said || fail "missing tensor: $(cat said)"
absent x
no_leftovers ..

# nor does a message about a file bring its name's control characters to the terminal
for command in compress decompress test list info; do
    status 1 "$scape" $command "$(printf 'none\033[31m\nx')"
    grep -q '^x' said && fail "a line break in a message of $command"
    grep -q "$(printf '\033')" said && fail "an escape sequence in a message of $command"
    grep -qF 'none\x1B[31m\x0Ax' said || fail "message of $command: $(cat said)"
done
