# common.bash - what the tests of scape-study share, beside what those of scape do.
# shellcheck source=tools/scape/tests/common.bash
source "$(dirname "${BASH_SOURCE[0]}")/../../scape/tests/common.bash"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
study=$bin/scape-study
# OpenBLAS would start a thread for each core.
export OPENBLAS_NUM_THREADS=1

# corpus: small models in the folder `models`.
corpus() {
    mkdir -p models
    "$generate" --seed 1 --layers 1 --width 64 --vocab 128 -o models/one-bf16.safetensors
    "$generate" --seed 2 --layers 1 --width 64 --vocab 128 -o models/two-bf16.safetensors
    "$generate" --seed 3 --layers 1 --width 256 --vocab 256 --container gguf --type Q4_K \
        -o models/three-Q4_K_M.gguf
}

# count FILE KEY=VALUE...: how many rows have all these values, written as JSON.
count() {
    python3 - "$@" <<'END'
import json, sys
wanted = [word.split("=", 1) for word in sys.argv[2:]]
rows = [json.loads(line) for line in open(sys.argv[1])]
print(sum(all(json.dumps(row[key]) == value for key, value in wanted) for row in rows))
END
}
