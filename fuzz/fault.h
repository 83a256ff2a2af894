/* fault.h - what libscape is made to do while one of its allocations, reads or writes fails.
 * Depends on engine.h. */
#ifndef SCAPE_FUZZ_FAULT_H
#define SCAPE_FUZZ_FAULT_H

#include "engine.h"

enum fuzz_task {
    FUZZ_DECODE,     /* a stream to a stream */
    FUZZ_DECOMPRESS, /* in memory */
    FUZZ_DECODER,    /* read from a handle */
    FUZZ_ARCHIVE,    /* open, find every name, read the whole */
    FUZZ_ENCODE,     /* a stream to a stream; the input is content */
    FUZZ_COMPRESS,   /* in memory; likewise */
    FUZZ_TASK_COUNT
};

struct fuzz_faults {
    enum fuzz_task task;
    unsigned threads;
    bool parallel;          /* they read and write for themselves */
    enum scape_level level; /* when encoding */
    const struct scape_region *regions;
    size_t region_count;
    uint64_t max_memory; /* 0: no limit, but for an archive */
    size_t slice;        /* most bytes of a read; 0: no limit */
    /* Which fails, counted from 1; 0: none. Reads and writes fail with this errno. */
    uint64_t allocation, read, write;
    int error_number;
    enum fuzz_read_fault how; /* a read fails; not FUZZ_READ_END */
};

struct fuzz_outcome {
    enum scape_error error;
    struct fuzz_sink output;
    uint64_t allocations, reads, writes; /* that were asked for */
    uint64_t peak;
    bool allocation_failed, io_failed;
};

/* Does it; checks that everything is given back and that a fault is reported as what it is. The
 * outcome's output is to be freed. */
void fuzz_fault_run(const struct fuzz_faults *f, const uint8_t *data, size_t size,
                    struct fuzz_outcome *outcome);

/* Does it without a fault, for the outcome, then once for each allocation, read and write, which
 * fails. One thread: the fault is met at the same place each time, so its class is certain. With
 * more, another thread's allocations may have taken the number. */
void fuzz_fault_every(const struct fuzz_faults *f, const uint8_t *data, size_t size,
                      struct fuzz_outcome *whole);

/* With a fault, the class is that fault's or that of the run without one, and what was put out is
 * the beginning of what that run put out. */
void fuzz_fault_compare(const struct fuzz_outcome *outcome, const struct fuzz_outcome *without);

#endif
