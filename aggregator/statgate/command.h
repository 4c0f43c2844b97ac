/*
 * command.h - the description of a subcommand, and its error messages. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_COMMAND_H
#define STATGATE_STATGATE_COMMAND_H

#include "statgate/cli.h"

struct command {
    const char *word;    /**< "check" */
    const char *summary; /**< one short line for the overview */
    struct settings_program program;
    /** The settings were refused because of `why`: report that, and return the exit code. NULL:
     * use the default report. */
    int (*refused)(struct cli *cli, int argc, char *const *argv, const char *why);
    int (*run)(struct cli *cli, const struct settings *settings);
};

/** Append `statgate WORD: message` and a newline to the errors. Returns `code`, for `return`. */
int command_fail(struct cli *cli, const struct command *command, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
