/* SPDX-License-Identifier: MIT */
/* error.c - an error as a text with its place. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/terminal.h"

static void mark_cut(struct error *error) {
    static const char mark[] = "...";
    size_t at = sizeof error->text - sizeof mark;
    while (at > 0 && ((unsigned char)error->text[at] & 0xC0) == 0x80)
        at--; /* never cut within a character */
    memcpy(error->text + at, mark, sizeof mark);
    error->cut = true;
}

/* Messages are printed to terminals and logs and may quote text from outside. Replace a control
 * character by a blank, and each other byte that cannot be shown by a question mark. */
static void hide_controls(char *text) {
    struct columns_glyph glyph;
    for (size_t left = strlen(text); left > 0; left -= glyph.len, text += glyph.len) {
        glyph = terminal_columns_next(text, left);
        if (glyph.escaped)
            *text = (unsigned char)*text < ' ' || *text == 0x7F ? ' ' : '?';
    }
}

bool error_vadd(struct error *error, const char *format, va_list args) {
    if (error->cut)
        return false;
    const size_t len = strlen(error->text);
    const size_t room = sizeof error->text - len;
    const int need = vsnprintf(error->text + len, room, format, args);
    if (need >= 0 && (size_t)need >= room)
        mark_cut(error);
    hide_controls(error->text + len);
    return false;
}

void error_clear(struct error *error) {
    error->text[0] = '\0';
    error->cut = false;
}

bool error_set(struct error *error, const char *format, ...) {
    va_list args;
    error_clear(error);
    va_start(args, format);
    error_vadd(error, format, args);
    va_end(args);
    return false;
}

bool error_add(struct error *error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    error_vadd(error, format, args);
    va_end(args);
    return false;
}

bool error_no_memory(struct error *error) {
    return error_set(error, "out of memory");
}
