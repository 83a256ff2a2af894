/* smoke.c - scape smoke: encodes generated fixtures in memory, decodes them, and compares bytes and
 * SHA-256 of what came out with the table of smoke_table.c. */
#include "smoke.h"
#include "archive_file.h"
#include "codec.h"
#include "commands.h"
#include "memory_file.h"
#include "message.h"
#include "plan.h"
#include "train_profile.h"

#include "scape_gen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int gen_write(void *context, const uint8_t *data, size_t size) {
    return cli_memory_append(context, data, size) ? 0 : -1;
}

static bool make_fixture(const struct cli_smoke_fixture *f, struct cli_memory_writer *out) {
    if (f->dtype == 0) {
        struct scape_gen_options options = scape_gen_defaults();
        const struct scape_gen_sink sink = {gen_write, out};
        options.seed = f->seed;
        options.size = f->file_size;
        return scape_gen_write(&options, &sink, NULL) == SCAPE_GEN_OK;
    }
    uint32_t elements, bytes;
    if (scape_cut_dtype_block(f->dtype, &elements, &bytes) != 0) {
        return false;
    }
    size_t size = (size_t)(f->rows * f->columns / elements * bytes);
    if (!cli_memory_reserve(out, size)) {
        return false;
    }
    out->size = size;
    return scape_gen_values(f->seed, f->dtype, f->rows, f->columns, out->data, size) ==
           SCAPE_GEN_OK;
}

static int level_of(const char *method) {
    static const char *const names[] = {"fast", "default", "max"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(method, names[i]) == 0) {
            return CLI_LEVEL_FAST + i;
        }
    }
    return 0;
}

static bool train(const struct cli_recipe *recipe, const struct cli_memory_writer *sample,
                  struct cli_memory_writer *profile) {
    struct cli_example example = {"smoke", {0}};
    struct cli_trainer *t = cli_trainer_open(recipe->sets, recipe->set_count, 1);
    bool good = t != NULL && codec_sha256(sample->data, sample->size, example.sha256);
    size_t block = t != NULL ? cli_trainer_block_bytes(t) : 1;
    for (size_t at = 0; at < sample->size && good; at += block) {
        size_t left = sample->size - at;
        good = cli_trainer_add(t, sample->data + at, left < block ? left : block);
    }
    good = good && cli_profile_make(recipe, t, &example, 1, profile);
    cli_trainer_close(t);
    return good;
}

/* A profile for the methods that need one, from a sister of the fixture; none for the others. */
static bool make_profile(const struct cli_smoke_fixture *fixture, const char *method,
                         struct cli_memory_writer *profile) {
    const struct cli_recipe *recipe = cli_recipe_find(method);
    struct cli_memory_writer sample = {NULL, 0, 0};
    struct cli_smoke_fixture sister = *fixture;
    if (recipe == NULL) {
        return true;
    }
    sister.seed += 1000;
    bool good = make_fixture(&sister, &sample) && train(recipe, &sample, profile);
    if (!good) {
        cli_error(method, "no profile could be trained");
    }
    cli_memory_free(&sample);
    return good;
}

