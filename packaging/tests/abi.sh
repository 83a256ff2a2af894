# tools/abi-check notices what breaks a program that was linked before: a function that went away,
# one that takes other arguments, a member that moved; and lets pass what does not.
#
#   abi.sh SOURCE_FOLDER
set -euo pipefail
check=$1/tools/abi-check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
command -v abidw >/dev/null || { echo "no abigail-tools"; exit 77; }
command -v "${CC:-cc}" >/dev/null || exit 77

# library NAME: a small stand-in for libscape, from standard input, and the present header
library() {
    { echo '#include "scape.h"' && cat; } >"$1.c"
    "${CC:-cc}" -g -shared -fPIC -fvisibility=hidden -I"$header" -o "$1.so" "$1.c"
}

expect() {
    local have=0
    "$check" --compare "$1.abi" "$2.so" >said 2>&1 || have=$?
    [ $have = "$3" ] || { cat said; echo "FAILED: $2 against $1: status $have, want $3"; exit 1; }
}

header=$1/lib/include
functions='
unsigned scape_version(void) { return 1; }
enum scape_error scape_content_size(const void *f, size_t n, uint64_t *s) { (void)f; *s = n; return SCAPE_OK; }
void scape_decoder_close(struct scape_decoder *d) { (void)d; }
enum scape_error scape_decode(const struct scape_input *i, const struct scape_output *o,
    const struct scape_decode_options *p, struct scape_report *r) {
    (void)i; (void)o; (void)r; return p->threads ? SCAPE_OK : SCAPE_ERROR_IO; }'
library whole <<<"$functions"
"$check" --dump whole.so whole.abi
expect whole whole 0
library less <<<"${functions/void scape_decoder_close/static void unused}"
expect whole less 1
library more <<<"$functions SCAPE_API int scape_new(void); int scape_new(void) { return 0; }"
expect whole more 0
mkdir changed
sed 's/^    uint64_t max_memory;  .*/    uint32_t max_memory;/' "$header/scape.h" >changed/scape.h
cmp -s changed/scape.h "$header/scape.h" && { echo "FAILED: the header was not changed"; exit 1; }
header=$work/changed
library moved <<<"$functions"
expect whole moved 1
echo "abi-check: 1 removal and 1 changed structure noticed, 1 addition let pass"
