/* classes.c - decodes case after case from standard input, for tests that compare decoders: each is
 * a u32 number of profiles, and these and the file, each a u32 length and so many bytes. Prints a
 * line for each: the number of the error class, and for content its size and SHA-256. Built twice:
 * on the reference, and with CLASSES_OF_LIB on libscape. */
#ifdef CLASSES_OF_LIB
#include "scape.h"
#define API(name)      scape_##name
#define DECODE_OPTIONS scape_decode_options
#else
#include "scape_ref.h"
#define API(name)      scape_ref_##name
#define DECODE_OPTIONS scape_ref_options
#endif

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CASE_MAX = 1 << 24,
    PROFILES_MAX = 8,
    SHA256_SIZE = 32
};

struct input {
    const uint8_t *data;
    size_t size, at;
};

struct output {
    EVP_MD_CTX *sha;
    uint64_t size;
};

static int64_t input_read(void *ctx, void *buffer, size_t n) {
    struct input *in = ctx;
    n = n < in->size - in->at ? n : in->size - in->at;
    if (n > 0) {
        memcpy(buffer, in->data + in->at, n);
    }
    in->at += n;
    return (int64_t)n;
}

static int64_t input_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct input *in = ctx;
    if (offset >= in->size) {
        return 0;
    }
    n = n < in->size - (size_t)offset ? n : in->size - (size_t)offset;
    memcpy(buffer, in->data + (size_t)offset, n);
    return (int64_t)n;
}

static int output_write(void *ctx, const void *data, size_t n) {
    struct output *out = ctx;
    out->size += n;
    return EVP_DigestUpdate(out->sha, data, n) == 1 ? 0 : -1;
}

static bool run_case(const struct API(profile) * profiles, size_t profile_count,
                     const uint8_t *data, size_t size) {
    struct input in = {data, size, 0};
    struct output out = {EVP_MD_CTX_new(), 0};
    const struct API(input)
        input = {.ctx = &in, .read = input_read, .read_at = input_read_at, .size = size};
    const struct API(output) output = {.ctx = &out, .write = output_write};
    const struct DECODE_OPTIONS options = {.profiles = profiles, .profile_count = profile_count};
    uint8_t digest[SHA256_SIZE];
    bool good = out.sha != NULL && EVP_DigestInit_ex(out.sha, EVP_sha256(), NULL) == 1;
    int error = good ? (int)API(decode)(&input, &output, &options, NULL) : -1;
    good = good && EVP_DigestFinal_ex(out.sha, digest, NULL) == 1;
    EVP_MD_CTX_free(out.sha);
    printf("%d", error);
    if (good && error == 0) {
        printf(" %" PRIu64 " ", out.size);
        for (size_t i = 0; i < sizeof digest; i++) {
            printf("%02x", digest[i]);
        }
    }
    return putchar('\n') != EOF && fflush(stdout) == 0 && good;
}

static bool read_u32(uint32_t *out) {
    uint8_t head[4];
    if (fread(head, 1, sizeof head, stdin) != sizeof head) {
        return false;
    }
    *out = head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
    return true;
}

/* Bytes behind their length; NULL if they are not there. */
static uint8_t *read_bytes(uint32_t *size) {
    uint8_t *data = read_u32(size) && *size <= CASE_MAX ? malloc((size_t)*size + 1) : NULL;
    if (data && fread(data, 1, *size, stdin) != *size) {
        free(data);
        return NULL;
    }
    return data;
}

static bool read_and_run(uint32_t profile_count) {
    struct API(profile) profiles[PROFILES_MAX];
    uint32_t have = 0, size = 0;
    for (; have < profile_count; have++) {
        uint8_t *data = read_bytes(&size);
        if (!data) {
            break;
        }
        profiles[have] = (struct API(profile)){data, size};
    }
    uint8_t *data = have == profile_count ? read_bytes(&size) : NULL;
    bool good = data && run_case(profiles, have, data, size);
    free(data);
    while (have > 0) {
        free((void *)profiles[--have].data);
    }
    return good;
}

int main(void) {
    uint32_t profile_count;
    bool good = true;
    while (good && read_u32(&profile_count)) {
        good = profile_count <= PROFILES_MAX && read_and_run(profile_count);
    }
    return good ? 0 : 1;
}
