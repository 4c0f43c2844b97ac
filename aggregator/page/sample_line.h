/*
 * sample_line.h - an example line that a family accepts, to copy and to try. Private to page/.
 */
#ifndef STATGATE_PAGE_SAMPLE_LINE_H
#define STATGATE_PAGE_SAMPLE_LINE_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

/** Append the line, unescaped. Returns false and appends nothing if the family takes no lines, or
 * no example of a label's value can be made up. */
bool sample_line_put(struct strbuf *out, const struct catalog_family *family);

#endif
