/*
 * refusals.h - logs refused reloads, limited so that a script that asks again and again does not
 * fill the log.
 */
#ifndef STATGATE_STATGATED_REFUSALS_H
#define STATGATE_STATGATED_REFUSALS_H

#include "host/log.h"
#include "mistakes/mistakes.h"

enum {
    REFUSALS_MS = 60000,   /* time in which the same sentence gets one line */
    REFUSALS_SENTENCES = 8 /* different sentences; all others share as many lines */
};

/** Log the sentence and the lines of `more`, or only count it in a later line of the same
 * sentence. */
void refusals_log(enum log_level level, const char *sentence, const struct messages *more);

/** The same for a reload that was taken although files are refused. */
void refusals_log_partly(enum log_level level, const char *sentence, const struct messages *more);

#endif
