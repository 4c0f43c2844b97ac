/*
 * environment.h - settings from variables STATGATE_*. Private.
 */
#ifndef STATGATE_SETTINGS_ENVIRONMENT_H
#define STATGATE_SETTINGS_ENVIRONMENT_H

#include "settings/program.h"

bool settings_from_environment(struct settings *settings, const struct settings_program *program,
                               char *const *environment, struct error *ret_error);

/** The value of a variable, or NULL. */
const char *settings_getenv(char *const *environment, const char *name);

#endif
