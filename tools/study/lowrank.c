/* lowrank.c - see lowrank.h. */
#include "lowrank.h"

#include "stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef SCAPE_HAS_OPENBLAS
#include <cblas.h>

enum {
    EXTRA = 8, /* columns beyond the rank, cut off at the end */
    ITERATIONS = 3
};

/* LAPACK's own interface: matrices by columns. */
extern void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau,
                    double *work, const int *lwork, int *info);
extern void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda,
                    const double *tau, double *work, const int *lwork, int *info);
extern void dgesdd_(const char *job, const int *m, const int *n, double *a, const int *lda,
                    double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work,
                    const int *lwork, int *iwork, int *info);

bool study_lowrank_available(void) {
    return true;
}

struct room {
    double *wide; /* rows x k, by columns */
    double *tall; /* columns x k, by columns */
    double *tau, *work, *s, *u;
    int *iwork;
    int work_size;
};

static void room_free(struct room *r) {
    free(r->wide);
    free(r->tall);
    free(r->tau);
    free(r->work);
    free(r->s);
    free(r->u);
    free(r->iwork);
}

static bool room_open(struct room *r, size_t rows, size_t columns, size_t k) {
    size_t most = rows > columns ? rows : columns;
    size_t work = 8 * k * k + 8 * most + 64 * most;
    *r = (struct room){.wide = calloc(rows * k, sizeof(double)),
                       .tall = calloc(columns * k, sizeof(double)),
                       .tau = calloc(k, sizeof(double)),
                       .work = calloc(work, sizeof(double)),
                       .s = calloc(k, sizeof(double)),
                       .u = calloc(k * k, sizeof(double)),
                       .iwork = calloc(8 * k, sizeof(int)),
                       .work_size = work < INT32_MAX ? (int)work : INT32_MAX};
    return r->wide != NULL && r->tall != NULL && r->tau != NULL && r->work != NULL &&
           r->s != NULL && r->u != NULL && r->iwork != NULL;
}

/* Makes the k columns of a (n each) orthonormal. */
static bool orthonormalise(struct room *r, double *a, int n, int k) {
    int info = 0;
    dgeqrf_(&n, &k, a, &n, r->tau, r->work, &r->work_size, &info);
    if (info == 0) {
        dorgqr_(&n, &k, &k, a, &n, r->tau, r->work, &r->work_size, &info);
    }
    return info == 0;
}

/* The matrix by rows is its transpose by columns: (columns x rows). */
static void times(const double *matrix, const struct room *r, int rows, int columns, int k) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, rows, k, columns, 1.0, matrix, columns,
                r->tall, columns, 0.0, r->wide, rows);
}

static void transposed_times(const double *matrix, const struct room *r, int rows, int columns,
                             int k) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, columns, k, rows, 1.0, matrix, columns,
                r->wide, rows, 0.0, r->tall, columns);
}

/* wide: an orthonormal basis; tall = matrix' * wide = V S U'. Turns the basis by U. */
static bool turn(struct room *r, int rows, int columns, int k, size_t rank, double *left,
                 double *right) {
    double *v = malloc((size_t)columns * (size_t)k * sizeof *v);
    double *work = malloc((size_t)r->work_size * sizeof *work);
    int info = -1;
    if (v != NULL && work != NULL) {
        dgesdd_("S", &columns, &k, r->tall, &columns, r->s, v, &columns, r->u, &k, work,
                &r->work_size, r->iwork, &info);
    }
    for (size_t i = 0; info == 0 && i < (size_t)rows; i++) {
        for (size_t j = 0; j < rank; j++) {
            double sum = 0;
            for (size_t l = 0; l < (size_t)k; l++) {
                sum += r->wide[l * (size_t)rows + i] * r->u[l * (size_t)k + j];
            }
            left[i * rank + j] = sum;
        }
    }
    for (size_t j = 0; info == 0 && j < rank; j++) {
        for (size_t c = 0; c < (size_t)columns; c++) {
            right[j * (size_t)columns + c] = r->s[j] * v[j * (size_t)columns + c];
        }
    }
    free(v);
    free(work);
    return info == 0;
}

bool study_lowrank(const double *matrix, size_t rows, size_t columns, size_t rank, double *left,
                   double *right) {
    size_t least = rows < columns ? rows : columns;
    size_t wanted = rank + EXTRA < least ? rank + EXTRA : least;
    struct study_random random = {STUDY_SEED};
    struct room r;
    if (rows > INT32_MAX / 64 || columns > INT32_MAX / 64 || rank > least || rank == 0) {
        return false;
    }
    int m = (int)rows, n = (int)columns, k = (int)wanted;
    bool good = room_open(&r, rows, columns, wanted);
    for (size_t i = 0; good && i < columns * wanted; i++) {
        r.tall[i] = (double)study_random_below(&random, 2000001) / 1e6 - 1;
    }
    for (int i = 0; good && i < ITERATIONS; i++) {
        times(matrix, &r, m, n, k);
        good = orthonormalise(&r, r.wide, m, k);
        transposed_times(matrix, &r, m, n, k);
        good = good && (i + 1 == ITERATIONS || orthonormalise(&r, r.tall, n, k));
    }
    good = good && turn(&r, m, n, k, rank, left, right);
    room_free(&r);
    return good;
}

void study_lowrank_subtract(double *matrix, size_t rows, size_t columns, const double *left,
                            const double *right, size_t rank, size_t first, size_t end) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns,
                (int)(end - first), -1.0, left + first, (int)rank, right + first * columns,
                (int)columns, 1.0, matrix, (int)columns);
}

#else

bool study_lowrank_available(void) {
    return false;
}

bool study_lowrank(const double *matrix, size_t rows, size_t columns, size_t rank, double *left,
                   double *right) {
    (void)matrix, (void)rows, (void)columns, (void)rank, (void)left, (void)right;
    return false;
}

void study_lowrank_subtract(double *matrix, size_t rows, size_t columns, const double *left,
                            const double *right, size_t rank, size_t first, size_t end) {
    (void)matrix, (void)rows, (void)columns, (void)left, (void)right;
    (void)rank, (void)first, (void)end;
}

#endif
