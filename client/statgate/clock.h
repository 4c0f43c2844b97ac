/* SPDX-License-Identifier: MIT */
/*
 * clock.h - clocks and random numbers.
 */
#ifndef STATGATE_CLIENT_CLOCK_H
#define STATGATE_CLIENT_CLOCK_H

#include "base.h"

/* -std=c11 hides the POSIX clocks. The wall clock is good enough: a jump only ends a pause. */
static inline bool statgate_read_clock_(struct timespec *ret_now) {
#ifdef CLOCK_MONOTONIC
    return clock_gettime(CLOCK_MONOTONIC, ret_now) == 0;
#else
    return timespec_get(ret_now, TIME_UTC) != 0;
#endif
}

static inline uint64_t statgate_now_ns_(void) {
    struct timespec now;
    if (!statgate_read_clock_(&now)) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Milliseconds on the clock that STATGATE_PAGE_BEAT_ uses; 0 if it cannot be read.
 *
 * The coarse clock lags by a few milliseconds, costs a quarter of the other, and never needs a
 * system call. If -std=c11 hides the POSIX clocks, Unix time is compared with the beat in Unix
 * time. When that clock jumps forward, a running daemon looks dead until its next beat, for half a
 * second at most; when it jumps back, a dead daemon looks alive for up to three more seconds, once.
 */
static inline uint64_t statgate_beat_now_ms_(void) {
    struct timespec now;
#ifdef CLOCK_MONOTONIC_COARSE
    const bool coarse = clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0;
#else
    const bool coarse = false;
#endif
    if (!coarse && !statgate_read_clock_(&now)) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline uint64_t statgate_random_(const void *salt) {
    uint64_t value = 0;
#ifdef GRND_NONBLOCK
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) == (ssize_t)sizeof value) {
        return value;
    }
#endif
    /* No entropy yet, or an old libc. An id may be guessable, as long as it is unlikely to
     * repeat. */
    value = STATGATE_NOW_NS() ^ ((uint64_t)getpid() << 40) ^ (uint64_t)(uintptr_t)salt;
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

#endif
