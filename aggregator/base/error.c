#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void mark_cut(struct error *error) {
    static const char mark[] = "...";
    size_t at = sizeof error->text - sizeof mark;
    while (at > 0 && ((unsigned char)error->text[at] & 0xC0) == 0x80)
        at--; /* never half a character before the mark */
    memcpy(error->text + at, mark, sizeof mark);
    error->cut = true;
}

bool error_vadd(struct error *error, const char *format, va_list args) {
    if (error->cut)
        return false;
    const size_t len = strlen(error->text);
    const size_t room = sizeof error->text - len;
    const int need = vsnprintf(error->text + len, room, format, args);
    if (need >= 0 && (size_t)need >= room)
        mark_cut(error);
    for (char *at = error->text + len; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = ' ';
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
