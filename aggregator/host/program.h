/* SPDX-License-Identifier: MIT */
/* program.h - this program: its path, memory, threads and randomness. */
#ifndef STATGATE_HOST_PROGRAM_H
#define STATGATE_HOST_PROGRAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Get the absolute path by which this process was started: the path passed to execve(2), or, if
 * that only led through /proc or /dev/fd, `argument` (argv[0]) if it is a path. Call it before the
 * working directory changes. False: there is no path that others could use, or it does not fit into
 * `size`.
 */
bool program_path(const char *argument, char *ret_path, size_t size);

/** Get a stamp of the program that this process runs, whatever file is at its path now: two
 * processes with the same stamp run the same build. The stamp is the linker's build id, or else
 * identifies the file. "": unknown. */
enum { PROGRAM_STAMP_MAX = 96 };
void program_stamp(char ret_stamp[PROGRAM_STAMP_MAX]);

/** A program to start. */
struct program {
    const char *path;
    char *const *arguments; /**< including argv[0]; ends with NULL */
    const char *variable;   /**< added to its environment, "NAME=3": says what `fd` is */
    int fd;                 /**< passed on; the caller still owns it */
};

/** The number of the descriptor that a started program finds; it gets no others but the standard
 * ones. */
enum { PROGRAM_FD = 3 };

/** Start the program as a child with our environment. Takes a millisecond, however much memory we
 * have. Returns 0 or a negative errno. */
int program_start(const struct program *program, pid_t *ret_pid);

/* ---- entropy ----
 * random numbers from the kernel, for seeds of hash tables and handles of clients.
 */

/** Get 64 random bits. False, with errno set and *ret_value untouched, if the kernel cannot provide
 * them. */
bool host_entropy_u64(uint64_t *ret_value);

/* ---- memory ---- */

/** Whether this many bytes of memory could be mapped now: no limit of this process (RLIMIT_AS,
 * RLIMIT_DATA) and no rule of the host about overcommitment forbids it. No page is used. */
bool host_memory_can_map(uint64_t bytes);

/* ---- thread ----
 * threads beside the loop. They block all signals: every signal is meant for the loop's
 * thread. If that thread blocks a signal that must not end the process, a thread that did not block
 * it would receive it.
 */

/** Start a thread that will be joined. Returns 0 or -errno. */
int host_thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg);

/** Start a thread that no one joins. Returns 0 or -errno. */
int host_thread_start_detached(void *(*run)(void *), void *arg);

#endif
