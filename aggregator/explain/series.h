/*
 * series.h - the series to which a tried line would belong. Private to explain/.
 */
#ifndef STATGATE_EXPLAIN_SERIES_H
#define STATGATE_EXPLAIN_SERIES_H

#include "base/json_writer.h"
#include "explain/explain.h"

/** Append `NAME{LABEL="VALUE"}`, for people. */
void series_put_name(struct strbuf *out, const struct gate_trace *trace);
/** Write an object: name, labels, and whether the series would be new. */
void series_write_json(struct json_writer *w, const struct gate_trace *trace);

#endif
