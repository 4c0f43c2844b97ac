/*
 * text.h - the result for people, one step per line.
 */
#ifndef STATGATE_EXPLAIN_TEXT_H
#define STATGATE_EXPLAIN_TEXT_H

#include "explain/explain.h"

void explain_write_text(struct strbuf *out, const struct explain_result *result);

#endif
