/*
 * own_files.h - no two of the files that the daemon makes may have one path: its sockets, their locks, the breaker page, the
 * state file. Private.
 */
#ifndef STATGATE_SETTINGS_OWN_FILES_H
#define STATGATE_SETTINGS_OWN_FILES_H

#include "settings/settings.h"

/** False with the place of the setting that names a path of another one. Also for a relative path of `control`. */
bool own_files_check(const struct settings *settings, struct error *ret_error);

#endif
