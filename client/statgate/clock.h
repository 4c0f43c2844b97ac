/*
 * clock.h - clocks and random numbers.
 */
#ifndef STATGATE_CLIENT_CLOCK_H
#define STATGATE_CLIENT_CLOCK_H

#include "base.h"

static inline uint64_t statgate_now_ns_(void) {
    struct timespec now;
#ifdef CLOCK_MONOTONIC
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#else
    /* -std=c11 hides the POSIX clocks. The wall clock will do: a jump only ends a pause. */
    if (timespec_get(&now, TIME_UTC) == 0) {
        return 0;
    }
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Milliseconds on the clock that STATGATE_PAGE_BEAT_ uses; 0 if it cannot be read.
 *
 * The coarse clock lags a few milliseconds, costs a quarter as much, and never needs a system call.
 * If -std=c11 hides the POSIX clocks, Unix time is compared with the beat in Unix time. A forward
 * jump of that clock makes a running daemon look dead until its next beat, for half a second at
 * most; a backward jump makes a dead one look alive for up to three more seconds, once.
 */
static inline uint64_t statgate_beat_now_ms_(void) {
    struct timespec now;
#if defined(CLOCK_MONOTONIC_COARSE)
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0 &&
        clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#elif defined(CLOCK_MONOTONIC)
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
#else
    if (timespec_get(&now, TIME_UTC) == 0) {
        return 0;
    }
#endif
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline uint64_t statgate_random_(const void *salt) {
    uint64_t value = 0;
#ifdef GRND_NONBLOCK
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) == (ssize_t)sizeof value) {
        return value;
    }
#endif
    /* No entropy yet, or an old libc: an id must be unlikely to repeat, but may be guessable. */
    value = STATGATE_NOW_NS() ^ ((uint64_t)getpid() << 40) ^ (uint64_t)(uintptr_t)salt;
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

#endif
