/* run.c - scape-study run: every method on every tensor and file, in processes of their own, a row
 * each. A row that is there already is not made again. */
#include "run.h"
#include "commands.h"
#include "measure.h"
#include "pool.h"
#include "results.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    const struct study_options *options;
    struct study_corpus corpus;
    struct study_methods methods;
    struct study_items items;
    struct study_task *tasks;
    size_t count, ended, failed, kept;
    struct study_writer writer;
    json_t *collected; /* not NULL: rows go there, to no file */
};

/* ---- Tasks ---- */

/* Rows that count as done, by key. */
static json_t *keys_of(const struct study_options *o, const json_t *rows) {
    json_t *keys = json_object();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char key[STUDY_KEY_TEXT];
        const json_t *row = json_array_get(rows, i);
        bool refused = strcmp(study_row_text(row, "status"), "refused") == 0;
        bool again = (o->retry && !study_row_is_ok(row)) || (o->in_sample && refused);
        if (study_row_key(row, key)) {
            json_object_set_new(keys, key, json_boolean(!again));
        }
    }
    return keys;
}

/* One task for an item and a method, unless its row is there. */
static bool add_task(struct run *r, const struct study_item *item,
                     const struct study_method *method, const json_t *keys) {
    struct study_task *task = &r->tasks[r->count];
    *task = (struct study_task){.item = item, .method = method};
    json_t *row = study_row_make(r->options, &r->corpus, &r->methods, task, "failed", "");
    bool good = row != NULL && study_row_key(row, task->key);
    bool done = good && json_is_true(json_object_get(keys, task->key));
    json_decref(row);
    r->count += good && !done ? 1 : 0;
    r->kept += done ? 1 : 0;
    return good;
}

static bool make_tasks(struct run *r, const json_t *keys) {
    bool good = true;
    r->tasks = calloc(r->items.count * r->methods.count + 1, sizeof *r->tasks);
    for (size_t i = 0; i < r->items.count && good && r->tasks != NULL; i++) {
        const struct study_item *item = &r->items.at[i];
        struct codec_region region;
        const struct cli_bench_input in = study_input_of(item, &region);
        (void)study_file_hash(item->file); /* where it cannot be read, its rows will say so */
        for (size_t k = 0; k < r->methods.count && good; k++) {
            if (study_method_applies(&r->methods.at[k], &in, item->region == NULL)) {
                good = add_task(r, item, &r->methods.at[k], keys);
            }
        }
    }
    return good && r->tasks != NULL;
}

/* Long ones first, so that no process works alone at the end. */
static int compare_tasks(const void *a, const void *b) {
    const struct study_task *x = a, *y = b;
    if (x->item->bytes != y->item->bytes) {
        return x->item->bytes > y->item->bytes ? -1 : 1;
    }
    return strcmp(x->key, y->key);
}

/* ---- Running ---- */

static json_t *new_row(const struct run *r, size_t task, const char *status, const char *message) {
    return study_row_make(r->options, &r->corpus, &r->methods, &r->tasks[task], status, message);
}

static char *work(void *ctx, size_t task) {
    const struct run *r = ctx;
    json_t *row = new_row(r, task, "failed", "");
    char *text = NULL;
    if (row != NULL) {
        study_row_measure(row, r->options, &r->methods, &r->tasks[task]);
        text = json_dumps(row, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
        json_decref(row);
    }
    return text;
}

static void say(const struct run *r) {
    if (!r->options->quiet && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\rscape-study: %zu of %zu, %zu marked ", r->ended, r->count, r->failed);
        if (r->ended == r->count) {
            fputc('\n', stderr);
        }
    }
}

static bool done(void *ctx, size_t task, enum study_end end, int number, const char *text,
                 size_t size) {
    struct run *r = ctx;
    char message[64];
    json_t *row = end == STUDY_END_DONE ? json_loadb(text, size, 0, NULL) : NULL;
    if (row == NULL) {
        snprintf(message, sizeof message, "%s %d", number < 0 ? "ended by signal" : "exit status",
                 number < 0 ? -number : number);
        row = end == STUDY_END_TIMEOUT ? new_row(r, task, "timeout", "took longer than --timeout")
                                       : new_row(r, task, "crashed", message);
    }
    bool good = row != NULL && (r->collected != NULL ? json_array_append(r->collected, row) == 0
                                                     : study_writer_row(&r->writer, row));
    r->ended++;
    r->failed += good && study_row_is_ok(row) ? 0 : 1;
    say(r);
    json_decref(row);
    return good;
}

static bool run_tasks(struct run *r) {
    const struct study_options *o = r->options;
    const struct study_pool pool = {o->jobs, o->timeout, r, work, done};
    qsort(r->tasks, r->count, sizeof *r->tasks, compare_tasks);
    bool good = r->count == 0 || study_pool_run(&pool, r->count);
    if (!good) {
        study_error("the run was ended; the same command goes on with it");
    } else if (!o->quiet) {
        fprintf(stderr, "scape-study: %zu rows made, %zu of them marked, %zu were there\n",
                r->ended, r->failed, r->kept);
    }
    return good;
}

static bool prepare(struct run *r) {
    const struct study_options *o = r->options;
    return study_corpus_open(&r->corpus, o) && study_methods_open(&r->methods, o) &&
           study_items_list(&r->items, &r->corpus, o->tensors, o->files, o->min_elements) &&
           study_items_shard(&r->items, o->shard, o->shards);
}

static void close_run(struct run *r) {
    free(r->tasks);
    study_items_free(&r->items);
    study_methods_close(&r->methods);
    study_corpus_close(&r->corpus);
}

bool study_run_collect(const struct study_options *o, json_t *rows) {
    struct run r = {.options = o, .collected = rows};
    bool good = prepare(&r) && make_tasks(&r, NULL) && run_tasks(&r);
    close_run(&r);
    return good;
}

enum study_exit study_run(const struct study_options *o) {
    struct run r = {.options = o};
    json_t *rows = json_array(), *keys = NULL;
    bool good = prepare(&r);
    if (good && study_writer_open(&r.writer, o->output, rows)) {
        keys = keys_of(o, rows);
        good = keys != NULL && make_tasks(&r, keys) && run_tasks(&r);
        good = study_writer_close(&r.writer) && good;
    } else {
        good = false;
    }
    json_decref(keys);
    json_decref(rows);
    close_run(&r);
    return good ? STUDY_OK : STUDY_FAILED;
}
