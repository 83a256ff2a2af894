# The shared library exports what scape.h declares, all of it and nothing else; its SONAME has the
# ABI's number; the static library's names cannot collide with a program's.
#
#   symbols.sh SHARED STATIC SOURCE_FOLDER SANITIZERS
set -euo pipefail
shared=$1 static=$2 source=$3
command -v nm >/dev/null || exit 77
[ -z "$4" ] || exit 77 # sanitizers export names of their own
have=$(nm -D --defined-only "$shared" | awk '{print $3}' | sort)
want=$(tr '\n' ' ' <"$source/lib/include/scape.h" |
    grep -oE 'SCAPE_API [^;(]*\(' | grep -oE 'scape_[a-z0-9_]+ ?\($' | tr -d ' (' | sort)
[ "$(wc -l <<<"$want")" -gt 20 ] || { echo "the header could not be read"; exit 1; }
diff <(echo "$want") <(echo "$have") || { echo "declared (<) and exported (>) differ"; exit 1; }
soname=$(readelf -d "$shared" | grep -oE 'libscape\.so\.[0-9]+')
[ "$soname" = libscape.so.0 ] || { echo "SONAME: have $soname, want libscape.so.0"; exit 1; }
if nm --defined-only --extern-only "$static" 2>/dev/null | awk 'NF == 3 {print $3}' |
    grep -vE '^(scape|sc)_'; then
    echo "names of the static library that begin neither with scape_ nor with sc_"
    exit 1
fi
echo "$(wc -l <<<"$have") functions, $soname"
