/*
 * file.h - the configuration file: one JSON object, a key for each setting, and endpoints. Private.
 */
#ifndef STATGATE_SETTINGS_FILE_H
#define STATGATE_SETTINGS_FILE_H

#include "settings/parse.h"

/** Whether the host says what the file of this path holds. */
bool settings_file_is_kept(const struct settings_host *host, const char *path);
/** Set the settings from the configuration file that they name, which must exist unless it is kept.
 * False with file, line, key and the reason; the settings may be half changed then. */
bool settings_from_file(struct settings *settings, const struct settings_host *host,
                        struct error *ret_error);

#endif
