#!/bin/bash -eu
# The project's own tests, for OSS-Fuzz's check that a change of theirs breaks nothing: the replay of
# every seed and regression and of the vectors, which needs nothing beyond the build.
project=${PROJECT_SOURCE:-$SRC/scape}
unset CFLAGS CXXFLAGS
cmake -S "$project" -B "$WORK/tests" -DCMAKE_BUILD_TYPE=Release -DSCAPE_WITH_LZMA=OFF
cmake --build "$WORK/tests" -j"$(nproc)"
ctest --test-dir "$WORK/tests" --output-on-failure -R '^(fuzz|vectors|reference|lib)\.' -LE long
