/*
 * path_watch.h - checks the sockets' paths four times a second, and binds a path again if its file
 * was removed or replaced.
 *
 *   in place ──removed, or replaced by what nobody receives on──▶ a new socket at the path
 *       ▲                                                          (the old one is read on)
 *       └───────◀── again after 250 ms, ◀────── not possible: another process receives there,
 *                   500 ms, ... 5 s             the folder is gone, ...
 *
 * A look is one lstat(2) for each socket. Opening a socket may wait for a namespace, so it is done
 * in a thread, one path at a time. It writes no log: hooks report.
 */
#ifndef STATGATE_INGRESS_PATH_WATCH_H
#define STATGATE_INGRESS_PATH_WATCH_H

#include <uv.h>

#include "base/memory.h"
#include "ingress/ingress.h"

enum {
    PATH_WATCH_MS = 250,           /**< between two looks, and before the first retry of a bind */
    PATH_WATCH_RETRY_MAX_MS = 5000 /**< the wait doubles with each retry, up to this */
};

/** What happens to a path; each may be NULL. */
struct path_watch_hooks {
    /** A new socket is in place. */
    void (*bound)(void *arg, const struct ingress_listener *listener);
    /** The path is no longer ours, and why; called once for each reason. */
    void (*lost)(void *arg, const char *why);
    /** After `lost`, the path is ours again without a new socket. */
    void (*found)(void *arg, const struct ingress_listener *listener);
    /** The clock for the waits between retries; NULL: the loop's. */
    uint64_t (*now_ms)(void *arg);
    void *arg;
};

struct path_watch;

/** The ingress is borrowed. Returns 0 or a negative errno. */
int path_watch_new(const struct memory *memory, uv_loop_t *loop, struct ingress *ingress,
                   const struct path_watch_hooks *hooks, struct path_watch **ret_watch);
/**
 * Watch the path of the socket at this index of the ingress, which was opened with these options;
 * their texts are borrowed. If the socket at the index is a former one, the path belongs to the
 * last socket before it that is not. An inherited socket gets a new one of our own beside it, which
 * is read as well. Returns 0 or a negative errno.
 */
int path_watch_add(struct path_watch *watch, size_t index,
                   const struct ingress_listen_options *options);

/** A sentence about a path that is not ours at the moment; NULL if all are. An inherited socket
 * that was never at its path does not count: it may have another name elsewhere. Borrowed until the
 * next turn of the loop. */
const char *path_watch_trouble(const struct path_watch *watch);
/** How often a path was bound again. */
uint64_t path_watch_rebinds(const struct path_watch *watch);

/** While it is held, no path is bound again: another process is taking the sockets over, and would
 * not know of one that is made now. An attempt under way ends first. NULL is fine. */
void path_watch_hold(struct path_watch *watch, bool hold);

/** Stop; the loop frees it in its next turns. NULL is fine. The ingress is not touched after
 * this. */
void path_watch_close(struct path_watch *watch);

#endif
