/* train.c - scape train: a profile file for a method, from the tensors of model files. */
#include "commands.h"
#include "files.h"
#include "message.h"
#include "output.h"
#include "plan.h"
#include "train_profile.h"

#include "checksum.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool hash_file(struct cli_input *in, struct cli_example *example) {
    unsigned char buffer[1 << 14];
    struct codec_source source = cli_input_source(in);
    struct scape_ref_sha256 hash;
    if (scape_ref_sha256_init(&hash) != SCAPE_REF_OK) {
        return false;
    }
    int64_t got;
    while ((got = source.read(source.ctx, buffer, sizeof buffer)) > 0) {
        if (scape_ref_sha256_update(&hash, buffer, (size_t)got) != SCAPE_REF_OK) {
            got = -1;
            break;
        }
    }
    if (got < 0) {
        scape_ref_sha256_free(&hash);
        return false;
    }
    return scape_ref_sha256_finish(&hash, example->sha256) == SCAPE_REF_OK;
}

static uint64_t count_blocks(const struct cli_plan *plan, uint16_t dtype, size_t block_bytes) {
    uint64_t blocks = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->regions[i].dtype == dtype) {
            blocks += plan->regions[i].length / block_bytes + 1;
        }
    }
    return blocks;
}

static bool add_regions(struct cli_trainer *t, struct cli_input *in, const struct cli_plan *plan,
                        uint16_t dtype, uint8_t *block) {
    struct codec_source source = cli_input_source(in);
    size_t block_bytes = cli_trainer_block_bytes(t);
    for (size_t i = 0; i < plan->count; i++) {
        const struct codec_region *r = &plan->regions[i];
        for (uint64_t at = 0; r->dtype == dtype && at < r->length;) {
            size_t n = r->length - at < block_bytes ? (size_t)(r->length - at) : block_bytes;
            if (source.read_at(source.ctx, r->offset + at, block, n) != (int64_t)n) {
                cli_error(in->path, "cannot be read");
                return false;
            }
            if (!cli_trainer_add(t, block, n)) {
                cli_error(NULL, "out of memory");
                return false;
            }
            at += n;
        }
    }
    return true;
}

/* Visits a training file: with t NULL only to hash it and to count its blocks. */
static bool visit(const struct cli_options *o, const char *path, const struct cli_recipe *recipe,
                  struct cli_trainer *t, struct cli_example *example, uint64_t *blocks) {
    struct cli_input in;
    struct cli_plan plan = {NULL, NULL, 0};
    if (!cli_input_open(&in, path)) {
        return false;
    }
    bool good = in.regular;
    if (!good) {
        cli_error(path, "is no regular file");
    }
    good = good && cli_plan_make(&plan, &in, o);
    if (good && t == NULL) {
        const char *slash = strrchr(path, '/');
        example->name = slash != NULL ? slash + 1 : path;
        *blocks += count_blocks(&plan, recipe->dtype, cli_train_block_bytes(&recipe->sets[0]));
        good = hash_file(&in, example);
    } else if (good) {
        uint8_t *block = malloc(cli_trainer_block_bytes(t));
        good = block != NULL && add_regions(t, &in, &plan, recipe->dtype, block);
        free(block);
    }
    cli_plan_free(&plan);
    cli_input_close(&in);
    return good;
}

static bool write_profile(const struct cli_options *o, const struct cli_recipe *recipe,
                          const struct cli_memory_writer *profile) {
    char standard[64];
    struct cli_output out;
    const struct cli_output_options options = {.force = o->force, .binary = true};
    snprintf(standard, sizeof standard, "%s.scapeprofile", recipe->method);
    const char *path = o->to_stdout ? "-" : o->output != NULL ? o->output : standard;
    if (!cli_output_open(&out, path, &options)) {
        return false;
    }
    struct codec_target target = cli_output_target(&out);
    if (target.write(target.ctx, profile->data, profile->size) != 0) {
        cli_error(path, "%s", strerror(out.error));
        cli_output_abort(&out);
        return false;
    }
    if (!cli_output_commit(&out, NULL)) {
        return false;
    }
    if (o->verbosity >= 0) {
        cli_note(path, "profile for %s, %zu bytes", recipe->method, profile->size);
    }
    return true;
}

static enum cli_exit train(const struct cli_options *o, const struct cli_recipe *recipe,
                           const struct cli_files *files, struct cli_example *examples) {
    uint64_t blocks = 0;
    for (size_t i = 0; i < files->count; i++) {
        if (!visit(o, files->paths[i], recipe, NULL, &examples[i], &blocks)) {
            return CLI_FAILED;
        }
    }
    uint64_t every = blocks / CLI_TRAIN_BLOCKS_MAX + 1;
    struct cli_trainer *t = cli_trainer_open(recipe->sets, recipe->set_count, every);
    bool good = t != NULL;
    for (size_t i = 0; i < files->count && good; i++) {
        good = visit(o, files->paths[i], recipe, t, NULL, NULL);
    }
    if (good && cli_trainer_blocks(t) == 0) {
        cli_error(NULL, "the training files hold no tensor that %s codes", recipe->method);
        good = false;
    }
    struct cli_memory_writer profile = {NULL, 0, 0};
    if (good && !cli_profile_make(recipe, t, examples, files->count, &profile)) {
        cli_error(NULL, "out of memory");
        good = false;
    }
    good = good && write_profile(o, recipe, &profile);
    cli_memory_free(&profile);
    cli_trainer_close(t);
    return good ? CLI_OK : CLI_FAILED;
}

enum cli_exit cli_train(const struct cli_options *o) {
    const struct cli_recipe *recipe = cli_recipe_find(o->methods.at[0]);
    struct cli_files files;
    if (recipe == NULL) {
        cli_error(o->methods.at[0], "is no method that a profile is trained for");
        return CLI_USAGE;
    }
    struct cli_options inputs = *o;
    inputs.output = NULL; /* one profile, however many files it is made from */
    enum cli_exit code = cli_files_collect(&files, &inputs, true);
    struct cli_example *examples = calloc(files.count + 1, sizeof *examples);
    if (code == CLI_OK) {
        code = examples != NULL ? train(o, recipe, &files, examples) : CLI_FAILED;
    }
    free(examples);
    cli_files_free(&files);
    return code;
}
