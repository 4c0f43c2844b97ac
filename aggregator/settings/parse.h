/*
 * parse.h - the settings of a program, read from its arguments, the environment and the
 * configuration file.
 *
 * Pure but for reading that file: user, environment and default file arrive in struct
 * settings_host. An unknown or wrong setting anywhere is an error, even where a stronger source
 * overrides it: a typing mistake never passes unseen. What a setting's text means on the system (a
 * group's name, an address) is up to whoever uses it.
 */
#ifndef STATGATE_SETTINGS_PARSE_H
#define STATGATE_SETTINGS_PARSE_H

#include "settings/program.h"

/** The configuration file that is read when no other is named and it exists. */
#define SETTINGS_CONFIG_FILE "/etc/statgate/statgate.json"

/** What settings depend on, besides the arguments. */
struct settings_host {
    uint32_t uid;             /**< effective user */
    char *const *environment; /**< as environ; borrowed for the call */
    const char *config_file;  /**< read if it exists and no other is named; borrowed for the call */
};

/** This process's. */
struct settings_host settings_host_here(void);

/**
 * Read all settings of a program. argv[0] is skipped. On SETTINGS_OK *ret_settings is filled,
 * strings of argv and the environment copied; end it with settings_done. Otherwise it is untouched;
 * on SETTINGS_ERROR print *ret_error and leave with SETTINGS_EXIT_USAGE.
 */
enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct error *ret_error);

#endif
