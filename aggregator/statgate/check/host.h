/*
 * host.h - what the settings name on this host, examined as the daemon does at its start.
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_HOST_H
#define STATGATE_STATGATE_CHECK_HOST_H

#include "statgate/catalogs.h"

/**
 * Token files, the group of the sockets, and the folders that these are made in; `set` may hold no
 * catalog. A token file that is missing or holds no token is an error; what may differ on the host
 * of the daemon, or for its user, is a warning. True when nothing is an error.
 */
bool check_host(const struct settings *settings, const struct catalog_set *set,
                struct messages *errors, struct messages *warnings);

#endif
