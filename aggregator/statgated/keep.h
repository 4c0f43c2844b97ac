/*
 * keep.h - this program as the parent of the daemon, which it is unless it shall not be. Derives
 * the daemon's arguments from the supervisor's flags.
 */
#ifndef STATGATE_STATGATED_KEEP_H
#define STATGATE_STATGATED_KEEP_H

#include "base/error.h"
#include "settings/settings.h"
#include "supervisor/supervisor.h"

/** Flags that only the command line may have: file and environment cannot decide whether a process
 * is a supervisor. */
extern const struct settings_own_flag keep_flags[];

/** Whether this process, which is no successor, is to be a supervisor: unless its flags say
 * otherwise, or a supervisor has started it. Called before they are parsed, because a supervisor
 * has to take the descriptors that it inherits before any file is opened, without examining them.
 */
bool keep_is_wanted(int argc, char *const *argv);
/** The times of supervisor_options. */
struct keep_times {
    uint32_t stop_timeout_ms;
    uint32_t ready_timeout_ms;
};

/** Read the flags of these times. False: a flag has a bad value, or is used with --no-supervisor.
 */
bool keep_read_times(const struct settings *settings, struct keep_times *ret_times,
                     struct error *ret_error);
/** Run the daemon: this program at its path, with these arguments except the supervisor's own.
 * Returns the exit code. */
int keep_run(char *program, int argc, char *const *argv, const struct keep_times *times,
             const struct kept_fds *inherited);

#endif
