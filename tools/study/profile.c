/* profile.c - see profile.h. Only the training list is read here [PRF-004]; the codec checks the
 * rest. */
#include "profile.h"

#include "archive_file.h"
#include "checksum.h"
#include "cursor.h"
#include "registry_tables.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 16,
    PROFILE_MAX = 1 << 24
};

static bool read_example(struct scape_ref_cursor *c, struct study_example *e) {
    const uint8_t *digest = NULL, *name = NULL;
    uint64_t length = 0;
    if (scape_ref_cursor_take(c, SCAPE_REF_SHA256_SIZE, &digest) != SCAPE_REF_OK ||
        scape_ref_cursor_varint(c, &length) != SCAPE_REF_OK ||
        scape_ref_cursor_take(c, length, &name) != SCAPE_REF_OK) {
        return false;
    }
    char *text = study_text_copy((const char *)name, (size_t)length);
    if (text == NULL) {
        return false;
    }
    memcpy(e->sha256, digest, sizeof e->sha256);
    e->model = study_model_name(text);
    free(text);
    return e->model != NULL;
}

static bool read_examples(struct study_profile *p) {
    struct scape_ref_cursor c = scape_ref_cursor_make(p->data.data, p->data.size);
    const uint8_t *head = NULL;
    uint64_t count = 0;
    if (scape_ref_cursor_take(&c, HEAD_SIZE, &head) != SCAPE_REF_OK ||
        memcmp(head, "\xD3SCPRO\r\n", 8) != 0 ||
        scape_ref_cursor_varint(&c, &count) != SCAPE_REF_OK ||
        count > p->data.size / SCAPE_REF_SHA256_SIZE) {
        return false;
    }
    p->examples = calloc((size_t)count + 1, sizeof *p->examples);
    bool good = p->examples != NULL;
    for (uint64_t i = 0; i < count && good; i++) {
        good = read_example(&c, &p->examples[p->example_count++]);
    }
    return good;
}

static void describe(struct study_profile *p) {
    uint8_t digest[SCAPE_REF_SHA256_SIZE];
    if (scape_ref_sha256_of(p->data.data, p->data.size, digest) == SCAPE_REF_OK) {
        cli_hex_text(digest, sizeof digest, p->sha256_text);
    }
    p->problem = read_examples(p) ? "" : "is no profile";
}

bool study_profile_load(struct study_profile *p, const char *argument) {
    const char *path = strchr(argument, '=') + 1;
    const char *slash = strrchr(path, '/');
    *p = (struct study_profile){.method = argument,
                                .method_length = (size_t)(path - 1 - argument),
                                .name = slash != NULL ? slash + 1 : path,
                                .problem = "cannot be read"};
    if (cli_input_load(path, PROFILE_MAX, &p->data)) {
        p->owned = (void *)(uintptr_t)p->data.data;
        describe(p);
    }
    return true;
}

bool study_profile_standard(struct study_profile *p) {
    *p = (struct study_profile){
        .name = "standard", .data = {scape_ref_standard_profile, scape_ref_standard_profile_size}};
    describe(p);
    return p->problem[0] == 0;
}

void study_profile_free(struct study_profile *p) {
    for (size_t i = 0; i < p->example_count; i++) {
        free(p->examples[i].model);
    }
    free(p->examples);
    free(p->owned);
}

bool study_profile_saw(const struct study_profile *p, const struct study_file *f) {
    for (size_t i = 0; i < p->example_count; i++) {
        const struct study_example *e = &p->examples[i];
        if ((f->hashed && memcmp(e->sha256, f->sha256, sizeof e->sha256) == 0) ||
            (e->model != NULL && strcmp(e->model, f->model) == 0)) {
            return true;
        }
    }
    return false;
}
