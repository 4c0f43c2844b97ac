/* SPDX-License-Identifier: MIT */
/*
 * state_file.h - keeps values from a daemon's orderly end to the next start: its object in a file.
 *
 *   PATH        a whole object, not used yet
 *   PATH.new    one that is being written
 *   PATH.used   what is left of one that was used, for a moment
 *   PATH.bad    one that could not be used, kept for inspection
 *   PATH.lock   locked by the daemon whose file it is
 *
 * Values from a file that is older than what was shown last would make counters fall, so a file is
 * used once: it is renamed, durably, before the first datagram is applied to its values; and a new
 * file gets its name only after all of it is on the disk. Whenever the host loses power, PATH is
 * the last daemon's whole object, or there is none. A start that does not get as far leaves it to
 * the next one; after STATE_FILE_BEGUN_MAX daemons that died on the way, none tries again.
 *
 * This module handles only the files. Whether an object makes sense is for its reader
 * (object/object.h). The process has to ignore SIGXFSZ: otherwise a limit of file sizes would end
 * it.
 */
#ifndef STATGATE_STATE_FILE_STATE_FILE_H
#define STATGATE_STATE_FILE_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/files.h"

enum { STATE_FILE_BEGUN_MAX = 2 };

struct state_file {
    const char *path; /**< borrowed */
    /* private */
    const char *name; /* file name within the folder */
    int folder;       /* -1: not open */
    int lock;
    uint32_t begun; /* number of daemons that had begun to take it before this one */
    uint64_t begun_at;
};

/** Open and lock the file. False, with the reason: another daemon has it, or the folder is not
 * writable. state_file_close is safe then. */
bool state_file_open(struct state_file *file, const char *path, struct error *ret_error);
/** Whether an open file is still the one at its path: its folder was neither removed nor replaced,
 * and another daemon could not lock it. */
bool state_file_is_in_place(const struct state_file *file);
/** Unlock and close the file. Safe twice. */
void state_file_close(struct state_file *file);

enum state_file_found {
    STATE_FILE_NONE, /**< no daemon left one */
    STATE_FILE_CUT,  /**< a daemon ended while it wrote one (*ret_error); the rest is removed */
    STATE_FILE_TAKEN,
    STATE_FILE_BAD /**< it cannot be used; *ret_error says why, and where it is now */
};
/**
 * Take the content of the file: *ret_fd is a copy in memory that outlives the process, and belongs
 * to the caller. It is what was written, by its checksum; whether it makes sense was not checked.
 * Afterwards call exactly one of state_file_spend, _set_aside and _give_up.
 */
enum state_file_found state_file_take(struct state_file *file, int *ret_fd,
                                      struct error *ret_error);
/** From now on only this daemon uses the values. False, with the reason: the file may be found
 * again, so its values must not be used. */
bool state_file_spend(const struct state_file *file, struct error *ret_error);
/** The daemon does not start, for a reason of its own: this does not count as an attempt. */
void state_file_give_up(const struct state_file *file);

/** The file cannot be used, or something else is newer: keep it as PATH.bad. False: there is no
 * such file. */
bool state_file_set_aside(const struct state_file *file);

/** Whether it could be written now, as far as that is seen without writing: the folder, the free
 * space, the limit of file sizes; not a quota. False with the reason. */
bool state_file_check(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error);

/**
 * Write an object that no one changes any more, with its checksum. True: it is on the disk. False
 * with the reason: then there is no file of this name, or, if only the last step failed, a whole
 * one.
 */
bool state_file_write(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error);

#endif
