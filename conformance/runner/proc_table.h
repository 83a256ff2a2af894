/* proc_table.h - the processes of this machine, from /proc. */
#ifndef CF_PROC_TABLE_H
#define CF_PROC_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cf_proc {
    pid_t pid, parent, session;
    uint64_t memory; /* resident bytes */
};

struct cf_proc_table {
    struct cf_proc *rows;
    size_t count;
};

void cf_proc_table_read(struct cf_proc_table *table);
void cf_proc_table_free(struct cf_proc_table *table);

/* Resident bytes of all processes of a session. */
uint64_t cf_proc_session_memory(pid_t session);

#endif
