/*
 * own_names.h - the names of this host, as people write them in addresses.
 */
#ifndef STATGATE_HOST_OWN_NAMES_H
#define STATGATE_HOST_OWN_NAMES_H

#include "base/strbuf.h"

/**
 * Append the names: the host's own, its first part, and those of a file like /etc/hosts (`table`) that are its own with a
 * domain. Separated by commas, none that is empty, begins with a dot or is no name. A table that cannot be read has none.
 * Nobody is asked over the network, so a domain that only a name server knows is missing.
 */
void own_names_put(struct strbuf *out, const char *host, const char *table);
/** The same of this host. */
void own_names_read(struct strbuf *out);

#endif
