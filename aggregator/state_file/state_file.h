/*
 * state_file.h - values between a daemon that ended in order and the next start: its object in a file.
 *
 *   PATH        a whole object, not used yet
 *   PATH.new    one that is being written
 *   PATH.used   one that a daemon takes over, until it is ready
 *   PATH.bad    one that could not be used, kept for who wants to look at it
 *   PATH.lock   locked by the daemon whose file it is
 *
 * Values from a file that is older than what was shown last would make counters fall, so a file is
 * used once: it loses its name, on the disk, too, before anything of it is read; and it gets its name
 * after all of it is on the disk. Whenever the host loses power, PATH is the last daemon's whole
 * object, or there is none.
 *
 * Only the files are known here. Whether an object makes sense is for its reader (object/image.h).
 */
#ifndef STATGATE_STATE_FILE_STATE_FILE_H
#define STATGATE_STATE_FILE_STATE_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/object_file.h"

struct state_file {
    const char *path; /**< borrowed */
    /* private */
    const char *name; /* in its folder */
    int folder;       /* -1: not open */
    int lock;
};

/** Lock it. False, with the reason: another daemon has it, or nothing can be written there.
 * state_file_close is safe then. */
bool state_file_open(struct state_file *file, const char *path, struct error *ret_error);
/** Unlock it. Safe twice. */
void state_file_close(struct state_file *file);

enum state_file_found {
    STATE_FILE_NONE,  /**< no daemon left one */
    STATE_FILE_TAKEN, /**< no other start gets it */
    STATE_FILE_BAD    /**< it cannot be used, *ret_error says why and where it is now */
};
/**
 * Take what is in the file: *ret_fd is a copy in memory that outlives the process, the caller's. It
 * is one that can be used once and is not used yet; of its content only the beginning was looked at.
 * Of what follows one is to be called: _used, _refuse or _put_back.
 */
enum state_file_found state_file_take(const struct state_file *file, int *ret_fd,
                                      struct error *ret_error);
/** Its values are ours: what is left of the file goes. */
void state_file_used(const struct state_file *file);
/** It could not be used: it is kept aside as PATH.bad. */
void state_file_refuse(const struct state_file *file);
/** The daemon does not start, for another reason: the next start gets it. */
void state_file_put_back(const struct state_file *file);

/** Something else is newer: what has the name is kept aside as PATH.bad. False: nothing has it. */
bool state_file_set_aside(const struct state_file *file);

/**
 * Write an object that nobody changes any more. It is on the disk when this returns true. False with
 * the reason; then no file has the name, or, if only the last step failed, a whole one.
 */
bool state_file_write(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error);

#endif
