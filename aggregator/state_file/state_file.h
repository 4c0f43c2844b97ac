/*
 * state_file.h - values between a daemon that ended in order and the next start: its object in a file.
 *
 *   PATH        a whole object, not used yet
 *   PATH.new    one that is being written
 *   PATH.used   what is left of one that was used, for a moment
 *   PATH.bad    one that could not be used, kept for who wants to look at it
 *   PATH.lock   locked by the daemon whose file it is
 *
 * Values from a file that is older than what was shown last would make counters fall, so a file is
 * used once: it loses its name, on the disk, too, before the first datagram is received on its values;
 * and it gets its name after all of it is on the disk. Whenever the host loses power, PATH is the last
 * daemon's whole object, or there is none. A start that does not get as far leaves it to the next one;
 * after STATE_FILE_BEGUN_MAX daemons that died on the way, no further one tries.
 *
 * Only the files are known here. Whether an object makes sense is for its reader (object/image.h). The
 * process has to ignore SIGXFSZ: a limit of file sizes would end it.
 */
#ifndef STATGATE_STATE_FILE_STATE_FILE_H
#define STATGATE_STATE_FILE_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/object_file.h"

enum { STATE_FILE_BEGUN_MAX = 2 };

struct state_file {
    const char *path; /**< borrowed */
    /* private */
    const char *name; /* in its folder */
    int folder;       /* -1: not open */
    int lock;
    uint32_t begun; /* so many had begun to take it, before us, */
    uint64_t begun_at;
};

/** Lock it. False, with the reason: another daemon has it, or nothing can be written there.
 * state_file_close is safe then. */
bool state_file_open(struct state_file *file, const char *path, struct error *ret_error);
/** Unlock it. Safe twice. */
void state_file_close(struct state_file *file);

enum state_file_found {
    STATE_FILE_NONE, /**< no daemon left one */
    STATE_FILE_CUT, /**< a daemon ended while it wrote one, *ret_error says so; what there was of it is gone now */
    STATE_FILE_TAKEN,
    STATE_FILE_BAD /**< it cannot be used, *ret_error says why and where it is now */
};
/**
 * Take what is in the file: *ret_fd is a copy in memory that outlives the process, the caller's. Of
 * its content only the beginning was looked at. Of what follows one is to be called: _spend,
 * _set_aside or _give_up.
 */
enum state_file_found state_file_take(struct state_file *file, int *ret_fd,
                                      struct error *ret_error);
/** Its values are ours from now on, and nobody else's ever. False, with the reason: it may be found again, so they must not
 * be used. */
bool state_file_spend(const struct state_file *file, struct error *ret_error);
/** The daemon does not start, for a reason of its own: this was no attempt. */
void state_file_give_up(const struct state_file *file);

/** It cannot be used, or something else is newer: what has the name is kept aside as PATH.bad. False: nothing has
 * it. */
bool state_file_set_aside(const struct state_file *file);

/**
 * Write an object that nobody changes any more. It is on the disk when this returns true. False with
 * the reason; then no file has the name, or, if only the last step failed, a whole one.
 */
bool state_file_write(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error);

#endif
