/* corpus.h - the model files of a study: which there are, whose model each belongs to, what tensors
 * each holds. Nothing but headers is read before someone asks for content. Depends on the cutters
 * and codec.h. */
#ifndef SCAPE_STUDY_CORPUS_H
#define SCAPE_STUDY_CORPUS_H

#include "codec.h"
#include "containers.h"
#include "options.h"

enum {
    STUDY_SHA_TEXT = 65
};

struct study_file {
    char *path;
    char *name;  /* the last part of the path */
    char *model; /* files of one model share it: profiles are kept apart by model */
    uint64_t size;
    scape_cut *cut;      /* NULL: problem says why */
    const char *problem; /* "" where there is none */
    bool hashed;         /* whether the two below are known */
    uint8_t sha256[CODEC_SHA256_SIZE];
    char sha256_text[STUDY_SHA_TEXT];
};

struct study_corpus {
    char *name;
    struct study_file *files;
    size_t count, capacity;
};

/* A tensor of a file, or a whole file. */
struct study_item {
    struct study_file *file;
    const struct scape_region *region; /* NULL: the whole file */
    uint64_t elements, bytes;
};

struct study_items {
    struct study_item *at;
    size_t count, capacity;
};

/* Lists the files that the inputs stand for ([MODEL=]FILE or DIR, an index of shards) and cuts
 * them. A file that cannot be read stays in the list with its problem. False: out of memory or an
 * input that names nothing; printed. */
bool study_corpus_open(struct study_corpus *c, const struct study_options *o);
void study_corpus_close(struct study_corpus *c);

/* The name of the model that a file belongs to, from its path: the file's name without its
 * extension, shard number and type; the folder's name where nothing is left ("model.safetensors").
 * To be freed; NULL: out of memory. */
char *study_model_name(const char *path);

/* Tensors (and files) in the order of the corpus, smaller ones than least left out. */
bool study_items_list(struct study_items *items, struct study_corpus *c, bool tensors, bool files,
                      uint64_t least);
void study_items_free(struct study_items *items);

/* Content of an item in new memory; false with a reason: no memory, or fewer bytes than promised.
 */
bool study_item_read(const struct study_item *item, struct codec_memory *out, const char **reason);

/* Hashes a file's content once. */
bool study_file_hash(struct study_file *f);

/* Elements of a region: those of its dtype and length; 0 for opaque bytes. */
uint64_t study_region_elements(const struct scape_region *r);
bool study_is_ggml(uint16_t dtype);

/* Keeps the items of part `shard` of `shards`: the largest first, each to the part that has least.
 */
bool study_items_shard(struct study_items *items, uint64_t shard, uint64_t shards);

char *study_text_copy(const char *text, size_t n);

#endif
