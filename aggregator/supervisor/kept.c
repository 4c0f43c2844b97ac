#include "supervisor/kept.h"

#include <string.h>
#include <unistd.h>

#include "supervisor/same_file.h"

bool kept_is_name(const char *name, size_t len) {
    if (len >= KEPT_NAME_BYTES)
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] < ' ' || name[i] > '~' || name[i] == ':')
            return false;
    return true;
}

static bool has_file(const struct kept_fds *kept, int fd) {
    for (size_t i = 0; i < kept->count; i++)
        if (same_file(kept->items[i].fd, fd))
            return true;
    return false;
}

enum kept_result kept_add(struct kept_fds *kept, int fd, const char *name, bool watched) {
    const size_t bytes = strlen(name) + 1; /* in the variable, a colon follows each name */
    if (has_file(kept, fd))
        return KEPT_DOUBLE;
    if (kept->count == KEPT_MAX || kept->names_bytes + bytes > KEPT_NAMES_BYTES_MAX)
        return KEPT_FULL;
    struct kept_item *item = &kept->items[kept->count++];
    item->fd = fd;
    item->watched = watched;
    memcpy(item->name, name, bytes);
    kept->names_bytes += bytes;
    return KEPT_TAKEN;
}

static void drop(struct kept_fds *kept, size_t index) {
    struct kept_item *item = &kept->items[index];
    (void)close(item->fd);
    kept->names_bytes -= strlen(item->name) + 1;
    kept->count--;
    memmove(item, item + 1, (kept->count - index) * sizeof *item);
}

size_t kept_remove(struct kept_fds *kept, const char *name) {
    const size_t before = kept->count;
    for (size_t i = kept->count; i-- > 0;)
        if (strcmp(kept->items[i].name, name) == 0)
            drop(kept, i);
    return before - kept->count;
}

void kept_fill_polls(const struct kept_fds *kept, struct pollfd *polls) {
    for (size_t i = 0; i < kept->count; i++)
        polls[i] = (struct pollfd){.fd = kept->items[i].watched ? kept->items[i].fd : -1};
}

size_t kept_drop_hung(struct kept_fds *kept, const struct pollfd *polls) {
    const size_t before = kept->count;
    for (size_t i = kept->count; i-- > 0;)
        if ((polls[i].revents & (POLLHUP | POLLERR)) != 0)
            drop(kept, i);
    return before - kept->count;
}

void kept_clear(struct kept_fds *kept) {
    while (kept->count > 0)
        drop(kept, kept->count - 1);
}
