# What a decoder that was taken over tries is refused, or kills it, as SECURITY.md says: the program
# as it is released, with hostile.c preloaded. Without the sandbox each deed succeeds.
#
#   sandbox.sh FOLDER HOSTILE SCAPE-TEST-SANDBOX
. "$(dirname "$0")/common.bash" "$1"

hostile=$2
forces=$("$3" | head -1)
mkdir in out tmp
export TMPDIR=$work/tmp
model m --size 300K --seed 5
"$scape" compress -q -o in/m.scape m

# tries DEED COMMAND...: the decoder does it when it reads its first byte
tries() {
    touch other
    rm -f elsewhere out/m
    DEED=$1 LD_PRELOAD=$hostile "${@:2}" in/m.scape
}

# refused WHY DEED...: each with this error, and the file is decoded all the same
refused() {
    local why=$1 deed
    for deed in "${@:2}"; do
        SCAPE_SANDBOX=off shows "^$deed: done" tries "$deed" "$scape" test
        shows "^$deed: $why" tries "$deed" "$scape" test
        shows "^$deed: $why" tries "$deed" "$scape" decompress -o out/m
        same out/m m
    done
}

checked=
if [[ $forces == *'landlock: yes'* ]]; then
    refused 'Permission denied' read write remove
    absent elsewhere
    checked=1
fi
if [[ $forces == *'seccomp: yes'* ]]; then
    refused 'Operation not permitted' socket program process code signal
    checked=1
    # Another machine's calls kill at once: 128 and SIGSYS.
    if SCAPE_SANDBOX=off tries foreign "$scape" test >said 2>&1 && grep -q '^foreign: done' said; then
        status 159 tries foreign "$scape" test
        status 159 tries foreign "$scape" decompress -o out/m
        absent out/m
    else
        echo "not run: calls by the numbers of 32-bit programs, which this kernel does not have"
    fi
fi
[ -n "$checked" ] || exit 77
