/* sharded.c - which files a path stands for: a directory, a safetensors index, a split GGUF.
 * Depends on jansson (through json.h) and POSIX directories. */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64 /* shards are larger than 2 GiB */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "job.h"
#include "json.h"

#define INDEX_SUFFIX       ".safetensors.index.json"
#define SAFETENSORS_SUFFIX ".safetensors"
#define GGUF_SUFFIX        ".gguf"
#define SPLIT_DIGITS       5
#define MAX_SHARD_NAME     255 /* bytes */

typedef struct lister {
    scape_job job;
    scape_file_list *list;
    size_t room;
} lister;

static bool ends_in(const char *name, size_t n, const char *suffix) {
    size_t m = strlen(suffix);
    return n > m && memcmp(name + n - m, suffix, m) == 0;
}

static int make_room(lister *l) {
    if (l->list->count < l->room) {
        return SCAPE_CUT_OK;
    }
    if (l->room > SIZE_MAX / sizeof(char *) / 2 - 16) {
        return SCAPE_CUT_NOMEM;
    }
    size_t room = 2 * l->room + 16;
    char **paths = scape_mem_alloc(&l->job.opt, room * sizeof *paths);
    if (paths == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    for (size_t i = 0; i < l->list->count; i++) {
        paths[i] = l->list->paths[i];
    }
    scape_mem_free(&l->job.opt, l->list->paths);
    l->list->paths = paths;
    l->room = room;
    return SCAPE_CUT_OK;
}

/* Appends prefix and name, with a slash in between if the prefix is a directory without one: then
 * it is not empty. */
static int add(lister *l, const char *prefix, size_t prefix_len, bool directory, const char *name,
               size_t name_len) {
    bool slash = directory && prefix[prefix_len - 1] != '/';
    if (name_len > SIZE_MAX / 4 || prefix_len > SIZE_MAX / 4 || make_room(l) != SCAPE_CUT_OK) {
        return SCAPE_CUT_NOMEM;
    }
    char *path = scape_mem_alloc(&l->job.opt, prefix_len + name_len + 2);
    if (path == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    memcpy(path, prefix, prefix_len);
    if (slash) {
        path[prefix_len++] = '/';
    }
    memcpy(path + prefix_len, name, name_len);
    path[prefix_len + name_len] = '\0';
    l->list->paths[l->list->count++] = path;
    return SCAPE_CUT_OK;
}

static int by_bytes(const void *left, const void *right) {
    const char *const *a = left;
    const char *const *b = right;
    return strcmp(*a, *b);
}

/* --- a directory --- */

static bool is_model_file(const char *path, const char *name) {
    size_t n = strlen(name);
    struct stat st;
    return name[0] != '.' &&
           (ends_in(name, n, SAFETENSORS_SUFFIX) || ends_in(name, n, GGUF_SUFFIX)) &&
           stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Appends a directory entry, and takes it back if it is no model file. */
static int add_entry(lister *l, const char *path, const char *name) {
    int status = add(l, path, strlen(path), true, name, strlen(name));
    if (status == SCAPE_CUT_OK) {
        char *added = l->list->paths[l->list->count - 1];
        if (!is_model_file(added, name)) {
            l->list->count--;
            scape_mem_free(&l->job.opt, added);
        }
    }
    return status;
}

static int list_directory(lister *l, const char *path) {
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return SCAPE_CUT_IO;
    }
    int status = SCAPE_CUT_OK;
    int error = 0;
    while (status == SCAPE_CUT_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            error = errno;
            status = error != 0 ? SCAPE_CUT_IO : SCAPE_CUT_OK;
            break;
        }
        status = add_entry(l, path, entry->d_name);
    }
    closedir(dir);
    if (status == SCAPE_CUT_OK && l->list->count > 1) {
        qsort(l->list->paths, l->list->count, sizeof *l->list->paths, by_bytes);
    }
    errno = error;
    return status;
}

/* --- an index --- */

/* Why a shard name must not be used; NULL if it may. jansson let no NUL through. */
static const char *bad_shard_name(const char *name, size_t n) {
    if (n == 0 || n > MAX_SHARD_NAME) {
        return "a shard name is empty or too long";
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c == '/' || c == '\\' || c == ':') {
            return "a shard name is a path";
        }
        if (c < 0x20 || c == 0x7f) {
            return "a shard name has a control character";
        }
    }
    if (name[0] == '.') {
        return "a shard name begins with a dot";
    }
    return ends_in(name, n, SAFETENSORS_SUFFIX) ? NULL
                                                : "a shard name does not end in .safetensors";
}

static int add_shards(lister *l, const char *dir, size_t dir_len, json_t *map, const char **names) {
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value) {
        if (!json_is_string(value)) {
            return scape_job_reject(&l->job, "index: a shard name is not a string");
        }
        const char *why = bad_shard_name(json_string_value(value), json_string_length(value));
        if (why != NULL) {
            return scape_job_reject(&l->job, "index: %s", why);
        }
        names[n++] = json_string_value(value);
    }
    qsort(names, n, sizeof *names, by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(names[i - 1], names[i]) != 0) {
            int status = add(l, dir, dir_len, false, names[i], strlen(names[i]));
            if (status != SCAPE_CUT_OK) {
                return status;
            }
        }
    }
    return SCAPE_CUT_OK;
}

