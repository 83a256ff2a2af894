/* adapter_main.h - the contract's side of an adapter in C (conformance/README.md): its verbs, its
 * persistent mode and its exit codes, around the calls of one implementation. Depends on jansson.
 */
#ifndef ADAPTER_MAIN_H
#define ADAPTER_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    ADAPTER_PROFILES_MAX = 16,
    ADAPTER_WORDS_MAX = 512,
    ADAPTER_USAGE = 2,         /* no code of the contract: a crash to the runner */
    ADAPTER_NOT_SUPPORTED = 3, /* a class that `describe` does not name */
    ADAPTER_IO = 63
};

struct adapter_file {
    uint8_t *data;
    size_t size;
};

/* What a verb is asked. */
struct adapter_request {
    FILE *in, *out;
    struct adapter_file profiles[ADAPTER_PROFILES_MAX];
    size_t profile_count;
    char *tensor; /* bytes, a zero behind them; or NULL */
    uint64_t max_memory;
    int word_count; /* of encode: what stands behind the verb */
    char *words[ADAPTER_WORDS_MAX];
};

/* Each verb returns 0, the number of an error class, or ADAPTER_NOT_SUPPORTED. */
typedef int adapter_verb(const struct adapter_request *request);

struct adapter {
    const char *name, *version;
    const char *const *classes; /* of conformance; NULL behind the last */
    const char *const *methods; /* that encode knows; NULL behind the last */
    adapter_verb *decode, *extract, *encode;
    adapter_verb *inspect; /* or NULL */
};

/* The program, from main's arguments to its exit code. */
int adapter_main(int count, char **words, const struct adapter *adapter);

/* The whole rest of a stream; false when it cannot be read or held. The caller frees out->data. */
bool adapter_load(FILE *file, struct adapter_file *out);

#endif
