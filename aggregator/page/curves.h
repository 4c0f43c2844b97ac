/*
 * curves.h - the recent past, as pictures beside numbers. Private to page/. Without a history
 * nothing is written.
 */
#ifndef STATGATE_PAGE_CURVES_H
#define STATGATE_PAGE_CURVES_H

#include "history/history.h"
#include "page/page_private.h"

/** Append a cell: samples a second of a service, and a curve of five minutes. */
void curves_put_service_cell(struct strbuf *out, const struct history *history, int service);
/** The same for the samples that a family accepted. */
void curves_put_family_cell(struct strbuf *out, const struct history *history,
                            const struct catalog_family *family);
/** Append all curves of a service: five minutes, and a day. Returns work units. */
size_t curves_put_service(struct strbuf *out, const struct history *history, int service);
/** The same for a family. */
size_t curves_put_family(struct strbuf *out, const struct history *history,
                         const struct catalog_family *family);

#endif
