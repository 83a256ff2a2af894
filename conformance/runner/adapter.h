/* adapter.h - an implementation as the contract has it (conformance/README.md): an executable that
 * describes itself and answers verbs, once per start or line by line. Depends on process and
 * manifest. */
#ifndef CF_ADAPTER_H
#define CF_ADAPTER_H

#include "manifest.h"
#include "process.h"

enum {
    CF_CONTRACT = 1
};

struct cf_adapter {
    const char *label; /* as the user named it */
    char *path;
    char *name, *version; /* as it describes itself */
    unsigned classes;
    json_t *methods;                     /* named methods that its encoder knows, or NULL */
    bool serves;                         /* has the persistent mode */
    bool inspects;                       /* has the verb inspect */
    bool bounds_memory;                  /* keeps to --max-memory */
    uint64_t input_bytes, content_bytes; /* the most that it takes */
    uint64_t baseline;                   /* resident bytes of a run that does nothing */
    char fault[CF_NOTE_SIZE];            /* what is wrong with its description, or empty */
};

/* The path of a word of --adapter: with a slash a path, else scape-adapter-WORD beside this
 * program. The caller frees it. */
char *cf_adapter_path(const char *word);

/* Starts `adapter describe` and reads what it says; `folder` is an empty one to run it in. */
void cf_adapter_open(struct cf_adapter *a, const char *word, const char *folder,
                     const struct cf_limits *limits);

/* Whether a case is for it at all: inspect and --max-memory are offers, not conformance. */
bool cf_adapter_takes(const struct cf_adapter *a, const struct cf_case *c);

/* Whether it declares what a case needs. */
bool cf_adapter_declares(const struct cf_adapter *a, const struct cf_case *c);

/* One verb of one case in a process of its own. The caller frees outcome->output. */
void cf_adapter_run(const struct cf_adapter *a, const struct cf_case *c, const char *input,
                    const char *folder, const struct cf_limits *limits, pid_t keep,
                    struct cf_outcome *outcome);

/* ---- persistent mode ---- */

struct cf_session {
    const struct cf_adapter *adapter;
    struct cf_child child;
    unsigned long long id;
};

/* The same as cf_adapter_run through a process that stays; it is started when there is none. */
void cf_session_run(struct cf_session *s, const struct cf_case *c, const char *input,
                    const char *folder, const struct cf_limits *limits, struct cf_outcome *outcome);

/* Ends it by the contract; the outcome says whether it did as it should. */
void cf_session_stop(struct cf_session *s, struct cf_outcome *outcome);

#endif
