/* SPDX-License-Identifier: MIT */
/*
 * flusher.h - a thread that sends shared counters. It needs -std=gnu11 (or _POSIX_C_SOURCE of
 * 200112L or more), GCC or clang, and a 64-bit machine; otherwise this file declares nothing.
 */
#ifndef STATGATE_CLIENT_FLUSHER_H
#define STATGATE_CLIENT_FLUSHER_H

#include "life.h"
#include "shared.h"

#if STATGATE_HAS_FLUSHER
/**
 * A thread with a handle of its own that sends shared counters four times a second. Zero the struct
 * before its first start. Open shared counters on `&flusher.sg`, in any thread; use that handle for
 * nothing else.
 *
 *     static struct statgate_flusher flusher;
 *     static struct statgate_shared_counter hits;
 *     statgate_flusher_start(&flusher, NULL);
 *     statgate_shared_counter_open(&hits, &flusher.sg, "cache_hits_total", "tier:memory");
 */
struct statgate_flusher {
    struct statgate sg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pid_t pid;               /* whose thread it is */
    volatile uint32_t *mark; /* the closed handle's: threads may still be about to read it */
    bool running;
    bool ending;
};

static inline void *statgate_flusher_run_(void *arg) {
    struct statgate_flusher *flusher = (struct statgate_flusher *)arg;
    pthread_mutex_lock(&flusher->lock);
    while (!flusher->ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 250000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&flusher->wake, &flusher->lock, &until);
        statgate_flush(&flusher->sg);
    }
    pthread_mutex_unlock(&flusher->lock);
    return NULL;
}

static inline bool statgate_flusher_make_lock_(struct statgate_flusher *flusher) {
    pthread_condattr_t clock;
    if (pthread_condattr_init(&clock) != 0) {
        return false;
    }
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&flusher->lock, NULL);
    pthread_cond_init(&flusher->wake, &clock);
    pthread_condattr_destroy(&clock);
    flusher->pid = getpid();
    flusher->sg.lock = &flusher->lock;
    return true;
}

static inline bool statgate_flusher_begin_(struct statgate_flusher *flusher) {
    sigset_t all;
    sigset_t before;
    /* A start that got no thread made the lock, which a thread opening a counter may hold. */
    if (flusher->sg.lock == NULL && !statgate_flusher_make_lock_(flusher)) {
        return false;
    }
    flusher->ending = false;
    sigfillset(&all); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    flusher->running = pthread_create(&flusher->thread, NULL, statgate_flusher_run_, flusher) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return flusher->running;
}

static inline void statgate_flusher_open_(struct statgate_flusher *flusher, const char *path) {
    volatile uint32_t *mark = flusher->mark;
    if (mark == NULL) {
        mark = statgate_fork_mark_();
    } else {
        mark[0] = 1;
        __atomic_store_n(&mark[1], 1, __ATOMIC_RELEASE);
    }
    flusher->mark = NULL;
    statgate_open_(&flusher->sg, path, mark);
}

/**
 * Start the flusher; `path` is as for statgate_open. Returns false if the thread could not be
 * created: what is added then waits until a later start succeeds. A child of fork() has no flusher
 * thread. It may start one for the same counters by calling this from one thread, before any other
 * thread opens or closes a counter. A second start in one process does nothing.
 */
static inline bool statgate_flusher_start(struct statgate_flusher *flusher, const char *path) {
    int saved = errno;
    bool good = flusher->running && flusher->pid == getpid();
    if (!good) {
        if (!statgate_usable_(&flusher->sg)) { /* resets a child's handle before it has a lock */
            statgate_flusher_open_(flusher, path);
        }
        good = statgate_flusher_begin_(flusher);
    }
    errno = saved;
    return good;
}

/**
 * End the thread, send once more, and close the handle. Its counters take nothing after that.
 * Threads may go on adding, but what they add during the stop may be lost. No other thread may open
 * or close counters during the stop. After a new start, open the counters again while no thread
 * uses them; the struct keeps one page of memory for a new start.
 */
static inline void statgate_flusher_stop(struct statgate_flusher *flusher) {
    int saved = errno;
    bool own = flusher->pid == getpid();
    if (flusher->running && own) {
        pthread_mutex_lock(&flusher->lock);
        flusher->ending = true;
        pthread_cond_signal(&flusher->wake);
        pthread_mutex_unlock(&flusher->lock);
        pthread_join(flusher->thread, NULL);
    }
    if (flusher->sg.lock != NULL && own) {
        pthread_cond_destroy(&flusher->wake);
        pthread_mutex_destroy(&flusher->lock);
    }
    flusher->running = false;
    flusher->sg.lock = NULL;
    volatile uint32_t *mark = statgate_close_(&flusher->sg);
    flusher->mark = mark != NULL ? mark : flusher->mark;
    errno = saved;
}
#endif

#endif
