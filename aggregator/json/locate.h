/*
 * locate.h - where in the text of a JSON document a value is. Pure.
 */
#ifndef STATGATE_JSON_LOCATE_H
#define STATGATE_JSON_LOCATE_H

#include <stddef.h>

/**
 * The offset of what a JSON pointer ("/a/0", RFC 6901) names: of a member its key, of an item its value.
 * If it is not there, of the last value on the way that is; "" is the document. The text is one
 * that a parser takes.
 */
size_t locate_pointer(const char *text, size_t len, const char *pointer);

/**
 * Where the token begins that a parser has read up to `end`, which may be within it. Texts and words are one token, as
 * are brackets and all else of one character; the text needs not be valid.
 */
size_t locate_token(const char *text, size_t len, size_t end);

/** Line and column of an offset, from 1. Columns are characters of UTF-8. */
void locate_line(const char *text, size_t len, size_t offset, size_t *ret_line, size_t *ret_column);

#endif
