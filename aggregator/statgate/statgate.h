/*
 * statgate.h - the command `statgate`, for people and scripts, as a function.
 */
#ifndef STATGATE_STATGATE_STATGATE_H
#define STATGATE_STATGATE_STATGATE_H

#include "statgate/cli.h"

/** Run the command; argv[0] is skipped. Returns the exit code. */
int statgate_run(struct cli *cli, int argc, char *const *argv);

#endif
