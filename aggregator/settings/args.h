/*
 * args.h - flags and words, scanned before all other sources, so that --help works and the
 * configuration file is known, but applied after them. Private.
 */
#ifndef STATGATE_SETTINGS_ARGS_H
#define STATGATE_SETTINGS_ARGS_H

#include "settings/program.h"
#include "settings/table.h"

/** A flag as given. */
struct setting_arg {
    const struct setting *setting;
    const char *text; /**< borrowed from argv, or static */
};
struct setting_args {
    struct setting_arg *items;
    size_t count;
};

/** Collect flags in *ret_args; store words and the program's own flags in the settings. */
enum settings_outcome settings_scan_args(struct settings *settings,
                                         const struct settings_program *program, int argc,
                                         char *const *argv, struct setting_args *ret_args,
                                         struct error *ret_error);
/** Apply the flags to the settings. */
bool settings_from_args(struct settings *settings, const struct setting_args *args,
                        struct error *ret_error);

#endif
