/* SPDX-License-Identifier: MIT */
/*
 * random_catalog.h - random catalogs with all kinds of families and rules and with low limits, and
 * lines that almost fit them.
 */
#ifndef STATGATE_TESTS_RANDOM_CATALOG_H
#define STATGATE_TESTS_RANDOM_CATALOG_H

#include <jansson.h>
#include <stdint.h>

#include "base/strbuf.h"

/* A valid catalog of this service. `seed` is changed; the same seed makes the same catalog. New
 * reference. */
json_t *random_catalog(uint64_t *seed, const char *service);
/* Appends a line for one of its families, or for a similar name. */
void random_line(uint64_t *seed, const json_t *catalog, struct strbuf *out);

#endif
