/*
 * own_files.h - checks that no two files that the daemon makes have the same path: its sockets,
 * their locks, the breaker page, the state file. Private.
 */
#ifndef STATGATE_SETTINGS_OWN_FILES_H
#define STATGATE_SETTINGS_OWN_FILES_H

#include "settings/settings.h"

/** False, with the place of the setting, if a setting names the path of another file. Also false
 * for a relative path in `control`. */
bool own_files_check(const struct settings *settings, struct error *ret_error);

#endif
