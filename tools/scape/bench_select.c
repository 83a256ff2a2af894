/* bench_select.c - see bench_select.h. */
#include "bench_select.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

enum {
    DTYPE_F16 = 10, /* of the registry */
    DTYPE_BF16 = 11,
    DTYPE_GGML = 64,
    DTYPE_Q4_K = 76
};

static bool is_known(const char *name, size_t n) {
    static const char *const levels[] = {"all", "fast", "default", "max"};
    struct codec_method m;
    bool found = false;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        found = found || (strlen(levels[i]) == n && memcmp(levels[i], name, n) == 0);
    }
    for (size_t i = 0; codec_method_get(i, &m); i++) {
        found = found || (strlen(m.name) == n && memcmp(m.name, name, n) == 0);
    }
    for (size_t i = 0; cli_baseline_get(i) != NULL; i++) {
        const char *one = cli_baseline_get(i)->name;
        found = found || (strlen(one) == n && memcmp(one, name, n) == 0);
    }
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        const char *one = cli_study_gguf_get(i)->name;
        found = found || (strlen(one) == n && memcmp(one, name, n) == 0);
    }
    return found;
}

bool cli_bench_list_check(const char *list) {
    for (const char *at = list;; at++) {
        size_t n = strcspn(at, ",");
        if (!is_known(at, n)) {
            cli_error("--methods", "'%.*s' is no method", (int)(n < 64 ? n : 64), at);
            return false;
        }
        at += n;
        if (*at == 0) {
            return true;
        }
    }
}

static bool is_listed(const char *list, const char *name) {
    size_t size = strlen(name);
    for (const char *at = list;; at++) {
        size_t n = strcspn(at, ",");
        if (n == size && memcmp(at, name, n) == 0) {
            return true;
        }
        at += n;
        if (*at == 0) {
            return false;
        }
    }
}

static const char *const kernels[] = {"portable", "avx2", "avx512", "neon"};

const char *cli_bench_kernel(const char **list) {
    size_t n = strcspn(*list, ",");
    const char *found = NULL;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (strlen(kernels[i]) == n && memcmp(kernels[i], *list, n) == 0) {
            found = kernels[i];
        }
    }
    *list = (*list)[n] == ',' ? *list + n + 1 : NULL;
    return found;
}

/* Whether this machine and this build have it: the codec would take another one silently. */
static bool has_kernel(const char *name) {
    (void)setenv("SCAPE_KERNEL", name, 1);
    bool there = strcmp(codec_kernel_name(), name) == 0;
    (void)unsetenv("SCAPE_KERNEL");
    return there;
}

bool cli_bench_kernels_check(const char *list) {
    while (list != NULL) {
        const char *name = cli_bench_kernel(&list);
        if (name == NULL || !has_kernel(name)) {
            cli_error("--kernel", "%s", name == NULL ? "no such kernel" : "not on this machine");
            return false;
        }
    }
    return true;
}

static bool has_dtype(const struct cli_bench_input *in, uint16_t least, uint16_t most) {
    for (size_t i = 0; i < in->region_count; i++) {
        if (in->regions[i].dtype >= least && in->regions[i].dtype <= most) {
            return true;
        }
    }
    return false;
}

/* The first letters of a method's name say which type it is for; the study's names for whole files
 * stand for GGUF, where other files have the same compressors as baselines. */
static bool applies(const char *name, const struct cli_bench_input *in) {
    static const struct {
        const char *first;
        uint16_t least, most;
    } rules[] = {
        {"bf16_", DTYPE_BF16, DTYPE_BF16},     {"fp16_", DTYPE_F16, DTYPE_F16},
        {"qb_", DTYPE_Q4_K, DTYPE_Q4_K},       {"qa_", DTYPE_Q4_K, DTYPE_Q4_K},
        {"decomp_", DTYPE_GGML, UINT16_MAX},   {"whole_", DTYPE_GGML, UINT16_MAX},
        {"brotli_q9", DTYPE_GGML, UINT16_MAX},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strncmp(name, rules[i].first, strlen(rules[i].first)) == 0) {
            return has_dtype(in, rules[i].least, rules[i].most);
        }
    }
    return strcmp(name, "zstd_19_bytegrouped") != 0 || in->element_bytes > 1;
}

bool cli_bench_wants(const char *list, const char *name, const struct cli_bench_input *in) {
    return is_listed(list, name) || (is_listed(list, "all") && applies(name, in));
}

bool cli_bench_wants_baseline(const char *list, const char *name,
                              const struct cli_bench_input *in) {
    return is_listed(list, name) ||
           (is_listed(list, "all") && applies(name, in) && !has_dtype(in, DTYPE_GGML, UINT16_MAX));
}

void cli_bench_keep(struct codec_memory *file, struct cli_plan *plan, uint16_t dtype) {
    unsigned char *data = (unsigned char *)(uintptr_t)file->data; /* the caller's own memory */
    size_t count = 0, size = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct codec_region r = plan->regions[i];
        if (r.dtype == dtype) {
            memmove(data + size, data + r.offset, (size_t)r.length);
            r.offset = size;
            size += (size_t)r.length;
            plan->regions[count++] = r;
        }
    }
    plan->count = count;
    file->size = size;
}
