# zstd's habits: the input is kept unless --rm, nothing is overwritten without -f, names, -q and -v.
. "$(dirname "$0")/common.bash" "$1"

model m.safetensors --size 50K --seed 1
chmod 640 m.safetensors
touch -d '2020-02-02 02:02:02 UTC' m.safetensors
cp -p m.safetensors kept

status 0 "$scape" compress m.safetensors
grep -q 'ratio' said || fail "no report: $(cat said)"
same m.safetensors kept
equal "$(stat -c %a m.safetensors.scape)" 640 "mode"
equal "$(stat -c %Y m.safetensors.scape)" "$(stat -c %Y kept)" "time"

status 1 "$scape" compress m.safetensors
grep -q exists said || fail "not told that the output exists: $(cat said)"
cp m.safetensors.scape before
status 0 "$scape" compress -q -f --level fast m.safetensors
[ ! -s said ] || fail "-q says: $(cat said)"
cmp -s before m.safetensors.scape && fail "-f did not overwrite"

status 1 "$scape" decompress m.safetensors.scape
status 0 "$scape" compress -q --rm -f -k m.safetensors
[ -e m.safetensors ] || fail "-k after --rm removed the input"
status 0 "$scape" compress -q --rm -f m.safetensors
absent m.safetensors
status 0 "$scape" decompress -q --rm m.safetensors.scape
absent m.safetensors.scape
same m.safetensors kept
equal "$(stat -c %a m.safetensors)" 640 "mode of the restored file"

# words after options, options after words, letters together, = and the end of options
status 0 "$scape" compress m.safetensors -qfo x
status 0 "$scape" compress -qf --output=x --level=fast -- m.safetensors
cp m.safetensors ./-dash
status 0 "$scape" compress -q -- -dash
status 0 "$scape" compress -q ./-dash -c >x

# outputs that may not be
status 1 "$scape" compress -f -o m.safetensors m.safetensors
grep -q 'input itself' said || fail "same file: $(cat said)"
same m.safetensors kept
ln m.safetensors linked
status 1 "$scape" compress -f -o linked m.safetensors
same m.safetensors kept
status 1 "$scape" compress -o no/such/folder m.safetensors
ln -s nowhere dangling
status 1 "$scape" compress -o dangling m.safetensors
status 1 "$scape" decompress x
grep -q 'does not end in' said || fail "suffix: $(cat said)"
cp x .scape
status 1 "$scape" decompress .scape

status 0 "$scape" --version
status 0 "$scape" --help
for command in compress decompress test list info extract train bench smoke methods; do
    shows "usage: scape $command" "$scape" $command --help
done
no_leftovers
