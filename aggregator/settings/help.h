/*
 * help.h - the settings as --help shows them, made from the one table, so that help always agrees
 * with what is accepted.
 */
#ifndef STATGATE_SETTINGS_HELP_H
#define STATGATE_SETTINGS_HELP_H

#include "base/strbuf.h"
#include "settings/program.h"

/** "statgated 0.1.0\n", the commit, and what was chosen at the build. */
void settings_write_version(struct strbuf *out, const struct settings_program *program);
/** Write the text of --help, in 80 columns. */
void settings_write_help(struct strbuf *out, const struct settings_program *program);

#endif
