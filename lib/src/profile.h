/* profile.h - profile files [PRF]: checked once, then read set by set. Depends on tables.h. */
#ifndef SC_PROFILE_H
#define SC_PROFILE_H

#include "tables.h"

/* A checked profile file. It keeps the file's bytes, not tables: a set of a few bytes can stand for
 * 64 tables of 4096 symbols, so a set is read again where a stream uses it. */
struct sc_profile_sets {
    const uint8_t *data;
    size_t size;
    uint32_t count;
    uint32_t offsets[SCAPE_REG_PROFILE_SETS_MAX]; /* of each set's width */
};

/* PROFILE_BAD, or a memory class. `t` is scratch. */
enum scape_error sc_profile_open(struct sc_memory *memory, struct sc_tables *t,
                                 struct sc_profile_sets *sets, const uint8_t *data, size_t size);

/* The standard profile, checked when it is first used: many files do without. */
struct sc_standard {
    pthread_mutex_t lock;
    bool checked;
    struct sc_profile_sets sets;
};

enum scape_error sc_standard_get(struct sc_memory *memory, struct sc_tables *t,
                                 struct sc_standard *standard, const struct sc_profile_sets **sets);

/* Set `number` for a stream of precision p and K = count [TBL-030]: BAD_TABLE at the cursor when it
 * is not there or does not fit. */
void sc_profile_read_set(struct sc_memory *memory, struct sc_tables *t,
                         const struct sc_profile_sets *sets, uint64_t number, uint32_t precision,
                         uint32_t count, struct sc_cursor *c);

#endif
