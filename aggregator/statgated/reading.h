/*
 * reading.h - what this daemon runs on: its files as they are, or, where they are refused, what was
 * accepted last (accepted/accepted.h).
 *
 * Catalogs are taken file by file; settings and endpoints are taken whole or not at all. A daemon
 * that starts after a death never fails for a file: if the present ones cannot be used, it runs on
 * what was accepted last alone. A reload is refused instead, if its settings or endpoints are wrong
 * or if a service could not stay as it was.
 */
#ifndef STATGATE_STATGATED_READING_H
#define STATGATE_STATGATED_READING_H

#include "statgated/statgated.h"

/**
 * Read catalogs, endpoints and tokens, and note what is refused in the reload report. Sets the
 * daemon's set, plan, tokens and accepted texts, and its settings if they have to be those that
 * were accepted last. False with *ret_error; the daemon closes what was begun.
 */
bool reading_begin(struct daemon *daemon, const struct statgated_start *start,
                   struct start_error *ret_error);

#endif
