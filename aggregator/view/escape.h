/*
 * escape.h - escapes of the text formats.
 */
#ifndef STATGATE_VIEW_ESCAPE_H
#define STATGATE_VIEW_ESCAPE_H

#include "view/view.h"

/** A label value, between its quotes: backslash, quote and newline, in both formats. */
void escape_label(struct strbuf *out, const char *text, size_t len);

/** HELP: OpenMetrics escapes like a label value; text 0.0.4 leaves quotes as they are. */
void escape_help(struct strbuf *out, const char *text, enum exposition_format format);

#endif
