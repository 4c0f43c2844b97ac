/*
 * program.h - the program of this process, as a path at which it can be started again: the file there may
 * be another version by then.
 */
#ifndef STATGATE_HOST_PROGRAM_H
#define STATGATE_HOST_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * The path by which this process was started, absolute: what was passed to execve(2), or, if that only
 * led through /proc or /dev/fd, `argument` (argv[0]) where it is a path. Call it before the folder changes.
 * False: there is none that others could use, or it is longer than `size`.
 */
bool program_path(const char *argument, char *ret_path, size_t size);

/** What this process runs, whatever is at its path by now: two processes with the same stamp run the same build. It is
 * the linker's build id, or else names the file. "": it cannot be found out. */
enum { PROGRAM_STAMP_MAX = 96 };
void program_stamp(char ret_stamp[PROGRAM_STAMP_MAX]);

/** What is started. */
struct program {
    const char *path;
    char *const *arguments; /**< with its own name first; ends with NULL */
    const char *variable;   /**< of its environment, "NAME=3": says what `fd` is */
    int fd;                 /**< stays the caller's */
};

/** The one descriptor that a started program finds, beside the standard ones. */
enum { PROGRAM_FD = 3 };

/** Start it as a child with our environment, in a millisecond however much memory we have. Returns 0 or a negative
 * errno. */
int program_start(const struct program *program, pid_t *ret_pid);

#endif
