/*
 * own_names.h - the names of this host, as people write them in addresses.
 */
#ifndef STATGATE_HOST_OWN_NAMES_H
#define STATGATE_HOST_OWN_NAMES_H

#include "base/strbuf.h"

/**
 * Append the names of the host, separated by commas: `host` itself, its first part, and the names
 * in a file like /etc/hosts (`table`) that are `host` with a domain. Names that are empty, begin
 * with a dot or are not valid are left out. A table that cannot be read adds none. Nothing is
 * looked up over the network, so a domain that only a name server knows is missing.
 */
void own_names_put(struct strbuf *out, const char *host, const char *table);
/** Append the names of this host, from its own name and /etc/hosts. */
void own_names_read(struct strbuf *out);

#endif
