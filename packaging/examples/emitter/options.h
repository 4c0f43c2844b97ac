/* SPDX-License-Identifier: MIT */
/*
 * options.h - an emitter's command line. Private to emitter/.
 */
#ifndef STATGATE_EMITTER_OPTIONS_H
#define STATGATE_EMITTER_OPTIONS_H

#include <stdio.h>

#include "emitter.h"

/** Read the options. False: one is wrong. */
bool options_parse(int argc, char **argv, struct emitter_options *options);

/** Print how to use the program of these roles. */
void options_print_usage(FILE *out, const char *program, const struct emitter_role *roles,
                         size_t roles_count);

#endif
