/* quantiles.c - computes the quantile tables by summing a Gaussian mixture on a fine grid.
 * Depends on quantiles.h only. Integers throughout: no rounding mode, no libm, no word size. */
#include "quantiles.h"

enum {
    GRID_STEPS = 16384, /* steps of 2^-10 standard deviations: out to 16 */
    GRID_STEP_LOG2 = SCAPE_QUANTILES_POINT - 10,
    COMPONENTS = 3 /* standard deviations 1, 2 and 4 */
};

/* High 64 bits of a 128-bit product. */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t al = a & 0xFFFFFFFF, ah = a >> 32;
    uint64_t bl = b & 0xFFFFFFFF, bh = b >> 32;
    uint64_t mid = ah * bl + ((al * bl) >> 32);
    uint64_t low = al * bh + (mid & 0xFFFFFFFF);
    return ah * bh + (mid >> 32) + (low >> 32);
}

/* floor(num * 2^bits / den) for num < den < 2^63. */
static uint64_t divide_fraction(uint64_t num, uint64_t den, unsigned bits) {
    uint64_t quotient = 0;
    for (unsigned i = 0; i < bits; i++) {
        num <<= 1;
        quotient <<= 1;
        if (num >= den) {
            num -= den;
            quotient |= 1;
        }
    }
    return quotient;
}

/* The density of one component, walked along the grid. With step h, p(x+h) = p(x) * r(x) and
 * r(x+h) = r(x) * exp(-h^2): both are carried as 64-bit fractions. */
typedef struct component {
    uint64_t density, ratio;
} component;

/* exp(-h^2) with the step in units of the component's standard deviation: h^2 is 2^-20, 2^-22,
 * 2^-24. The walk starts in the middle of the first step, where r is the same exp(-h^2). */
static const uint64_t ratio_steps[COMPONENTS] = {
    UINT64_C(0xFFFFF000007FFFFD), UINT64_C(0xFFFFFC0000080000), UINT64_C(0xFFFFFF0000008000)};

/* Weights of the components in 1/1024, standard deviations 1, 2, 4. */
static const uint16_t mixtures[SCAPE_TAIL_COUNT][COMPONENTS] = {
    {1020, 4, 0}, {1014, 10, 0}, {1009, 14, 1}};

static void components_start(component *c, scape_tail tail) {
    for (unsigned i = 0; i < COMPONENTS; i++) {
        /* A component's density falls with its standard deviation: the sum has 63 bits at most. */
        c[i].density = ((uint64_t)mixtures[tail][i] << 41) >> i;
        c[i].ratio = ratio_steps[i];
    }
}

/* The mass of the present step; moves on to the next one. */
static uint64_t components_step(component *c) {
    uint64_t mass = 0;
    for (unsigned i = 0; i < COMPONENTS; i++) {
        mass += c[i].density;
        c[i].density = multiply_high(c[i].density, c[i].ratio);
        c[i].ratio = multiply_high(c[i].ratio, ratio_steps[i]);
    }
    return mass;
}

/* The share of the total mass below boundary `i` of all the body's and the tail's boundaries. */
static uint64_t boundary_mass(uint64_t total, unsigned i) {
    uint64_t cell = total >> SCAPE_QUANTILES_CELLS_LOG2;
    if (i < SCAPE_QUANTILES_CELLS) {
        return cell * i;
    }
    uint64_t inner = cell >> SCAPE_QUANTILES_CELLS_LOG2;
    return cell * (SCAPE_QUANTILES_CELLS - 1) + inner * (i - SCAPE_QUANTILES_CELLS);
}

void scape_quantiles_build(scape_quantiles *q, scape_tail tail) {
    component c[COMPONENTS];
    uint64_t total = 0;
    components_start(c, tail);
    for (unsigned k = 0; k < GRID_STEPS; k++) {
        total += components_step(c);
    }

    uint64_t below = 0;
    unsigned i = 0;
    const unsigned boundaries = 2 * SCAPE_QUANTILES_CELLS;
    components_start(c, tail);
    for (unsigned k = 0; k < GRID_STEPS && i < boundaries; k++) {
        uint64_t mass = components_step(c);
        for (; i < boundaries; i++) {
            uint64_t target = boundary_mass(total, i) - below;
            if (target >= mass) {
                break;
            }
            uint64_t x =
                ((uint64_t)k << GRID_STEP_LOG2) + divide_fraction(target, mass, GRID_STEP_LOG2);
            if (i < SCAPE_QUANTILES_CELLS) {
                q->body[i] = x;
            } else {
                q->tail[i - SCAPE_QUANTILES_CELLS] = x;
            }
        }
        below += mass;
    }
    /* The last cell has no upper end of its own; one a little further out stands in for it. */
    uint64_t last = q->tail[SCAPE_QUANTILES_CELLS - 1];
    q->tail[SCAPE_QUANTILES_CELLS] = last + 2 * (last - q->tail[SCAPE_QUANTILES_CELLS - 2]);
}
