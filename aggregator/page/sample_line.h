/*
 * sample_line.h - a line that a family takes, to copy and to try. Private to page/.
 */
#ifndef STATGATE_PAGE_SAMPLE_LINE_H
#define STATGATE_PAGE_SAMPLE_LINE_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

/** Append the line, unescaped. False, and nothing is appended: the family takes none, or a value of a label does not come to
 * mind. */
bool sample_line_put(struct strbuf *out, const struct catalog_family *family);

#endif
