/*
 * sections.h - the sections of one service. Private to statgate/.
 *
 * `level` is the depth of their headings, 2 to 4. Each function appends nothing if the service has
 * nothing for its section.
 */
#ifndef STATGATE_STATGATE_DOCS_SECTIONS_H
#define STATGATE_STATGATE_DOCS_SECTIONS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_labels(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_presence(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_buckets(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_queries(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_sending(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_bounds(struct strbuf *out, const struct catalog *catalog, int level);

#endif
