/*
 * cgroup.h - what /proc/PID/cgroup says of where a process runs: its unit of systemd, or its container.
 */
#ifndef STATGATE_HOST_CGROUP_H
#define STATGATE_HOST_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/who.h"

/**
 * The content of a cgroup file (cgroups(7)), of version 1, 2 or both: "nginx.service",
 * "session-3.scope", "docker:0123456789ab", and "podman:0123456789ab/nginx.service" for a unit in a
 * container. The innermost unit counts, a slice only where there is nothing in it. What systemd
 * escaped is unescaped; a byte that is not printable ASCII becomes `?`, and what is too long is cut.
 * False: it names neither; ret_unit is untouched then.
 */
bool cgroup_parse(const char *text, size_t len, char ret_unit[WHO_UNIT_MAX]);

/** Look a process up below `root`, an open /proc. About 10 µs. False, with ret_unit untouched: it has no unit, is
 * gone, or may not be looked at. */
bool cgroup_read(int root, int32_t pid, char ret_unit[WHO_UNIT_MAX]);

#endif
