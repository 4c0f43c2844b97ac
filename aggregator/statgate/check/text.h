/*
 * text.h - the tables of `statgate check`. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_TEXT_H
#define STATGATE_STATGATE_CHECK_TEXT_H

#include "statgate/check/report.h"

void check_write_text(struct strbuf *out, const struct check_report *report);

#endif
