/* profile.c - profile files [PRF-001] and their table sets [TBL-030]. Depends on profile.h. */
#include "profile.h"

#include "checksum.h"

static const uint8_t magic[8] = {0xD3, 'S', 'C', 'P', 'R', 'O', 0x0D, 0x0A};

enum {
    HEAD = 16,
    CHECKSUM = 8,
    DIGEST = 32
};

/* One set behind its layout and field; returns false on an error. */
static bool read_set(struct sc_memory *memory, struct sc_tables *t, struct sc_cursor *c) {
    uint32_t width = sc_cursor_u8(c);
    bool good = width >= 1 && width <= SCAPE_REG_CODED_WIDTH_MAX;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_PROFILE_BAD)) {
        return false;
    }
    uint32_t precision = sc_cursor_u8(c);
    uint32_t count = sc_cursor_u8(c) + 1u;
    if (sc_tables_check_size(c, precision, count)) {
        sc_tables_read(memory, t, c, precision, count, width);
    }
    return c->error == SCAPE_OK;
}

static void read_body(struct sc_memory *memory, struct sc_tables *t, struct sc_profile_sets *sets,
                      struct sc_cursor *c) {
    uint64_t training = sc_cursor_varint(c);
    for (uint64_t i = 0; i < training && c->error == SCAPE_OK; i++) {
        sc_cursor_take(c, DIGEST);
        uint64_t length = sc_cursor_varint(c);
        sc_cursor_require(c, length <= SCAPE_REG_NAME_MAX, SCAPE_ERROR_PROFILE_BAD);
        sc_cursor_take(c, length);
    }
    uint64_t count = sc_cursor_varint(c);
    if (!sc_cursor_require(c, count <= SCAPE_REG_PROFILE_SETS_MAX, SCAPE_ERROR_PROFILE_BAD)) {
        return;
    }
    sets->count = (uint32_t)count;
    for (uint32_t i = 0; i < sets->count; i++) {
        sc_cursor_varint(c);
        sc_cursor_varint(c);
        sets->offsets[i] = (uint32_t)(c->at - sets->data);
        if (!read_set(memory, t, c)) {
            return;
        }
    }
    sc_cursor_require(c, sc_cursor_left(c) == 0, SCAPE_ERROR_PROFILE_BAD);
}

void sc_profile_standard(struct sc_profile_sets *sets) {
    sets->data = scape_reg_standard_profile;
    sets->size = scape_reg_standard_profile_size;
    sets->count = scape_reg_standard_set_count;
    memcpy(sets->offsets, scape_reg_standard_sets, sets->count * sizeof *sets->offsets);
}

enum scape_error sc_profile_open(struct sc_memory *memory, struct sc_tables *t,
                                 struct sc_profile_sets *sets, const uint8_t *data, size_t size) {
    sets->data = data;
    sets->size = size;
    sets->count = 0;
    if (size < HEAD + CHECKSUM || size > (size_t)1 << SCAPE_REG_PROFILE_LOG2_MAX ||
        memcmp(data, magic, sizeof magic) != 0 || data[8] != SCAPE_REG_VERSION ||
        (data[9] | data[10] | data[11]) != 0 ||
        sc_load_u32(data + 12) != size - (HEAD + CHECKSUM) ||
        sc_load_u64(data + size - CHECKSUM) != sc_checksum(data, size - CHECKSUM)) {
        return SCAPE_ERROR_PROFILE_BAD;
    }
    struct sc_cursor c =
        sc_cursor_make(data + HEAD, size - (HEAD + CHECKSUM), SCAPE_ERROR_PROFILE_BAD);
    read_body(memory, t, sets, &c);
    if (c.error == SCAPE_OK || c.error == SCAPE_ERROR_MEMORY || c.error == SCAPE_ERROR_NO_MEMORY) {
        return c.error;
    }
    return SCAPE_ERROR_PROFILE_BAD;
}

bool sc_profile_check_set(const struct sc_profile_sets *sets, uint64_t number, uint32_t precision,
                          uint32_t count, struct sc_cursor *c) {
    bool there = sets != NULL && number < sets->count;
    if (!sc_cursor_require(c, there, SCAPE_ERROR_BAD_TABLE)) {
        return false;
    }
    const uint8_t *set = sets->data + sets->offsets[number];
    return sc_cursor_require(c, set[1] == precision && set[2] + 1u == count, SCAPE_ERROR_BAD_TABLE);
}

void sc_profile_read_set(struct sc_memory *memory, struct sc_tables *t,
                         const struct sc_profile_sets *sets, uint64_t number, uint32_t precision,
                         uint32_t count, struct sc_cursor *c) {
    if (sc_profile_check_set(sets, number, precision, count, c)) {
        size_t offset = sets->offsets[number];
        struct sc_cursor inside = sc_cursor_make(
            sets->data + offset, sets->size - CHECKSUM - offset, SCAPE_ERROR_PROFILE_BAD);
        read_set(memory, t, &inside);
        sc_cursor_require(c, inside.error == SCAPE_OK, inside.error);
    }
}
