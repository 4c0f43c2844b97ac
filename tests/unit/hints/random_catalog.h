/*
 * random_catalog.h - catalogs of all kinds and rules, with little room, and lines that are nearly right for them.
 */
#ifndef STATGATE_TESTS_RANDOM_CATALOG_H
#define STATGATE_TESTS_RANDOM_CATALOG_H

#include <jansson.h>
#include <stdint.h>

#include "base/strbuf.h"

/* A catalog of this service that is accepted. `seed` goes on; the same one makes the same catalog. New reference. */
json_t *random_catalog(uint64_t *seed, const char *service);
/* Append a line to one of its families, or to a name like theirs. */
void random_line(uint64_t *seed, const json_t *catalog, struct strbuf *out);

#endif
