/* SPDX-License-Identifier: MIT */
/*
 * drawn.h - random catalogs, and random lines for their families. Most lines are valid or almost
 * valid, and most are repeated.
 */
#ifndef STATGATE_TESTS_GATE_DRAWN_H
#define STATGATE_TESTS_GATE_DRAWN_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

/* Starts again. The same seed gives the same catalogs and lines. */
void drawn_begin(uint64_t seed);
unsigned drawn(unsigned below);
/* True `percent` times in a hundred. */
bool drawn_often(unsigned percent);
/* Appends a catalog of this service that the loader accepts. */
void drawn_catalog(const char *service, struct strbuf *out);
/* Appends a line of at most 512 bytes, without a newline. */
void drawn_line(const struct catalog_set *set, struct strbuf *out);

#endif
