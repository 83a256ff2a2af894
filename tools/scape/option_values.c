/* option_values.c - the values of options: from words to numbers, and to their places. */
#include "codec.h"
#include "option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool cli_parse_size(const char *text, uint64_t *out) {
    static const char units[] = "KMGT";
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end != 0 ? strchr(units, *end) : NULL;
    unsigned shift = 0;
    if (unit != NULL) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
    }
    if (*end == 'i' && shift != 0 && end[1] == 'B') {
        end++;
    }
    if (*end == 'B') {
        end++;
    }
    if (errno != 0 || *end != 0 || value > UINT64_MAX >> shift) {
        return false;
    }
    *out = (uint64_t)value << shift;
    return true;
}

static bool parse_number(const char *text, unsigned most, unsigned *out) {
    uint64_t value;
    if (!cli_parse_size(text, &value) || value > most) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static bool parse_shape(const char *text, struct cli_options *o) {
    for (o->rank = 0; o->rank < CLI_RANK_MAX;) {
        char *end;
        errno = 0;
        if (*text < '0' || *text > '9') {
            return false;
        }
        o->shape[o->rank++] = strtoull(text, &end, 10);
        if (errno != 0 || (*end != 0 && *end != 'x')) {
            return false;
        }
        if (*end == 0) {
            return true;
        }
        text = end + 1;
    }
    return false;
}

/* "I/N", I below N */
static bool parse_shard(const char *text, struct cli_options *o) {
    char first[16];
    unsigned shard = 0, shards = 0;
    size_t n = strcspn(text, "/");
    if (n == 0 || n >= sizeof first || text[n] == 0) {
        return false;
    }
    memcpy(first, text, n);
    first[n] = 0;
    bool good = parse_number(first, UINT32_MAX, &shard) &&
                parse_number(text + n + 1, UINT32_MAX, &shards) && shard < shards;
    o->shard = shard;
    o->shards = shards;
    return good;
}

static bool parse_level(const char *text, int *out) {
    static const char *const names[] = {"fast", "default", "max"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = CLI_LEVEL_FAST + i;
            return true;
        }
    }
    return false;
}

bool cli_option_set_flag(struct cli_options *o, enum option_id id) {
    switch (id) {
    case OPT_HELP:
        o->help = true;
        return true;
    case OPT_VERSION:
        o->version = true;
        return true;
    case OPT_QUIET:
        o->verbosity = -1;
        return true;
    case OPT_VERBOSE:
        o->verbosity = o->verbosity < 0 ? 1 : o->verbosity + 1;
        return true;
    case OPT_STDOUT:
        o->to_stdout = true;
        return true;
    case OPT_FORCE:
        o->force = true;
        return true;
    case OPT_KEEP:
        o->remove_input = false;
        return true;
    case OPT_RM:
        o->remove_input = true;
        return true;
    case OPT_EMBED_PROFILE:
        o->embed_profile = true;
        return true;
    case OPT_SHA256:
        o->sha256 = true;
        return true;
    case OPT_VERIFY:
        o->verify = true;
        return true;
    case OPT_JSON:
        o->json = true;
        return true;
    case OPT_ALL:
        o->all = true;
        return true;
    case OPT_PRINT:
        o->print = true;
        return true;
    case OPT_BREAKDOWN:
        o->breakdown = true;
        return true;
    case OPT_ONLY:
        o->only = true;
        return true;
    case OPT_WALL:
        o->wall = true;
        return true;
    case OPT_SPARSE:
        o->sparse = 1;
        return true;
    case OPT_NO_SPARSE:
        o->sparse = -1;
        return true;
    default:
        return false;
    }
}

bool cli_option_set_value(struct cli_options *o, enum option_id id, const char *value) {
    switch (id) {
    case OPT_OUTPUT:
        o->output = value;
        return *value != 0;
    case OPT_STUDY:
        o->study = value;
        return *value != 0;
    case OPT_THREADS:
        return parse_number(value, 1u << 16, &o->threads);
    case OPT_LEVEL:
        return parse_level(value, &o->level);
    case OPT_METHOD:
        o->methods.at[o->methods.count++] = value;
        return true;
    case OPT_PROFILE:
        o->profiles.at[o->profiles.count++] = value;
        return true;
    case OPT_TENSOR:
        o->tensors.at[o->tensors.count++] = value;
        return true;
    case OPT_EXTERNAL:
        o->externals.at[o->externals.count++] = value;
        return *value != 0;
    case OPT_KERNEL:
        o->kernels = value;
        return *value != 0;
    case OPT_CHART:
        o->chart = value;
        return *value != 0;
    case OPT_CHUNK_LOG2:
        return parse_number(value, 26, &o->chunk_log2) && o->chunk_log2 >= 12;
    case OPT_METHODS:
        o->method_list = value;
        return *value != 0;
    case OPT_DTYPE:
        return codec_dtype_parse(value, &o->dtype);
    case OPT_TENSORS_OF:
        return codec_dtype_parse(value, &o->tensors_of);
    case OPT_SHAPE:
        return parse_shape(value, o);
    case OPT_SHARD:
        return parse_shard(value, o);
    case OPT_MEMORY:
        return cli_parse_size(value, &o->max_memory) && o->max_memory != 0;
    case OPT_MAX_SIZE:
        return cli_parse_size(value, &o->max_size) && o->max_size != 0;
    case OPT_ITERATIONS:
        return parse_number(value, 1000000, &o->iterations) && o->iterations != 0;
    default:
        return false;
    }
}
