/*
 * columns.h - how many columns of a terminal a text takes.
 *
 * Texts are cut into glyphs: a character with what combines with it. What could move the cursor,
 * turn the direction of what follows, or is no UTF-8, is a glyph of its own that has to be shown as
 * \xHH, a byte at a time. Pure: no locale. Terminals disagree about some characters, so nobody may
 * rely on where the cursor is behind one that is not ASCII.
 */
#ifndef STATGATE_BASE_COLUMNS_H
#define STATGATE_BASE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum {
    COLUMNS_GLYPH_BYTES =
        24,            /**< most bytes of a glyph that is shown: further marks are left out */
    COLUMNS_ESCAPE = 4 /**< columns of \xHH */
};

struct columns_glyph {
    size_t len;     /**< bytes in the text */
    size_t shown;   /**< of these, how many are put out; the others are marks too many */
    size_t columns; /**< 1 or 2; of one that is escaped, COLUMNS_ESCAPE */
    bool escaped;   /**< shown as \xHH: one byte */
};

/** The next glyph of `len` bytes, at least one. */
struct columns_glyph columns_next(const char *text, size_t len);
/** Append it. */
void columns_put(struct strbuf *out, const char *text, struct columns_glyph glyph);
/** Columns of a whole text. */
size_t columns_of(const char *text, size_t len);

#endif
