/* containers.h - cutting model files into regions.
 *
 * A cutter reads the header of a model file and says which byte ranges are tensors of which type
 * and shape; everything else is opaque bytes. It never rewrites anything: the regions of a cut,
 * copied out in order, are the file. A file that breaks a rule of its container is not an error but
 * one opaque region that covers it, with the rule in `reason`. Depends on jansson (inside) and the
 * C library.
 *
 * Every function may be called from several threads at once on different arguments.
 */
#ifndef SCAPE_CONTAINERS_H
#define SCAPE_CONTAINERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the functions return. A malformed file is none of these: it is SCAPE_CUT_OK and an opaque
 * cut. */
#define SCAPE_CUT_OK    0
#define SCAPE_CUT_IO    (-1) /* read_at failed, or delivered less than `size` promised */
#define SCAPE_CUT_NOMEM (-2) /* an allocation failed */

/* Limits. A file past one of the first four is opaque; that keeps a hostile header from costing
 * more memory than a few hundred bytes per header byte, and never more than about half a gigabyte.
 */
#define SCAPE_CUT_MAX_HEADER      (UINT64_C(128) << 20) /* default of scape_cut_options.max_header */
#define SCAPE_CUT_MAX_TENSORS     (UINT64_C(1) << 17)   /* tensors in one file */
#define SCAPE_CUT_MAX_KEYS        (UINT64_C(1) << 16)   /* key-value pairs of a GGUF file */
#define SCAPE_CUT_MAX_JSON_VALUES (UINT64_C(1) << 20)   /* values in a JSON header or index */
#define SCAPE_CUT_MAX_RANK        8
#define SCAPE_CUT_REASON_SIZE     160

#define SCAPE_SIZE_UNKNOWN                                                                         \
    UINT64_MAX /* the size of a pipe; a region length: "to the end of input" */

/* Where a cutter reads a file from. Owned by the caller; not kept after the call. */
typedef struct scape_source {
    /* Reads n bytes at offset into buf. Returns the bytes read, fewer than n only at the end of
     * input, or -1 on an I/O error. The cutters ask for offsets below max_header only, not always
     * in order, so for a pipe it is enough to keep what has been read so far, up to that many
     * bytes. */
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buf, size_t n);
    void *ctx;
    uint64_t
        size; /* total bytes, or SCAPE_SIZE_UNKNOWN: then checks against the end are left out */
} scape_source;

/* All zero, or a null pointer in place of the options, means the defaults. */
typedef struct scape_cut_options {
    uint64_t max_header; /* most bytes of the file a cutter may look at; 0: SCAPE_CUT_MAX_HEADER */
    /* Both or neither; neither means malloc and free. `alloc` returns storage aligned for any
     * object, or NULL. The tree of a JSON header is the exception: jansson allocates it by its own,
     * process-wide functions (json_set_alloc_funcs; like malloc they must set errno to ENOMEM), and
     * it is gone when the call returns. */
    void *(*alloc)(void *ctx, size_t n);
    void (*release)(void *ctx, void *p);
    void *alloc_ctx;
} scape_cut_options;

/* One byte range of the file.
 *
 * dtype is a number of the registry: 0 opaque, 1 BOOL, 2 U8, 3 I8, 4 U16, 5 I16, 6 U32, 7 I32, 8
 * U64, 9 I64, 10 F16, 11 BF16, 12 F32, 13 F64, 14 F8_E4M3, 15 F8_E5M2, 16 F8_E8M0, 17 F4, 18
 * F6_E2M3, 19 F6_E3M2, 20 C64, 21 F8_E4M3FNUZ, 22 F8_E5M2FNUZ; 64 + t for block type t of ggml.
 * Typed bytes are little-endian, always: big-endian tensors of more than a byte an element are cut
 * as opaque. */
typedef struct scape_region {
    uint64_t offset, length;           /* bytes; length 0 only for an empty tensor */
    uint64_t dims[SCAPE_CUT_MAX_RANK]; /* elements, outermost first: dims[rank - 1] is contiguous */
    const char *name; /* UTF-8, ends in NUL, as the file has it: do not trust it as a path or
                       * on a terminal; "" where the region is no tensor */
    size_t name_len;  /* bytes, without the NUL; the name holds no NUL itself */
    uint16_t dtype;   /* 0: opaque bytes, then rank is 0 even if a tensor has that name */
    uint8_t rank;     /* 0 to 8; a rank 0 tensor has one element */
} scape_region;

