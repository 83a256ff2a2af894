/* judge.c - see judge.h. A case fails by a wrong class, wrong content, content handed out that must
 * not be, too much memory, memory kept, a byte written behind a block, or a report that is not what
 * happened. Blocks of memory start full of junk, and so does the stack. */
#include "judge.h"

#include "access.h"

#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    PIECE = 997, /* an input may give less than it is asked for */
    JUNK = 1 << 14,
    FENCE = 128,
    CALLS_MAX = 200 /* of a case that calls are refused in */
};

#define WRONG ((enum scape_ref_error)9) /* no class: what comes out so never passes */

struct state {
    const struct test_case *c;
    size_t at;
    SHA256_CTX sha;
    uint64_t size, held, peak;
    uint64_t max_memory;
    uint64_t last; /* offset that was read */
    uint32_t reads;
    bool over;   /* more memory than allowed was asked for */
    bool beyond; /* something was written behind a block */
};

/* Calls that succeed before one is refused, whether it was, and contexts of libcrypto's in use. */
static const struct test_case *judged;
static uint32_t calls_left;
static bool refused;
static int contexts_open;

static bool refuse(void) {
    bool now = calls_left-- == 0;
    refused = refused || now;
    return now;
}

static bool refuse_memory(void) {
    return judged->way & STARVED && refuse();
}

static bool refuse_access(void) {
    return judged->way & FAILING && refuse();
}

/* ---- Other libraries, as the reference is linked to them ---- */

EVP_MD_CTX *__real_EVP_MD_CTX_new(void);
void __real_EVP_MD_CTX_free(EVP_MD_CTX *ctx);
int __real_EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, ENGINE *engine);
int __real_EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t size);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *size);
size_t __real_ZSTD_decompressBegin(ZSTD_DCtx *context);
ZSTD_DCtx *__real_ZSTD_initStaticDCtx(void *memory, size_t size);

EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void) {
    EVP_MD_CTX *ctx = refuse_memory() ? NULL : __real_EVP_MD_CTX_new();
    contexts_open += ctx ? 1 : 0;
    return ctx;
}

void __wrap_EVP_MD_CTX_free(EVP_MD_CTX *ctx) {
    contexts_open -= ctx ? 1 : 0;
    __real_EVP_MD_CTX_free(ctx);
}

int __wrap_EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, ENGINE *engine) {
    return refuse_memory() ? 0 : __real_EVP_DigestInit_ex(ctx, type, engine);
}

int __wrap_EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t size) {
    return refuse_memory() ? 0 : __real_EVP_DigestUpdate(ctx, data, size);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *size) {
    return refuse_memory() ? 0 : __real_EVP_DigestFinal_ex(ctx, out, size);
}

ZSTD_DCtx *__wrap_ZSTD_initStaticDCtx(void *memory, size_t size) {
    return refuse_memory() ? NULL : __real_ZSTD_initStaticDCtx(memory, size);
}

size_t __wrap_ZSTD_decompressBegin(ZSTD_DCtx *context) {
    return refuse_memory() ? (size_t)-ZSTD_error_memory_allocation
                           : __real_ZSTD_decompressBegin(context);
}

/* ---- Input, output, memory ---- */

static int64_t input_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct state *s = ctx;
    const struct bytes *file = &s->c->file;
    size_t size = s->c->way & SHRUNK ? file->size - 1 : file->size;
    if (s->c->way & BROKEN || refuse_access()) {
        return -1;
    }
    if (offset >= size || n == 0) {
        return 0;
    }
    bool lie = s->c->way & GREEDY && ++s->reads % 2 == 0;
    size_t now = n < PIECE ? n : PIECE + (n - PIECE) / 2;
    now = s->c->way & GREEDY && !lie && n > 1 ? n / 2 : now;
    now = now < size - (size_t)offset ? now : size - (size_t)offset;
    memcpy(buffer, file->data + (size_t)offset, now);
    if (s->c->way & CHANGING && offset != 0 && offset == s->last &&
        now > SCAPE_REF_BLOCK_HEADER_SIZE) {
        ((uint8_t *)buffer)[SCAPE_REF_BLOCK_HEADER_SIZE] ^= 1; /* of a chunk: its layout */
    }
    s->last = offset;
    return (int64_t)(lie ? n + 1 : now);
}

