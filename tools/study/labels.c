/* labels.c - see labels.h. Sizes are those of our plots: 960 points wide, 560 high. */
#include "labels.h"

static const double char_width = 0.0078, height = 0.032, distance = 0.012, point = 0.012;

struct box {
    double left, right, low, high;
};

static struct box box_of(const struct study_label *l, double x, double y, bool to_left) {
    double width = char_width * (double)l->length;
    double left = to_left ? x - width : x;
    return (struct box){left, left + width, y - height / 2, y + height / 2};
}

static double overlap(const struct box *a, const struct box *b) {
    double left = a->left > b->left ? a->left : b->left;
    double right = a->right < b->right ? a->right : b->right;
    double low = a->low > b->low ? a->low : b->low;
    double high = a->high < b->high ? a->high : b->high;
    return right > left && high > low ? (right - left) * (high - low) : 0;
}

/* What a label there would cover: labels placed before, any point, what lies outside. */
static double covered(const struct study_label *labels, size_t n, size_t i, const struct box *b) {
    double sum = b->left < 0 ? -b->left * height : 0;
    for (size_t k = 0; k < n; k++) {
        const struct study_label *l = &labels[k];
        const struct box dot = {l->x - point / 2, l->x + point / 2, l->y - point, l->y + point};
        sum += overlap(b, &dot);
        if (k < i) {
            const struct box other = box_of(l, l->at_x, l->at_y, l->to_left);
            sum += overlap(b, &other);
        }
    }
    return sum;
}

void study_labels_place(struct study_label *labels, size_t n) {
    /* Steps up from the point's own height, the nearest first. */
    static const double steps[] = {0, 0.7, -0.7, 1.2, -1.2, 1.9, -1.9, 2.6, -2.6};
    for (size_t i = 0; i < n; i++) {
        struct study_label *l = &labels[i];
        double least = 1e9;
        for (size_t s = 0; s < 2 * sizeof steps / sizeof steps[0]; s++) {
            bool to_left = s % 2 == 1;
            double x = to_left ? l->x - distance : l->x + distance,
                   y = l->y + steps[s / 2] * height;
            const struct box b = box_of(l, x, y, to_left);
            double cost = covered(labels, n, i, &b) + 1e-6 * (double)s;
            if (cost < least) {
                least = cost;
                l->at_x = x;
                l->at_y = y;
                l->to_left = to_left;
            }
        }
    }
}
