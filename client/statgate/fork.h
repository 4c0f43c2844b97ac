/* SPDX-License-Identifier: MIT */
/*
 * fork.h - a handle's identity: its number on the wire, its process, its descriptor. In a child of
 * fork() all three start again.
 */
#ifndef STATGATE_CLIENT_FORK_H
#define STATGATE_CLIENT_FORK_H

#include "clock.h"
#include "handle.h"
#include "number.h"

#if STATGATE_HAS_SHARED
/* Drops what an earlier process of this number has left in the shared counters. */
static inline void statgate_clear_sums_(struct statgate *sg, uint32_t process) {
    for (struct statgate_shared_counter *c = sg->shared; c != NULL; c = c->next) {
        for (size_t i = 0; i < STATGATE_STRIPES_; i++) {
            struct statgate_sum_ *sum = &c->stripes[i].sums[process % 2];
            __atomic_store_n(&sum->whole, 0, __ATOMIC_RELAXED);
            __atomic_store_n(&sum->fraction, 0, __ATOMIC_RELAXED);
        }
        __atomic_store_n(&c->refused[process % 2], 0, __ATOMIC_RELAXED);
    }
}
#endif

/*
 * The number of this process among those that have a copy of the handle; each child gets another
 * one. Any thread may be the first to ask. Until there is a number, no thread adds to this
 * process's sums. The parent's sums are dropped, and no thread of this process ever adds to them.
 */
STATGATE_APART_ uint32_t statgate_number_process_(struct statgate *sg) {
#if STATGATE_HAS_SHARED
    uint32_t *here = (uint32_t *)(uintptr_t)sg->shared_here;
    const uint64_t own = (uint64_t)(uint32_t)(sg->mark != NULL ? 0 : getpid()) << 32;
    uint32_t before = __atomic_load_n(&sg->process, __ATOMIC_ACQUIRE);
    uint64_t numbered = __atomic_load_n(&sg->numbered, __ATOMIC_ACQUIRE);
    uint32_t now = sg->mark != NULL              ? __atomic_load_n(here, __ATOMIC_ACQUIRE)
                   : numbered >> 32 == own >> 32 ? (uint32_t)numbered
                                                 : 0;
    if (now != 0) {
        return now; /* else `before` is the parent's: `process` changes after the number */
    }
    statgate_clear_sums_(sg, before);
    now = before + 1 == 0 ? 2 : before + 1;
    uint32_t none = 0;
    /* If another thread was faster, it set the same number. */
    if (sg->mark != NULL ? __atomic_compare_exchange_n(here, &none, now, false, __ATOMIC_ACQ_REL,
                                                       __ATOMIC_ACQUIRE)
                         : __atomic_compare_exchange_n(&sg->numbered, &numbered, own | now, false,
                                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&sg->process, now, __ATOMIC_RELEASE);
    }
    return now;
#else
    return sg->process;
#endif
}

static inline void statgate_new_numbering_(struct statgate *sg) {
    static const char hex[] = "0123456789abcdef";
    uint64_t handle = statgate_random_(sg);
    memcpy(sg->report, "|q:", 3);
    for (size_t i = 0; i < 16; i++) {
        sg->report[3 + i] = hex[(handle >> (60 - 4 * i)) & 15u];
    }
    sg->report[19] = ',';
    sg->delivered = 0;
    sg->lost = 0;
    sg->merged = 0;
    sg->replaced = 0;
    sg->oldest = 0;
    sg->newest = 0;
    sg->free_line = 0;
    sg->fresh_line = 0;
    sg->free_block = 0;
    sg->fresh_block = 0;
    sg->blocks_left = STATGATE_BLOCKS_;
    memset(sg->buckets, 0, sizeof sg->buckets);
    sg->full = false;
    sg->pause_ns = 0;
    sg->held = NULL;
    sg->last_held = NULL;
    for (struct statgate_metric_ *m = sg->metrics; m != NULL; m = m->next) {
        m->calls = 0;
        m->sum = 0;
    }
    statgate_number_process_(sg);
}

#if defined(MADV_WIPEONFORK) && defined(MAP_ANONYMOUS)
#define STATGATE_MADVISE_(at, len, advice) madvise(at, len, advice)
#define STATGATE_WIPEONFORK_               MADV_WIPEONFORK
#define STATGATE_ANONYMOUS_                MAP_ANONYMOUS
#elif defined(__GNUC__) && defined(__linux__)
/* -std=c11 hides these: Linux's own numbers, and the function under a name that cannot clash. A
 * machine with other numbers refuses the mapping, and then there is no mark. */
