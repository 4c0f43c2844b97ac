/*
 * debug.h - the JSON of /debug/ingress, /debug/endpoints and /debug/queries, which the daemon alone
 * can write.
 */
#ifndef STATGATE_STATGATED_DEBUG_H
#define STATGATE_STATGATED_DEBUG_H

#include "base/json_writer.h"
#include "base/strbuf.h"
#include "statgated/daemon.h"

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out);
/** Members of the JSON of /debug/ingress: whether values outlive this process, and the last takeover. */
void debug_takeover_write(struct json_writer *w, const struct daemon *daemon);
void debug_endpoints_write(const struct daemon *daemon, struct strbuf *out);
void debug_queries_write(const struct postgres *postgres, struct strbuf *out);

#endif
