/* main.c - scape-conformance: runs the vectors against implementations and says which clauses of
 * the specification each of them keeps. conformance/README.md has the contract. */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ADAPTERS_MAX = 16,
    FILTERS_MAX = 64,
    FORM_COUNT = 5,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_STOPPED = 130
};

struct arguments {
    const char *adapters[ADAPTERS_MAX];
    size_t adapter_count;
    const char *filters[FILTERS_MAX];
    size_t filter_count;
    unsigned classes;
    const char *vectors, *provider;
    const char *files[FORM_COUNT]; /* of the forms, in their order */
    double seconds;
    uint64_t memory;
    unsigned long long seed;
    unsigned jobs;
    bool shuffle, one_shot, fail_fast, list, quiet;
};

struct form {
    const char *option;
    void (*write)(const struct cf_report *report, FILE *out);
};

static const struct form forms[FORM_COUNT] = {{"--tap", cf_report_tap},
                                              {"--junit", cf_report_junit},
                                              {"--json", cf_report_json},
                                              {"--html", cf_report_html},
                                              {"--badge", cf_report_badge}};

static const char help[] =
    "usage: scape-conformance --adapter ADAPTER... [OPTION]...\n"
    "\n"
    "Runs the vectors against implementations of the SCAPE format.\n"
    "\n"
    "  --adapter ADAPTER   ref, lib, spec, or the path of an adapter; several, one by one\n"
    "  --class CLASS       only cases that need this conformance class; several\n"
    "  --filter TEXT       only cases whose name holds TEXT, or fits it where it has * or ?; "
    "several\n"
    "  --jobs N            cases at the same time (default 1)\n"
    "  --timeout SECONDS   wall time of a case (default: that of the case, or 60)\n"
    "  --memory MIB        resident memory of a case (default: that of the case, or 4096)\n"
    "  --shuffle           run the cases in an order made from the seed\n"
    "  --seed N            the seed (default: one of the clock; it is printed)\n"
    "  --one-shot          a process for every case, also where the persistent mode is there\n"
    "  --fail-fast         stop after the first case that is not right\n"
    "  --vectors DIR       folder of manifest.json (default: the project's)\n"
    "  --content-from A    adapter that decodes what is to be encoded (default: ref, if it is "
    "there)\n"
    "  --tap, --junit, --json, --html, --badge FILE    results in that form; - is standard output\n"
    "  --list              print the names of the cases instead\n"
    "  --quiet             no text and no progress\n"
    "\n"
    "Exit status: 0 when every case is right or skipped, 1 when one is not, 2 for wrong usage.\n";

_Noreturn static void usage(const char *what, const char *word) {
    fprintf(stderr, "scape-conformance: %s%s\nTry --help.\n", what, word);
    exit(STATUS_USAGE);
}

/* ---- the command line ---- */

static unsigned long long number(const char *option, const char *text, unsigned long long least,
                                 unsigned long long most) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || value < least || value > most) {
        usage("a number out of range for ", option);
    }
    return value;
}

static bool parse_flag(struct arguments *a, const char *word) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--shuffle", &a->shuffle},
                 {"--one-shot", &a->one_shot},
                 {"--fail-fast", &a->fail_fast},
                 {"--list", &a->list},
                 {"--quiet", &a->quiet}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool parse_form(struct arguments *a, const char *word, const char *value) {
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (strcmp(word, forms[i].option) == 0) {
            a->files[i] = value;
            return true;
        }
    }
    return false;
}

static void parse_option(struct arguments *a, const char *word, const char *value) {
    if (strcmp(word, "--adapter") == 0 && a->adapter_count < ADAPTERS_MAX) {
        a->adapters[a->adapter_count++] = value;
    } else if (strcmp(word, "--filter") == 0 && a->filter_count < FILTERS_MAX) {
        a->filters[a->filter_count++] = value;
    } else if (strcmp(word, "--class") == 0) {
        unsigned bit = cf_class_of(value);
        if (bit == 0) {
            usage("there is no conformance class ", value);
        }
        a->classes |= bit;
    } else if (strcmp(word, "--jobs") == 0) {
        a->jobs = (unsigned)number(word, value, 1, 64);
    } else if (strcmp(word, "--timeout") == 0) {
        a->seconds = (double)number(word, value, 1, 1 << 20);
    } else if (strcmp(word, "--memory") == 0) {
        a->memory = (uint64_t)number(word, value, 1, 1 << 20) << 20;
    } else if (strcmp(word, "--seed") == 0) {
        a->seed = number(word, value, 0, INT64_MAX); // as much as JSON's integers hold here
    } else if (strcmp(word, "--vectors") == 0) {
        a->vectors = value;
    } else if (strcmp(word, "--content-from") == 0) {
        a->provider = value;
    } else if (!parse_form(a, word, value)) {
        usage("unknown option, or too often: ", word);
    }
}