static int follow_index(lister *l, const char *dir, size_t dir_len, const char *text, size_t n) {
    json_t *root = NULL;
    int status = scape_json_parse(&l->job, "index", text, n, &root);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    json_t *map = json_object_get(root, "weight_map");
    size_t entries = json_object_size(map);
    if (!json_is_object(map)) {
        status = scape_job_reject(&l->job, "index: weight_map is not an object");
    } else if (entries == 0) {
        status = scape_job_reject(&l->job, "index: weight_map is empty");
    } else {
        const char **names = scape_mem_alloc(&l->job.opt, entries * sizeof *names);
        status = names == NULL ? SCAPE_CUT_NOMEM : add_shards(l, dir, dir_len, map, names);
        scape_mem_free(&l->job.opt, names);
    }
    json_decref(root);
    return status;
}

static int read_index(lister *l, FILE *file, char **text, size_t *n) {
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0) {
        return SCAPE_CUT_IO;
    }
    if ((uint64_t)size > l->job.opt.max_header) {
        return scape_job_reject(&l->job, "index: longer than the limit");
    }
    *n = (size_t)size;
    *text = scape_mem_alloc(&l->job.opt, *n + 1);
    if (*text == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    return fread(*text, 1, *n, file) == *n ? SCAPE_CUT_OK : SCAPE_CUT_IO;
}

static int list_index(lister *l, const char *path, size_t dir_len) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return SCAPE_CUT_IO;
    }
    char *text = NULL;
    size_t n = 0;
    int status = read_index(l, file, &text, &n);
    int error = errno;
    fclose(file);
    if (status == SCAPE_CUT_OK) {
        status = follow_index(l, path, dir_len, text, n);
    }
    scape_mem_free(&l->job.opt, text);
    errno = error;
    return status;
}

/* --- a split GGUF --- */

static bool parse_digits(const char *s, unsigned *value) {
    *value = 0;
    for (int i = 0; i < SPLIT_DIGITS; i++) {
        if (s[i] < '0' || s[i] > '9') {
            return false;
        }
        *value = *value * 10 + (unsigned)(s[i] - '0');
    }
    return true;
}

/* Finds "-00001-of-0000N.gguf" at the end of the path: N, or 0 if it is no first member of a split.
 */
static unsigned split_count(const char *path, size_t n) {
    static const char shape[] = "-00001-of-0000N.gguf";
    size_t m = sizeof shape - 1;
    if (n <= m || !ends_in(path, n, GGUF_SUFFIX)) {
        return 0;
    }
    const char *s = path + n - m;
    unsigned number = 0;
    unsigned count = 0;
    bool matches = s[0] == '-' && parse_digits(s + 1, &number) && memcmp(s + 6, "-of-", 4) == 0 &&
                   parse_digits(s + 10, &count);
    return matches && number == 1 ? count : 0;
}

static int list_split(lister *l, const char *path, size_t n, unsigned count) {
    int status = SCAPE_CUT_OK;
    size_t stem = n - strlen("-00001-of-0000N.gguf");
    for (unsigned i = 1; i <= count && status == SCAPE_CUT_OK; i++) {
        char tail[48];
        int length = snprintf(tail, sizeof tail, "-%05u-of-%05u.gguf", i, count);
        status = add(l, path, stem, false, tail, (size_t)length);
    }
    return status;
}

static int list_path(lister *l, const char *path) {
    size_t n = strlen(path);
    const char *slash = strrchr(path, '/');
    size_t dir_len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return list_directory(l, path);
    }
    unsigned count = split_count(path, n);
    if (count > 0) {
        return list_split(l, path, n, count);
    }
    int status = SCAPE_CUT_REJECTED;
    if (ends_in(path + dir_len, n - dir_len, INDEX_SUFFIX)) {
        status = list_index(l, path, dir_len);
    }
    return status == SCAPE_CUT_REJECTED ? add(l, "", 0, false, path, n) : status;
}

int scape_files_list(const char *path, const scape_cut_options *opt, scape_file_list **out) {
    lister l;
    scape_job_init(&l.job, NULL, opt);
    l.room = 0;
    *out = NULL;
    l.list = scape_mem_alloc(&l.job.opt, sizeof *l.list);
    if (l.list == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    memset(l.list, 0, sizeof *l.list);
    l.list->memory = l.job.opt;
    int status = list_path(&l, path);
    if (status != SCAPE_CUT_OK) {
        int error = errno;
        scape_files_free(l.list);
        errno = error;
        return status;
    }
    memcpy(l.list->reason, l.job.reason, sizeof l.job.reason);
    *out = l.list;
    return SCAPE_CUT_OK;
}

void scape_files_free(scape_file_list *list) {
    if (list == NULL) {
        return;
    }
    scape_cut_options memory = list->memory;
    for (size_t i = 0; i < list->count; i++) {
        scape_mem_free(&memory, list->paths[i]);
    }
    scape_mem_free(&memory, list->paths);
    scape_mem_free(&memory, list);
}
