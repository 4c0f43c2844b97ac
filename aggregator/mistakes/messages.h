/*
 * messages.h - errors and warnings, collected to be printed at the end.
 */
#ifndef STATGATE_MISTAKES_MESSAGES_H
#define STATGATE_MISTAKES_MESSAGES_H

#include "base/strbuf.h"

/** Consecutive messages, each terminated. */
struct messages {
    struct strbuf text;
    size_t count;
};

void messages_init(struct messages *messages);
void messages_done(struct messages *messages);
void messages_add(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The message after `message` (NULL: the first), or NULL. */
const char *messages_next(const struct messages *messages, const char *message);

#endif
