/*
 * parse.h - reads the settings of a program from its arguments, the environment and the
 * configuration file.
 *
 * Pure but for reading that file: user, environment and default file arrive in struct
 * settings_host. An unknown or wrong setting anywhere is an error, even where a stronger source
 * overrides it: a typing mistake never goes unnoticed. Whoever uses a setting finds out what its
 * text means on the system (a group's name, an address).
 */
#ifndef STATGATE_SETTINGS_PARSE_H
#define STATGATE_SETTINGS_PARSE_H

#include "settings/program.h"

/** The configuration file that is read if it exists and no other is named. */
#define SETTINGS_CONFIG_FILE "/etc/statgate/statgate.json"

/** What settings depend on, besides the arguments. */
struct settings_host {
    uint32_t uid;             /**< effective user */
    char *const *environment; /**< like `environ`; borrowed for the call */
    const char *config_file;  /**< read if it exists and no other is named; borrowed for the call */
    /** A configuration file, by its path as the settings name it, whose text is this one whatever
     * the file holds by now; NULL: none. Borrowed for the call. */
    const char *kept_file;
    const char *kept_text;
    size_t kept_len;
};

/** The user and environment of this process, and SETTINGS_CONFIG_FILE. */
struct settings_host settings_host_here(void);

/**
 * Read all settings of a program. argv[0] is skipped. On SETTINGS_OK *ret_settings is filled, with
 * copies of strings from argv and the environment; free it with settings_done. Otherwise it is
 * untouched; on SETTINGS_ERROR print *ret_error and exit with SETTINGS_EXIT_USAGE.
 */
enum settings_outcome settings_parse(struct settings *ret_settings,
                                     const struct settings_program *program, int argc,
                                     char *const *argv, const struct settings_host *host,
                                     struct error *ret_error);

#endif
