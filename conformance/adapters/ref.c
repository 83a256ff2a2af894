/* ref.c - the adapter of the reference. Depends on adapter_main and on reference/. */
#include "access.h"
#include "adapter_main.h"
#include "encode.h"
#include "file_io.h"
#include "inspect.h"
#include "main_encode.h"

#include <string.h>

static struct scape_ref_options options_of(const struct adapter_request *r,
                                           struct scape_ref_profile *profiles) {
    for (size_t i = 0; i < r->profile_count; i++) {
        profiles[i] = (struct scape_ref_profile){r->profiles[i].data, r->profiles[i].size};
    }
    return (struct scape_ref_options){
        .max_memory = r->max_memory, .profiles = profiles, .profile_count = r->profile_count};
}

static int decode(const struct adapter_request *r) {
    struct scape_ref_profile profiles[ADAPTER_PROFILES_MAX];
    struct scape_ref_options options = options_of(r, profiles);
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, r->in);
    struct scape_ref_output output = scape_ref_file_output_open(r->out);
    return (int)scape_ref_decode(&input, &output, &options, NULL);
}

static int extract(const struct adapter_request *r) {
    static struct scape_ref_access access; // too large for a stack
    struct scape_ref_profile profiles[ADAPTER_PROFILES_MAX];
    struct scape_ref_options options = options_of(r, profiles);
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, r->in);
    struct scape_ref_output output = scape_ref_file_output_open(r->out);
    struct scape_ref_region region;
    enum scape_ref_error error = scape_ref_access_open(&access, &input, &options);
    if (error) {
        return (int)error;
    }
    error = scape_ref_access_find(&access, r->tensor, strlen(r->tensor), &region);
    error = error ? error : scape_ref_access_read(&access, region.offset, region.length, &output);
    scape_ref_access_close(&access);
    return (int)error;
}

static int inspect(const struct adapter_request *r) {
    struct scape_ref_profile profiles[ADAPTER_PROFILES_MAX];
    struct scape_ref_options options = options_of(r, profiles);
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, r->in);
    struct scape_ref_report report;
    return (int)scape_ref_inspect(&input, &options, r->out, &report);
}

static int encode(const struct adapter_request *r) {
    char *words[ADAPTER_WORDS_MAX];
    memcpy(words, r->words, sizeof words);
    return scape_ref_main_encode(r->word_count, words, r->in, r->out);
}

enum {
    METHODS_MAX = 64
};

int main(int count, char **words) {
    const char *methods[METHODS_MAX] = {NULL};
    for (size_t i = 0; i < METHODS_MAX - 1 && scape_ref_method_at(i) != NULL; i++) {
        methods[i] = scape_ref_method_at(i)->name;
    }
    static const char *const classes[] = {"decoder-core",      "decoder-gguf-layouts",
                                          "decoder-profiles",  "random-access",
                                          "canonical-encoder", NULL};
    const struct adapter adapter = {.name = "SCAPE reference",
                                    .version = SCAPE_REF_FORMAT_VERSION,
                                    .classes = classes,
                                    .methods = methods,
                                    .decode = decode,
                                    .extract = extract,
                                    .encode = encode,
                                    .inspect = inspect};
    return adapter_main(count, words, &adapter);
}
