/* fuzz_files.c - which files an index, a name or a folder stands for: no name leads out of its
 * folder. Tail: 0 the flags below and those of cut_check.h, 4 which allocation fails. Writes to a
 * folder of its own below $TMPDIR. */
#include "cut_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_NAME "m.safetensors.index.json"

enum flag {
    FLAG_NAME = 1,   /* the input is a file name, not the text of an index */
    FLAG_FOLDER = 2, /* it is the names of a folder's files, one behind each slash but the first */
    FLAG_RELATIVE = 8, /* the name without a folder */
    FLAG_NO_SLASH = 128
};

enum {
    PATH_SIZE = 1024,
    NAME_MAX_LENGTH = 255,
    FILES_MAX = 64
};

static char folder[PATH_SIZE];

/* A name in the folder. path: PATH_SIZE bytes. */
static const char *path_of(const char *name, char *path) {
    int n = snprintf(path, PATH_SIZE, "%s%s", folder, name);
    FUZZ_CHECK(n > 0 && n < PATH_SIZE);
    return path;
}

static void remove_folder(void) {
    char path[PATH_SIZE];
    unlink(path_of(INDEX_NAME, path));
    rmdir(folder);
}

static void make_folder(void) {
    const char *base = getenv("TMPDIR");
    int n = snprintf(folder, sizeof folder, "%s/scape-fuzz-XXXXXX", base ? base : "/tmp");
    FUZZ_CHECK(n > 0 && (size_t)n < sizeof folder - 1);
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    folder[n] = '/';
    folder[n + 1] = '\0';
    atexit(remove_folder);
}

/* A plain name in the folder. */
static void check_path(const char *path) {
    size_t n = strlen(folder);
    FUZZ_CHECK(strncmp(path, folder, n) == 0);
    const char *name = path + n;
    size_t length = strlen(name);
    FUZZ_CHECK(length > 0 && length <= NAME_MAX_LENGTH && name[0] != '.');
    for (const char *c = name; *c != '\0'; c++) {
        FUZZ_CHECK(*c != '/' && *c != '\\' && (unsigned char)*c >= 0x20 && *c != 0x7F);
    }
}

/* Lists what a path stands for, the paths in order and each once. Returns whether there is such a
 * file: other errors must be those that were asked for. within: each path is a name in the folder.
 */
static bool list(const struct fuzz_input *in, const char *path, bool within) {
    struct fuzz_cut_memory memory;
    scape_file_list *listed = NULL;
    fuzz_cut_memory_open(&memory, in);
    int status = scape_files_list(path, &memory.options, &listed);
    FUZZ_CHECK((status == SCAPE_CUT_OK) == (listed != NULL));
    if (listed && listed->reason[0] != '\0') {
        FUZZ_CHECK(listed->count == 1 && strcmp(listed->paths[0], path) == 0);
    }
    for (size_t i = 0; listed && i < listed->count; i++) {
        FUZZ_CHECK(i == 0 || strcmp(listed->paths[i - 1], listed->paths[i]) < 0);
        if (within) {
            check_path(listed->paths[i]);
        }
    }
    scape_files_free(listed);
    const bool failed = fuzz_cut_memory_close(&memory);
    FUZZ_CHECK(status == SCAPE_CUT_OK || status == SCAPE_CUT_IO ||
               (status == SCAPE_CUT_NOMEM && failed));
    return status != SCAPE_CUT_IO;
}

static void write_file(const char *name, const void *data, size_t size) {
    char path[PATH_SIZE];
    FILE *f = fopen(path_of(name, path), "wb");
    FUZZ_CHECK(f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static void list_index(const struct fuzz_input *in) {
    char path[PATH_SIZE];
    write_file(INDEX_NAME, in->data, in->size);
    FUZZ_CHECK(list(in, path_of(INDEX_NAME, path), true));
}

/* The input up to a slash or its end as a file's name, after what is in the path; returns its
 * length. */
static size_t put_name(char *path, const uint8_t *data, size_t size) {
    size_t n = 0;
    for (; n < size && n < NAME_MAX_LENGTH && data[n] != '/'; n++) {
        unsigned char c = data[n];
        path[n] = c < 0x20 || c == 0x7F || c == '\\' ? '_' : (char)c;
    }
    path[n] = '\0';
    return n;
}

static void list_name(const struct fuzz_input *in) {
    char path[PATH_SIZE + NAME_MAX_LENGTH + 1];
    const bool relative = (in->tail[0] & FLAG_RELATIVE) != 0;
    size_t start = relative ? 0 : strlen(folder);
    memcpy(path, folder, start);
    if (put_name(path + start, in->data, in->size) == 0 || path[start] == '.') {
        return; /* the folder itself, and what a shell would not list */
    }
    list(in, path, !relative);
}

/* Model files of the names; a folder, an index and a link to nothing are none. */
static void list_folder(const struct fuzz_input *in) {
    char names[FILES_MAX][NAME_MAX_LENGTH + 1], path[PATH_SIZE];
    size_t count = 0, n;
    for (size_t at = 0; at < in->size && count < FILES_MAX; at += n + 1) {
        n = put_name(names[count], in->data + at, in->size - at);
        if (n != 0 && strcmp(names[count], ".") != 0 && strcmp(names[count], "..") != 0) {
            write_file(names[count++], "", 0);
        }
    }
    bool made = mkdir(path_of("f.gguf", path), 0700) == 0;
    bool linked = symlink("nowhere", path_of("l.gguf", path)) == 0;
    n = strlen(folder);
    memcpy(path, folder, n + 1);
    path[in->tail[0] & FLAG_NO_SLASH ? n - 1 : n] = '\0';
    FUZZ_CHECK(list(in, path, true));
    for (size_t i = 0; i < count; i++) {
        unlink(path_of(names[i], path));
    }
    FUZZ_CHECK(!linked || unlink(path_of("l.gguf", path)) == 0);
    FUZZ_CHECK(!made || rmdir(path_of("f.gguf", path)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    if (folder[0] == '\0') {
        make_folder();
    }
    if (in.tail[0] & FLAG_NAME) {
        list_name(&in);
    } else if (in.tail[0] & FLAG_FOLDER) {
        list_folder(&in);
    } else {
        list_index(&in);
    }
    return 0;
}
