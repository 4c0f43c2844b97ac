/*
 * kept.h - descriptors that are kept for the next daemon, each with a name: the FDSTORE of
 * sd_notify(3). Several may have one name, as in systemd.
 */
#ifndef STATGATE_KEEPER_KEPT_H
#define STATGATE_KEEPER_KEPT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    KEPT_MAX = 512,
    KEPT_NAME_BYTES = 256, /**< with its end */
    /** All names together, since they go into one variable of the environment, which has 128 KiB
     * at most. */
    KEPT_NAMES_BYTES_MAX = 65536,
};

struct kept_item {
    int fd;
    bool watched; /**< dropped when nobody has its other end any more */
    char name[KEPT_NAME_BYTES];
};

/** In the order in which they came. Zeroed: none. */
struct kept_fds {
    struct kept_item items[KEPT_MAX];
    size_t count;
    size_t names_bytes;
};

enum kept_result {
    KEPT_TAKEN,
    KEPT_DOUBLE, /**< this open file is there, under whatever name */
    KEPT_FULL,
};

/** As fdname_is_valid() of systemd: printable ASCII without a colon, at most 255 bytes. */
bool kept_is_name(const char *name, size_t len);
/** `fd` is taken over when KEPT_TAKEN is returned. `name` has to be valid. */
enum kept_result kept_add(struct kept_fds *kept, int fd, const char *name, bool watched);
/** Close all of this name. Returns how many. */
size_t kept_remove(struct kept_fds *kept, const char *name);
/** An entry for each item, to poll. `polls` has KEPT_MAX. */
void kept_fill_polls(const struct kept_fds *kept, struct pollfd *polls);
/** Close those whose other end is gone, by what poll(2) said of the same items. Returns how many. */
size_t kept_drop_hung(struct kept_fds *kept, const struct pollfd *polls);
/** Close all. */
void kept_clear(struct kept_fds *kept);

#endif
