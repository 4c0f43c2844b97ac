/*
 * text.h - writes any text of a catalog as a C identifier, string literal or comment. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_TEXT_H
#define STATGATE_STATGATE_GEN_TEXT_H

#include <stdbool.h>

#include "base/strbuf.h"

/** Append the text as an identifier: each byte other than a letter, digit or underscore becomes
 * an underscore. */
void gen_put_identifier(struct strbuf *out, const char *text);
/** As gen_put_identifier, in capitals. */
void gen_put_capitals(struct strbuf *out, const char *text);
/** Append a literal with its quotes, in ASCII only. */
void gen_put_string(struct strbuf *out, const char *text);
/** Append a text inside a comment, on one line, so that it neither ends the comment nor seems to
 * begin another. */
void gen_put_remark(struct strbuf *out, const char *text);
/** Append a text of any length as lines of a comment, each after " * ". Nothing for an empty
 * one. */
void gen_put_prose(struct strbuf *out, const char *text);

#endif
