#include "statgated/given_up.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "breaker_page/breaker_page.h"
#include "host/path_lock.h"
#include "ingress/ingress.h"

/* Add a path with its lock. If memory is short, the lock is closed and the files stay. */
static void add(struct given_up *given_up, const char *path, struct unix_socket_file file,
                int lock) {
    struct given_up_path *items =
        realloc(given_up->items, (given_up->count + 1) * sizeof *given_up->items);
    char *own = strdup(path);
    if (items != NULL)
        given_up->items = items;
    if (items != NULL && own != NULL) {
        items[given_up->count++] = (struct given_up_path){own, file, lock};
        return;
    }
    free(own);
    if (lock >= 0)
        (void)close(lock);
}

static struct unix_socket_file file_at(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0
               ? (struct unix_socket_file){.device = status.st_dev, .inode = status.st_ino}
               : (struct unix_socket_file){0};
}

void given_up_by_locks(struct given_up *given_up, struct inherited *inherited, const int *fds,
                       size_t count) {
    char name[INHERITED_NAME_MAX];
    int lock;
    while ((lock = inherited_take_kept(inherited, INHERITED_LOCK, name)) >= 0) {
        const char *path = name + strlen(INHERITED_LOCK);
        struct unix_socket_file file = {0};
        for (size_t i = 0; i < count && file.inode == 0; i++)
            if (ingress_left_leads(path, fds[i]))
                file = file_at(path);
        add(given_up, path, file, lock);
    }
}

static void on_found(void *arg, const char *path) {
    add(arg, path, file_at(path), -1);
}

void given_up_by_sockets(struct given_up *given_up, const int *fds, size_t count) {
    ingress_left_find(fds, count, on_found, given_up);
}

static void remove_one(struct given_up_path *item) {
    const int lock = item->lock >= 0 ? item->lock : path_lock_take(item->path);
    item->lock = lock >= 0 ? lock : -1;
    if (lock == -EWOULDBLOCK)
        return;
    if (item->file.inode != 0 && unix_socket_in_place(item->path, &item->file))
        (void)unlink(item->path);
    breaker_page_remove(item->path);
    path_lock_release(item->path, item->lock);
    item->lock = -1;
}

void given_up_remove(struct given_up *given_up) {
    for (size_t i = 0; i < given_up->count; i++)
        remove_one(&given_up->items[i]);
    given_up_done(given_up);
}

void given_up_done(struct given_up *given_up) {
    for (size_t i = 0; i < given_up->count; i++) {
        if (given_up->items[i].lock >= 0)
            (void)close(given_up->items[i].lock);
        free(given_up->items[i].path);
    }
    free(given_up->items);
    *given_up = (struct given_up){0};
}
