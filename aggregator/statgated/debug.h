/*
 * debug.h - the JSON of /debug/ingress, /debug/endpoints, /debug/queries and /debug/explain, which
 * only the daemon can write.
 */
#ifndef STATGATE_STATGATED_DEBUG_H
#define STATGATE_STATGATED_DEBUG_H

#include "base/json_writer.h"
#include "base/strbuf.h"
#include "statgated/daemon.h"
#include "view/view.h"

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out);
/** Write members of the JSON of /debug/ingress: whether values outlive this process, and the
 * last takeover. */
void debug_takeover_write(struct json_writer *w, const struct daemon *daemon);
/** Explain what would become of a line sent to the socket of `service` (NULL: the shared one).
 * Returns NULL, or a sentence (static) why that cannot be said. */
const char *debug_explain_write(const struct daemon *daemon, const char *line, const char *service,
                                struct strbuf *out);
/** Explain in words what would become of the first of these lines. */
void debug_explain_write_text(const struct daemon *daemon, const char *line, size_t len,
                              struct strbuf *out);
/** The endpoints that show the selected service. */
void debug_endpoints_write(const struct daemon *daemon, const struct json_selection *selection,
                           struct strbuf *out);
/** The queries of the selected service and family; if a time is selected, those that ran then or
 * later. */
void debug_queries_write(const struct postgres *postgres, const struct json_selection *selection,
                         struct strbuf *out);

#endif
