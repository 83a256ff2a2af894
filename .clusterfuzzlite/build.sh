#!/bin/bash -eu
exec bash -eu "$SRC/scape/fuzz/oss-fuzz/build.sh"
