/*
 * refusals.h - what the log says of reloads that were not taken: a script that asks again and again does not fill it.
 */
#ifndef STATGATE_STATGATED_REFUSALS_H
#define STATGATE_STATGATED_REFUSALS_H

#include "host/log.h"

enum {
    REFUSALS_MS = 60000, /* one line for the same sentence in this time, */
    REFUSALS_SENTENCES =
        8 /* if no more than so many different ones come; all others share as many lines */
};

/** One line, or a count in a later one of that sentence. */
void refusals_log(enum log_level level, const char *sentence);

#endif
