/* figures.c - scape-study figures: data and script of each figure in the folder, drawn by gnuplot
 * as SVG, PDF and PNG. */
#include "commands.h"
#include "plots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_ROOM = 4096
};

static FILE *open_in(const char *folder, const char *name, const char *ending) {
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *file = n > 0 && n < PATH_ROOM ? fopen(path, "w") : NULL;
    if (file == NULL) {
        study_error("%s/%s%s: %s", folder, name, ending, strerror(errno));
    }
    return file;
}

static bool write_script(const char *folder, const struct study_plot *plot) {
    static const char *const terminals[][2] = {
        {"svg size 960,560 dynamic font 'DejaVu Sans,15' background rgb 'white'", "svg"},
        {"pdfcairo size 17cm,10cm font 'DejaVu Sans,10'", "pdf"},
        {"pngcairo size 1440,840 font 'DejaVu Sans,18'", "png"}};
    FILE *to = open_in(folder, plot->name, ".gp");
    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof terminals / sizeof terminals[0]; i++) {
        fprintf(to,
                "reset session\nset encoding utf8\nset terminal %s noenhanced\n"
                "set output '%s.%s'\ndata = '%s.dat'\nset border lw 1.2\n%s\n",
                terminals[i][0], plot->name, terminals[i][1], plot->name, plot->commands);
    }
    fputs("set output\n", to);
    return fclose(to) == 0;
}

/* In the folder, so that the script has no paths. */
static bool run_gnuplot(const char *folder, const char *name) {
    char script[128];
    int status = 0;
    snprintf(script, sizeof script, "%s.gp", name);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) == 0) {
            execlp("gnuplot", "gnuplot", script, (char *)NULL);
        }
        _exit(errno == ENOENT ? 127 : 126);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good) {
        bool absent = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127;
        study_error("%s: %s", name, absent ? "gnuplot is not installed" : "gnuplot failed");
    }
    return good;
}

static bool draw(const struct study_options *o, const struct study_plot *plot,
                 const struct study_evidence *e, size_t *drawn) {
    FILE *to = open_in(o->output, plot->name, ".dat");
    if (to == NULL) {
        return false;
    }
    size_t lines = plot->write(to, e, o);
    bool good = ferror(to) == 0;
    good = fclose(to) == 0 && good;
    if (good && lines == 0) {
        char path[PATH_ROOM];
        snprintf(path, sizeof path, "%s/%s.dat", o->output, plot->name);
        (void)remove(path);
        if (!o->quiet) {
            fprintf(stderr, "scape-study: %s: nothing to draw\n", plot->name);
        }
        return true;
    }
    ++*drawn;
    return good && write_script(o->output, plot) && run_gnuplot(o->output, plot->name);
}

enum study_exit study_figures(const struct study_options *o) {
    struct study_evidence e;
    size_t drawn = 0;
    if (mkdir(o->output, 0755) != 0 && errno != EEXIST) {
        study_error("%s: %s", o->output, strerror(errno));
        return STUDY_FAILED;
    }
    bool good = study_evidence_load(&e, &o->inputs);
    if (!good) {
        return STUDY_FAILED;
    }
    for (size_t i = 0; i < study_plot_count && good; i++) {
        good = draw(o, &study_plots[i], &e, &drawn);
    }
    study_evidence_free(&e);
    if (good && drawn == 0) {
        study_error("none of the inputs holds anything to draw");
        good = false;
    }
    return good ? STUDY_OK : STUDY_FAILED;
}
