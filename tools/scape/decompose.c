/* decompose.c - scape decompose and scape recompose: a model file as the study's five streams, each
 * a file of its own beside a manifest, and back, byte for byte. Nothing is held in memory whole. */
#include "archive_file.h"
#include "commands.h"
#include "gguf_manifest.h"
#include "message.h"
#include "output.h"
#include "plan.h"

#include "checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MANIFEST_MAX = 1 << 26
};

/* The stream files of a folder. */
struct folder {
    const char *path;
    int files[CLI_STREAM_COUNT]; /* -1: not open */
    int failed;                  /* errno of the first failure */
};

static void close_folder(struct folder *f) {
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        if (f->files[s] >= 0) {
            (void)close(f->files[s]);
        }
        f->files[s] = -1;
    }
}

static char *stream_path(const struct folder *f, int stream) {
    char name[32];
    snprintf(name, sizeof name, "%s.bin", cli_stream_name((enum cli_stream)stream));
    return cli_path_join(f->path, name);
}

static void remove_streams(const struct folder *f) {
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        char *path = f->files[s] >= 0 ? stream_path(f, s) : NULL;
        if (path != NULL) {
            (void)unlink(path);
        }
        free(path);
    }
}

/* flags as of open(). Prints what is wrong. */
static bool open_folder(struct folder *f, const char *path, int flags) {
    *f = (struct folder){path, {-1, -1, -1, -1, -1}, 0};
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        char *name = stream_path(f, s);
        f->files[s] = name != NULL ? open(name, flags, 0666) : -1;
        if (f->files[s] < 0) {
            cli_error(name != NULL ? name : path, "%s", strerror(errno));
            free(name);
            return false;
        }
        free(name);
    }
    return true;
}

static bool folder_put(void *ctx, enum cli_stream stream, uint64_t offset, const void *data,
                       size_t n) {
    struct folder *f = ctx;
    const unsigned char *at = data;
    while (n != 0) {
        ssize_t w = pwrite(f->files[stream], at, n, (off_t)offset);
        if (w <= 0 && errno != EINTR) {
            f->failed = errno;
            return false;
        }
        at += w > 0 ? w : 0;
        offset += w > 0 ? (uint64_t)w : 0;
        n -= w > 0 ? (size_t)w : 0;
    }
    return true;
}

static bool folder_get(void *ctx, enum cli_stream stream, uint64_t offset, void *data, size_t n) {
    struct folder *f = ctx;
    unsigned char *at = data;
    while (n != 0) {
        ssize_t r = pread(f->files[stream], at, n, (off_t)offset);
        if (r == 0 || (r < 0 && errno != EINTR)) {
            f->failed = r == 0 ? EIO : errno;
            return false;
        }
        at += r > 0 ? r : 0;
        offset += r > 0 ? (uint64_t)r : 0;
        n -= r > 0 ? (size_t)r : 0;
    }
    return true;
}

static bool digest_stream(struct folder *f, int stream, uint64_t size,
                          uint8_t out[CODEC_SHA256_SIZE]) {
    unsigned char buffer[1 << 14];
    struct scape_ref_sha256 hash;
    bool good = scape_ref_sha256_init(&hash) == SCAPE_REF_OK;
    if (!good) {
        return false;
    }
    for (uint64_t at = 0; at < size && good; at += sizeof buffer) {
        size_t n = size - at < sizeof buffer ? (size_t)(size - at) : sizeof buffer;
        good = folder_get(f, (enum cli_stream)stream, at, buffer, n) &&
               scape_ref_sha256_update(&hash, buffer, n) == SCAPE_REF_OK;
    }
    if (!good) {
        scape_ref_sha256_free(&hash);
        return false;
    }
    return scape_ref_sha256_finish(&hash, out) == SCAPE_REF_OK;
}

/* Passes bytes on and hashes them on the way. */
struct hashing {
    struct codec_source source;
    struct codec_target target;
    struct scape_ref_sha256 hash;
};

static int64_t hashing_read(void *ctx, void *buffer, size_t n) {
    struct hashing *h = ctx;
    int64_t got = h->source.read(h->source.ctx, buffer, n);
    bool hashed =
        got <= 0 || scape_ref_sha256_update(&h->hash, buffer, (size_t)got) == SCAPE_REF_OK;
    return hashed ? got : -1;
}

