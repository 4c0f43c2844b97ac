/*
 * hang.h - what a process that hangs is doing, as far as /proc tells its parent.
 */
#ifndef STATGATE_SUPERVISOR_HANG_H
#define STATGATE_SUPERVISOR_HANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HANG_STATE_BYTES = 32, HANG_TEXT_BYTES = 192 /**< with the terminator */ };

/** From /proc/PID/status (proc(5)). */
struct hang_status {
    bool traced;                  /**< by a debugger */
    char state[HANG_STATE_BYTES]; /**< "T (stopped)"; "": unknown */
};

/** Read the content of that file. What it lacks is left empty. */
struct hang_status hang_read_status(const char *text, size_t len);
/** Write a sentence's end: "it was in state T (stopped), in the kernel's do_signal_stop, in system
 * call 232". `function` and `call` are the contents of /proc/PID/wchan and /proc/PID/syscall; "":
 * not readable. What is not known is left out. */
void hang_put(const struct hang_status *status, const char *function, const char *call,
              char ret_text[HANG_TEXT_BYTES]);

/** Whether a debugger holds the process. False without /proc. */
bool hang_is_traced(int32_t pid);
/** Describe what the main thread of the process is doing now. */
void hang_describe(int32_t pid, char ret_text[HANG_TEXT_BYTES]);

#endif
