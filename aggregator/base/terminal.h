/* SPDX-License-Identifier: MIT */
/* terminal.h - what a terminal shows of a text: its columns, and no control characters. */
#ifndef STATGATE_BASE_TERMINAL_H
#define STATGATE_BASE_TERMINAL_H

#include <stdbool.h>
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

enum { TERMINAL_DURATION_MAX = 40 };
/** A duration in its two largest units: "0.012 s", "1.4 s", "12 s", "3 min 20 s", "2 d 4 h"; "0 s"
 * for a negative one. Returns `out`. */
const char *terminal_duration(char out[TERMINAL_DURATION_MAX], int64_t ms);

/** Append a number as expositions spell it. */
void terminal_put_number(struct strbuf *out, double value);

/* ---- columns ----
 * how many columns a text takes on a terminal.
 *
 * The text is cut into glyphs; a glyph is one character and the combining marks after it. A byte
 * that could move the cursor, change the writing direction, or is not valid UTF-8 becomes a glyph
 * of its own, which is shown as \xHH. Pure: no locale. Terminals disagree about the width of some
 * characters, so do not rely on the cursor position after a character that is not ASCII.
 */

enum {
    COLUMNS_GLYPH_BYTES =
        24,            /**< most bytes of a glyph that are shown; further marks are dropped */
    COLUMNS_ESCAPE = 4 /**< columns that \xHH takes */
};

struct columns_glyph {
    size_t len;     /**< bytes of the glyph in the text */
    size_t shown;   /**< how many of them are printed; the rest are marks beyond the limit */
    size_t columns; /**< 1 or 2; COLUMNS_ESCAPE if the glyph is escaped */
    bool escaped;   /**< a single byte, shown as \xHH */
};

/** Return the first glyph of a text of `len` bytes; `len` must be at least 1. */
struct columns_glyph terminal_columns_next(const char *text, size_t len);
/** Append the glyph, escaped if need be; `text` points to its first byte. */
void terminal_columns_put(struct strbuf *out, const char *text, struct columns_glyph glyph);
/** Return the number of columns that the whole text takes. */
size_t terminal_columns_of(const char *text, size_t len);

/* ---- the table that terminal.c reads; make_tables.c writes it ---- */

enum columns_kind { COLUMNS_NONE, COLUMNS_TWO, COLUMNS_HIDDEN };

/** Characters that do not take exactly one column. */
struct columns_range {
    uint32_t first;
    uint32_t last;
    enum columns_kind kind;
};

/** Sorted by character, starting at U+00A0. */
extern const struct columns_range columns_table[];
extern const size_t columns_table_count;

#endif
