/*
 * series.h - the series that a tried line would go to. Private to explain/.
 */
#ifndef STATGATE_EXPLAIN_SERIES_H
#define STATGATE_EXPLAIN_SERIES_H

#include "base/json_writer.h"
#include "explain/explain.h"

/** `NAME{LABEL="VALUE"}`, for people. */
void series_put_name(struct strbuf *out, const struct gate_trace *trace);
/** An object: name, labels, and whether it would be new. */
void series_write_json(struct json_writer *w, const struct gate_trace *trace);

#endif
