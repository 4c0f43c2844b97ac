/*
 * header.h - writes the whole generated header. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_HEADER_H
#define STATGATE_STATGATE_GEN_HEADER_H

#include "statgate/gen/plan.h"

/** Append the header. The same catalogs, prefix and version of statgate give the same bytes. */
void gen_write_header(struct strbuf *out, const struct gen_plan *plan);

#endif
