/* mutate_tail.c - libFuzzer's custom mutator for the harnesses that need no more: the input and its
 * parameters are mutated apart, so that a change of the one leaves the other as it is. */
#include "fuzz.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    struct fuzz_input in = fuzz_input_open(data, size);
    if (max_size < FUZZ_TAIL_SIZE || in.size > max_size - FUZZ_TAIL_SIZE) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (seed % 4 == 0) {
        LLVMFuzzerMutate(in.tail, sizeof in.tail, sizeof in.tail);
    } else {
        in.size = LLVMFuzzerMutate(data, in.size, max_size - FUZZ_TAIL_SIZE);
    }
    memcpy(data + in.size, in.tail, FUZZ_TAIL_SIZE);
    return in.size + FUZZ_TAIL_SIZE;
}
