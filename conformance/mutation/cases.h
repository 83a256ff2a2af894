/* cases.h - the file of cases that suite.py writes, read whole. Depends on the reference's public
 * header. */
#ifndef SCAPE_MUTATION_CASES_H
#define SCAPE_MUTATION_CASES_H

#include "scape_ref.h"

enum {
    PROFILES_MAX = 4,
    ERRORS_MAX = 8,
    ANY_ERROR = 0xFFFF,
    SHA256_SIZE = 32
};

/* How a case is run; bits. The first four are what the manifest can ask of an adapter, the others
 * are the promises of scape_ref.h that no adapter can be asked for. */
enum way {
    EXTRACT = 1,
    PIPE = 2,        /* an input that cannot be read back */
    FULL = 4,        /* an output that takes nothing */
    BROKEN = 8,      /* an input that cannot be read */
    BARE = 16,       /* no options, no report: what was allocated must be free again */
    UNHOOKED = 32,   /* options without hooks */
    NO_HASH = 64,    /* skip_sha256 */
    STARVED = 128,   /* memory is refused once, at every place in turn [VAL-020] */
    FAILING = 256,   /* reading or writing fails once, at every place in turn */
    TIGHT = 512,     /* max_memory as much as it takes, and a byte less [LIM-002] */
    GREEDY = 1024,   /* an input that says it gave more than it was asked for */
    SHRUNK = 2048,   /* an input that is a byte shorter than its size */
    CHANGING = 4096, /* an input that differs when it is read again */
    WALK = 8192,     /* all frames, blocks and regions by random access */
    WAYS = 16384
};

struct content {
    uint64_t size;
    uint8_t sha256[SHA256_SIZE];
};

struct bytes {
    const uint8_t *data;
    size_t size;
};

struct test_case {
    struct bytes name, file, tensor;
    struct scape_ref_profile profiles[PROFILES_MAX];
    uint32_t profile_count, error_count, delivered_count;
    unsigned way; /* bits of enum way */
    uint64_t max_memory, max_content, ceiling;
    uint64_t position; /* that the report must tell; UINT64_MAX: any in the file */
    uint16_t errors[ERRORS_MAX];
    bool accepts;
    struct content content, *delivered;
    int64_t nanoseconds; /* of CPU time that the unchanged reference took */
};

struct test_cases {
    struct test_case *all;
    uint32_t count;
};

_Noreturn void die(const char *what);
struct bytes read_file(const char *path);
struct test_cases read_cases(const char *path);

#endif
