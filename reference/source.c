/* source.c - see source.h. */
#include "source.h"

enum {
    PASS_PIECE = 4096
};

enum scape_ref_error scape_ref_source_some(struct scape_ref_source *s, void *out, size_t n,
                                           size_t *got) {
    *got = 0;
    while (*got < n) {
        size_t want = n - *got;
        int64_t now = s->input->read(s->input->ctx, (uint8_t *)out + *got, want);
        if (now < 0 || (uint64_t)now > want) {
            return SCAPE_REF_IO;
        }
        if (now == 0) {
            break;
        }
        *got += (size_t)now;
        s->position += (uint64_t)now;
    }
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_source_exact(struct scape_ref_source *s, void *out, size_t n) {
    size_t got;
    enum scape_ref_error error = scape_ref_source_some(s, out, n, &got);
    if (error) {
        return error;
    }
    return got == n ? SCAPE_REF_OK : SCAPE_REF_TRUNCATED;
}

enum scape_ref_error scape_ref_source_pass(struct scape_ref_source *s, uint64_t n,
                                           struct scape_ref_checksum *sum) {
    uint8_t piece[PASS_PIECE];
    enum scape_ref_error error = SCAPE_REF_OK;
    while (!error && n != 0) {
        size_t now = n < sizeof piece ? (size_t)n : sizeof piece;
        error = scape_ref_source_exact(s, piece, now);
        if (!error) {
            scape_ref_checksum_update(sum, piece, now);
            n -= now;
        }
    }
    return error;
}

enum scape_ref_error scape_ref_source_at(const struct scape_ref_input *input, uint64_t offset,
                                         void *out, size_t n) {
    size_t got = 0;
    while (got < n) {
        int64_t now = input->read_at(input->ctx, offset + got, (uint8_t *)out + got, n - got);
        if (now < 0 || (uint64_t)now > n - got) {
            return SCAPE_REF_IO;
        }
        if (now == 0) {
            return SCAPE_REF_TRUNCATED;
        }
        got += (size_t)now;
    }
    return SCAPE_REF_OK;
}
