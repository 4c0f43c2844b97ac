/*
 * cgroup.h - reads from /proc/PID/cgroup where a process runs: its systemd unit or its container.
 */
#ifndef STATGATE_HOST_CGROUP_H
#define STATGATE_HOST_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/who.h"

/**
 * Parse the content of a cgroup file (cgroups(7)), of version 1, 2 or both. Results are like
 * "nginx.service", "session-3.scope", "docker:0123456789ab", and
 * "podman:0123456789ab/nginx.service" for a unit in a container. The innermost unit counts; a slice
 * counts only if there is no unit in it. Systemd's escapes are undone, bytes that are not printable
 * ASCII become `?`, and a text that is too long is cut. False if the file names neither a unit nor
 * a container; ret_unit is then untouched.
 */
bool cgroup_parse(const char *text, size_t len, char ret_unit[WHO_UNIT_MAX]);

/** Read the cgroup of a process. `root` is an open /proc. Takes about 10 µs. False, with ret_unit
 * untouched, if the process has no unit, is gone, or may not be inspected. */
bool cgroup_read(int root, int32_t pid, char ret_unit[WHO_UNIT_MAX]);

#endif
