/* results.c - see results.h. */
#include "results.h"

#include "input.h"
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
    FRAME_SIZE = 1 << 15, /* rows of about this size make a frame */
    LEVEL = 6
};

#define FILE_MAX (UINT64_C(1) << 40)

const char *study_row_text(const json_t *row, const char *name) {
    const char *text = json_string_value(json_object_get(row, name));
    return text != NULL ? text : "";
}

double study_row_number(const json_t *row, const char *name) {
    return json_number_value(json_object_get(row, name));
}

bool study_row_is_ok(const json_t *row) {
    return strcmp(study_row_text(row, "status"), "ok") == 0;
}

/* ---- Reading ---- */

static bool is_zstd_name(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".zst") == 0;
}

/* Whole frames only; *used is where they end. */
static bool decompress(const struct codec_memory *file, struct cli_memory_writer *out,
                       uint64_t *used) {
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {file->data, file->size, 0};
    size_t left = 1, whole = 0;
    bool good = stream != NULL;
    *used = 0;
    while (good && in.pos < in.size) {
        good = cli_memory_reserve(out, 2 * (out->size + ZSTD_DStreamOutSize()));
        ZSTD_outBuffer to = {out->data, out->capacity, out->size};
        if (!good) {
            break;
        }
        size_t before = in.pos;
        left = ZSTD_decompressStream(stream, &to, &in);
        bool stuck = in.pos == before && to.pos == out->size;
        if (ZSTD_isError(left) || stuck) {
            break; /* torn: what was whole counts */
        }
        out->size = to.pos;
        if (left == 0) {
            whole = out->size;
            *used = in.pos;
        }
    }
    out->size = whole;
    ZSTD_freeDStream(stream);
    return good;
}

static size_t parse_lines(const char *text, size_t size, json_t *rows, size_t *damaged) {
    size_t at = 0;
    for (;;) {
        const char *end = at < size ? memchr(text + at, '\n', size - at) : NULL;
        if (end == NULL) {
            return at;
        }
        size_t n = (size_t)(end - text) - at;
        json_t *row = json_loadb(text + at, n, 0, NULL);
        if (json_is_object(row) && json_object_get(row, "method") != NULL) {
            json_array_append(rows, row);
        } else if (n != 0) {
            ++*damaged;
        }
        json_decref(row);
        at += n + 1;
    }
}

bool study_results_read(const char *path, json_t *rows, uint64_t *whole, size_t *damaged) {
    struct codec_memory file;
    struct cli_memory_writer text = {NULL, 0, 0};
    *whole = 0;
    *damaged = 0;
    if (!cli_input_load(path, FILE_MAX, &file)) {
        return false;
    }
    bool good = true;
    if (is_zstd_name(path)) {
        good = decompress(&file, &text, whole);
        size_t used = good ? parse_lines((const char *)text.data, text.size, rows, damaged) : 0;
        if (good && used != text.size) {
            study_error("%s: a row goes over the end of its zstd frame", path);
            good = false;
        }
    } else {
        *whole = parse_lines(file.data, file.size, rows, damaged);
    }
    cli_memory_free(&text);
    free((void *)(uintptr_t)file.data);
    return good;
}

/* ---- Order ---- */

struct keyed {
    json_t *row;
    size_t number;
    char key[STUDY_KEY_TEXT];
};

static int compare_text(const json_t *a, const json_t *b) {
    static const char *const names[] = {"corpus", "model",  "file",   "file_sha256",
                                        "unit",   "tensor", "method", "profile_sha256"};
    int order = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && order == 0; i++) {
        order = strcmp(study_row_text(a, names[i]), study_row_text(b, names[i]));
    }
    return order;
}

static int compare_keyed(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    int order = compare_text(x->row, y->row);
    return order != 0 ? order : x->number < y->number ? -1 : x->number > y->number ? 1 : 0;
}