static bool encode(const struct cli_memory_writer *content, const struct cli_plan *plan,
                   const char *method, const struct codec_memory *profile,
                   struct cli_memory_writer *packed) {
    struct cli_memory_reader reader = {content->data, content->size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(packed);
    const struct codec_plan options = {.level = level_of(method),
                                       .method = level_of(method) == 0 ? method : NULL,
                                       .content_size = content->size,
                                       .regions = plan->regions,
                                       .region_count = plan->count,
                                       .profile = *profile,
                                       .repeats = level_of(method) == CLI_LEVEL_MAX};
    struct codec_report report;
    if (codec_encode(&source, &target, &options, &report) != CODEC_OK) {
        cli_error(method, "%s", report.message);
        return false;
    }
    return true;
}

/* Whether it decodes to the content, and whether zstd had a part in it. */
static bool decode(const struct cli_memory_writer *packed, const struct cli_memory_writer *content,
                   const struct codec_memory *profile, bool *zstd) {
    struct cli_memory_reader reader = {packed->data, packed->size, 0};
    struct cli_memory_writer restored = {NULL, 0, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(&restored);
    const struct codec_limits limits = {.profiles = profile,
                                        .profile_count = profile->data != NULL ? 1 : 0};
    struct codec_report report;
    bool good = codec_decode(&source, &target, &limits, &report) == CODEC_OK &&
                restored.size == content->size &&
                memcmp(restored.data, content->data, content->size) == 0 &&
                codec_uses_zstd(&source, &limits, zstd) == CODEC_OK;
    cli_memory_free(&restored);
    return good;
}

/* What was wanted, beside what came out. */
static bool judge(const struct cli_options *o, const struct cli_smoke_row *row,
                  const struct cli_memory_writer *packed, size_t profile_size,
                  uint64_t content_size, bool zstd) {
    uint8_t hash[CODEC_SHA256_SIZE];
    char sha256[CLI_SHA_TEXT];
    size_t bytes = packed->size + profile_size;
    if (!codec_sha256(packed->data, packed->size, hash)) {
        return false;
    }
    cli_hex_text(hash, (CLI_SHA_TEXT - 1) / 2, sha256);
    if (o->print) {
        printf("    {\"%s\", \"%s\", %zu, \"%s\", %s},\n", row->method, row->fixture, bytes, sha256,
               zstd ? "true" : "false");
        return true;
    }
    bool same = row->bytes == bytes && strcmp(row->sha256, sha256) == 0;
    bool comparable = !zstd || strcmp(codec_zstd_version(), cli_smoke_zstd) == 0;
    if (o->verbosity >= 0 || (!same && comparable)) {
        printf("%-22s %-18s %10zu %8.4f  %s  %s\n", row->method, row->fixture, bytes,
               cli_ratio(content_size, bytes), sha256,
               same          ? "ok"
               : !comparable ? "restored; bytes of another libzstd"
                             : "DIFFERS");
    }
    if (!same && comparable) {
        printf("%-22s %-18s %10" PRIu64 " %8.4f  %s  was expected\n", row->method, row->fixture,
               row->bytes, cli_ratio(content_size, row->bytes), row->sha256);
    }
    return same || !comparable;
}

static bool run_row(const struct cli_options *o, const struct cli_smoke_fixture *fixture,
                    const struct cli_smoke_row *row, const struct cli_memory_writer *content,
                    const struct cli_plan *plan) {
    struct cli_memory_writer packed = {NULL, 0, 0}, profile = {NULL, 0, 0};
    bool zstd = false;
    bool good = make_profile(fixture, row->method, &profile);
    const struct codec_memory given = {profile.data, profile.size};
    good = good && encode(content, plan, row->method, &given, &packed);
    if (good && !decode(&packed, content, &given, &zstd)) {
        cli_error(row->method, "%s did not come back byte for byte", row->fixture);
        good = false;
    }
    good = good && judge(o, row, &packed, profile.size, content->size, zstd);
    cli_memory_free(&packed);
    cli_memory_free(&profile);
    return good;
}

static bool run_fixture(const struct cli_options *o, const struct cli_smoke_fixture *fixture) {
    struct cli_memory_writer content = {NULL, 0, 0};
    struct cli_plan plan = {NULL, NULL, 0};
    struct cli_options cut = {.verbosity = -1, .dtype = fixture->dtype};
    if (fixture->dtype != 0) {
        cut.rank = 2;
        cut.shape[0] = fixture->rows;
        cut.shape[1] = fixture->columns;
    }
    bool good = make_fixture(fixture, &content);
    const struct codec_memory view = {content.data, content.size};
    good = good && cli_plan_make_memory(&plan, &view, &cut);
    if (!good) {
        cli_error(fixture->name, "cannot be generated");
    }
    for (size_t i = 0; i < cli_smoke_row_count && plan.cut != NULL; i++) {
        if (strcmp(cli_smoke_rows[i].fixture, fixture->name) == 0) {
            good = run_row(o, fixture, &cli_smoke_rows[i], &content, &plan) && good;
        }
    }
    cli_plan_free(&plan);
    cli_memory_free(&content);
    return good;
}

enum cli_exit cli_smoke(const struct cli_options *o) {
    bool good = true;
    if (!o->print && o->verbosity >= 0) {
        printf("%-22s %-18s %10s %8s  %s\n", "method", "fixture", "bytes", "ratio", "sha256[:16]");
    }
    for (size_t i = 0; i < cli_smoke_fixture_count; i++) {
        good = run_fixture(o, &cli_smoke_fixtures[i]) && good;
    }
    if (o->print) {
        printf("const char cli_smoke_zstd[] = \"%s\";\n", codec_zstd_version());
    } else if (o->verbosity >= 0) {
        puts(good ? "all as expected" : "NOT as expected");
    }
    enum cli_exit study = o->study != NULL ? cli_study(o) : CLI_OK;
    return good ? study : CLI_FAILED;
}
