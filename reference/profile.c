/* profile.c - see profile.h. */
#include "profile.h"

#include "checksum.h"

#include <string.h>

enum {
    PROFILE_HEADER_SIZE = 16,
    PROFILE_OVERHEAD = PROFILE_HEADER_SIZE + SCAPE_REF_CHECKSUM_SIZE
};

static const uint8_t profile_magic[8] = {0xD3, 'S', 'C', 'P', 'R', 'O', '\r', '\n'};

/* Magic, version, reserved bytes, length, checksum: what surrounds the body. */
static bool frame_is_right(const uint8_t *data, size_t size) {
    static const uint8_t zeros[3];
    return size >= PROFILE_OVERHEAD && size <= (size_t)1 << SCAPE_REF_PROFILE_LOG2_MAX &&
           memcmp(data, profile_magic, sizeof profile_magic) == 0 && data[8] == SCAPE_REF_VERSION &&
           memcmp(data + 9, zeros, sizeof zeros) == 0 &&
           scape_ref_load_le(data + 12, 4) == size - PROFILE_OVERHEAD &&
           scape_ref_load_le(data + size - SCAPE_REF_CHECKSUM_SIZE, SCAPE_REF_CHECKSUM_SIZE) ==
               scape_ref_checksum_of(data, size - SCAPE_REF_CHECKSUM_SIZE);
}

/* [PRF-004] Says from what the profile was made; passed over. */
static enum scape_ref_error pass_training_list(struct scape_ref_cursor *c) {
    uint64_t count, length;
    const uint8_t *bytes;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &count);
    for (uint64_t i = 0; !error && i < count; i++) {
        error = scape_ref_cursor_take(c, SCAPE_REF_SHA256_SIZE, &bytes);
        error = error ? error : scape_ref_cursor_varint(c, &length);
        if (!error && length > SCAPE_REF_NAME_MAX) {
            return SCAPE_REF_PROFILE_BAD;
        }
        error = error ? error : scape_ref_cursor_take(c, length, &bytes);
    }
    return error;
}

static enum scape_ref_error parse_set(struct scape_ref_cursor *c, struct scape_ref_tables *tables,
                                      struct scape_ref_profile_set *set) {
    uint8_t count_less_one = 0;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &set->layout);
    error = error ? error : scape_ref_cursor_varint(c, &set->field);
    error = error ? error : scape_ref_cursor_u8(c, &set->width);
    error = error ? error : scape_ref_cursor_u8(c, &set->precision);
    error = error ? error : scape_ref_cursor_u8(c, &count_less_one);
    set->count = count_less_one + UINT32_C(1);
    if (!error && (set->width < 1 || set->width > SCAPE_REF_CODED_WIDTH_MAX)) {
        return SCAPE_REF_PROFILE_BAD;
    }
    error = error ? error : scape_ref_table_size_check(set->precision, set->count);
    if (error) {
        return error;
    }
    set->at = c->at;
    return scape_ref_tables_read(c, set->precision, set->count, set->width, tables);
}

static enum scape_ref_error parse_body(struct scape_ref_cursor *c, struct scape_ref_tables *tables,
                                       struct scape_ref_profile_sets *out) {
    uint64_t count;
    enum scape_ref_error error = pass_training_list(c);
    error = error ? error : scape_ref_cursor_varint(c, &count);
    if (!error && count > SCAPE_REF_PROFILE_SETS_MAX) {
        return SCAPE_REF_PROFILE_BAD;
    }
    for (out->count = 0; !error && out->count < count; out->count++) {
        error = parse_set(c, tables, &out->sets[out->count]);
    }
    return !error && scape_ref_cursor_left(c) != 0 ? SCAPE_REF_PROFILE_BAD : error;
}

enum scape_ref_error scape_ref_profile_parse(const uint8_t *data, size_t size,
                                             struct scape_ref_tables *tables,
                                             struct scape_ref_profile_sets *out) {
    if (!frame_is_right(data, size)) {
        return SCAPE_REF_PROFILE_BAD;
    }
    out->data = data;
    out->size = size;
    /* Positions in the file: the cursor starts at the file's start and ends before the checksum. */
    struct scape_ref_cursor c = scape_ref_cursor_make(data, size - SCAPE_REF_CHECKSUM_SIZE);
    c.at = PROFILE_HEADER_SIZE;
    return parse_body(&c, tables, out) ? SCAPE_REF_PROFILE_BAD : SCAPE_REF_OK; /* [PRF-001] */
}

enum scape_ref_error scape_ref_profile_find(const struct scape_ref_options *options,
                                            const uint8_t *sha256,
                                            const struct scape_ref_profile **out) {
    for (size_t i = 0; i < options->profile_count; i++) {
        uint8_t hash[SCAPE_REF_SHA256_SIZE];
        *out = &options->profiles[i];
        enum scape_ref_error error = scape_ref_sha256_of((*out)->data, (*out)->size, hash);
        if (error || memcmp(hash, sha256, sizeof hash) == 0) {
            return error;
        }
    }
    return SCAPE_REF_PROFILE_MISSING;
}

enum scape_ref_error scape_ref_profile_tables(const struct scape_ref_profile_sets *profile,
                                              uint64_t number, uint64_t zigzag_shift,
                                              uint32_t precision, uint32_t count, uint32_t width,
                                              struct scape_ref_tables *tables) {
    if (!profile || number >= profile->count) {
        return SCAPE_REF_BAD_TABLE;
    }
    const struct scape_ref_profile_set *set = &profile->sets[number];
    if (set->precision != precision || set->count != count) {
        return SCAPE_REF_BAD_TABLE;
    }
    struct scape_ref_cursor c =
        scape_ref_cursor_make(profile->data, profile->size - SCAPE_REF_CHECKSUM_SIZE);
    c.at = set->at;
    enum scape_ref_error error = scape_ref_tables_read(&c, precision, count, set->width, tables);
    if (error) {
        return error; /* cannot happen: the profile was checked */
    }
    /* [CNV-014] [TBL-031] */
    int64_t half = (int64_t)(zigzag_shift / 2);
    int64_t shift = zigzag_shift % 2 ? -half - 1 : half;
    if (shift < -(int64_t)UINT16_MAX || shift > (int64_t)UINT16_MAX) {
        return SCAPE_REF_BAD_TABLE;
    }
    for (uint32_t i = 0; i < tables->value_count; i++) {
        int64_t value = tables->values[i] + shift;
        if (value < 0 || !scape_ref_value_fits((uint64_t)value, width)) {
            return SCAPE_REF_BAD_TABLE;
        }
        tables->values[i] = (uint16_t)value;
    }
    return SCAPE_REF_OK;
}
