# A failure leaves nothing behind and the input as it was.
. "$(dirname "$0")/common.bash" "$1"

model m --size 200K --seed 1
cp m kept
"$scape" compress -q m
rm m

# damage in the middle: the part before it was decoded, but no file appears
size=$(wc -c <m.scape)
cp m.scape bad.scape
printf '\377\377\377\377' | dd of=bad.scape bs=1 seek=$((size / 2)) conv=notrunc 2>dd.log
cp bad.scape bad.kept
status 1 "$scape" decompress bad.scape
grep -q CHECKSUM said || fail "class of a damaged chunk: $(cat said)"
absent bad
same bad.scape bad.kept
status 1 "$scape" decompress --rm bad.scape
[ -e bad.scape ] || fail "--rm removed an input that failed"

# an existing output survives a failed -f
echo precious >bad
status 1 "$scape" decompress -f bad.scape
equal "$(cat bad)" precious "output before a failed overwrite"

# a disk that is full
if [ -w /dev/full ]; then
    status 1 "$scape" decompress -f -o /dev/full m.scape
    grep -qi 'no space' said || fail "full disk: $(cat said)"
    have=0
    "$scape" list m.scape >/dev/full 2>said || have=$?
    equal $have 1 "status of a list that cannot be written"
fi

# a limit on the size of files, by signal and by error
(
    ulimit -f 40
    trap '' XFSZ
    "$scape" decompress m.scape >said 2>&1 && exit 1
    exit 0
) || fail "a file size limit was not noticed"
absent m
(
    ulimit -f 40
    "$scape" decompress m.scape >said 2>&1 && exit 1
    exit 0
) || fail "SIGXFSZ was not noticed"
absent m
(
    ulimit -f 40
    "$scape" compress -o other m.scape >said 2>&1 && exit 1
    exit 0
) || fail "a file size limit was not noticed by compress"
absent other

# a folder that may not be written (root may)
mkdir locked
cp kept locked/kept
chmod 555 locked
if [ "$(id -u)" != 0 ]; then
    status 1 "$scape" compress locked/kept
    absent locked/kept.scape
fi
chmod 755 locked

status 0 "$scape" decompress -q m.scape
same m kept
no_leftovers
