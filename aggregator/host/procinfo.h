/* SPDX-License-Identifier: MIT */
/* procinfo.h - what the kernel says of a process: names, start time, control group. */
#ifndef STATGATE_HOST_PROCINFO_H
#define STATGATE_HOST_PROCINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "base/who.h"

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

/* ---- cgroup ----
 * reads from /proc/PID/cgroup where a process runs: its systemd unit or its container.
 */

/**
 * Parse the content of a cgroup file (cgroups(7)), of version 1, 2 or both. Results are like
 * "nginx.service", "session-3.scope", "docker:0123456789ab", and
 * "podman:0123456789ab/nginx.service" for a unit in a container. The innermost unit counts; a slice
 * counts only if there is no unit in it. Systemd's escapes are undone, bytes that are not printable
 * ASCII become `?`, and a text that is too long is cut. False if the file names neither a unit nor
 * a container; ret_unit is then untouched.
 */
bool host_cgroup_parse(const char *text, size_t len, char ret_unit[WHO_UNIT_MAX]);

/** Read the cgroup of a process. `root` is an open /proc. Takes about 10 µs. False, with ret_unit
 * untouched, if the process has no unit, is gone, or may not be inspected. */
bool host_cgroup_read(int root, int32_t pid, char ret_unit[WHO_UNIT_MAX]);

/* ---- own names: the names of this host, as people write them in addresses. ---- */

/**
 * Append the names of the host, separated by commas: `host` itself, its first part, and the names
 * in a file like /etc/hosts (`table`) that are `host` with a domain. Names that are empty, begin
 * with a dot or are not valid are left out. A table that cannot be read adds none. Nothing is
 * looked up over the network, so a domain that only a name server knows is missing.
 */
void host_own_names_put(struct strbuf *out, const char *host, const char *table);
/** Append the names of this host, from its own name and /etc/hosts. */
void host_own_names_read(struct strbuf *out);

#endif
