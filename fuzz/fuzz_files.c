/* fuzz_files.c - which files an index or a name stands for: no name leads out of its folder.
 * Tail: 0 whether the input is the text of an index or a file name. Writes to a folder of its own
 * below $TMPDIR. */
#include "containers.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_NAME "m.safetensors.index.json"

enum {
    PATH_SIZE = 1024,
    NAME_MAX_LENGTH = 255
};

static char folder[PATH_SIZE];

static void remove_folder(void) {
    char path[PATH_SIZE + sizeof INDEX_NAME];
    snprintf(path, sizeof path, "%s" INDEX_NAME, folder);
    unlink(path);
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

static void list_index(const uint8_t *data, size_t size) {
    char path[PATH_SIZE + sizeof INDEX_NAME];
    snprintf(path, sizeof path, "%s" INDEX_NAME, folder);
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f != NULL);
    FUZZ_CHECK(fwrite(data, 1, size, f) == size && fclose(f) == 0);
    scape_file_list *list = NULL;
    FUZZ_CHECK(scape_files_list(path, NULL, &list) == SCAPE_CUT_OK && list != NULL);
    FUZZ_CHECK(list->count > 0);
    if (list->reason[0] != '\0') {
        FUZZ_CHECK(list->count == 1 && strcmp(list->paths[0], path) == 0);
    }
    for (size_t i = 0; i < list->count; i++) {
        check_path(list->paths[i]);
        FUZZ_CHECK(i == 0 || strcmp(list->paths[i - 1], list->paths[i]) < 0);
    }
    scape_files_free(list);
}

static void list_name(const uint8_t *data, size_t size) {
    char path[PATH_SIZE + NAME_MAX_LENGTH + 1];
    size_t n = strlen(folder);
    memcpy(path, folder, n);
    for (size_t i = 0; i < size && i < NAME_MAX_LENGTH; i++) {
        path[n++] = data[i] == '\0' || data[i] == '/' ? '_' : (char)data[i];
    }
    path[n] = '\0';
    if (size == 0 || path[strlen(folder)] == '.') {
        return; /* the folder itself, and what a shell would not list */
    }
    scape_file_list *list = NULL;
    int status = scape_files_list(path, NULL, &list);
    FUZZ_CHECK(status == SCAPE_CUT_OK || status == SCAPE_CUT_IO);
    if (list) {
        FUZZ_CHECK(list->count > 0);
        for (size_t i = 0; i < list->count; i++) {
            FUZZ_CHECK(strncmp(list->paths[i], folder, strlen(folder)) == 0);
        }
        scape_files_free(list);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    if (folder[0] == '\0') {
        make_folder();
    }
    if (in.tail[0] & 1) {
        list_name(in.data, in.size);
    } else {
        list_index(in.data, in.size);
    }
    return 0;
}