static void parse(struct arguments *a, int count, char **words) {
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--help") == 0) {
            fputs(help, stdout);
            exit(0);
        }
        if (parse_flag(a, words[i])) {
            continue;
        }
        if (i + 1 == count) {
            usage("unknown, or without its value: ", words[i]);
        }
        parse_option(a, words[i], words[i + 1]);
        i++;
    }
    if (a->adapter_count == 0 && !a->list) {
        usage("no --adapter", "");
    }
}

/* ---- which cases, in what order ---- */

static bool is_chosen(const struct arguments *a, const struct cf_case *c) {
    bool named = a->filter_count == 0;
    for (size_t i = 0; i < a->filter_count && !named; i++) {
        const char *f = a->filters[i];
        named = strpbrk(f, "*?") != NULL ? fnmatch(f, c->name, 0) == 0 : strstr(c->name, f) != NULL;
    }
    return named && (a->classes == 0 || (c->classes & a->classes) != 0);
}

static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static void shuffle(uint32_t *numbers, size_t count, uint64_t seed) {
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(next_random(&seed) % i);
        uint32_t kept = numbers[i - 1];
        numbers[i - 1] = numbers[j];
        numbers[j] = kept;
    }
}

static size_t choose(const struct arguments *a, const struct cf_manifest *m,
                     const struct cf_adapter *adapter, uint32_t *numbers) {
    size_t count = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        if (is_chosen(a, &m->cases[i]) && cf_adapter_takes(adapter, &m->cases[i])) {
            numbers[count++] = i;
        }
    }
    if (a->shuffle) {
        shuffle(numbers, count, a->seed);
    }
    return count;
}

/* ---- running ---- */

static void show_progress(const struct cf_adapter *a, size_t done, size_t total, size_t bad) {
    fprintf(stderr, "\r%s: %zu of %zu, %zu not right\033[K%s", a->label, done, total, bad,
            done == total ? "\r\033[K" : "");
}

static void count_results(struct cf_run *run, size_t count) {
    const char *what;
    run->counts[CF_FAILED] += cf_run_fault(run, &what) != CF_PASS;
    for (size_t i = 0; run->results != NULL && i < count; i++) {
        if (run->results[i].number != CF_SESSION) {
            run->counts[cf_category_of(run->results[i].verdict)]++;
        }
    }
}

/* False when a signal ended it. */
static bool run_adapter(const struct arguments *a, const struct cf_settings *s, const char *word,
                        struct cf_run *run) {
    const struct cf_manifest *m = s->manifest;
    double since = cf_now();
    bool good = true;
    cf_adapter_open(&run->adapter, word, s->folder, &s->limits);
    if (run->adapter.fault[0] == 0) {
        uint32_t *numbers = cf_allocate(m->count, sizeof *numbers);
        size_t count = choose(a, m, &run->adapter, numbers);
        struct cf_result *found = cf_allocate(count, sizeof *found);
        run->results = cf_allocate(m->count, sizeof *run->results);
        good = cf_run_all(s, &run->adapter, numbers, count, found, &run->session);
        for (size_t i = 0; i < m->count; i++) {
            run->results[i].number = CF_SESSION;
        }
        for (size_t i = 0; i < count; i++) {
            run->results[numbers[i]] = found[i];
        }
        free(found);
        free(numbers);
    }
    count_results(run, m->count);
    run->seconds = cf_now() - since;
    return good;
}

