/* SPDX-License-Identifier: MIT */
/*
 * dump.h - a catalog as text, one fact a line: what the cases in tests/cases/catalog/valid expect.
 */
#ifndef STATGATE_TESTS_DUMP_H
#define STATGATE_TESTS_DUMP_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

/** Append the whole model of a catalog whose set is finished. */
void dump_catalog(struct strbuf *out, const struct catalog *catalog);

#endif
