# What the program does to files: nothing through links, nothing to inputs, nothing half written,
# whatever happens around it.
. "$(dirname "$0")/common.bash" "$1"

model m --size 300K --seed 3
cp m kept
"$scape" compress -q -o m.scape m

# -f replaces a link, and leaves alone what it points to
echo precious >victim
ln -s victim link
status 1 "$scape" decompress -o link m.scape
status 0 "$scape" decompress -q -f -o link m.scape
equal "$(cat victim)" precious "what a link pointed to"
[ ! -L link ] || fail "a link was written through"
same link kept

# a link to nothing, a link as the directory
ln -s nowhere dangling
status 1 "$scape" decompress -o dangling m.scape
absent nowhere
mkdir real
ln -s real folder
status 0 "$scape" decompress -q -o folder/m2 m.scape
same real/m2 kept

# the output is the input by another name
ln m.scape other.scape
status 1 "$scape" decompress -f -o other.scape m.scape
status 1 "$scape" compress -f -o m.scape other.scape
grep -q 'input itself' said || fail "input as output: $(cat said)"

# permissions are kept, and are never wider while it works
chmod 640 m
"$scape" compress -q -f -o mode.scape m
equal "$(stat -c %a mode.scape)" 640 "mode of the output"
chmod 400 mode.scape
"$scape" decompress -q -o mode mode.scape
equal "$(stat -c %a mode)" 400 "mode of what came back from a read-only input"
chmod 4755 m
"$scape" compress -q -f -o set.scape m
equal "$(stat -c %a set.scape)" 755 "mode bits beyond permissions"
chmod 644 m

# an input that changes while it is read: the first byte of output shows that it was opened
for command in compress decompress; do
    input=m
    [ $command = compress ] || input=m.scape
    cp "$input" changing
    have=0
    "$scape" $command -q -c changing 2>said | {
        head -c 1 >first
        echo more >>changing
        cat >>first
    } || have=$?
    equal "$have" 1 "status of $command of a file that changed"
    grep -q 'changed while' said || fail "$command of a file that changed: $(cat said)"
done

# a pipe that is closed early ends it, by the signal or, if that is ignored, with an error
have=0
"$scape" decompress -c m.scape 2>said | head -c 10 >/dev/null || have=$?
[ "$have" != 0 ] || fail "a closed pipe was not noticed"
(
    trap '' PIPE
    have=0
    "$scape" decompress -c m.scape 2>said | head -c 10 >/dev/null || have=$?
    equal "$have" 1 "status after EPIPE"
)

# the folder of the output is swapped for a link while it works: the output stays in the folder that
# was opened. The input is a named pipe, so that the program is in the middle of its work.
for command in compress decompress; do
    input=m
    [ $command = compress ] || input=m.scape
    mkdir place elsewhere
    mkfifo feed
    "$scape" $command -q -o place/result feed 2>said &
    exec 9>feed
    head -c 100000 $input >&9 # more than a pipe holds: the output is open
    mv place moved
    ln -s elsewhere place
    tail -c +100001 $input >&9
    exec 9>&-
    wait $! || fail "$command into a folder that was swapped: $(cat said)"
    absent elsewhere/result
    [ -f moved/result ] || fail "$command: no result in the folder that was opened"
    rm -r place moved elsewhere feed
done

# a link that appears at the output's name while it works is not followed, and stands
mkfifo feed
"$scape" decompress -q -o late feed 2>said &
exec 9>feed
head -c 100000 m.scape >&9
ln -s victim late
tail -c +100001 m.scape >&9
exec 9>&-
have=0
wait $! || have=$?
equal $have 1 "status when the output's name was taken meanwhile"
equal "$(cat victim)" precious "what a link that appeared points to"
[ -L late ] || fail "a link that appeared was replaced without -f"
rm feed

# --rm removes what was read, not what has its name by then
cp m.scape mine.scape
"$scape" decompress -q --rm -o /dev/stdout mine.scape 2>said | {
    head -c 1 >first
    mv mine.scape aside.scape
    echo other >mine.scape
    cat >>first
} || true
equal "$(cat mine.scape)" other "a file that took the input's name"
same first kept

# sharded models whose index names files elsewhere
mkdir shards
cp kept outside.safetensors
echo '{"weight_map":{"a":"../outside.safetensors","b":"/etc/passwd","c":"ok.safetensors"}}' \
    >shards/x.safetensors.index.json
status 0 "$scape" compress shards/x.safetensors.index.json
grep -q 'not followed' said || fail "hostile index: $(cat said)"
absent outside.safetensors.scape shards/ok.safetensors.scape

# the sandbox changes nothing of all this, nor does a kernel that has less of it
SCAPE_SANDBOX=off "$scape" decompress -q -f -o off m.scape
same off kept
have=0
"$2" "$scape" decompress -q -f -o older m.scape || have=$?
if [ $have = 77 ]; then
    echo "not tested: an older kernel, as there is no seccomp"
else
    equal $have 0 "status on an older kernel"
    same older kept
fi
same m kept
no_leftovers
