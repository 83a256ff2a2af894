/* replay.c - main for a harness without a fuzzer: runs the files, and the files in the folders,
 * that are named on the command line. With any compiler; an input that fails ends the program. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PATH_SIZE = 4096
};

static size_t files;

static bool replay_file(const char *path, size_t size) {
    uint8_t *data = malloc(size != 0 ? size : 1);
    FILE *f = fopen(path, "rb");
    bool good = data && f && fread(data, 1, size, f) == size;
    if (f) {
        fclose(f);
    }
    if (good) {
        /* Said before it runs, so that a crash has a name. */
        printf("%s\n", path);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
        files++;
    } else {
        fprintf(stderr, "replay: cannot read %s\n", path);
    }
    free(data);
    return good;
}

/* The files of a folder in the order of their names; what is no file is passed over. */
static bool replay_folder(const char *path) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        char inside[PATH_SIZE];
        struct stat st = {0};
        int n = snprintf(inside, sizeof inside, "%s/%s", path, entries[i]->d_name);
        good = good && n > 0 && (size_t)n < sizeof inside && stat(inside, &st) == 0;
        if (good && S_ISREG(st.st_mode)) {
            good = replay_file(inside, (size_t)st.st_size);
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool replay(const char *path) {
    struct stat st = {0};
    if (stat(path, &st) != 0) {
        fprintf(stderr, "replay: no %s\n", path);
        return false;
    }
    return S_ISDIR(st.st_mode) ? replay_folder(path) : replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv) {
    bool good = argc > 1;
    for (int i = 1; i < argc; i++) {
        good = replay(argv[i]) && good;
    }
    printf("%zu inputs\n", files);
    return good && files != 0 ? 0 : 1;
}