static int64_t input_read(void *ctx, void *buffer, size_t n) {
    struct state *s = ctx;
    int64_t got = input_at(ctx, s->at, buffer, n);
    s->at += got > 0 ? (size_t)got : 0;
    return got;
}

static int output_write(void *ctx, const void *data, size_t n) {
    struct state *s = ctx;
    if (s->c->way & FULL || refuse_access()) {
        return -1;
    }
    s->size += n;
    return SHA256_Update(&s->sha, data, n) == 1 ? 0 : -1;
}

/* Blocks know their size. Behind them lie bytes that must stay as they are. */
static void *block_allocate(void *ctx, size_t size) {
    struct state *s = ctx;
    if (refuse_memory()) {
        return NULL;
    }
    s->held += size;
    if (s->held > (s->max_memory ? s->max_memory : s->c->ceiling)) {
        s->held -= size;
        s->over = true;
        return NULL;
    }
    s->peak = s->held > s->peak ? s->held : s->peak;
    size_t *block = malloc(size + (size_t)2 * FENCE);
    if (!block) {
        return NULL;
    }
    *block = size;
    memset((uint8_t *)block + FENCE, 0xA5, size < JUNK ? size : JUNK);
    memset((uint8_t *)block + FENCE + size, 0x5A, FENCE);
    return (uint8_t *)block + FENCE;
}

static void block_release(void *ctx, void *memory) {
    struct state *s = ctx;
    size_t *block = (size_t *)(void *)((uint8_t *)memory - FENCE);
    s->held -= *block;
    for (size_t i = 0; i < FENCE; i++) {
        s->beyond = s->beyond || ((uint8_t *)memory)[*block + i] != 0x5A;
    }
    free(block);
}

/* What a variable that was not set holds then. */
static void litter_stack(void) {
    volatile uint8_t litter[JUNK];
    for (size_t i = 0; i < sizeof litter; i++) {
        litter[i] = 0xA5;
    }
}

/* ---- Random access ---- */

/* Without a loaded frame there is nothing to read. */
static bool nothing_is_loaded(struct scape_ref_access *a, const struct scape_ref_output *output) {
    struct scape_ref_region region;
    bool more;
    return scape_ref_access_read(a, 0, 0, output) == SCAPE_REF_BAD_ARGUMENT &&
           scape_ref_access_next_region(a, &region, &more) == SCAPE_REF_OK && !more;
}

static enum scape_ref_error extract(struct scape_ref_access *a, const struct test_case *c,
                                    const struct scape_ref_output *output) {
    struct scape_ref_region region;
    enum scape_ref_error error = scape_ref_access_find(a, c->tensor.data, c->tensor.size, &region);
    if (error && error != SCAPE_REF_NOT_FOUND && !nothing_is_loaded(a, output)) {
        return WRONG;
    }
    return error ? error : scape_ref_access_read(a, region.offset, region.length, output);
}

/* The streams of the block decoded last tile its payload, behind the layout's id and the tail. */
static bool streams_tile(const struct scape_ref_access *a, const struct scape_ref_block_entry *e) {
    const struct scape_ref_layout *layout = a->work.layout;
    const uint8_t *payload = a->work.block + SCAPE_REF_BLOCK_HEADER_SIZE;
    size_t at = 2 + e->content_length % layout->block_bytes;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        if (at >= e->payload_length || a->work.streams[f].coder != payload[at]) {
            return false;
        }
        at += a->work.streams[f].size;
    }
    return at == e->payload_length && layout->id == (payload[0] | payload[1] << 8);
}

static enum scape_ref_error blocks_tile(struct scape_ref_access *a, uint64_t size) {
    uint64_t at = 0;
    for (size_t i = 0; i < a->blocks.count; i++) {
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(&a->blocks, i);
        enum scape_ref_error error = scape_ref_access_decode_block(a, i);
        if (error) {
            return error;
        }
        if (e->content_offset != at || (!e->is_repeat && !streams_tile(a, e))) {
            return WRONG;
        }
        at += e->content_length;
    }
    return at == size ? SCAPE_REF_OK : WRONG;
}

