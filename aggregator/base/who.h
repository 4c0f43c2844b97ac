/* SPDX-License-Identifier: MIT */
/*
 * who.h - a process as people know it: its process id and user, its program, and where it runs.
 */
#ifndef STATGATE_BASE_WHO_H
#define STATGATE_BASE_WHO_H

#include <stdint.h>

/** User and group of who sends by UDP, where nobody is known; the program is then called "udp". No
 * user has this number ((uid_t)-1). */
#define WHO_BY_UDP UINT32_MAX

enum { WHO_COMM_MAX = 16, WHO_UNIT_MAX = 64 };

/** Texts are terminated, and empty where unknown. They may hold any bytes, as the process chose its
 * name. */
struct who {
    int32_t pid; /**< 0: in another pid namespace, or unknown */
    uint32_t uid;
    char comm[WHO_COMM_MAX];
    char unit[WHO_UNIT_MAX]; /**< its systemd unit or container */
};

#endif
