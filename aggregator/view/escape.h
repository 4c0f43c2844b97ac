/*
 * escape.h - escaping in the text formats.
 */
#ifndef STATGATE_VIEW_ESCAPE_H
#define STATGATE_VIEW_ESCAPE_H

#include "view/view.h"

/** Append a label value without its quotes; escapes backslash, quote and newline, in both
 * formats. */
void escape_label(struct strbuf *out, const char *text, size_t len);

/** Append the text of a HELP line: OpenMetrics escapes it like a label value, text 0.0.4 does not
 * escape quotes. */
void escape_help(struct strbuf *out, const char *text, enum exposition_format format);

#endif