/* The adapter that gives content to encode: ref, where nobody named one and it is there. */
static bool open_provider(const struct arguments *a, const struct cf_settings *s,
                          struct cf_adapter *out) {
    const char *word = a->provider != NULL ? a->provider : "ref";
    char *path = cf_adapter_path(word);
    bool there = access(path, X_OK) == 0;
    free(path);
    if (there) {
        cf_adapter_open(out, word, s->folder, &s->limits);
    }
    if (a->provider != NULL && (!there || out->fault[0] != 0)) {
        cf_die("--content-from %s: %s", word, there ? out->fault : "there is no such adapter");
    }
    return there && out->fault[0] == 0;
}

/* ---- results ---- */

static void write_reports(const struct arguments *a, const struct cf_report *report) {
    bool spoken = a->quiet;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (a->files[i] == NULL) {
            continue;
        }
        bool standard = strcmp(a->files[i], "-") == 0;
        FILE *file = standard ? stdout : fopen(a->files[i], "wb");
        if (file == NULL) {
            cf_die("cannot write %s", a->files[i]);
        }
        forms[i].write(report, file);
        bool good = fflush(file) == 0 && ferror(file) == 0;
        if (!standard) {
            good = fclose(file) == 0 && good;
        }
        if (!good) {
            cf_die("cannot write %s", a->files[i]);
        }
        spoken = spoken || standard;
    }
    if (!spoken) {
        cf_report_text(report, stdout);
    }
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *at) {
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static char *make_folder(void) {
    const char *parent = getenv("TMPDIR");
    char *folder =
        cf_format("%s/scape-conformance.XXXXXX", parent != NULL && *parent != 0 ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) {
        cf_die("cannot make %s", folder);
    }
    return folder;
}

static int list_cases(const struct arguments *a, const struct cf_manifest *m) {
    for (size_t i = 0; i < m->count; i++) {
        if (is_chosen(a, &m->cases[i])) {
            puts(m->cases[i].name);
        }
    }
    return 0;
}

static int run_all(const struct arguments *a, const struct cf_manifest *m, char *folder) {
    struct cf_settings settings = {
        .manifest = m,
        .limits = {.seconds = a->seconds > 0 ? a->seconds : 60,
                   .memory = a->memory > 0 ? a->memory : (uint64_t)4 << 30},
        .own_seconds = a->seconds > 0,
        .own_memory = a->memory > 0,
        .persistent = !a->one_shot,
        .fail_fast = a->fail_fast,
        .jobs = a->jobs,
        .folder = folder,
        .progress = !a->quiet && isatty(STDERR_FILENO) ? show_progress : NULL,
    };
    static struct cf_adapter provider; // reachable to the end, with what it holds
    settings.provider = open_provider(a, &settings, &provider) ? &provider : NULL;
    static struct cf_report report; // likewise
    report = (struct cf_report){.manifest = m, .shuffled = a->shuffle, .seed = a->seed};
    report.runs = cf_allocate(a->adapter_count, sizeof *report.runs);
    bool going = true;
    bool good = true;
    for (size_t i = 0; i < a->adapter_count && going; i++) {
        going = run_adapter(a, &settings, a->adapters[i], &report.runs[i]);
        good = good && cf_run_good(&report.runs[i]);
        report.run_count = i + 1;
    }
    (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!going) {
        return STATUS_STOPPED;
    }
    write_reports(a, &report);
    return good ? 0 : STATUS_FAILED;
}

int main(int count, char **words) {
    static struct arguments a; // with the manifest, reachable to the end
    static struct cf_manifest manifest;
    a.vectors = CF_VECTORS;
    a.jobs = 1;
    a.seed = (unsigned long long)(cf_now() * 1e6);
    parse(&a, count, words);
    cf_manifest_load(&manifest, a.vectors);
    size_t chosen = 0;
    for (size_t i = 0; i < manifest.count; i++) {
        chosen += is_chosen(&a, &manifest.cases[i]);
    }
    if (chosen == 0) {
        usage("no case is left by --class and --filter", "");
    }
    if (a.list) {
        return list_cases(&a, &manifest);
    }
    cf_process_init();
    cf_catch_signals();
    char *folder = make_folder();
    int status = run_all(&a, &manifest, folder);
    free(folder);
    return status;
}
