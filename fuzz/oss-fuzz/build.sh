#!/bin/bash -eu
# Builds every harness for OSS-Fuzz: into $OUT the programs, for each its seeds (NAME_seed_corpus.zip),
# options and the dictionary. Takes CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, SRC, OUT and WORK
# from its surroundings. Dependencies whose sources lie in $SRC are built with the same flags; others
# are the system's, as static libraries, since the machine that fuzzes has none.
project=${PROJECT_SOURCE:-$SRC/scape}
prefix=$WORK/prefix
jobs=$(nproc)
mkdir -p "$prefix/lib/pkgconfig" "$OUT"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}

if [ -d "$SRC/zstd" ]; then
    make -C "$SRC/zstd/lib" -j"$jobs" PREFIX="$prefix" ZSTD_LEGACY_SUPPORT=0 \
        ASM_FLAGS= ZSTD_NO_ASM=1 install-static install-includes install-pc
fi
if [ -d "$SRC/xxhash" ]; then
    make -C "$SRC/xxhash" -j"$jobs" PREFIX="$prefix" install_libxxhash.a install_libxxhash.includes \
        install_libxxhash.pc
fi
if [ -d "$SRC/jansson" ]; then
    cmake -S "$SRC/jansson" -B "$WORK/jansson" -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_INSTALL_LIBDIR=lib -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON \
        -DJANSSON_EXAMPLES=OFF
    cmake --build "$WORK/jansson" -j"$jobs" --target install
fi
if [ -d "$SRC/openssl" ]; then
    # For 64 bits on i386 clang calls libatomic, which nothing links: OpenSSL then takes locks.
    case ${ARCHITECTURE:-x86_64} in
    i386) platform=(linux-generic32 -DBROKEN_CLANG_ATOMICS) ;;
    *) platform=(linux-generic64) ;;
    esac
    (cd "$SRC/openssl" &&
        ./Configure "${platform[@]}" no-asm no-shared no-tests --prefix="$prefix" --libdir=lib &&
        make -j"$jobs" build_libs && make install_dev)
fi

# Only static libraries, and no flags of ours: those of the sanitizer and engine are in CFLAGS.
cmake -S "$project" -B "$WORK/scape" -DCMAKE_BUILD_TYPE=None -DBUILD_TESTING=OFF \
    -DSCAPE_HARDENING=OFF -DSCAPE_WERROR=OFF -DSCAPE_WITH_LZMA=OFF -DSCAPE_STATIC_DEPENDENCIES=ON \
    -DSCAPE_FUZZ=ON -DSCAPE_FUZZ_FLAGS= -DSCAPE_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$WORK/scape" -j"$jobs" --target fuzzers

"$project/fuzz/run" --list | while read -r name; do
    cp "$WORK/scape/fuzz/fuzz-$name" "$OUT/$name"
    cp "$project/fuzz/options/$name.options" "$OUT/"
    "$project/fuzz/make-seeds" "$name" "$WORK/seeds/$name"
    for folder in "$project/fuzz/seeds/$name" "$project/fuzz/regressions/$name"; do
        [ ! -d "$folder" ] || cp "$folder"/* "$WORK/seeds/$name/"
    done
    rm -f "$OUT/${name}_seed_corpus.zip"
    # Python's zip: it is there already, as make-seeds needs it.
    (cd "$WORK/seeds/$name" && python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" ./*)
done
cp "$project/fuzz/scape.dict" "$OUT/"
