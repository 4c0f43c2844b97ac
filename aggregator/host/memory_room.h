/*
 * memory_room.h - how much more memory can be used before the kernel kills a process.
 */
#ifndef STATGATE_HOST_MEMORY_ROOM_H
#define STATGATE_HOST_MEMORY_ROOM_H

#include <stdint.h>

/**
 * Bytes of memory that the host and the control groups of this process (version 1 or 2) have left:
 * free memory, memory that the kernel can take back from files, and swap. Never underestimates what
 * these sources report; UINT64_MAX if they report nothing. `root` is "", or in tests a folder with
 * /proc and /sys/fs/cgroup.
 */
uint64_t memory_room(const char *root);

#endif
