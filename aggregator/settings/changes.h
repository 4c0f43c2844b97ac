/*
 * changes.h - differences between two configurations, for people: settings, families, endpoints,
 * queries and sockets.
 *
 * A configuration is described as text, so that two processes, even of two versions, can compare
 * theirs: one item per line, its name and then its properties, each with a tab before it and before
 * its value. A value that begins with `~` is a hash: only the fact that it differs can be reported.
 * So values that contain secrets are not revealed. A property without a name is the item's own
 * value.
 *
 *   setting socket<TAB><TAB>/run/statgate/statgate.sock
 *   family shop_orders_total of shop<TAB>type<TAB>counter<TAB>bound<TAB>10<TAB>help<TAB>~5bd1...
 */
#ifndef STATGATE_SETTINGS_CHANGES_H
#define STATGATE_SETTINGS_CHANGES_H

#include "base/strbuf.h"
#include "settings/endpoint_plan.h"

enum { CHANGES_LINE_MAX = 512 /**< bytes of a line about a change; longer ones are cut */ };

/** Describe a plan that was built, and its catalog set. */
void changes_describe(const struct endpoint_plan *plan, const struct catalog_set *set,
                      struct strbuf *out);
/**
 * Compare two descriptions, which may be malformed, and append a line for each change: "added
 * family ...", "removed endpoint ...", "changed family ...: bound 10 -> 20, help", "changed setting
 * socket: /a -> /b". False: out of memory.
 */
bool changes_write(const char *before, size_t before_len, const char *after, size_t after_len,
                   struct strbuf *out);

#endif
