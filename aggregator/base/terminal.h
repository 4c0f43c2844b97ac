/*
 * terminal.h - prints bytes from outside to a terminal: none of them may move the cursor, and a
 * caret must be below the right character.
 */
#ifndef STATGATE_BASE_TERMINAL_H
#define STATGATE_BASE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/** Append the text, with control characters and bytes that are not valid UTF-8 as \xHH. */
void terminal_put_visible(struct strbuf *out, const char *text, size_t len);

/** Like terminal_put_visible, but only the first `columns` columns of the text, followed by `...`
 * if it is longer. */
void terminal_put_cut(struct strbuf *out, const char *text, size_t len, size_t columns);

/**
 * Append the line and, on the next line, a caret below byte `offset` (which may be the end). Both
 * are indented by `indent` blanks. Of a long line only the part around the caret is shown.
 */
void terminal_put_caret(struct strbuf *out, size_t indent, const char *line, size_t len,
                        size_t offset);

/** Append a size for people: "76 B", "12.3 KiB", "4.0 MiB". */
void terminal_put_bytes(struct strbuf *out, uint64_t bytes);

/** Append a number as expositions spell it. */
void terminal_put_number(struct strbuf *out, double value);

#endif
