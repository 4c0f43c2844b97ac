/*
 * procinfo.h - what /proc/PID/stat says of a process: its name, when it started, whether it still
 * runs.
 */
#ifndef STATGATE_HOST_PROCINFO_H
#define STATGATE_HOST_PROCINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROCINFO_COMM_MAX = 16 };

struct procinfo {
    char comm[PROCINFO_COMM_MAX]; /**< terminated, cut; any other bytes */
    bool ended;                   /**< a zombie without threads */
    uint64_t start_ticks;         /**< since boot, in clock ticks */
};

enum procinfo_result {
    PROCINFO_FOUND,
    PROCINFO_GONE,
    PROCINFO_HIDDEN /**< lives, but may not be looked at (hidepid) */
};

/** The content of a stat file (proc(5)). False when it is not one; *ret_info is untouched then. */
bool procinfo_parse(const char *text, size_t len, struct procinfo *ret_info);

/** Look a process up below `root`, an open /proc. About 10 µs. */
enum procinfo_result procinfo_read(int root, int32_t pid, struct procinfo *ret_info);

/** A name of those processes that have numbers as seen from here: another in another pid namespace, even if that has the
 * place of one that is gone. Not of the boot. Below /proc; not 0. */
uint64_t procinfo_space(void);

/** When a process started, in Unix time, good to one clock tick. */
int64_t procinfo_start_ms(uint64_t start_ticks, int64_t real_ms, int64_t boot_ms, long ticks_per_s);
/** The same by the clocks of now. */
int64_t procinfo_started_ms(const struct procinfo *info);
/** Whether the process found is the one that started at start_ticks or, where that is unknown (0),
 * that lived at `lived_ms` (Unix time, with a clock tick's grace). */
bool procinfo_is_same(const struct procinfo *info, uint64_t start_ticks, int64_t lived_ms);

#endif
