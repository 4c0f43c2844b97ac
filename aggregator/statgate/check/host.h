/*
 * host.h - examines what the settings name on this host, as the daemon does at its start. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_HOST_H
#define STATGATE_STATGATE_CHECK_HOST_H

#include "mistakes/mistakes.h"

/**
 * Check token files, the group of the sockets, and the folders in which sockets are made; `set` may
 * hold no catalog. A token file that is missing or holds no token is an error. Anything that may
 * differ on the daemon's host, or for its user, is only a warning. True when nothing is an error.
 */
bool check_host(const struct settings *settings, const struct catalog_set *set,
                struct messages *errors, struct messages *warnings);

#endif
