/* fuzz.h - what the harnesses share: parameters from the input's tail, and the codec's callbacks
 * over memory, with counting, slicing and faults. Depends on the reference's public header only. */
#ifndef SCAPE_FUZZ_H
#define SCAPE_FUZZ_H

#include "scape_ref.h"

/* Ends the run, and says what did not hold. Not assert: it must also work with NDEBUG. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_failed(const char *condition, const char *file, int line);

/* The parameters of a run are the last bytes of the input, so that what stands before them is a
 * real file. An input that ends in a frame's end magic, or is shorter, has none: zeros, the
 * defaults. */
enum {
    FUZZ_TAIL_SIZE = 8
};
struct fuzz_input {
    const uint8_t *data;
    size_t size; /* without the tail */
    bool has_tail;
    uint8_t tail[FUZZ_TAIL_SIZE];
};
struct fuzz_input fuzz_input_open(const uint8_t *data, size_t size);

/* Allocation hooks that know what is allocated. New memory is filled, so that two runs with
 * different fills that agree have not read what they did not write. Only the start of a large block
 * is: its pages would cost more time than the codec. */
enum {
    FUZZ_LIVE_MAX = 1024, /* an allocation beyond fails: the name of a split model stands for up to
                             99,999 files */
    FUZZ_FILL_MAX = 1 << 16
};
struct fuzz_memory {
    uint8_t fill;
    uint64_t fail_at; /* this allocation and all after it fail, counted from 1; 0: none */
    bool failed;      /* one of them, or for want of room here */
    uint64_t calls, live, peak;
    size_t count;
    struct {
        void *data;
        size_t size;
    } blocks[FUZZ_LIVE_MAX];
};
void *fuzz_allocate(void *ctx, size_t size);
void fuzz_release(void *ctx, void *memory);
struct scape_ref_hooks fuzz_hooks(struct fuzz_memory *m);

/* A file in memory. */
struct fuzz_source {
    const uint8_t *data;
    size_t size, at;
    size_t slice;     /* most bytes of a read; 0: no limit */
    uint64_t fail_at; /* this read fails, counted from 1; 0: none */
    int error_number; /* errno then */
    enum fuzz_read_fault {
        FUZZ_READ_ERROR,
        FUZZ_READ_EXCESS, /* it says that it gave more than was asked for */
        FUZZ_READ_END     /* nothing is left */
    } how;
    bool failed;
    uint64_t calls;
};
struct scape_ref_input fuzz_source_open(struct fuzz_source *s, bool seekable);

/* Collects what is written. */
struct fuzz_sink {
    uint8_t *data;
    size_t size, room;
    uint64_t fail_at; /* this write fails, counted from 1; 0: none */
    int error_number; /* errno then */
    bool failed;
    uint64_t calls;
};
struct scape_ref_output fuzz_sink_open(struct fuzz_sink *s);
/* Writes at any place, in any order, from several threads; zeros where nothing was written. */
int fuzz_sink_write_at(void *ctx, uint64_t offset, const void *data, size_t n);
void fuzz_sink_free(struct fuzz_sink *s);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
