/* SPDX-License-Identifier: MIT */
/* fdstore.c - the client of the descriptor store: what a manager or a supervisor keeps for the
 * daemon. */
#include "statgated/daemon.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

uint64_t fdstore_number(const char *name, const char *beginning) {
    const size_t len = strlen(beginning);
    if (strncmp(name, beginning, len) != 0)
        return 0;
    char *end;
    const unsigned long long number = strtoull(name + len, &end, 10);
    const bool good = end != name + len && (*end == '\0' || *end == '-') && number < UINT32_MAX;
    return good ? number : 0;
}

/* Append an item. */
static struct fdstore_item *append(struct fdstore *fdstore) {
    fdstore->items = memory_resize(fdstore->items, fdstore->count + 1, sizeof *fdstore->items);
    return &fdstore->items[fdstore->count++];
}

static struct fdstore_item *find(const struct fdstore *fdstore, int fd) {
    for (size_t i = 0; i < fdstore->count; i++)
        if (fdstore->items[i].fd == fd)
            return &fdstore->items[i];
    return NULL;
}

void fdstore_note_gone(struct fdstore *fdstore, const char *name) {
    for (size_t i = 0; i < fdstore->count; i++)
        if (strcmp(fdstore->items[i].name, name) == 0)
            fdstore->items[i].gone = true;
}

void fdstore_note_none_gone(struct fdstore *fdstore) {
    for (size_t i = 0; i < fdstore->count; i++)
        fdstore->items[i].gone = false;
}

bool fdstore_is_gone(const struct fdstore *fdstore, int fd) {
    const struct fdstore_item *item = find(fdstore, fd);
    return item != NULL && item->gone;
}

static void take_out(struct fdstore *fdstore, struct fdstore_item *item) {
    if (item->kept)
        host_notify_forget(item->name);
    *item = fdstore->items[--fdstore->count];
}

void fdstore_found(struct fdstore *fdstore, const char *name, const char *beginning, int fd) {
    const uint64_t number = fdstore_number(name, beginning);
    struct fdstore_item *item = append(fdstore);
    if (number > fdstore->last)
        fdstore->last = number;
    *item = (struct fdstore_item){.fd = fd, .kept = true};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
}

static void store(struct fdstore_item *item) {
    if (item->kept)
        return;
    item->kept = host_notify_keep(item->name, item->fd);
    if (!item->kept && host_notify_can_keep() != NOTIFY_NOBODY)
        log_rarely(
            LOG_LEVEL_ERROR, "keep",
            "the service manager cannot be told to keep %s, which ends with this process: %m",
            item->name);
}

void fdstore_add_named(struct fdstore *fdstore, const char *name, int fd) {
    if (find(fdstore, fd) != NULL)
        return;
    struct fdstore_item *item = append(fdstore);
    *item = (struct fdstore_item){.fd = fd};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
    if (fdstore->open)
        store(item);
}

