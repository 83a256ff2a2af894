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
cp said first
for threads in 1 2 4; do
    status 1 "$scape" decompress -T$threads bad.scape
    same said first
    absent bad
done
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

# a small disk that fills up: what others wrote to it stays, nothing of ours does
mkdir disk
if mount -t tmpfs -o size=64k tmpfs disk 2>mount.log; then
    trap 'umount "$work/disk"; rm -rf "$work"' EXIT
    echo precious >disk/old
    for options in "" "-f" "-f -T1" "-f -T4"; do
        status 1 "$scape" decompress $options -o disk/new m.scape
        grep -qi 'no space' said || fail "full disk: $(cat said)"
        status 1 "$scape" compress $options -o disk/new m.scape
        grep -qi 'no space' said || fail "full disk: $(cat said)"
    done
    # an error in the first chunk, before that of the disk, which another thread may meet first
    printf '\377\377\377\377' | dd of=bad.scape bs=1 seek=100 conv=notrunc 2>dd.log
    status 1 "$scape" decompress -T4 -o disk/new bad.scape
    grep -q CHECKSUM said || fail "damage before the end of the disk: $(cat said)"
    status 1 "$scape" decompress -f -o disk/old m.scape
    equal "$(cat disk/old)" precious "a file on a full disk"
    equal "$(ls -A disk)" old "files on a full disk"
else
    echo "not tested: a full disk, as no file system can be mounted: $(cat mount.log)"
fi

# a folder that may not be written, and an input that may only be read or not even that
chmod 711 "$work"
mkdir locked open
cp "$scape" "$work/scape" # where any user can reach it
chmod 755 scape
cp kept locked/kept
cp kept open/kept
chmod 555 locked
chmod 777 open
chmod 444 open/kept
if as_user true 2>user.log; then
    status 1 as_user ./scape compress locked/kept
    grep -qi 'permission denied' said || fail "a folder that may not be written: $(cat said)"
    absent locked/kept.scape
    status 0 as_user ./scape compress -q -o open/kept.scape locked/kept
    status 0 as_user ./scape decompress -q -o open/back open/kept.scape
    same open/back kept
    same open/kept kept
    status 0 as_user ./scape compress -q open/kept -f
    equal "$(stat -c %a open/kept.scape)" 444 "mode of the output of a read-only input"
    chmod 000 open/kept
    status 1 as_user ./scape compress -f open/kept
    chmod 444 open/kept
    same open/kept kept
else
    echo "not tested: folders that may not be written: $(cat user.log)"
fi
chmod 755 locked
rm -f scape

status 0 "$scape" decompress -q m.scape
same m kept
no_leftovers
