/*
 * debug.h - the JSON of /debug/ingress, /debug/endpoints, /debug/queries and /debug/explain, which
 * the daemon alone can write.
 */
#ifndef STATGATE_STATGATED_DEBUG_H
#define STATGATE_STATGATED_DEBUG_H

#include "base/json_writer.h"
#include "base/strbuf.h"
#include "statgated/daemon.h"
#include "view/json_selection.h"

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out);
/** Members of the JSON of /debug/ingress: whether values outlive this process, and the last takeover. */
void debug_takeover_write(struct json_writer *w, const struct daemon *daemon);
/** What would become of a line, through the socket that leads to `service` (NULL: the shared one). Returns NULL, or a
 * sentence why that can't be said (static). */
const char *debug_explain_write(const struct daemon *daemon, const char *line, const char *service,
                                struct strbuf *out);
/** The same in words, of the first of the lines. */
void debug_explain_write_text(const struct daemon *daemon, const char *line, size_t len,
                              struct strbuf *out);
/** Those that serve the selected service. */
void debug_endpoints_write(const struct daemon *daemon, const struct json_selection *selection,
                           struct strbuf *out);
/** Those of the selected service and family; of a time, those that ran then or later. */
void debug_queries_write(const struct postgres *postgres, const struct json_selection *selection,
                         struct strbuf *out);

#endif
