/*
 * curves.h - what happened lately, as pictures beside numbers. Private to page/. Without a history nothing is put.
 */
#ifndef STATGATE_PAGE_CURVES_H
#define STATGATE_PAGE_CURVES_H

#include "history/history.h"
#include "page/page_private.h"

/** A cell: samples a second of a service, and a curve of five minutes. */
void curves_put_service_cell(struct strbuf *out, const struct history *history, int service);
/** The same of what a family accepted. */
void curves_put_family_cell(struct strbuf *out, const struct history *history,
                            const struct catalog_family *family);
/** All curves of a service: five minutes, and a day. Returns work units. */
size_t curves_put_service(struct strbuf *out, const struct history *history, int service);
/** Those of a family. */
size_t curves_put_family(struct strbuf *out, const struct history *history,
                         const struct catalog_family *family);

#endif
