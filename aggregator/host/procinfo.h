/*
 * procinfo.h - reads /proc/PID/stat: the name of a process, when it started, and whether it still
 * runs.
 */
#ifndef STATGATE_HOST_PROCINFO_H
#define STATGATE_HOST_PROCINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROCINFO_COMM_MAX = 16 };

struct procinfo {
    char comm[PROCINFO_COMM_MAX]; /**< terminated, may be cut; may hold any bytes */
    bool ended;                   /**< a zombie without threads */
    uint64_t start_ticks;         /**< since boot, in clock ticks */
};

enum procinfo_result {
    PROCINFO_FOUND,
    PROCINFO_GONE,
    PROCINFO_HIDDEN /**< alive, but may not be inspected (hidepid) */
};

/** Parse the content of a stat file (proc(5)). False if it is not one; *ret_info is then
 * untouched. */
bool procinfo_parse(const char *text, size_t len, struct procinfo *ret_info);

/** Read the stat file of a process. `root` is an open /proc. Takes about 10 µs. */
enum procinfo_result procinfo_read(int root, int32_t pid, struct procinfo *ret_info);

/** A number that names the program file of a process; 0: it may not be looked at. Two processes of
 * one program have the same. */
uint32_t procinfo_program(int root, int32_t pid);

/** A number that identifies this process's pid namespace, as process ids mean different processes
 * in another one. A namespace that takes the place of one that is gone has another number. Does not
 * identify the boot. Read from /proc; never 0. */
uint64_t procinfo_space(void);

/** The start of a process in Unix time, accurate to one clock tick. */
int64_t procinfo_start_ms(uint64_t start_ticks, int64_t real_ms, int64_t boot_ms, long ticks_per_s);
/** The start of a process in Unix time, computed with the current clocks. */
int64_t procinfo_started_ms(const struct procinfo *info);
/** Whether this is the process that started at start_ticks or, if that is unknown (0), one that was
 * already alive at `lived_ms` (Unix time, with one clock tick of tolerance). */
bool procinfo_is_same(const struct procinfo *info, uint64_t start_ticks, int64_t lived_ms);

#endif