/* A varint of an index that is right. */
static uint64_t told(const uint8_t **at) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

/* The region's label is the one that stands at this place of the index. */
static bool label_is(const struct scape_ref_region *region, const uint8_t *at) {
    bool good = region->dtype == told(&at) && region->rank == told(&at);
    for (uint32_t i = 0; good && i < region->rank; i++) {
        good = region->dims[i] == told(&at);
    }
    return good && region->length == told(&at);
}

static bool regions_tile(struct scape_ref_access *a, uint64_t size) {
    uint64_t at = 0;
    struct scape_ref_region region;
    for (uint64_t i = 0;; i++) {
        const uint8_t *label = a->reader.cursor.data + a->reader.cursor.at;
        bool more;
        if (scape_ref_access_next_region(a, &region, &more) != SCAPE_REF_OK) {
            return false;
        }
        if (!more) {
            return at == size && i == a->region_count;
        }
        if (region.offset != at || !label_is(&region, label)) {
            return false;
        }
        at += region.length;
    }
}

/* What the contract's inspect tells and more, and all content in two pieces; the rules for the
 * arguments of scape_ref_access_read. The frame before was loaded and not read. */
static enum scape_ref_error walk_frame(struct scape_ref_access *a, size_t i,
                                       const struct scape_ref_output *output) {
    uint64_t size = scape_ref_access_frame(a, i)->trailer.content_size, half = size / 2;
    enum scape_ref_error error = scape_ref_access_load(a, i ? i - 1 : a->frame_count - 1);
    error = error ? error : scape_ref_access_load(a, i);
    error = error ? error : blocks_tile(a, size);
    if (error) {
        return error;
    }
    if (!regions_tile(a, size) || scape_ref_access_read(a, size, 0, output) != SCAPE_REF_OK ||
        scape_ref_access_read(a, size + 1, 0, output) != SCAPE_REF_BAD_ARGUMENT ||
        scape_ref_access_read(a, 1, size, output) != SCAPE_REF_BAD_ARGUMENT ||
        scape_ref_access_read(a, 0, size + 1, output) != SCAPE_REF_BAD_ARGUMENT) {
        return WRONG;
    }
    error = scape_ref_access_read(a, 0, half, output);
    return error ? error : scape_ref_access_read(a, half, size - half, output);
}

static enum scape_ref_error walk(struct scape_ref_access *a, const struct test_case *c,
                                 const struct scape_ref_output *output) {
    uint64_t at = 0, content_at = 0;
    if (!nothing_is_loaded(a, output)) {
        return WRONG;
    }
    for (size_t i = 0; i < a->frame_count; i++) {
        const struct scape_ref_access_frame *f = scape_ref_access_frame(a, i);
        if (f->start != at || f->content_offset != content_at) {
            return WRONG;
        }
        at += f->size;
        content_at += f->trailer.content_size;
        enum scape_ref_error error = walk_frame(a, i, output);
        if (error) {
            return error;
        }
    }
    return at == c->file.size && content_at == a->content_size ? SCAPE_REF_OK : WRONG;
}

static enum scape_ref_error run_access(const struct test_case *c,
                                       const struct scape_ref_input *input,
                                       const struct scape_ref_output *output,
                                       const struct scape_ref_options *options) {
    static struct scape_ref_access access;
    enum scape_ref_error error = scape_ref_access_open(&access, input, options);
    if (!error) {
        error = c->way & WALK ? walk(&access, c, output) : extract(&access, c, output);
        scape_ref_access_close(&access);
        error = access.frame_count == 0 && nothing_is_loaded(&access, output) ? error : WRONG;
    }
    return error;
}

/* ---- One case ---- */

static bool content_is(const struct content *c, const struct state *s, const uint8_t *sha256) {
    return c->size == s->size && memcmp(c->sha256, sha256, sizeof c->sha256) == 0;
}

/* What may stand in the output after an error: nothing, or a listed part of the content; after a
 * call that was refused any part. */
