/*
 * columns.h - how many columns a text takes on a terminal.
 *
 * The text is cut into glyphs; a glyph is one character and the combining marks after it. A byte
 * that could move the cursor, change the writing direction, or is not valid UTF-8 becomes a glyph
 * of its own, which is shown as \xHH. Pure: no locale. Terminals disagree about the width of some
 * characters, so do not rely on the cursor position after a character that is not ASCII.
 */
#ifndef STATGATE_BASE_COLUMNS_H
#define STATGATE_BASE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

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
struct columns_glyph columns_next(const char *text, size_t len);
/** Append the glyph, escaped if need be; `text` points to its first byte. */
void columns_put(struct strbuf *out, const char *text, struct columns_glyph glyph);
/** Return the number of columns that the whole text takes. */
size_t columns_of(const char *text, size_t len);

/* ---- the table that columns.c reads; make_tables.c writes it ---- */

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