static int hashing_write(void *ctx, const void *data, size_t n) {
    struct hashing *h = ctx;
    return scape_ref_sha256_update(&h->hash, data, n) == SCAPE_REF_OK
               ? h->target.write(h->target.ctx, data, n)
               : -1;
}

/* ---- decompose ---- */

static bool write_manifest(const struct cli_options *o, const struct cli_manifest *m) {
    struct cli_output out;
    const struct cli_output_options options = {.force = o->force};
    json_t *value = cli_manifest_write(m);
    char *text = value != NULL ? json_dumps(value, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    char *path = cli_path_join(o->files.at[1], CLI_MANIFEST_NAME);
    bool good = text != NULL && path != NULL;
    if (!good) {
        cli_error(NULL, "out of memory");
    }
    good = good && cli_output_open(&out, path, &options);
    if (good) {
        struct codec_target target = cli_output_target(&out);
        good = target.write(target.ctx, text, strlen(text)) == 0 &&
               target.write(target.ctx, "\n", 1) == 0;
        if (good) {
            good = cli_output_commit(&out, NULL);
        } else {
            cli_error(path, "%s", strerror(out.error));
            cli_output_abort(&out);
        }
    }
    json_decref(value);
    free(text);
    free(path);
    return good;
}

static bool split_file(struct cli_input *in, struct folder *f, struct cli_manifest *m) {
    struct hashing h = {.source = cli_input_source(in)};
    const struct codec_source source = {.ctx = &h, .read = hashing_read};
    if (scape_ref_sha256_init(&h.hash) != SCAPE_REF_OK) {
        cli_error(NULL, "out of memory");
        return false;
    }
    bool good = cli_parts_split(&m->parts, &source, folder_put, f);
    good = scape_ref_sha256_finish(&h.hash, m->file_sha256) == SCAPE_REF_OK && good;
    for (int s = 0; s < CLI_STREAM_COUNT && good; s++) {
        good = digest_stream(f, s, m->parts.stream_size[s], m->stream_sha256[s]) &&
               fsync(f->files[s]) == 0;
    }
    if (good && cli_input_changed(in)) {
        cli_error(in->path, "changed while it was read");
        return false;
    }
    if (!good) {
        cli_error(f->failed != 0 ? f->path : in->path, "%s",
                  f->failed != 0 ? strerror(f->failed) : "cannot be read");
    }
    return good;
}

/* The folder, and its files empty and open for both directions. */
static bool make_folder(const struct cli_options *o, struct folder *f) {
    const char *path = o->files.at[1];
    *f = (struct folder){path, {-1, -1, -1, -1, -1}, 0};
    char *manifest = cli_path_join(path, CLI_MANIFEST_NAME);
    bool good = manifest != NULL && (mkdir(path, 0777) == 0 || errno == EEXIST);
    if (!good) {
        cli_error(path, "%s", strerror(manifest == NULL ? ENOMEM : errno));
    } else if (!o->force && access(manifest, F_OK) == 0) {
        cli_error(manifest, "exists already; -f overwrites it");
        good = false;
    } else if (o->force) {
        (void)unlink(manifest); /* until the new one is there the folder holds nothing whole */
    }
    free(manifest);
    return good && open_folder(f, path, O_RDWR | O_CREAT | (o->force ? O_TRUNC : O_EXCL));
}

static bool decompose(const struct cli_options *o, struct cli_input *in,
                      const struct cli_plan *plan) {
    struct folder f = {o->files.at[1], {-1, -1, -1, -1, -1}, 0};
    struct cli_manifest m = {.parts = {.at = NULL}};
    bool good = cli_parts_make(&m.parts, plan->regions, plan->count, in->size);
    if (!good) {
        cli_error(NULL, "out of memory");
        return false;
    }
    if (plan->cut->reason[0] != 0 && o->verbosity >= 0) {
        cli_note(in->path, "all of it goes to meta: %s", plan->cut->reason);
    }
    good = make_folder(o, &f) && split_file(in, &f, &m) && write_manifest(o, &m);
    if (!good) {
        remove_streams(&f);
    }
    close_folder(&f);
    cli_manifest_free(&m);
    return good;
}

enum cli_exit cli_decompose(const struct cli_options *o) {
    struct cli_input in;
    struct cli_plan plan = {NULL, NULL, 0};
    if (!cli_input_open(&in, o->files.at[0])) {
        return CLI_FAILED;
    }
    bool good = in.regular;
    if (!good) {
        cli_error(in.path, "is no regular file");
    }
    good = good && cli_plan_make(&plan, &in, o) && decompose(o, &in, &plan);
    cli_plan_free(&plan);
    cli_input_close(&in);
    return good ? CLI_OK : CLI_FAILED;
}

/* ---- recompose ---- */

static bool load_manifest(const char *folder, struct cli_manifest *m) {
    struct codec_memory text = {NULL, 0};
    const char *reason = NULL;
    char *path = cli_path_join(folder, CLI_MANIFEST_NAME);
    bool loaded = path != NULL && cli_input_load(path, MANIFEST_MAX, &text);
    bool good = loaded && cli_manifest_read(m, text.data, text.size, &reason);
    if (loaded && !good) {
        cli_error(path, "cannot be used: %s", reason);
    }
    free((void *)text.data);
    free(path);
    return good;
}

/* The streams are the files that the manifest describes. */
static bool check_streams(struct folder *f, const struct cli_manifest *m) {
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        const char *wrong = NULL;
        struct stat status;
        uint8_t sha256[CODEC_SHA256_SIZE];
        uint64_t want = m->parts.stream_size[s];
        if (fstat(f->files[s], &status) != 0 || !S_ISREG(status.st_mode)) {
            wrong = "is no regular file";
        } else if (status.st_size < 0 || (uint64_t)status.st_size != want) {
            wrong = "has another size than the manifest says";
        } else if (!digest_stream(f, s, want, sha256) ||
                   memcmp(sha256, m->stream_sha256[s], sizeof sha256) != 0) {
            wrong = "has another SHA-256 than the manifest says";
        }
        if (wrong != NULL) {
            char *path = stream_path(f, s);
            cli_error(path != NULL ? path : f->path, "%s", wrong);
            free(path);
            return false;
        }
    }
    return true;
}

