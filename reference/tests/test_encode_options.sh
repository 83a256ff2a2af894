#!/usr/bin/env bash
# Command lines of scape-ref encode and the exit codes they must give: 2 for usage, else the number
# of the error class. Arguments: the program, with an emulator before it if it needs one.
set -uo pipefail
program=("$@")
failed=0

# wants CODE OPTION...: "some bytes" as content
wants() {
    local want=$1 have=0
    shift
    printf 'some bytes' | "${program[@]}" encode "$@" >/dev/null 2>&1 || have=$?
    if [ "$have" -ne "$want" ]; then
        echo "encode $*: have exit code $have, want $want" >&2
        failed=1
    fi
}

junk=$(mktemp)
trap 'rm -f "$junk"' EXIT
echo 'no profile' >"$junk"

wants 0
wants 0 --canonical --level max --sha256 --repeats --unknown-size
wants 0 --dtype bf16 --shape 5 --name w
wants 0 --dtype BF16 --shape 1x5x1 --chunk-log2 12
wants 0 --region 4:F32::scalar --region 0:U8:0x3:none --region '6:U8:6:a:b x'
wants 0 --region 4000:U8:4000:longer-than-the-content
wants 2 --level best
wants 2 --level
wants 2 --dtype BF17
wants 2 --shape 3x
wants 2 --shape 1x1x1x1x1x1x1x1x1
wants 2 --shape 18446744073709551616
wants 2 --region 4:F32
wants 2 --region x:F32::a
wants 2 --region 4:F99::a
wants 2 --region 4:F32:2-2:a
wants 2 --region 4:F32::a --dtype U8
wants 2 --chunk-log2 0
wants 2 --chunk-log2 12b
wants 2 --no-such-option
wants 2 operand
wants 71 --chunk-log2 11
wants 71 --chunk-log2 27
wants 71 --method no_such_method
wants 71 --method bf16_split_k1
wants 63 --profile "$junk.absent"
wants 51 --profile "$junk"
exit "$failed"
