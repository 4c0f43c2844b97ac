/*
 * file.h - the configuration file: one JSON object, a key for each setting, and endpoints. Private.
 */
#ifndef STATGATE_SETTINGS_FILE_H
#define STATGATE_SETTINGS_FILE_H

#include "settings/settings.h"

/** Set the settings from a file, which must exist. False with file, line, key and the reason; the
 * settings may be half changed then. */
bool settings_from_file(struct settings *settings, const char *path, struct error *ret_error);

#endif
