/*
 * text.h - texts of catalogs in C: as identifiers, string literals and comments, whatever they
 * hold. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_TEXT_H
#define STATGATE_STATGATE_GEN_TEXT_H

#include <stdbool.h>

#include "base/strbuf.h"

/** Letters, digits and underscores; each other byte is an underscore. */
void gen_put_identifier(struct strbuf *out, const char *text);
/** The same in capitals. */
void gen_put_capitals(struct strbuf *out, const char *text);
/** A literal with its quotes, of ASCII alone. */
void gen_put_string(struct strbuf *out, const char *text);
/** Within a comment, on one line: it neither ends the comment nor seems to begin another. */
void gen_put_remark(struct strbuf *out, const char *text);
/** Lines of a comment, each behind " * ", from a text of any length. Nothing for an empty one. */
void gen_put_prose(struct strbuf *out, const char *text);

#endif
