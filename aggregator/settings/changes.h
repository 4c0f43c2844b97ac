/*
 * changes.h - what is different between two configurations, for people: settings, families, endpoints, queries
 * and sockets.
 *
 * A configuration is described as text, so that two processes, and two versions, can compare theirs: an item a line, its
 * name and then its properties, each with a tab before it and before its value. A value that begins with `~` is a
 * hash: that it differs is all there is to say. So the value of what names secrets is not given. A property without a name
 * is the item's own value.
 *
 *   setting socket<TAB><TAB>/run/statgate/statgate.sock
 *   family shop_orders_total of shop<TAB>type<TAB>counter<TAB>bound<TAB>10<TAB>help<TAB>~5bd1...
 */
#ifndef STATGATE_SETTINGS_CHANGES_H
#define STATGATE_SETTINGS_CHANGES_H

#include "base/strbuf.h"
#include "settings/endpoint_plan.h"

enum { CHANGES_LINE_MAX = 512 /**< bytes of a line on a change; a longer one is cut */ };

/** Describe a plan that was built, and its set. */
void changes_describe(const struct endpoint_plan *plan, const struct catalog_set *set,
                      struct strbuf *out);
/**
 * Compare two descriptions, which need not be good ones, and append a line for each change: "added family ...",
 * "removed endpoint ...", "changed family ...: bound 10 -> 20, help", "changed setting socket: /a -> /b". False: out of memory.
 */
bool changes_write(const char *before, size_t before_len, const char *after, size_t after_len,
                   struct strbuf *out);

#endif
