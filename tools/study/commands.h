/* commands.h - the commands, each a function from options to an exit code. Depends on options.h. */
#ifndef SCAPE_STUDY_COMMANDS_H
#define SCAPE_STUDY_COMMANDS_H

#include "options.h"

enum study_exit study_run(const struct study_options *o);
enum study_exit study_atlas(const struct study_options *o);
enum study_exit study_crosslayer(const struct study_options *o);
enum study_exit study_gap(const struct study_options *o);
enum study_exit study_oracle(const struct study_options *o);
enum study_exit study_audit(const struct study_options *o);
enum study_exit study_ablation(const struct study_options *o);
enum study_exit study_sanity(const struct study_options *o);
enum study_exit study_summarize(const struct study_options *o);
enum study_exit study_join(const struct study_options *o);
enum study_exit study_figures(const struct study_options *o);
enum study_exit study_report(const struct study_options *o);

#endif
