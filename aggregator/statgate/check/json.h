/*
 * json.h - the JSON object that `statgate check --json` prints. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_JSON_H
#define STATGATE_STATGATE_CHECK_JSON_H

#include "statgate/check/report.h"

void check_write_json(struct strbuf *out, const struct check_report *report);

#endif
