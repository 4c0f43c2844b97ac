/*
 * kept.h - descriptors that are kept for the next daemon, each with a name: the FDSTORE of
 * sd_notify(3). Several may have one name, as in systemd.
 */
#ifndef STATGATE_SUPERVISOR_KEPT_H
#define STATGATE_SUPERVISOR_KEPT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    KEPT_MAX = 512,
    KEPT_NAME_BYTES = 256, /**< with the terminator */
    /** All names together: they go into one environment variable, which may have at most 128
     * KiB. */
    KEPT_NAMES_BYTES_MAX = 65536,
};

struct kept_item {
    int fd;
    bool watched; /**< dropped when nobody holds its other end any more */
    char name[KEPT_NAME_BYTES];
};

/** In order of arrival. Zeroed: none. */
struct kept_fds {
    struct kept_item items[KEPT_MAX];
    size_t count;
    size_t names_bytes;
};

enum kept_result {
    KEPT_TAKEN,
    KEPT_DOUBLE, /**< this open file is already kept, perhaps under another name */
    KEPT_FULL,
};

/** Whether the name is valid, as fdname_is_valid() of systemd decides: printable ASCII without a
 * colon, at most 255 bytes. */
bool kept_is_name(const char *name, size_t len);
/** Keep a descriptor. It belongs to `kept` only if KEPT_TAKEN is returned. `name` must be valid. */
enum kept_result kept_add(struct kept_fds *kept, int fd, const char *name, bool watched);
/** Close all descriptors with this name. Returns their number. */
size_t kept_remove(struct kept_fds *kept, const char *name);
/** Write an entry to poll for each item. `polls` has KEPT_MAX entries. */
void kept_fill_polls(const struct kept_fds *kept, struct pollfd *polls);
/** Close watched descriptors whose other end is gone, by the results of poll(2) for the same items.
 * Returns their number. */
size_t kept_drop_hung(struct kept_fds *kept, const struct pollfd *polls);
/** Close all. */
void kept_clear(struct kept_fds *kept);

#endif
