/*
 * message.h - what libpq and the server say, made fit for one line of a view or a log. Pure.
 */
#ifndef STATGATE_POSTGRES_MESSAGE_H
#define STATGATE_POSTGRES_MESSAGE_H

#include <stddef.h>

#include "base/error.h"

/** One line of well-formed UTF-8 in `size` bytes, terminated (0: nothing is written): line ends and
 * control characters become single blanks, other bytes `?`, the end is cut between characters. */
void message_clean(const char *text, char *ret_text, size_t size);
/** Append such a line to an error. */
void message_add(struct error *error, const char *text);

#endif