#ifdef __cplusplus
extern "C"
#endif
    int
    statgate_madvise_(void *at, size_t len, int advice) __asm__("madvise");
#define STATGATE_MADVISE_(at, len, advice) statgate_madvise_(at, len, advice)
#define STATGATE_WIPEONFORK_               18
#if defined(__mips__) || defined(__xtensa__)
#define STATGATE_ANONYMOUS_ 0x800
#elif defined(__alpha__) || defined(__hppa__)
#define STATGATE_ANONYMOUS_ 0x10
#else
#define STATGATE_ANONYMOUS_ 0x20
#endif
#endif

/*
 * Maps a page that the kernel zeroes in every child (MADV_WIPEONFORK, Linux 4.14). A memory read of
 * one nanosecond then detects a fork, whereas getpid() is a system call and costs a sixth of the
 * send that it would guard. NULL if the kernel cannot do this: then each use calls getpid().
 */
static inline volatile uint32_t *statgate_fork_mark_(void) {
#ifdef STATGATE_WIPEONFORK_
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | STATGATE_ANONYMOUS_, -1, 0);
    if (at == MAP_FAILED) {
        return NULL;
    }
    /* Some emulators accept any advice and ignore it. Do not trust one that accepts nonsense. */
    if (STATGATE_MADVISE_(at, page, -1) == 0 ||
        STATGATE_MADVISE_(at, page, STATGATE_WIPEONFORK_) != 0) {
        munmap(at, page);
        return NULL;
    }
    volatile uint32_t *mark = (volatile uint32_t *)at;
    mark[0] = 1;
    mark[1] = 1; /* for shared counters */
    return mark;
#else
    return NULL;
#endif
}

/* Sets the words in which prepared metrics see a fork. Without a mark their uses compare the pid:
 * those of the handle's thread in statgate_turn_, others in statgate_number_process_. */
static inline void statgate_watch_fork_(struct statgate *sg) {
    sg->is_here = 1;
    sg->is_unknown = 0;
    sg->process = 1;
    sg->numbered = ((uint64_t)(uint32_t)sg->pid << 32) | 1u;
    sg->here = sg->mark != NULL ? sg->mark : &sg->is_here;
    sg->shared_here = sg->mark != NULL ? sg->mark + 1 : &sg->is_unknown;
}

/*
 * Whether `fd` is still the handle's socket. A program that closes descriptors which it did not
 * open may have reused the number for a file of its own.
 */
static inline bool statgate_owns_(const struct statgate *sg) {
    struct stat now;
    return sg->fd >= 0 && fstat(sg->fd, &now) == 0 && now.st_dev == sg->fd_dev &&
           now.st_ino == sg->fd_ino;
}

static inline void statgate_disconnect_(struct statgate *sg) {
    if (statgate_owns_(sg)) {
        close(sg->fd);
    }
    sg->fd = -1;
    sg->connected = false;
}

STATGATE_APART_ void statgate_begin_again_(struct statgate *sg) {
    int saved = errno;
    if (sg->mark != NULL) {
        *sg->mark = 1;
    }
    sg->pid = getpid();
    sg->lock = NULL; /* the flusher is not in this process */
    statgate_disconnect_(sg);
    statgate_new_numbering_(sg);
    errno = saved;
}

/* Whether the handle is open. In a child of fork(), resets an open handle first. */
static inline bool statgate_usable_(struct statgate *sg) {
    if (sg->mark != NULL ? *sg->mark != 0 : sg->pid == getpid()) {
        return true;
    }
    if (!sg->open) {
        return false;
    }
    statgate_begin_again_(sg);
    return true;
}

/* Locks a flusher's handle while another thread opens or closes a counter,
 * or names the service. In a child of fork() the handle has no
 * lock: a thread of the parent may have held it, and could never release it. */
static inline void statgate_lock_(struct statgate *sg) {
    (void)statgate_usable_(sg);
#if STATGATE_HAS_FLUSHER
    if (sg->lock != NULL) {
        pthread_mutex_lock((pthread_mutex_t *)sg->lock);
    }
#endif
}

static inline void statgate_unlock_(struct statgate *sg) {
#if STATGATE_HAS_FLUSHER
    if (sg->lock != NULL) {
        pthread_mutex_unlock((pthread_mutex_t *)sg->lock);
    }
#else
    (void)sg;
#endif
}

#endif
