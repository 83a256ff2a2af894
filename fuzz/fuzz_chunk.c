/* fuzz_chunk.c - one payload straight through the chunk decoder, without the frame around it.
 * Tail: 0 layout (0: the payload's own id), 1 to 3 content length, 4 the frame's profile. */
#include "chunk.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONTENT_MAX = 1 << 18
};

struct decoded {
    enum scape_ref_error error;
    size_t at;
    uint8_t *content; /* NULL after an error */
};

/* The standard profile as the frame's own. */
static void use_standard(struct scape_ref_stream_work *w) {
    FUZZ_CHECK(!scape_ref_profile_parse(scape_ref_standard_profile, scape_ref_standard_profile_size,
                                        &w->tables, w->own));
    w->frame = w->own;
}

static struct decoded decode(const uint8_t *payload, size_t size, uint32_t content_length,
                             bool profile, uint8_t fill) {
    struct fuzz_memory hooked = {.fill = fill};
    const struct scape_ref_options options = {.hooks = fuzz_hooks(&hooked)};
    struct scape_ref_memory memory;
    struct scape_ref_chunk_work work;
    struct decoded d = {.content = NULL};
    memset(&work, 0, sizeof work);
    scape_ref_memory_init(&memory, &options);
    uint16_t id = (uint16_t)(size < 2 ? 0xFFFF : scape_ref_load_le(payload, 2));
    FUZZ_CHECK(!scape_ref_chunk_reserve(&memory, &work, size, content_length, id));
    if (profile) {
        use_standard(&work.stream);
    }
    d.error = scape_ref_chunk_decode(&work, payload, size, content_length, &d.at);
    FUZZ_CHECK(d.at <= size && (d.error || d.at == size));
    if (!d.error) {
        d.content = malloc(content_length);
        FUZZ_CHECK(d.content != NULL);
        memcpy(d.content, work.content, content_length);
    }
    scape_ref_chunk_release(&memory, &work);
    FUZZ_CHECK(hooked.live == 0);
    return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    uint32_t content_length = (uint32_t)scape_ref_load_le(in.tail + 1, 3) % CONTENT_MAX + 1;
    /* A copy of the payload's own size: a read past its end is then seen. */
    uint8_t *payload = malloc(in.size != 0 ? in.size : 1);
    FUZZ_CHECK(payload != NULL);
    if (in.size != 0) {
        memcpy(payload, in.data, in.size);
    }
    if (in.tail[0] != 0 && in.size >= 2) {
        size_t row = (in.tail[0] - (size_t)1) % scape_ref_layout_count;
        scape_ref_store_u16le(payload, (uint16_t)scape_ref_layouts[row].id);
    }
    struct decoded a = decode(payload, in.size, content_length, in.tail[4] & 1, 0);
    struct decoded b = decode(payload, in.size, content_length, in.tail[4] & 1, 0xFF);
    FUZZ_CHECK(a.error == b.error && a.at == b.at);
    FUZZ_CHECK(a.error || memcmp(a.content, b.content, content_length) == 0);
    free(a.content);
    free(b.content);
    free(payload);
    return 0;
}
