/* files.c - see files.h. */
#include "files.h"

#include "input.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PROFILE_SIZE_MAX = 1 << 24 /* of the format */
};

/* Once each: a directory's shards may also be named one by one. */
static bool add_path(struct cli_files *files, size_t *capacity, const char *path, bool expanded) {
    for (size_t i = 0; expanded && i < files->count; i++) {
        if (strcmp(files->paths[i], path) == 0) {
            return true;
        }
    }
    if (files->count == *capacity) {
        size_t wanted = *capacity < 16 ? 16 : *capacity * 2;
        char **bigger = realloc((void *)files->paths, wanted * sizeof *bigger);
        if (bigger == NULL) {
            return false;
        }
        files->paths = bigger;
        *capacity = wanted;
    }
    char *copy = cli_text_copy(path, strlen(path));
    if (copy == NULL) {
        return false;
    }
    files->paths[files->count++] = copy;
    return true;
}

static enum cli_exit expand_path(struct cli_files *files, size_t *capacity, const char *path,
                                 int verbosity) {
    struct scape_file_list *list;
    int code = scape_files_list(path, NULL, &list);
    if (code != SCAPE_CUT_OK) {
        cli_error(path, "%s", code == SCAPE_CUT_IO ? strerror(errno) : "out of memory");
        return CLI_FAILED;
    }
    bool good = true;
    if (list->count == 0) {
        cli_error(path, "holds no model files (.safetensors, .gguf)");
        good = false;
    } else if (list->reason[0] != 0 && verbosity >= 0) {
        cli_note(path, "not followed as an index of shards: %s", list->reason);
    }
    for (size_t i = 0; good && i < list->count; i++) {
        good = add_path(files, capacity, list->paths[i], true);
    }
    scape_files_free(list);
    return good ? CLI_OK : CLI_FAILED;
}

enum cli_exit cli_files_collect(struct cli_files *files, const struct cli_options *o, bool expand) {
    size_t capacity = 0;
    enum cli_exit code = CLI_OK;
    *files = (struct cli_files){NULL, 0};
    if (o->files.count == 0) {
        if (isatty(STDIN_FILENO)) {
            cli_error(NULL, "a file is needed: standard input is a terminal");
            return CLI_USAGE;
        }
        return add_path(files, &capacity, "-", false) ? CLI_OK : CLI_FAILED;
    }
    for (size_t i = 0; i < o->files.count; i++) {
        const char *path = o->files.at[i];
        if (expand && strcmp(path, "-") != 0) {
            enum cli_exit one = expand_path(files, &capacity, path, o->verbosity);
            code = one != CLI_OK ? one : code;
        } else if (!add_path(files, &capacity, path, false)) {
            cli_error(NULL, "out of memory");
            return CLI_FAILED;
        }
    }
    if (files->count > 1 && o->output != NULL && strcmp(o->output, "-") != 0 &&
        !cli_path_is_directory(o->output)) {
        cli_error(o->output, "must be a directory, as there are several inputs");
        return CLI_USAGE;
    }
    return code;
}

void cli_files_free(struct cli_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
    }
    free((void *)files->paths);
    *files = (struct cli_files){NULL, 0};
}

/* The default name, beside the input. */
static char *derived_name(const char *input, bool compressing) {
    size_t n = strlen(input), suffix = strlen(CLI_SUFFIX);
    char *name = malloc(n + suffix + 1);
    if (name == NULL) {
        cli_error(input, "out of memory");
        return NULL;
    }
    memcpy(name, input, n + 1);
    if (compressing) {
        memcpy(name + n, CLI_SUFFIX, suffix + 1);
        return name;
    }
    if (n <= suffix || strcmp(name + n - suffix, CLI_SUFFIX) != 0 || name[n - suffix - 1] == '/') {
        cli_error(input, "does not end in " CLI_SUFFIX "; -o names the output");
        free(name);
        return NULL;
    }
    name[n - suffix] = 0;
    return name;
}

char *cli_files_output(const struct cli_options *o, const char *input, bool compressing) {
    bool standard = strcmp(input, "-") == 0;
    const char *given = o->to_stdout || (o->output == NULL && standard) ? "-" : o->output;
    char *name;
    if (given != NULL && (standard || strcmp(given, "-") == 0 || !cli_path_is_directory(given))) {
        return cli_text_copy(given, strlen(given));
    }
    name = derived_name(input, compressing);
    if (given != NULL && name != NULL) {
        const char *slash = strrchr(name, '/');
        char *inside = cli_path_join(given, slash != NULL ? slash + 1 : name);
        free(name);
        name = inside;
    }
    return name;
}

struct codec_memory *cli_profiles_load(const struct cli_options *o) {
    struct codec_memory *profiles = calloc(o->profiles.count + 1, sizeof *profiles);
    if (profiles == NULL) {
        cli_error(NULL, "out of memory");
    }
    for (size_t i = 0; profiles != NULL && i < o->profiles.count; i++) {
        if (!cli_input_load(o->profiles.at[i], PROFILE_SIZE_MAX, &profiles[i])) {
            cli_profiles_free(profiles);
            profiles = NULL;
        }
    }
    return profiles;
}

void cli_profiles_free(struct codec_memory *profiles) {
    for (size_t i = 0; profiles != NULL && profiles[i].data != NULL; i++) {
        free((void *)profiles[i].data);
    }
    free(profiles);
}
