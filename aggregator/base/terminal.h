/*
 * terminal.h - bytes from outside on a terminal: nothing in them may move the cursor, and a caret
 * belongs under the right one.
 */
#ifndef STATGATE_BASE_TERMINAL_H
#define STATGATE_BASE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/** The text; control characters and bytes that are no UTF-8 as \xHH. */
void terminal_put_visible(struct strbuf *out, const char *text, size_t len);

/** The same, of a long text only the first `columns`. */
void terminal_put_cut(struct strbuf *out, const char *text, size_t len, size_t columns);

/**
 * The line, and under it a caret below byte `offset` (which may be the end), each behind `indent`
 * blanks. Of a long line the part around the caret.
 */
void terminal_put_caret(struct strbuf *out, size_t indent, const char *line, size_t len,
                        size_t offset);

/** "76 B", "12.3 KiB", "4.0 MiB": for people. */
void terminal_put_bytes(struct strbuf *out, uint64_t bytes);

/** A number as expositions spell it. */
void terminal_put_number(struct strbuf *out, double value);

#endif
