/*
 * memory_room.h - how much memory can still be filled before the kernel kills a process for it.
 */
#ifndef STATGATE_HOST_MEMORY_ROOM_H
#define STATGATE_HOST_MEMORY_ROOM_H

#include <stdint.h>

/**
 * Bytes that the host and the control groups of this process (version 1 or 2) have left: what is free, what the
 * kernel can take back from files, and swap. Never less than there is, as far as they say; UINT64_MAX where they do not.
 * `root` is "", in tests a folder with /proc and /sys/fs/cgroup.
 */
uint64_t memory_room(const char *root);

#endif
