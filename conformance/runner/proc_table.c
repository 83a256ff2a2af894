/* proc_table.c - see proc_table.h. */
#include "proc_table.h"

#include "basics.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* /proc/PID/stat: "pid (any name) state ppid pgrp session ... rss" with rss as the 24th. */
static bool read_row(const char *pid, struct cf_proc *out) {
    char path[300];
    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
    struct cf_bytes text = {0};
    if (!cf_read_file(path, 4095, &text)) {
        cf_bytes_free(&text);
        return false;
    }
    cf_append(&text, "", 1);
    const char *at = strrchr((const char *)text.data, ')');
    bool good = at != NULL && strlen(at) > 4;
    if (good) {
        char *next = NULL;
        *out = (struct cf_proc){.pid = (pid_t)strtol(pid, NULL, 10)};
        out->parent = (pid_t)strtol(at + 3, &next, 10);
        (void)strtol(next, &next, 10);
        out->session = (pid_t)strtol(next, &next, 10);
        for (int i = 7; i < 24; i++) {
            (void)strtoull(next, &next, 10); // a tty or a priority may be negative: wraps, unused
        }
        out->memory = strtoull(next, &next, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
    }
    cf_bytes_free(&text);
    return good;
}

void cf_proc_table_read(struct cf_proc_table *table) {
    size_t room = 0;
    *table = (struct cf_proc_table){0};
    DIR *folder = opendir("/proc");
    if (folder == NULL) {
        cf_die("there is no /proc");
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct cf_proc row;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_row(entry->d_name, &row)) {
            continue; // one that has gone in the meantime is no loss
        }
        if (table->count == room) {
            room = room == 0 ? 256 : 2 * room;
            table->rows = realloc(table->rows, room * sizeof *table->rows);
            if (table->rows == NULL) {
                cf_die("no memory");
            }
        }
        table->rows[table->count++] = row;
    }
    (void)closedir(folder);
}

void cf_proc_table_free(struct cf_proc_table *table) {
    free(table->rows);
}

uint64_t cf_proc_session_memory(pid_t session) {
    struct cf_proc_table table;
    uint64_t sum = 0;
    cf_proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++) {
        sum += table.rows[i].session == session ? table.rows[i].memory : 0;
    }
    cf_proc_table_free(&table);
    return sum;
}
