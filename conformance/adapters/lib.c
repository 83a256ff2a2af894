/* lib.c - the adapter of libscape. Depends on adapter_main, scape.h and POSIX. */
#include "lib_encode.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE = 1 << 24 /* bytes of a tensor that are read at a time */
};

/* ---- streams ---- */

static int64_t read_next(void *ctx, void *buffer, size_t n) {
    FILE *file = ctx;
    size_t got = fread(buffer, 1, n, file);
    return got < n && ferror(file) != 0 ? -1 : (int64_t)got;
}

static int64_t read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fileno(ctx), (char *)buffer + done, n - done, (off_t)(offset + done));
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (int64_t)done;
}

static int write_all(void *ctx, const void *data, size_t n) {
    return fwrite(data, 1, n, ctx) == n ? 0 : -1;
}

struct scape_input adapter_input(FILE *file) {
    off_t size = lseek(fileno(file), 0, SEEK_END);
    bool seeks = size >= 0 && lseek(fileno(file), 0, SEEK_SET) == 0;
    return (struct scape_input){.ctx = file,
                                .read = read_next,
                                .read_at = seeks ? read_at : NULL,
                                .size = seeks ? (uint64_t)size : 0};
}

struct scape_output adapter_output(FILE *file) {
    return (struct scape_output){.ctx = file, .write = write_all};
}

/* ---- verbs ---- */

static struct scape_decode_options options_of(const struct adapter_request *r,
                                              struct scape_profile *profiles) {
    for (size_t i = 0; i < r->profile_count; i++) {
        profiles[i] = (struct scape_profile){r->profiles[i].data, r->profiles[i].size};
    }
    return (struct scape_decode_options){
        .max_memory = r->max_memory, .profiles = profiles, .profile_count = r->profile_count};
}

static int decode(const struct adapter_request *r) {
    struct scape_profile profiles[ADAPTER_PROFILES_MAX];
    struct scape_decode_options options = options_of(r, profiles);
    struct scape_input input = adapter_input(r->in);
    struct scape_output output = adapter_output(r->out);
    return (int)scape_decode(&input, &output, &options, NULL);
}

static enum scape_error write_tensor(struct scape_archive *archive,
                                     const struct scape_tensor *tensor, FILE *out) {
    enum scape_error error = SCAPE_OK;
    size_t room = tensor->length < PIECE ? (size_t)tensor->length : PIECE;
    void *piece = malloc(room + 1);
    if (piece == NULL) {
        return SCAPE_ERROR_NO_MEMORY;
    }
    for (uint64_t done = 0; done < tensor->length && error == SCAPE_OK;) {
        size_t n = tensor->length - done < room ? (size_t)(tensor->length - done) : room;
        error = scape_archive_read(archive, tensor->start + done, piece, n, NULL);
        if (error == SCAPE_OK && fwrite(piece, 1, n, out) != n) {
            error = SCAPE_ERROR_IO;
        }
        done += n;
    }
    free(piece);
    return error;
}

static int extract(const struct adapter_request *r) {
    struct scape_profile profiles[ADAPTER_PROFILES_MAX];
    struct scape_decode_options options = options_of(r, profiles);
    struct scape_input input = adapter_input(r->in);
    struct scape_archive *archive;
    struct scape_tensor tensor;
    if (input.read_at == NULL) {
        return SCAPE_ERROR_NEEDS_SEEK;
    }
    enum scape_error error = scape_archive_open(&archive, &input, &options, NULL);
    if (error != SCAPE_OK) {
        return (int)error;
    }
    error = scape_archive_find(archive, r->tensor, strlen(r->tensor), &tensor);
    error = error != SCAPE_OK ? error : write_tensor(archive, &tensor, r->out);
    scape_archive_close(archive);
    return (int)error;
}

int main(int count, char **words) {
    static const char *const classes[] = {"decoder-core",      "decoder-gguf-layouts",
                                          "decoder-profiles",  "random-access",
                                          "canonical-encoder", NULL};
    static const char *const methods[] = {NULL};
    char version[32];
    unsigned number = scape_version();
    (void)snprintf(version, sizeof version, "%u.%u.%u", number / 10000, number / 100 % 100,
                   number % 100);
    const struct adapter adapter = {.name = "libscape",
                                    .version = version,
                                    .classes = classes,
                                    .methods = methods,
                                    .decode = decode,
                                    .extract = extract,
                                    .encode = adapter_encode};
    return adapter_main(count, words, &adapter);
}
