/*
 * message.h - cleans messages of libpq and the server for one line of a view or a log. Pure.
 */
#ifndef STATGATE_POSTGRES_MESSAGE_H
#define STATGATE_POSTGRES_MESSAGE_H

#include <stddef.h>

#include "base/error.h"

/** Write one line of well-formed UTF-8 into `size` bytes, terminated (size 0: nothing is written):
 * line ends and control characters become single blanks, other invalid bytes `?`, and the end is
 * cut between characters. */
void message_clean(const char *text, char *ret_text, size_t size);
/** Append a text to an error, cleaned in the same way. */
void message_add(struct error *error, const char *text);

#endif
