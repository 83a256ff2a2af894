/* profile.h - a profile file: numbered table sets that streams may use. Chapter "profiles" of the
 * spec. Depends on tables and checksum. */
#ifndef SCAPE_REF_PROFILE_FILE_H
#define SCAPE_REF_PROFILE_FILE_H

#include "scape_ref.h"
#include "tables.h"

struct scape_ref_profile_set {
    size_t at;              /* of the tables, in the file */
    uint64_t layout, field; /* what the set was made for: information */
    uint8_t width;
    uint8_t precision;
    uint32_t count;
};

/* A checked profile. data is not owned. */
struct scape_ref_profile_sets {
    const uint8_t *data;
    size_t size;
    uint32_t count;
    struct scape_ref_profile_set sets[SCAPE_REF_PROFILE_SETS_MAX];
};

/* Checks the whole file; everything that is wrong is SCAPE_REF_PROFILE_BAD. The tables' memory is
 * overwritten. */
enum scape_ref_error scape_ref_profile_parse(const uint8_t *data, size_t size,
                                             struct scape_ref_tables *tables,
                                             struct scape_ref_profile_sets *out);

/* The profile among the caller's whose file has this SHA-256, or SCAPE_REF_PROFILE_MISSING. */
enum scape_ref_error scape_ref_profile_find(const struct scape_ref_options *options,
                                            const uint8_t *sha256,
                                            const struct scape_ref_profile **out);

/* The tables of a set of a checked profile, shifted [TBL-030] [TBL-031]; profile NULL: no sets.
 * SCAPE_REF_BAD_TABLE when number, precision, count or a shifted value does not fit. */
enum scape_ref_error scape_ref_profile_tables(const struct scape_ref_profile_sets *profile,
                                              uint64_t number, uint64_t zigzag_shift,
                                              uint32_t precision, uint32_t count, uint32_t width,
                                              struct scape_ref_tables *tables);

#endif
