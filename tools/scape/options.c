/* options.c - see options.h. The words of a command line, one after the other, by the table. */
#include "option_table.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

/* One option that was found under `word`; value is NULL when the word brings none, and is then
 * taken from the words that follow. */
static enum cli_exit apply(struct cli_options *o, const struct option_row *row, const char *word,
                           const char *value, char ***next) {
    if (row == NULL || !cli_option_is_for(row, o->command)) {
        cli_error(NULL, "%s does not take the option %s", cli_command_row(o->command)->name, word);
        return CLI_USAGE;
    }
    if (row->argument == NULL) {
        if (value != NULL || !cli_option_set_flag(o, row->id)) {
            cli_error(NULL, "--%s takes no value", row->name);
            return CLI_USAGE;
        }
        return CLI_OK;
    }
    if (value == NULL) {
        value = **next;
        if (value == NULL) {
            cli_error(NULL, "--%s needs a value: %s", row->name, row->argument);
            return CLI_USAGE;
        }
        ++*next;
    }
    if (!cli_option_set_value(o, row->id, value)) {
        cli_error(NULL, "--%s: '%s' is no %s", row->name, value, row->argument);
        return CLI_USAGE;
    }
    return CLI_OK;
}

/* "-kfo FILE", "-T4": letters one by one; the first that takes a value ends the word. */
static enum cli_exit apply_letters(struct cli_options *o, const char *word, char ***next) {
    for (const char *c = word + 1; *c != 0; c++) {
        const struct option_row *row = cli_option_find_letter(*c);
        char shown[3] = {'-', *c, 0};
        bool takes = row != NULL && row->argument != NULL;
        const char *value = takes && c[1] != 0 ? c + 1 : NULL;
        enum cli_exit code = apply(o, row, shown, value, next);
        if (code != CLI_OK || takes) {
            return code;
        }
    }
    return CLI_OK;
}

static enum cli_exit parse_words(struct cli_options *o, char **next) {
    bool options_end = false;
    while (*next != NULL) {
        const char *word = *next++;
        enum cli_exit code = CLI_OK;
        if (options_end || word[0] != '-' || word[1] == 0) {
            o->files.at[o->files.count++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else if (word[1] == '-') {
            const char *equals = strchr(word, '=');
            size_t n = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
            code = apply(o, cli_option_find_name(word + 2, n), word,
                         equals != NULL ? equals + 1 : NULL, &next);
        } else {
            code = apply_letters(o, word, &next);
        }
        if (code != CLI_OK) {
            return code;
        }
    }
    return CLI_OK;
}

/* What no single option can know. */
static enum cli_exit check(const struct cli_options *o) {
    const char *wrong = NULL;
    bool single = o->command == CLI_COMPRESS || o->command == CLI_TRAIN;
    if (o->help || o->version) {
        return CLI_OK;
    }
    if (o->to_stdout && o->output != NULL && strcmp(o->output, "-") != 0) {
        wrong = "-c and -o exclude each other";
    } else if (single && o->methods.count > 1) {
        wrong = "only one --method";
    } else if (o->command == CLI_COMPRESS && o->profiles.count > 1) {
        wrong = "only one --profile";
    } else if (o->embed_profile && o->profiles.count == 0) {
        wrong = "--embed-profile needs --profile";
    } else if (o->shards != 0 && (o->level == CLI_LEVEL_MAX || o->sha256 || o->embed_profile)) {
        wrong = "--shard excludes --level max, --sha256 and --embed-profile, which see the whole";
    } else if (o->shards != 0 && (o->to_stdout || o->remove_input)) {
        wrong = "--shard excludes -c and --rm";
    } else if (o->rank != 0 && o->dtype == 0) {
        wrong = "--shape needs --dtype";
    } else if (o->command == CLI_TRAIN && o->methods.count == 0) {
        wrong = "train needs --method";
    } else if (o->command == CLI_EXTRACT && o->all == (o->tensors.count != 0)) {
        wrong = "extract needs either --tensor NAME or --all";
    } else if (o->command == CLI_EXTRACT && o->files.count != 1) {
        wrong = "extract takes one file";
    } else if (o->files.count == 0 &&
               (o->command == CLI_LIST || o->command == CLI_INFO || o->command == CLI_TRAIN ||
                o->command == CLI_BENCH || o->command == CLI_JOIN)) {
        wrong = "a file is needed";
    } else if ((o->command == CLI_DECOMPOSE || o->command == CLI_RECOMPOSE) &&
               o->files.count != 2) {
        wrong = "a file and a folder are needed";
    } else if (o->files.count != 0 && (o->command == CLI_SMOKE || o->command == CLI_METHODS)) {
        wrong = "no file is expected";
    }
    if (wrong != NULL) {
        cli_error(cli_command_row(o->command)->name, "%s", wrong);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static enum cli_exit reserve(struct cli_options *o, int argc) {
    size_t n = (size_t)argc + 1;
    o->storage = calloc(5 * n, sizeof *o->storage);
    if (o->storage == NULL) {
        cli_error(NULL, "out of memory");
        return CLI_FAILED;
    }
    o->methods.at = o->storage;
    o->profiles.at = o->storage + n;
    o->tensors.at = o->storage + 2 * n;
    o->externals.at = o->storage + 3 * n;
    o->files.at = o->storage + 4 * n;
    return CLI_OK;
}

enum cli_exit cli_options_parse(struct cli_options *o, int argc, char **argv) {
    *o = (struct cli_options){
        .command = CLI_COMMAND_COUNT, .iterations = 5, .threads = CLI_THREADS_NOT_GIVEN};
    const char *name = argc > 0 ? argv[0] : "scape";
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    char **next = argc > 0 ? argv + 1 : argv;
    enum cli_exit code = reserve(o, argc);
    if (code != CLI_OK) {
        return code;
    }
    if (strcmp(name, "unscape") == 0 || strcmp(name, "scapecat") == 0) {
        o->command = CLI_DECOMPRESS;
        o->to_stdout = strcmp(name, "scapecat") == 0;
    } else if (*next == NULL) {
        cli_error(NULL, "a command is needed; scape --help lists them");
        return CLI_USAGE;
    } else if (strcmp(*next, "-h") == 0 || strcmp(*next, "--help") == 0 ||
               strcmp(*next, "help") == 0) {
        o->help = true;
        return CLI_OK;
    } else if (strcmp(*next, "-V") == 0 || strcmp(*next, "--version") == 0) {
        o->version = true;
        return CLI_OK;
    } else if (!cli_command_find(*next, &o->command)) {
        cli_error(NULL, "'%s' is no command; scape --help lists them", *next);
        return CLI_USAGE;
    } else {
        next++;
    }
    code = parse_words(o, next);
    return code == CLI_OK ? check(o) : code;
}

void cli_options_free(struct cli_options *o) {
    free((void *)o->storage);
    o->storage = NULL;
}
