/*
 * locate.h - finds where a value is in the text of a JSON document. Pure.
 */
#ifndef STATGATE_JSON_LOCATE_H
#define STATGATE_JSON_LOCATE_H

#include <stddef.h>

/**
 * The offset of what a JSON pointer ("/a/0", RFC 6901) names: the key of a member, the value of an
 * item; "" is the document. If it does not exist, the offset of the last value on the way that
 * does. The text must be valid for a parser.
 */
size_t locate_pointer(const char *text, size_t len, const char *pointer);

/**
 * Where the token begins that a parser has read up to `end`, which may be within it. Texts and
 * words are one token each, as are brackets and any other single character; the text need not be
 * valid.
 */
size_t locate_token(const char *text, size_t len, size_t end);

/** Line and column of an offset, counted from 1. Columns are characters of UTF-8. */
void locate_line(const char *text, size_t len, size_t offset, size_t *ret_line, size_t *ret_column);

#endif
