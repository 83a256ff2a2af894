/* bench_chart.c - a picture of a benchmark, drawn by gnuplot, which gets data and commands by a
 * pipe. Depends on bench.h and POSIX. */
#include "bench.h"
#include "message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_in(const char *path, const char *end) {
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

bool cli_chart_name_check(const char *path) {
    bool good = ends_in(path, ".svg") || ends_in(path, ".png");
    if (!good) {
        cli_error(path, "a chart's name ends in .svg or .png");
    }
    return good;
}

/* A string of gnuplot: between single quotes nothing is expanded, and a quote is written twice. */
static void put_quoted(FILE *to, const char *text) {
    putc('\'', to);
    for (; *text != 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\'') {
            putc('\'', to);
        }
        putc(c < 32 || c == 127 ? '?' : c, to);
    }
    putc('\'', to);
}

enum {
    WIDTH = 960,
    HEIGHT = 640,
    LABEL_HEIGHT = 18, /* pixels */
    LABEL_WIDTH = 170
};

/* A point of the picture; y is the logarithm of the speed. */
struct point {
    double x, y, label;
    const char *name;
    bool ours;
};

struct picture {
    struct point *points;
    size_t count;
    double x[2], y[2]; /* ranges */
};

static double decode_speed(const struct bench_total *t) {
    return t->decode_seconds > 0 ? (double)t->bytes_in * 1e-6 / t->decode_seconds : 0;
}

static int from_fast_to_slow(const void *a, const void *b) {
    double x = ((const struct point *)a)->y, y = ((const struct point *)b)->y;
    return (x < y) - (x > y);
}

/* What was measured, and a range around it. False: nothing was, or out of memory. */
static bool make_picture(struct picture *p, const struct bench_totals *totals) {
    *p = (struct picture){.points = calloc(totals->count + 1, sizeof *p->points)};
    for (size_t i = 0; p->points != NULL && i < totals->count; i++) {
        const struct bench_total *t = &totals->at[i];
        if (t->failed || t->bytes_out == 0 || decode_speed(t) <= 0) {
            continue;
        }
        const char *name = strncmp(t->name, "whole:", 6) == 0 ? t->name + 6 : t->name;
        double x = (double)t->bytes_in / (double)t->bytes_out, y = log10(decode_speed(t));
        p->points[p->count++] = (struct point){x, y, y, name, t->level != 0};
        p->x[0] = p->count == 1 || x < p->x[0] ? x : p->x[0];
        p->x[1] = p->count == 1 || x > p->x[1] ? x : p->x[1];
        p->y[0] = p->count == 1 || y < p->y[0] ? y : p->y[0];
        p->y[1] = p->count == 1 || y > p->y[1] ? y : p->y[1];
    }
    double width = p->x[1] - p->x[0] + 0.02;
    p->x[0] -= 0.06 * width;
    p->x[1] += 0.24 * width; /* labels stand to the right */
    p->y[0] -= 0.25;
    p->y[1] += 0.25;
    return p->count != 0;
}

/* Moves labels down until none lies on one of a faster point. */
static void place_labels(struct picture *p) {
    double high = LABEL_HEIGHT * (p->y[1] - p->y[0]) / (HEIGHT - 110);
    double wide = LABEL_WIDTH * (p->x[1] - p->x[0]) / (WIDTH - 140);
    qsort(p->points, p->count, sizeof *p->points, from_fast_to_slow);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t j = 0; j < i; j++) {
            double distance = p->points[j].label - p->points[i].label;
            if (fabs(p->points[i].x - p->points[j].x) < wide && distance < high) {
                p->points[i].label = p->points[j].label - high;
            }
        }
    }
}

/* A block of data: ratio, speed, height of the label, name. */
static size_t put_data(FILE *to, const char *block, const struct picture *p, bool ours) {
    size_t points = 0;
    fprintf(to, "$%s << EOD\n", block);
    for (size_t i = 0; i < p->count; i++) {
        const struct point *at = &p->points[i];
        if (at->ours == ours) {
            fprintf(to, "%.6f %.3f %.3f \"", at->x, pow(10, at->y), pow(10, at->label));
            for (const char *name = at->name; *name != 0; name++) {
                unsigned char c = (unsigned char)*name;
                putc(c < 32 || c == 127 || c == '"' || c == '\\' ? '?' : c, to);
            }
            fputs("\"\n", to);
            points++;
        }
    }
    fputs("EOD\n", to);
    return points;
}

static void put_commands(FILE *to, const char *path, const struct picture *p, const char *title) {
    size_t ours = put_data(to, "ours", p, true);
    size_t others = put_data(to, "others", p, false);
    fprintf(to, "set terminal %s noenhanced size %d,%d font 'sans,12'\n",
            ends_in(path, ".svg") ? "svg" : "pngcairo", WIDTH, HEIGHT);
    fputs("set output ", to);
    put_quoted(to, path);
    fputs("\nset title ", to);
    put_quoted(to, title);
    fprintf(to,
            "\nset xlabel 'ratio: bytes of the file / bytes compressed'\n"
            "set ylabel 'decoding, MB/s'\n"
            "set logscale y 10\nset grid\nset key bottom left\n"
            "set xrange [%.4f:%.4f]\nset yrange [%.4f:%.4f]\nplot ",
            p->x[0], p->x[1], pow(10, p->y[0]), pow(10, p->y[1]));
    if (ours != 0) {
        fputs("$ours using 1:2 with linespoints lw 2 pt 7 ps 1.2 lc rgb '#c03020' title 'scape', "
              "$ours using 1:3:4 with labels left offset 1,0 tc rgb '#c03020' notitle",
              to);
    }
    if (others != 0) {
        fprintf(to,
                "%s$others using 1:2 with points pt 5 ps 1 lc rgb '#406090' title 'others', "
                "$others using 1:3:4 with labels left offset 1,0 tc rgb '#406090' notitle",
                ours != 0 ? ", " : "");
    }
    putc('\n', to);
}

bool cli_chart_draw(const char *path, const struct bench_totals *totals, const char *title) {
    struct picture picture;
    FILE *plot = NULL;
    bool good = make_picture(&picture, totals);
    if (!good) {
        cli_error(path, "there is nothing to draw");
    } else {
        place_labels(&picture);
        /* NOLINTNEXTLINE(cert-env33-c): a constant command */
        plot = popen("gnuplot -", "w");
    }
    if (plot != NULL) {
        put_commands(plot, path, &picture, title);
    }
    if (good && (plot == NULL || pclose(plot) != 0)) {
        cli_error(path, "gnuplot failed, or is not installed");
        good = false;
    }
    free(picture.points);
    return good;
}
