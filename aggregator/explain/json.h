/*
 * json.h - the result as a JSON object on one line, for scripts.
 */
#ifndef STATGATE_EXPLAIN_JSON_H
#define STATGATE_EXPLAIN_JSON_H

#include "explain/explain.h"

void explain_write_json(struct strbuf *out, const struct explain_result *result);

#endif
