/* lowrank.h - the best low-rank approximation of a matrix, by OpenBLAS and its LAPACK. Depends on
 * both; without them nothing is available. */
#ifndef SCAPE_STUDY_LOWRANK_H
#define SCAPE_STUDY_LOWRANK_H

#include <stdbool.h>
#include <stddef.h>

bool study_lowrank_available(void);

/* Singular values and vectors of the leading `rank` of a rows x columns matrix in row-major order,
 * found by subspace iteration from a seeded start: matrix ~ left * right, left rows x rank with
 * orthonormal columns, right rank x columns with falling norms, so that any leading part is the
 * best of its rank. False: out of memory, or LAPACK failed. rank is at most min(rows, columns). */
bool study_lowrank(const double *matrix, size_t rows, size_t columns, size_t rank, double *left,
                   double *right);

/* matrix -= left * right of ranks [first, end) of the `rank` there are. */
void study_lowrank_subtract(double *matrix, size_t rows, size_t columns, const double *left,
                            const double *right, size_t rank, size_t first, size_t end);

#endif