void fdstore_add(struct fdstore *fdstore, const char *beginning, const char *detail, int fd) {
    char name[INHERITED_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%" PRIu64 "%s", beginning, ++fdstore->last, detail);
    fdstore_add_named(fdstore, name, fd);
}

void fdstore_store(struct fdstore *fdstore) {
    fdstore->open = true;
    for (size_t i = 0; i < fdstore->count; i++)
        store(&fdstore->items[i]);
}

void fdstore_tidy(struct fdstore *fdstore) {
    for (size_t i = fdstore->count; i > 0; i--)
        if (fdstore->items[i - 1].fd < 0)
            take_out(fdstore, &fdstore->items[i - 1]);
}

void fdstore_drop(struct fdstore *fdstore, int fd) {
    struct fdstore_item *item = find(fdstore, fd);
    if (item != NULL)
        take_out(fdstore, item);
}

void fdstore_end(struct fdstore *fdstore) {
    while (fdstore->count > 0)
        take_out(fdstore, &fdstore->items[fdstore->count - 1]);
}

void fdstore_end_but(struct fdstore *fdstore, int fd) {
    for (size_t i = fdstore->count; i > 0; i--)
        if (fdstore->items[i - 1].fd != fd)
            take_out(fdstore, &fdstore->items[i - 1]);
}

void fdstore_done(struct fdstore *fdstore) {
    free(fdstore->items);
    *fdstore = (struct fdstore){0};
}

/* ---- what a daemon finds at its start ---- */

static bool is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

struct fdstore_check fdstore_check_poll(const struct inherited *inherited, const char *path) {
    size_t objects = 0;
    size_t sockets = 0;
    size_t given = 0; /* from a socket unit, which binds the path itself */
    for (size_t i = 0; i < inherited->count; i++) {
        const char *name = inherited->sockets[i].name;
        if (text_begins(name, INHERITED_OBJECT))
            objects++;
        else if (text_begins(name, INHERITED_SOCKET) || text_begins(name, INHERITED_HTTP) ||
                 text_begins(name, INHERITED_INPUT))
            sockets++;
        else if (strcmp(name, INHERITED_SUPERVISOR) != 0 && !text_begins(name, INHERITED_LOCK))
            given++;
    }
    return (struct fdstore_check){.left = objects + sockets + given == 0 && is_socket(path),
                                  .only_sockets = objects == 0 && sockets > 0};
}

static void tell_past(const struct fdstore_check *fdstore_check) {
    if (fdstore_check->left)
        log_write(LOG_LEVEL_WARN, "keep",
                  "the previous process was killed, and the service manager kept nothing of it: "
                  "unless the manager itself was started again, set FileDescriptorStoreMax=512, or "
                  "leave out --no-supervisor");
    else if (fdstore_check->only_sockets)
        log_write(
            LOG_LEVEL_WARN, "keep",
            "the service manager kept sockets of the previous process, but not its values: set "
            "FileDescriptorStoreMax=512");
}

/* What values survive if no manager keeps them. */
static const char *reach(bool state_file) {
    return state_file ? "values survive a stop, in the state file, but no crash"
                      : "values end with this process";
}

void fdstore_check_report(const struct fdstore_check *fdstore_check, bool object, bool state_file,
                          bool handed) {
    switch (host_notify_can_keep()) {
    case NOTIFY_NOBODY:
        /* A process that has neither supervisor nor manager hands over only if its supervisor was
         * killed.
         */
        if (handed)
            log_write(
                LOG_LEVEL_WARN, "keep",
                "%s, as its supervisor was killed: start statgated again, which takes over with "
                "all values",
                reach(state_file));
        else
            log_write(LOG_LEVEL_LOG, "keep",
                      "%s, as no service manager stores descriptors: leave out --no-supervisor, or "
                      "run under systemd with FileDescriptorStoreMax=",
                      reach(state_file));
        break;
    case NOTIFY_NONE:
        log_write(
            LOG_LEVEL_WARN, "keep",
            "%s, as the service manager stores no descriptors: set FileDescriptorStoreMax=512",
            reach(state_file));
        break;
    case NOTIFY_UNKNOWN:
    case NOTIFY_KEEPS:
        if (object)
            tell_past(fdstore_check);
        break;
    }
}

bool fdstore_check_is_likely(void) {
    const enum notify_store store = host_notify_can_keep();
    return store == NOTIFY_KEEPS || store == NOTIFY_UNKNOWN;
}

/* ---- listening sockets that were kept ---- */

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

void fdstore_listeners_find(struct fdstore_listeners *kept, struct inherited *inherited,
                            const char *beginning) {
    char name[INHERITED_NAME_MAX];
    int fd;
    kept->beginning = beginning;
    kept->count = 0;
    while (kept->count < KEPT_LISTENERS_MAX &&
           (fd = host_inherited_take_kept(inherited, beginning, name)) >= 0) {
        const size_t i = kept->count++;
        kept->sockets[i] = (struct unix_listener){.fd = fd, .file = read_file(name, beginning)};
        kept->fds[i] = fd;
        (void)snprintf(kept->names[i], sizeof kept->names[i], "%s", name);
    }
}

void fdstore_listeners_settle(const struct fdstore_listeners *kept, struct fdstore *fdstore) {
    for (size_t i = 0; i < kept->count; i++) {
        const bool taken = kept->sockets[i].fd < 0;
        if (!taken)
            (void)close(kept->fds[i]);
        fdstore_found(fdstore, kept->names[i], kept->beginning, taken ? kept->fds[i] : -1);
    }
}

void fdstore_listeners_keep(struct fdstore *fdstore, const char *beginning,
                            const struct unix_listener *listener) {
    char detail[DETAIL_MAX];
    put_file(&listener->file, detail);
    fdstore_add(fdstore, beginning, detail, listener->fd);
}
