/* process.h - starts programs of strangers and gets rid of them: a session of their own, limits,
 * bounded output, and an end for every process that they leave behind. Linux only, by /proc and
 * by the sub-reaper; one thread, and nothing else in the process may wait for children. */
#ifndef CF_PROCESS_H
#define CF_PROCESS_H

#include "basics.h"

#include <sys/types.h>

struct cf_limits {
    double seconds;  /* of wall time; of CPU time as many and one more */
    uint64_t memory; /* resident bytes of all its processes */
    uint64_t output; /* bytes on standard output, or in the file of a session's answer */
};

enum cf_end {
    CF_EXITED,      /* code is the exit status */
    CF_SIGNALLED,   /* code is the signal */
    CF_TIMED_OUT,   /* of wall or CPU time */
    CF_OVER_MEMORY, /* more than limits.memory */
    CF_FLOODED,     /* more than limits.output */
    CF_NOT_STARTED, /* code is errno */
    CF_PROTOCOL     /* an answer of a session that the contract does not allow */
};

enum {
    CF_NOTE_SIZE = 200
};

struct cf_outcome {
    enum cf_end end;
    int code;
    bool left_behind;       /* processes outlived it; they were ended */
    struct cf_bytes output; /* at most limits.output and one more */
    uint64_t peak;          /* resident bytes, the largest of its processes */
    double seconds;
    char note[CF_NOTE_SIZE]; /* what stderr began with, or what was wrong */
};

/* Makes this process the one that inherits what its descendants leave behind. */
void cf_process_init(void);

/* Runs a program in `folder` to its end. `input` is its standard input (a descriptor that stays
 * open) or -1 for none; `output` is its standard output, or -1 to collect it. `keep` is a child
 * that is none of its, or 0. The caller frees outcome->output. */
void cf_process_run(char *const *words, const char *folder, int input, int output,
                    const struct cf_limits *limits, pid_t keep, struct cf_outcome *outcome);

/* Waits for a child that was forked elsewhere. */
void cf_process_reap(pid_t pid);

/* A program that stays, with pipes to both its standard streams. */
struct cf_child {
    pid_t pid; /* 0 when there is none */
    int to, from;
};

/* False, with errno, when it does not start. `file_limit` bounds every file that it writes. */
bool cf_child_start(struct cf_child *child, char *const *words, const char *folder,
                    uint64_t file_limit);

/* Reads one line of at most 64 KiB, without its newline, into `line`. False when none comes: then
 * the child has been ended and outcome says why. */
bool cf_child_read_line(struct cf_child *child, const struct cf_limits *limits,
                        struct cf_bytes *line, struct cf_outcome *outcome);

/* Closes its pipes and ends it; with `patience` it may first come to its own end that long.
 * Outcome, which may be NULL, says how it ended. */
void cf_child_stop(struct cf_child *child, double patience, struct cf_outcome *outcome);

/* Peak of the resident bytes since the last call. */
uint64_t cf_child_peak(const struct cf_child *child);

#endif
