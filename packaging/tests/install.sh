# The installed tree: everything is where it belongs, the example builds against it by the CMake
# package, by pkg-config and statically, a C++ program includes the header, and the tools run.
#
#   install.sh BUILD_FOLDER SOURCE_FOLDER
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

if grep -q '^SCAPE_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then
    echo "a sanitized library is not what is installed"
    exit 77
fi

cmake --install "$build" --prefix "$work/usr" >"$work/log" || fail "$(cat "$work/log")"
prefix=$work/usr
library=$(dirname "$(find "$prefix" -name 'libscape.so')")
[ -n "$library" ] || fail "no libscape.so was installed"
for file in bin/scape bin/unscape bin/scapecat bin/scape-gen include/scape.h \
    share/man/man1/scape.1 share/man/man1/unscape.1 share/man/man1/scapecat.1 \
    share/man/man1/scape-gen.1 share/man/man3/libscape.3; do
    [ -e "$prefix/$file" ] || fail "$file was not installed"
done
for file in libscape.a libscape.so.0 pkgconfig/scape.pc cmake/scape/scapeConfig.cmake \
    cmake/scape/scapeConfigVersion.cmake; do
    [ -e "$library/$file" ] || fail "lib/$file was not installed"
done
[ "$(find "$prefix/include" -type f)" = "$prefix/include/scape.h" ] || fail "more than one header"
if grep -rIl "$source" "$prefix" >"$work/paths"; then
    fail "files that name the source folder: $(cat "$work/paths")"
fi

want=$work/want
cat >"$want" <<'TEXT'
layer.0.weight: BF16, 2 dimensions, 65536 bytes
layer.1.weight: BF16, 2 dimensions, 65536 bytes
row 7 of layer.1.weight: as it was
TEXT

# example COMMAND...: its lines behind the first, which tells sizes
example() {
    "$@" >"$work/said" || fail "'$*' failed: $(cat "$work/said")"
    tail -n +2 "$work/said" | cmp - "$want" || fail "'$*' printed: $(cat "$work/said")"
    echo "$(basename "$1"): $(head -n 1 "$work/said")"
}

# the CMake package
cp -r "$source/examples" "$work/examples"
cmake -S "$work/examples" -B "$work/by-cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 ||
    fail "$(cat "$work/log")"
cmake --build "$work/by-cmake" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
example "$work/by-cmake/tensors"
example "$work/by-cmake/tensors-static"

# pkg-config, which knows the prefix of the configuration; the test's is another
export PKG_CONFIG_PATH=$library/pkgconfig
sed -i "s|^prefix=.*|prefix=$prefix|; s|^libdir=.*|libdir=$library|;
    s|^includedir=.*|includedir=$prefix/include|" "$library/pkgconfig/scape.pc"
read -ra flags <<<"$(pkg-config --cflags --libs scape)"
"${CC:-cc}" -Wall -Wextra -Werror -std=c11 "$work/examples/tensors.c" "${flags[@]}" \
    -o "$work/by-pkg-config"
LD_LIBRARY_PATH=$library example "$work/by-pkg-config"
read -ra flags <<<"$(pkg-config --cflags --static --libs scape)"
"${CC:-cc}" "$work/examples/tensors.c" "${flags[@]/#-lscape/$library/libscape.a}" \
    -o "$work/by-archive"
example "$work/by-archive"

# C++
if command -v "${CXX:-g++}" >/dev/null; then
    read -ra flags <<<"$(pkg-config --cflags --libs scape)"
    "${CXX:-g++}" -std=c++17 -Wall -Wextra -Wpedantic -Werror \
        "$source/packaging/tests/header.cpp" "${flags[@]}" -o "$work/cpp"
    LD_LIBRARY_PATH=$library "$work/cpp" || fail "the C++ program"
else
    echo "no C++ compiler: header.cpp was not tried"
fi

# the tools, from their new place
cd "$work"
"$prefix/bin/scape-gen" --size 100K -o m
"$prefix/bin/scape" compress -q m
"$prefix/bin/scapecat" m.scape | cmp - m || fail "the installed tools"
rm m
"$prefix/bin/unscape" -q m.scape
echo "installed tree: good"
