# 3 GiB through compress and decompress, each under 128 MiB of resident memory.
. "$(dirname "$0")/common.bash" "$1"
[ -x /usr/bin/time ] || exit 77
[ "${SCAPE_LARGE_TEST:-}" = 1 ] || { echo "set SCAPE_LARGE_TEST=1 to run: needs 6 GiB of disk"; exit 77; }

model m --size 3G --seed 1
peak() {
    /usr/bin/time -f %M -o peak "$@"
    [ "$(tail -n 1 peak)" -lt 131072 ] || fail "$2: peak memory $(tail -n 1 peak) KiB, want under 131072"
    echo "$2: $(tail -n 1 peak) KiB"
}
peak "$scape" compress -q --level fast m
peak "$scape" decompress -q -o restored m.scape
same restored m