static bool may_be_delivered(const struct test_case *c, const struct state *s,
                             const uint8_t *sha256) {
    for (uint32_t i = 0; i < c->delivered_count; i++) {
        if (content_is(&c->delivered[i], s, sha256)) {
            return true;
        }
    }
    return s->size == 0 || (c->way & (STARVED | FAILING | TIGHT | WALK));
}

static bool expects(const struct test_case *c, int error) {
    bool found = false;
    for (uint32_t i = 0; i < c->error_count; i++) {
        found = found || c->errors[i] == error ||
                (c->errors[i] == ANY_ERROR && error >= 10 && error <= 99);
    }
    return found;
}

static bool report_is_right(const struct scape_ref_report *r, const struct state *s, int error) {
    uint64_t position = error || s->c->position != UINT64_MAX ? s->c->position : s->c->file.size;
    bool unseen = s->c->way & UNHOOKED;
    return (int)r->error == error && r->content_bytes == s->size &&
           (unseen || r->peak_memory == s->peak) &&
           (position == UINT64_MAX ? r->position <= s->c->file.size : r->position == position);
}

static int run(struct state *s, bool *good) {
    const struct test_case *c = s->c;
    const struct scape_ref_input input = {.ctx = s,
                                          .read = input_read,
                                          .read_at = c->way & PIPE ? NULL : input_at,
                                          .size = c->file.size};
    const struct scape_ref_output output = {s, output_write};
    const struct scape_ref_hooks none = {0}, hooks = {s, block_allocate, block_release};
    const struct scape_ref_options options = {.max_memory = s->max_memory,
                                              .max_content = c->max_content,
                                              .profiles = c->profiles,
                                              .profile_count = c->profile_count,
                                              .skip_sha256 = c->way & NO_HASH,
                                              .hooks = c->way & UNHOOKED ? none : hooks};
    const struct scape_ref_options *given = c->way & BARE ? NULL : &options;
    *good = true;
    if (c->way & (EXTRACT | WALK)) {
        return (int)run_access(c, &input, &output, given);
    }
    if (c->way & BARE) {
        return (int)scape_ref_decode(&input, &output, NULL, NULL);
    }
    struct scape_ref_report report;
    int error = (int)scape_ref_decode(&input, &output, given, &report);
    *good = report_is_right(&report, s, error);
    return error;
}

/* Bytes that malloc has given out. */
static size_t in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The error of a case that comes out right so far, or -1. */
static int outcome(const struct test_case *c, uint64_t max_memory, uint32_t calls, uint64_t *peak) {
    litter_stack();
    struct state s = {.c = c, .max_memory = max_memory};
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    bool good;
    judged = c;
    calls_left = calls;
    refused = false;
    contexts_open = 0;
    SHA256_Init(&s.sha);
    size_t before = in_use();
    int error = run(&s, &good);
    good = good && (!(c->way & BARE) || in_use() == before);
    SHA256_Final(sha256, &s.sha);
    *peak = s.peak;
    if (!good || s.over || s.beyond || s.held != 0 || contexts_open != 0) {
        return -1;
    }
    if (error == 0) {
        return content_is(&c->content, &s, sha256) ? 0 : -1;
    }
    return may_be_delivered(c, &s, sha256) ? error : -1;
}

static bool passes_tight(const struct test_case *c, uint64_t peak) {
    return outcome(c, peak, UINT32_MAX, &peak) == SCAPE_REF_OK &&
           outcome(c, peak - 1, UINT32_MAX, &peak) == SCAPE_REF_MEMORY;
}

static bool passes_refused(const struct test_case *c) {
    const int want = c->way & STARVED ? SCAPE_REF_NO_MEMORY : SCAPE_REF_IO;
    uint64_t peak;
    for (uint32_t n = 0; n < CALLS_MAX; n++) {
        int error = outcome(c, 0, n, &peak);
        if (error != want || !refused) {
            return error == SCAPE_REF_OK && !refused;
        }
    }
    return false;
}

bool passes(const struct test_case *c) {
    uint64_t peak;
    if (c->way & (STARVED | FAILING)) {
        return passes_refused(c);
    }
    int error = outcome(c, c->max_memory, UINT32_MAX, &peak);
    bool good = error == 0 ? c->accepts : expects(c, error);
    return good && (!(c->way & TIGHT) || passes_tight(c, peak));
}
