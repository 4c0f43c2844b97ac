/*
 * life.h - open, flush, tick and close a handle, and count what was lost.
 */
#ifndef STATGATE_CLIENT_LIFE_H
#define STATGATE_CLIENT_LIFE_H

#include "held.h"

static inline bool statgate_open_(struct statgate *sg, const char *path, volatile uint32_t *mark) {
    int saved = errno;
    memset(sg, 0, offsetof(struct statgate, datagram));
    sg->fd = -1;
    sg->open = true;
    sg->pid = getpid();
    sg->mark = mark;
    statgate_watch_fork_(sg);
    sg->uses_left = 1;
    sg->uses_step = 1;
    statgate_watch_beat_(sg);
    statgate_new_numbering_(sg);
    if (path == NULL) {
        path = getenv("STATGATE_SOCKET");
        path = path != NULL && *path == '\0' ? NULL : path;
    }
    if (path != NULL) {
        sg->fixed = true;
        if (strlen(path) < sizeof sg->path) {
            memcpy(sg->path, path, strlen(path));
        }
    } else if ((path = getenv("XDG_RUNTIME_DIR")) != NULL && *path == '/' &&
               strlen(path) + sizeof "/statgate.sock" <= sizeof sg->path) {
        snprintf(sg->path, sizeof sg->path, "%s/statgate.sock", path);
    }
    bool there = statgate_connect_(sg);
    errno = saved;
    return there;
}

/**
 * Open a handle in the caller's memory; close it with statgate_close. `path` is the daemon's
 * socket. NULL means $STATGATE_SOCKET if that is set; otherwise each connect takes the first of
 * /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock and /tmp/statgate-UID/statgate.sock
 * that answers. The environment is read only here. Returns true if a daemon was there, else
 * STATGATE_NO_DAEMON_YET, which is not an error: the handle works all the same and connects later.
 * A path longer than 107 bytes never connects, since no socket can have it.
 */
#define STATGATE_NO_DAEMON_YET false
static inline bool statgate_open(struct statgate *sg, const char *path) {
    int saved = errno;
    volatile uint32_t *mark = statgate_fork_mark_();
    errno = saved;
    return statgate_open_(sg, path, mark);
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

/**
 * Flush, and block for at most `max_ms` milliseconds until a busy daemon has taken all waiting
 * samples. Returns true if none is left. For callers that may block, for example before exit.
 */
static inline bool statgate_flush_wait(struct statgate *sg, unsigned max_ms) {
    int saved = errno;
    uint64_t from_ns = STATGATE_NOW_NS();
    bool done = statgate_flush(sg);
    uint64_t most_ns = (uint64_t)max_ms * 1000000u;
    for (;;) {
        uint64_t passed_ns = STATGATE_NOW_NS() - from_ns;
        if (done || passed_ns >= most_ns) {
            break;
        }
        /* Nothing signals that a daemon has started, so without one each round looks for it. */
        struct pollfd ready = {sg->connected ? sg->fd : -1, POLLOUT, 0};
        uint64_t left_ms = (most_ns - passed_ns + 999999u) / 1000000u;
        STATGATE_POLL(&ready, (int)(left_ms < STATGATE_WAIT_MS_ ? left_ms : STATGATE_WAIT_MS_));
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

#endif
