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

/* The standard profile, which is part of the library and not checked. */
void sc_profile_standard(struct sc_profile_sets *sets);

/* Whether a stream of precision p and K = count can use set `number` [TBL-030]; else BAD_TABLE at
 * the cursor. */
bool sc_profile_check_set(const struct sc_profile_sets *sets, uint64_t number, uint32_t precision,
                          uint32_t count, struct sc_cursor *c);

/* The same, and reads the set. */
void sc_profile_read_set(struct sc_memory *memory, struct sc_tables *t,
                         const struct sc_profile_sets *sets, uint64_t number, uint32_t precision,
                         uint32_t count, struct sc_cursor *c);

#endif