static bool join_file(struct folder *f, const struct cli_manifest *m, struct cli_output *out) {
    uint8_t sha256[CODEC_SHA256_SIZE];
    struct hashing h = {.target = cli_output_target(out)};
    const struct codec_target target = {.ctx = &h, .write = hashing_write};
    if (scape_ref_sha256_init(&h.hash) != SCAPE_REF_OK) {
        cli_error(NULL, "out of memory");
        return false;
    }
    bool good = cli_parts_join(&m->parts, folder_get, f, &target);
    good = scape_ref_sha256_finish(&h.hash, sha256) == SCAPE_REF_OK && good;
    if (!good) {
        cli_error(out->error != 0 ? out->path : f->path, "%s",
                  strerror(out->error != 0 ? out->error : f->failed));
    } else if (memcmp(sha256, m->file_sha256, sizeof sha256) != 0) {
        cli_error(f->path, "the streams do not make the file that the manifest names");
        good = false;
    }
    return good;
}

enum cli_exit cli_recompose(const struct cli_options *o) {
    struct folder f = {o->files.at[0], {-1, -1, -1, -1, -1}, 0};
    struct cli_manifest m;
    struct cli_output out;
    const struct cli_output_options options = {.force = o->force, .binary = true};
    if (!load_manifest(f.path, &m)) {
        return CLI_FAILED;
    }
    /* not waiting for a writer, should a stream be a pipe */
    bool good = open_folder(&f, f.path, O_RDONLY | O_NONBLOCK) && check_streams(&f, &m) &&
                cli_output_open(&out, o->files.at[1], &options);
    if (good) {
        good = join_file(&f, &m, &out);
        if (good) {
            good = cli_output_commit(&out, NULL);
        } else {
            cli_output_abort(&out);
        }
    }
    close_folder(&f);
    cli_manifest_free(&m);
    return good ? CLI_OK : CLI_FAILED;
}