/* A file cut into regions.
 *
 * The regions are in file order, without holes or overlaps, from 0 to the file's size. If the size
 * was not known, they end where the container's own description ends, and what follows them in the
 * input (the padding and trailing bytes of a GGUF file, or bytes a safetensors file must not have)
 * is opaque too; an opaque or raw cut of unknown size is one region of length SCAPE_SIZE_UNKNOWN. A
 * file of no bytes has no regions. */
typedef struct scape_cut {
    scape_region *regions; /* owned by the cut, as are the names */
    size_t count;
    const char *container;              /* "safetensors", "gguf", "raw" or "opaque"; never freed */
    char reason[SCAPE_CUT_REASON_SIZE]; /* container "opaque": the rule that was broken, one line of
                                         * ASCII that quotes no bytes of the file; else "" */
    void *storage;                      /* private */
    scape_cut_options memory;           /* private */
} scape_cut;

/* Recognises the container and cuts it. GGUF begins with its magic, in either byte order;
 * safetensors with a little-endian u64 of at most 100,000,000 and then '{'. Everything else is
 * opaque. On success *out is a cut for scape_cut_free; on an error it is NULL. Time is linear in
 * the header, but for the sorting of its names; tensor data is never read. Returns SCAPE_CUT_OK,
 * SCAPE_CUT_IO or SCAPE_CUT_NOMEM. */
int scape_cut_file(const scape_source *src, const scape_cut_options *opt, scape_cut **out);

/* Cuts `size` bytes of an array without a container. dtype is any number of the registry but 0;
 * dims are `rank` dimensions, outermost first. Rank 0 means that no shape is known: as many whole
 * elements (or blocks) as fit become one dimension, and what is left at the end an opaque region.
 * With a shape the size must be that of shape and dtype; if it is not, or the dtype is unknown, the
 * cut is opaque. If size is SCAPE_SIZE_UNKNOWN and no shape is given, the region has rank 0 and an
 * unknown length. Returns SCAPE_CUT_OK or SCAPE_CUT_NOMEM. */
int scape_cut_raw(uint16_t dtype, const uint64_t *dims, unsigned rank, uint64_t size,
                  const scape_cut_options *opt, scape_cut **out);

/* Frees a cut with its regions and names. A null pointer is allowed. */
void scape_cut_free(scape_cut *cut);

/* The smallest unit of a dtype: *elements of them take *bytes bytes (BF16: 1 and 2; F6_E2M3: 4 and
 * 3; Q4_K: 256 and 144). Returns 0, or -1 for opaque and for numbers without an entry. */
int scape_cut_dtype_block(uint16_t dtype, uint32_t *elements, uint32_t *bytes);

/* Files that make up one model, in the order in which to treat them. */
typedef struct scape_file_list {
    char **paths; /* owned by the list; each under the directory of the path that was given */
    size_t count;
    char reason[SCAPE_CUT_REASON_SIZE]; /* not "": why an index was not followed */
    scape_cut_options memory;           /* private */
} scape_file_list;

/* Finds the files that `path` stands for:
 *   - a directory: its files NAME.safetensors and NAME.gguf (hidden ones and subdirectories left
 * out), in byte order of their names; there may be none;
 *   - NAME.safetensors.index.json: the files named by the values of its weight_map, each once, in
 * byte order. Each must be a plain name ending in .safetensors in the directory of the index. An
 * index that cannot be followed is listed itself, with the reason;
 *   - NAME-00001-of-0000N.gguf: the N names of the split in order. Any other member stands for
 * itself;
 *   - anything else: the path itself.
 * Files other than a directory and an index are not opened, nor is it checked that the listed ones
 * exist. opt->max_header bounds the index. On success *out is a list for scape_files_free; on an
 * error it is NULL. Returns SCAPE_CUT_OK, SCAPE_CUT_IO (errno says why) or SCAPE_CUT_NOMEM. */
int scape_files_list(const char *path, const scape_cut_options *opt, scape_file_list **out);

/* Frees a list with its paths. A null pointer is allowed. */
void scape_files_free(scape_file_list *list);

#ifdef __cplusplus
}
#endif

#endif
