/*
 * state.h - values from one end in order to the next start, by the setting state_file (state_file/).
 *
 * A file is older than an object that the service manager has kept, and than a daemon that hands over:
 * it is looked at only where there is neither. The start then goes on as after a crash.
 */
#ifndef STATGATE_STATGATED_STATE_H
#define STATGATE_STATGATED_STATE_H

#include "statgated/daemon.h"

/** Offer what is in the file to the takeover: behind takeover_find. */
void state_find(struct daemon *daemon);
/** All is open, and nothing was received yet: what was found is ours alone, or of no use. False: the daemon must not go on
 * with it. */
bool state_spend(struct daemon *daemon, struct start_error *ret_error);
/** A stop leaves values there, as far as that is known: the daemon before may have the file yet. */
bool state_is_expected(const struct daemon *daemon);
/** Of a successor whose file is another one than that of the daemon before: lock it now. False, with a sentence: it
 * cannot be used. */
bool state_try(struct daemon *daemon, struct error *ret_error);
/** The daemon before, which has handed over, has let go of the file. */
void state_claim(struct daemon *daemon);
/** The daemon does not start: the next one finds what this one found. */
void state_cancel(struct daemon *daemon);
/** The daemon ends in order: the manager gives up all it has kept of it, but not an object that is not written yet. */
void state_begin_leave(struct daemon *daemon);
/** Nothing changes any more: write the object, and have the manager give it up, too. Only of a daemon that ends in
 * order, and not if another one goes on. */
void state_leave(struct daemon *daemon);
/** Another daemon goes on, and has the file from now on; or all is over. Safe twice. */
void state_close(struct daemon *daemon);

#endif
