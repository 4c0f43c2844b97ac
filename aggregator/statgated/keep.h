/*
 * keep.h - statgated --keeper: the same program as the parent of the daemon. From its flags to the
 * daemon's arguments.
 */
#ifndef STATGATE_STATGATED_KEEP_H
#define STATGATE_STATGATED_KEEP_H

#include "base/error.h"
#include "keeper/kept.h"
#include "settings/program.h"

/** Flags of the command line alone: the file and the environment cannot make a keeper. */
extern const struct settings_own_flag keep_flags[];

/** Whether these arguments make it a keeper. Asked before they are read, since a keeper has to take
 * what it inherits before any file is opened, and takes it unseen. */
bool keep_is_asked(int argc, char *const *argv);
/** How long the daemon has to end. False: the flag has no good value, or goes with no keeper. */
bool keep_read_stop_timeout(const struct settings *settings, uint32_t *ret_ms,
                            struct error *ret_error);
/** Run the daemon, which is this program at its path, with these arguments, less those that are the keeper's. Returns
 * the exit code. */
int keep_run(const char *program, int argc, char *const *argv, uint32_t stop_timeout_ms,
             const struct kept_fds *inherited);

#endif
