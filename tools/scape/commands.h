/* commands.h - the commands, each a function from options to an exit code. Depends on options.h. */
#ifndef SCAPE_CLI_COMMANDS_H
#define SCAPE_CLI_COMMANDS_H

#include "options.h"

enum cli_exit cli_compress(const struct cli_options *o);
enum cli_exit cli_decompress(const struct cli_options *o);
enum cli_exit cli_test(const struct cli_options *o);
enum cli_exit cli_list(const struct cli_options *o);
enum cli_exit cli_info(const struct cli_options *o);
enum cli_exit cli_extract(const struct cli_options *o);
enum cli_exit cli_train(const struct cli_options *o);
enum cli_exit cli_bench(const struct cli_options *o);
enum cli_exit cli_smoke(const struct cli_options *o);
enum cli_exit cli_methods(const struct cli_options *o);
enum cli_exit cli_decompose(const struct cli_options *o);
enum cli_exit cli_join(const struct cli_options *o);
enum cli_exit cli_recompose(const struct cli_options *o);

#endif
