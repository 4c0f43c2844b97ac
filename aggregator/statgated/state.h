/*
 * state.h - keeps values from an orderly end to the next start, by the setting state_file
 * (state_file/).
 *
 * The file is older than an object that the service manager has kept, and than a daemon that hands
 * over: it is read only if there is neither. The start then goes on as after a crash.
 */
#ifndef STATGATE_STATGATED_STATE_H
#define STATGATE_STATGATED_STATE_H

#include "statgated/daemon.h"

/** Offer the content of the file to the takeover. Call it after takeover_find. */
void state_find(struct daemon *daemon);
/** Everything is open and nothing was received yet: make sure that nobody else can use the
 * values that were found. False: the daemon must not go on with them. */
bool state_spend(struct daemon *daemon, struct start_error *ret_error);
/** Whether a stop would leave values in the file, as far as is known: the former daemon may
 * still have the file. */
bool state_is_expected(const struct daemon *daemon);
/** For a successor whose file differs from the former daemon's: lock it now. False, with a
 * sentence: it cannot be used. */
bool state_try(struct daemon *daemon, struct error *ret_error);
/** The former daemon has handed over and released the file: lock it. */
void state_claim(struct daemon *daemon);
/** Whether the file is open and locked. */
bool state_is_open(const struct daemon *daemon);
/** Whether a stop could write the file now. Locks the file if it is not locked yet and can be.
 * False, with a sentence. */
bool state_check(struct daemon *daemon, struct error *ret_error);
/** The daemon does not start: leave the file for the next daemon as it was found. */
void state_cancel(struct daemon *daemon);
/** The daemon ends in order: the manager gives up everything it has kept for it, except an
 * object that is not written yet. */
void state_begin_leave(struct daemon *daemon);
/** Nothing changes any more: write the object, and then have the manager give it up as well.
 * Only for a daemon that ends in order, and not if a successor goes on. */
void state_leave(struct daemon *daemon);
/** Release the file: another daemon uses it from now on, or all is over. Safe twice. */
void state_close(struct daemon *daemon);

#endif
