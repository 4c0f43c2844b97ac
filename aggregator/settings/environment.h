/*
 * environment.h - settings from variables STATGATE_*. Private.
 */
#ifndef STATGATE_SETTINGS_ENVIRONMENT_H
#define STATGATE_SETTINGS_ENVIRONMENT_H

#include "settings/program.h"

/** Set the settings that the program allows from variables; a variable that looks like a misspelled
 * setting is refused. False with the variable and the reason; the settings may be half changed
 * then. */
bool settings_from_environment(struct settings *settings, const struct settings_program *program,
                               char *const *environment, struct error *ret_error);

/** The value of a variable, or NULL. */
const char *settings_getenv(char *const *environment, const char *name);

#endif