json_t *study_rows_sort(json_t *rows) {
    size_t n = json_array_size(rows);
    struct keyed *order = calloc(n + 1, sizeof *order);
    json_t *sorted = json_array();
    bool good = order != NULL && sorted != NULL;
    for (size_t i = 0; i < n && good; i++) {
        order[i].row = json_array_get(rows, i);
        order[i].number = i;
        good = study_row_key(order[i].row, order[i].key);
    }
    if (good) {
        qsort(order, n, sizeof *order, compare_keyed);
    }
    for (size_t i = 0; i < n && good; i++) {
        bool last = i + 1 == n || strcmp(order[i].key, order[i + 1].key) != 0;
        good = !last || json_array_append(sorted, order[i].row) == 0;
    }
    free(order);
    json_decref(rows);
    if (!good) {
        json_decref(sorted);
        return NULL;
    }
    return sorted;
}

json_t *study_results_load(const struct study_words *paths) {
    json_t *rows = json_array();
    bool good = rows != NULL;
    for (size_t i = 0; i < paths->count && good; i++) {
        uint64_t whole;
        size_t damaged;
        good = study_results_read(paths->at[i], rows, &whole, &damaged);
        if (damaged != 0) {
            study_error("%s: %zu lines that are no results were left out", paths->at[i], damaged);
        }
    }
    if (good) {
        rows = study_rows_sort(rows);
        good = rows != NULL;
    }
    if (!good) {
        json_decref(rows);
        return NULL;
    }
    return rows;
}

/* ---- Writing ---- */

static bool write_all(struct study_writer *w, const void *data, size_t size) {
    const unsigned char *at = data;
    while (size != 0) {
        ssize_t n = write(w->fd, at, size);
        if (n < 0 && errno != EINTR) {
            study_error("%s: %s", w->path, strerror(errno));
            return false;
        }
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool study_writer_open(struct study_writer *w, const char *path, json_t *rows) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    uint64_t whole = 0;
    size_t damaged = 0;
    *w = (struct study_writer){.path = path, .zstd = is_zstd_name(path)};
    w->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        study_error("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = fcntl(w->fd, F_SETLK, &lock) == 0;
    if (!good) {
        study_error("%s: another run writes to it", path);
    } else {
        /* Looking at the file closes another descriptor of it, and with that drops the lock. */
        good = study_results_read(path, rows, &whole, &damaged) &&
               fcntl(w->fd, F_SETLK, &lock) == 0 && ftruncate(w->fd, (off_t)whole) == 0 &&
               lseek(w->fd, 0, SEEK_END) >= 0;
    }
    if (damaged != 0) {
        study_error("%s: %zu lines that are no results", path, damaged);
    }
    if (!good) {
        (void)close(w->fd);
    }
    return good;
}

static bool flush(struct study_writer *w) {
    size_t bound = ZSTD_compressBound(w->pending.size);
    void *frame = w->pending.size != 0 ? malloc(bound) : NULL;
    bool good = w->pending.size == 0;
    if (frame != NULL) {
        size_t n = ZSTD_compress(frame, bound, w->pending.data, w->pending.size, LEVEL);
        good = !ZSTD_isError(n) && write_all(w, frame, n);
    }
    w->pending.size = 0;
    free(frame);
    return good;
}

bool study_writer_row(struct study_writer *w, const json_t *row) {
    char *text = json_dumps(row, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
    size_t n = text != NULL ? strlen(text) : 0;
    bool good = text != NULL;
    if (good) {
        text[n] = '\n'; /* over the NUL: a row and its end in one write */
        good = w->zstd ? cli_memory_append(&w->pending, text, n + 1) : write_all(w, text, n + 1);
    }
    free(text);
    if (good && w->pending.size >= FRAME_SIZE) {
        good = flush(w);
    }
    return good;
}

bool study_writer_close(struct study_writer *w) {
    bool good = flush(w);
    good = close(w->fd) == 0 && good;
    cli_memory_free(&w->pending);
    return good;
}
