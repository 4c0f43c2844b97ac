/* SPDX-License-Identifier: MIT */
/*
 * life.h - open, flush, tick and close a handle, and count what was lost.
 */
#ifndef STATGATE_CLIENT_LIFE_H
#define STATGATE_CLIENT_LIFE_H

#include "held.h"

/* Handles of the program that were opened and not closed: their addresses. The memory of a handle
 * that was never opened must not be read, and one that went out of scope without a close must not
 * be trusted. */
#ifdef __GNUC__
#define STATGATE_WATCHED_ 64u
extern struct statgate *statgate_watched_[STATGATE_WATCHED_];
__attribute__((weak)) struct statgate *statgate_watched_[STATGATE_WATCHED_];

/* Replaces `from` by `to` in the list; false if it is not there. */
static inline bool statgate_watch_(struct statgate *from, struct statgate *to) {
    for (size_t i = 0; i < STATGATE_WATCHED_; i++) {
        struct statgate *is = from;
        if (__atomic_compare_exchange_n(&statgate_watched_[i], &is, to, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            return true;
        }
    }
    return false;
}
#else
static inline bool statgate_watch_(struct statgate *from, struct statgate *to) {
    (void)from;
    (void)to;
    return false;
}
#endif

/* Whether the handle is open already. */
STATGATE_APART_ bool statgate_is_open_(struct statgate *sg) {
    return statgate_watch_(sg, sg) && sg->self == sg && sg->self_too == sg && sg->open;
}

/* Sets the place of the socket. A relative path becomes absolute, since a program may change its
 * folder before a connect; one that is then too long for a socket stays as it is. */
static inline void statgate_set_path_(struct statgate *sg, const char *path) {
    size_t len = strlen(path);
    char folder[sizeof sg->path];
    sg->fixed = true;
    sg->path[0] = '\0';
    if (len >= sizeof sg->path || len == 0) {
        return;
    }
    size_t folder_len = 0;
    if (path[0] != '/' && getcwd(folder, sizeof folder) != NULL && folder[0] == '/' &&
        strlen(folder) + 1 + len < sizeof sg->path) {
        folder_len = strlen(folder);
        memcpy(sg->path, folder, folder_len);
        sg->path[folder_len++] = '/';
    }
    memcpy(sg->path + folder_len, path, len + 1);
}

/* Looks for the socket in the place that the caller or the environment names, and connects. */
static inline bool statgate_find_(struct statgate *sg, const char *path) {
    if (path == NULL) {
        path = getenv("STATGATE_SOCKET");
        path = path != NULL && *path == '\0' ? NULL : path;
    }
    sg->fixed = false;
    sg->path[0] = '\0';
    if (path != NULL) {
        statgate_set_path_(sg, path);
    } else if ((path = getenv("XDG_RUNTIME_DIR")) != NULL && *path == '/' &&
               strlen(path) + sizeof "/statgate.sock" <= sizeof sg->path) {
        snprintf(sg->path, sizeof sg->path, "%s/statgate.sock", path);
    }
    return statgate_connect_(sg);
}

static inline bool statgate_set_service_(struct statgate *sg, const char *name) {
    static const char key[] = "service:";
    size_t len = name == NULL ? 0 : strlen(name);
    if (len == 0) {
        sg->service_len = 0;
        return true;
    }
    if (len > sizeof sg->service - (sizeof key - 1) || *name == '.' || *name == '-' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != len) {
        return false;
    }
    char *at = statgate_append_(sg->service, key, sizeof key - 1);
    sg->service_len = (size_t)(statgate_append_(at, name, len) - sg->service);
    return true;
}

static inline bool statgate_open_(struct statgate *sg, const char *path, volatile uint32_t *mark) {
    int saved = errno;
    memset(sg, 0, offsetof(struct statgate, datagram));
    sg->fd = -1;
    sg->open = true;
    sg->pid = getpid();
    sg->mark = mark;
    statgate_watch_fork_(sg);
    sg->uses_step = 1;
    statgate_watch_beat_(sg);
    statgate_new_numbering_(sg);
    (void)statgate_set_service_(sg, getenv("STATGATE_SERVICE"));
    bool there = statgate_find_(sg, path);
    errno = saved;
    return there;
}

/**
 * Open a handle in the caller's memory; close it with statgate_close before that memory ends.
 * `path` is the daemon's socket. NULL means $STATGATE_SOCKET if that is set; otherwise each connect
 * takes the first of /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock and
 * /tmp/statgate-UID/statgate.sock that answers. The environment is read only here. Returns true if
 * a daemon was there, else STATGATE_NO_DAEMON_YET, which is not an error: the handle works all the
 * same and connects later. A path longer than 107 bytes never connects, since no socket can have
 * it. A relative path is taken from the current folder of this moment, if both together have at
 * most 107 bytes. A handle that is open already keeps its samples and metrics, and looks for a
 * daemon at the new path (of more than 64 open handles, some are not noticed and begin again).
 * If $STATGATE_SERVICE is set, statgate_service is called with it.
 */
#define STATGATE_NO_DAEMON_YET false
static inline bool statgate_open(struct statgate *sg, const char *path) {
    int saved = errno;
    bool there;
    if (statgate_is_open_(sg)) {
        statgate_usable_(sg);
        statgate_disconnect_(sg);
        statgate_page_drop_(sg);
        sg->place = 0;
        sg->pause_ns = 0;
        there = statgate_find_(sg, path);
    } else {
        there = statgate_open_(sg, path, statgate_fork_mark_());
        sg->self = sg;
        sg->self_too = sg;
        (void)(statgate_watch_(sg, sg) || statgate_watch_(NULL, sg));
    }
    errno = saved;
    return there;
}

/**
 * Put the label `service:NAME` on each line of this handle from now on, but on those that have such
 * a label. With it, the families of one of several services that declare the same ones are meant:
 * two programs with the same library, say. Call it before the first sample and before breakers are
 * opened: samples that wait or that metrics hold are sent with the name of that moment. NULL or ""
 * end it. Returns false, and leaves it as it was, if the daemon would take it for no name of a
 * service: 1 to 64 letters, digits, `_`, `.` or `-`, the first of them no dot or dash.
 */
static inline bool statgate_service(struct statgate *sg, const char *name) {
    statgate_lock_(sg);
    bool good = statgate_set_service_(sg, name);
    statgate_unlock_(sg);
    return good;
}

/**
 * For event loops: call this a few times a second, since an idle loop uses none of the handle's
 * metrics. Sends what the metrics have held for half a second, and the waiting samples.
 */
static inline void statgate_tick(struct statgate *sg) {
    if (sg->open) {
        statgate_turn_(sg);
    }
}

/**
 * Try now to send all samples that wait or that metrics hold, even during a pause, without
 * blocking. Returns true if none is left. A program about to exit may use statgate_flush_wait
 * instead. Waiting samples fill at most about fifty datagrams, each of which takes a few
 * microseconds to send.
 */
static inline bool statgate_flush(struct statgate *sg) {
    int saved = errno;
    bool done = !statgate_usable_(sg) || statgate_release_(sg, UINT64_MAX);
    errno = saved;
    return done;
}

/* Waits until the socket may have room, briefly: nothing signals that a daemon has started, so
 * without one each round looks for it. False if `max_ms` since `from_ns` are over. */
static inline bool statgate_await_(int fd, uint64_t from_ns, unsigned max_ms) {
    uint64_t passed_ns = STATGATE_NOW_NS() - from_ns;
    uint64_t most_ns = (uint64_t)max_ms * 1000000u;
    if (passed_ns >= most_ns) {
        return false;
    }
    struct pollfd ready = {fd, POLLOUT, 0};
    uint64_t left_ms = (most_ns - passed_ns + 999999u) / 1000000u;
    STATGATE_POLL(&ready, (int)(left_ms < STATGATE_WAIT_MS_ ? left_ms : STATGATE_WAIT_MS_));
    return true;
}

/**
 * Flush, and block for at most `max_ms` milliseconds until a busy daemon has taken all waiting
 * samples. Returns true if none is left. For callers that may block, for example before exit.
 */
static inline bool statgate_flush_wait(struct statgate *sg, unsigned max_ms) {
    int saved = errno;
    uint64_t from_ns = STATGATE_NOW_NS();
    bool done = statgate_flush(sg);
    while (!done && statgate_await_(sg->connected ? sg->fd : -1, from_ns, max_ms)) {
        done = statgate_flush(sg);
    }
    errno = saved;
    return done;
}

/* Closes everything but the fork mark, which threads may still read. Returns the mark, or NULL. */
static inline volatile uint32_t *statgate_close_(struct statgate *sg) {
    volatile uint32_t *mark = sg->mark;
    if (!statgate_usable_(sg)) {
        return NULL;
    }
    statgate_release_(sg, UINT64_MAX);
    statgate_part_(sg);
    statgate_disconnect_(sg);
    statgate_page_drop_(sg);
    while (sg->oldest != 0) {
        statgate_lose_oldest_(sg);
    }
    sg->mark = NULL;
    sg->pid = 0;
    sg->open = false;
    (void)statgate_watch_(sg, NULL);
    return mark;
}

/** Flush once, count the samples that still wait as lost, and release the handle. Closing twice is
 * harmless. */
static inline void statgate_close(struct statgate *sg) {
    int saved = errno;
    volatile uint32_t *mark = statgate_close_(sg);
    if (mark != NULL) {
        munmap((void *)(uintptr_t)mark, (size_t)sysconf(_SC_PAGESIZE));
    }
    errno = saved;
}

/**
 * The number of samples given to this handle since open (in a child: since fork) that were not and
 * will not be delivered. Merged samples count one by one; waiting samples are not included. Valid
 * after close, too.
 */
static inline uint64_t statgate_lost(const struct statgate *sg) {
    return sg->lost;
}

/**
 * The number of samples delivered as part of another sample's number: four for a sum of five
 * counts, four for a gauge that was set five times while it waited. Once nothing waits,
 * given = received by the daemon + lost + merged.
 */
static inline uint64_t statgate_merged(const struct statgate *sg) {
    return sg->merged;
}

/**
 * The number of label values, given as pairs, in which bytes were replaced by `_`: see
 * statgate_count_with. Their samples were not lost.
 */
static inline uint64_t statgate_replaced(const struct statgate *sg) {
    return sg->replaced;
}

#endif
