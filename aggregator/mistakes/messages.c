#include "mistakes/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json/jsondoc.h"

void messages_init(struct messages *messages) {
    *messages = (struct messages){.count = 0};
    strbuf_init(&messages->text);
}

void messages_done(struct messages *messages) {
    strbuf_done(&messages->text);
}

void messages_add(struct messages *messages, const char *format, ...) {
    char text[ERROR_BYTES + 64];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    strbuf_put(&messages->text, text, strlen(text) + 1);
    messages->count++;
}

const char *messages_next(const struct messages *messages, const char *message) {
    if (messages->text.len == 0)
        return NULL;
    const char *end = messages->text.data + messages->text.len;
    const char *next = message != NULL ? message + strlen(message) + 1 : messages->text.data;
    return next < end ? next : NULL;
}
