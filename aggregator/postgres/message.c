#include "postgres/message.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

void message_clean(const char *text, char *ret_text, size_t size) {
    size_t left = strlen(text);
    size_t used = 0;
    bool blank = false; /* a blank is due before the next character */
    while (left > 0) {
        const size_t len = utf8_len(text, left);
        const unsigned char c = (unsigned char)*text;
        if (len == 1 && (c <= 0x20 || c == 0x7f)) {
            blank = used > 0;
        } else {
            const size_t put = len > 0 ? len : 1;
            if (used + (blank ? 1 : 0) + put >= size)
                break;
            if (blank)
                ret_text[used++] = ' ';
            blank = false;
            if (len > 0)
                memcpy(ret_text + used, text, len);
            else
                ret_text[used] = '?';
            used += put;
        }
        text += len > 0 ? len : 1;
        left -= len > 0 ? len : 1;
    }
    if (size > 0)
        ret_text[used] = '\0';
}

void message_add(struct error *error, const char *text) {
    char line[ERROR_BYTES + 4]; /* more than fits, so that the error marks the cut */
    message_clean(text, line, sizeof line);
    error_add(error, "%s", line);
}
