/*
 * formats.h - errors and warnings in the formats of code hosts. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_FORMATS_H
#define STATGATE_STATGATE_CHECK_FORMATS_H

#include "mistakes/mistakes.h"

/** Workflow commands of GitHub Actions, which shows them beside the lines. */
void check_write_github(const struct mistakes *mistakes, struct strbuf *out);
/** A log of SARIF 2.1.0 (OASIS). */
void check_write_sarif(const struct mistakes *mistakes, const char *version, struct strbuf *out);

#endif
