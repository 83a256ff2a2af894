/* source.c - reading the input. Depends on source.h. */
#include "source.h"

#include <string.h>

enum {
    STEP = 1 << 20
};

static void read_memory(const struct sc_source *s, void *buffer, size_t n, size_t *got) {
    uint64_t left = s->size - s->position;
    *got = n < left ? n : (size_t)left;
    if (*got > 0) {
        memcpy(buffer, s->memory + s->position, *got);
    }
}

static enum scape_error read_next(const struct sc_source *s, void *buffer, size_t n, size_t *got) {
    *got = 0;
    while (*got < n) {
        int64_t more = s->input.read(s->input.ctx, (uint8_t *)buffer + *got, n - *got);
        if (more < 0 || (uint64_t)more > n - *got) {
            return SCAPE_ERROR_IO;
        }
        if (more == 0) {
            break;
        }
        *got += (size_t)more;
    }
    return SCAPE_OK;
}

enum scape_error sc_source_read(struct sc_source *s, void *buffer, size_t n, size_t *got) {
    enum scape_error error = SCAPE_OK;
    if (s->memory != NULL) {
        read_memory(s, buffer, n, got);
    } else if (s->parallel) {
        error = sc_source_read_at(s, s->position, buffer, n, got);
    } else {
        error = read_next(s, buffer, n, got);
    }
    s->position += *got;
    return error;
}

enum scape_error sc_source_read_at(const struct sc_source *s, uint64_t offset, void *buffer,
                                   size_t n, size_t *got) {
    *got = 0;
    while (*got < n) {
        int64_t more =
            s->input.read_at(s->input.ctx, offset + *got, (uint8_t *)buffer + *got, n - *got);
        if (more < 0 || (uint64_t)more > n - *got) {
            return SCAPE_ERROR_IO;
        }
        if (more == 0) {
            break;
        }
        *got += (size_t)more;
    }
    return SCAPE_OK;
}

uint64_t sc_source_left(const struct sc_source *s) {
    return s->parallel && s->position < s->input.size ? s->input.size - s->position : 0;
}

enum scape_error sc_source_fill(struct sc_source *s, struct sc_memory *memory,
                                struct sc_buffer *buffer, size_t keep, uint64_t n) {
    if (n > SIZE_MAX - keep) {
        return SCAPE_ERROR_MEMORY;
    }
    size_t have = keep, end = keep + (size_t)n;
    while (have < end) {
        size_t step = have > STEP ? have : STEP;
        step = step < end - have ? step : end - have;
        enum scape_error error = sc_buffer_grow(memory, buffer, have, have + step);
        if (error != SCAPE_OK) {
            return error;
        }
        size_t got;
        error = sc_source_read(s, buffer->data + have, step, &got);
        if (error != SCAPE_OK || got < step) {
            return error != SCAPE_OK ? error : SCAPE_ERROR_TRUNCATED;
        }
        have += step;
    }
    return SCAPE_OK;
}

const uint8_t *sc_source_view(const struct sc_source *s, uint64_t n) {
    if (s->memory == NULL || s->size - s->position < SC_SLACK ||
        n > s->size - s->position - SC_SLACK) {
        return NULL;
    }
    return s->memory + s->position;
}
