/*
 * memory_room.h - how much memory can be used before the kernel kills or refuses.
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

/**
 * The most memory that the host and the control groups of this process allow: the least limit of
 * the groups, and no more than the host has with its swap. UINT64_MAX if they report none. `root`
 * as above.
 */
uint64_t memory_room_limit(const char *root);

/** A limit of this process's own. */
struct memory_room_space {
    const char *setting; /**< "LimitAS=, ulimit -v"; static. NULL: there is no limit */
    uint64_t most;       /**< bytes */
    uint64_t left;       /**< bytes that can still be mapped */
};
/** The limit of address space (RLIMIT_AS) or of data (RLIMIT_DATA), whichever leaves less. */
struct memory_room_space memory_room_space(void);

#endif
