#!/bin/sh
# compare_machines.sh SCAPE-GEN - builds the generator statically for i386 and s390x, runs it under
# qemu-user and compares digests with those of the given native program. Exit 77: nothing to run.
set -eu

native=$1
sources=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One command line a line; every container, every type, both byte orders.
cat > "$work/cases" <<'CASES'
--seed 1 --layers 1 --width 64 --vocab 64 --type bf16
--seed 2 --layers 1 --width 64 --vocab 64 --type f16
--seed 3 --layers 1 --width 64 --vocab 64 --type f32 --tied
--seed 4 --layers 1 --width 64 --vocab 64 --type f64
--seed 5 --layers 1 --width 64 --vocab 64 --type f8_e4m3 --f32-norms
--seed 6 --layers 1 --width 64 --vocab 64 --type f8_e5m2
--seed 7 --size 300000
--zoo --seed 8
--raw --size 99998 --type bf16
--container gguf --type zoo --vocab 500 --width 256 --ffn 256
--container gguf --type zoo --vocab 500 --width 256 --ffn 256 --big-endian
--container gguf --type Q4_K_M --vocab 300 --layers 1 --gguf-version 1
CASES

digests() {
    while read -r line; do
        # shellcheck disable=SC2086 # the words of the line are the arguments
        "$@" $line -o - | sha256sum
    done < "$work/cases"
}

ran=0
failed=0
digests "$native" > "$work/native"
for machine in i386:i686-linux-gnu-gcc s390x:s390x-linux-gnu-gcc; do
    emulator=qemu-${machine%%:*}
    compiler=${machine#*:}
    if ! command -v "$emulator" > /dev/null || ! command -v "$compiler" > /dev/null; then
        echo "skipped: $emulator or $compiler is missing"
        continue
    fi
    "$compiler" -std=c11 -O2 -static -o "$work/scape-gen" "$sources"/*.c
    digests "$emulator" "$work/scape-gen" > "$work/other"
    ran=$((ran + 1))
    if paste -d ' ' "$work/native" "$work/other" "$work/cases" | awk -v m="${machine%%:*}" '
        $1 != $3 { bad = 1; print m ": have " $3 ", want " $1 " for:" substr($0, 137) }
        END { exit bad }'; then
        echo "${machine%%:*}: $(wc -l < "$work/cases") files equal"
    else
        failed=1
    fi
done
[ "$ran" -gt 0 ] || exit 77
exit "$failed"
