/* SPDX-License-Identifier: MIT */
/*
 * sd_daemon.h - what the daemon and its supervisor use of libsystemd: sd_notify(3),
 * sd_listen_fds(3), sd_is_socket(3) and sd_watchdog_enabled(3). sd_daemon.c has it for builds
 * without the library: the protocol is documented there as stable, and the supervisor speaks it
 * with the daemon where there is no systemd.
 */
#ifndef STATGATE_HOST_SD_DAEMON_H
#define STATGATE_HOST_SD_DAEMON_H

#ifdef STATGATE_HAS_SYSTEMD
#include <systemd/sd-daemon.h> // IWYU pragma: export
#else
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SD_LISTEN_FDS_START = 3 };

/* All as their manual pages say, for pid 0 (this process); a negative errno is an error. Only
 * sd_listen_fds_with_names changes the environment, always. */
int sd_pid_notify_with_fds(pid_t pid, int unset_environment, const char *state, const int *fds,
                           unsigned n_fds);
int sd_notify(int unset_environment, const char *state);
int sd_notifyf(int unset_environment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int sd_listen_fds_with_names(int unset_environment, char ***ret_names);
int sd_is_socket_unix(int fd, int type, int listening, const char *path, size_t length);
int sd_watchdog_enabled(int unset_environment, uint64_t *ret_usec);
#endif

#endif
