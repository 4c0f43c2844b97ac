#include "statgated/kept_listeners.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DETAIL_MAX = 64 };

static struct unix_socket_file read_file(const char *name, const char *beginning) {
    uint64_t numbers[3] = {0}; /* of the name, the device and the inode */
    const char *at = name + strlen(beginning);
    for (size_t i = 0; i < 3; i++) {
        char *end;
        numbers[i] = strtoull(at, &end, 10);
        if (end == at || *end != (i < 2 ? '-' : '\0'))
            return (struct unix_socket_file){0};
        at = end + 1;
    }
    return (struct unix_socket_file){.device = (dev_t)numbers[1], .inode = (ino_t)numbers[2]};
}

static void put_file(const struct unix_socket_file *file, char ret_detail[DETAIL_MAX]) {
    *ret_detail = '\0';
    if (file->inode != 0)
        (void)snprintf(ret_detail, DETAIL_MAX, "-%" PRIu64 "-%" PRIu64, (uint64_t)file->device,
                       (uint64_t)file->inode);
}

void kept_listeners_find(struct kept_listeners *kept, struct inherited *inherited,
                         const char *beginning) {
    char name[INHERITED_NAME_MAX];
    int fd;
    kept->beginning = beginning;
    kept->count = 0;
    while (kept->count < KEPT_LISTENERS_MAX &&
           (fd = inherited_take_kept(inherited, beginning, name)) >= 0) {
        const size_t i = kept->count++;
        kept->sockets[i] = (struct unix_listener){.fd = fd, .file = read_file(name, beginning)};
        kept->fds[i] = fd;
        (void)snprintf(kept->names[i], sizeof kept->names[i], "%s", name);
    }
}

void kept_listeners_settle(const struct kept_listeners *kept, struct handover *handover) {
    for (size_t i = 0; i < kept->count; i++) {
        const bool taken = kept->sockets[i].fd < 0;
        if (!taken)
            (void)close(kept->fds[i]);
        handover_found(handover, kept->names[i], kept->beginning, taken ? kept->fds[i] : -1);
    }
}

void kept_listeners_keep(struct handover *handover, const char *beginning,
                         const struct unix_listener *listener) {
    char detail[DETAIL_MAX];
    put_file(&listener->file, detail);
    handover_add(handover, beginning, detail, listener->fd);
}
