/* SPDX-License-Identifier: MIT */
/*
 * shared.h - counters to which all threads may add. They need GCC or clang, and a 64-bit machine.
 */
#ifndef STATGATE_CLIENT_SHARED_H
#define STATGATE_CLIENT_SHARED_H

#include "held.h"
#include "pairs.h"

#if STATGATE_HAS_SHARED
/* This and the next: if the handle is a flusher's, the caller holds its lock. */
static inline void statgate_shared_close_(struct statgate_shared_counter *counter,
                                          struct statgate *sg) {
    __atomic_store_n(&counter->here, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&counter->lost_here, NULL, __ATOMIC_RELAXED);
    statgate_gather_(sg);
    struct statgate_shared_counter **at = &sg->shared;
    while (*at != NULL && *at != counter) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = counter->next;
    }
    statgate_metric_close_(&counter->metric);
}

static inline bool statgate_shared_open_(struct statgate_shared_counter *counter,
                                         struct statgate *sg, const char *name,
                                         const char *labels) {
    if (sg->open && statgate_is_linked_(sg, &counter->metric)) {
        statgate_shared_close_(counter, sg);
    }
    bool good = statgate_metric_begin_(&counter->metric, sizeof *counter, sg, 'c', name, labels);
    if (counter->metric.lost_to != NULL) {
        counter->next = sg->shared;
        sg->shared = counter;
        __atomic_store_n(&counter->lost_here, sg->shared_here, __ATOMIC_RELEASE);
    }
    if (good) {
        __atomic_store_n(&counter->here, sg->shared_here, __ATOMIC_RELEASE);
    }
    return good;
}

/**
 * Open a counter to which any thread may add. The handle's thread sends what was added, when it
 * uses another metric of the handle or calls statgate_tick or statgate_flush; or a flusher sends it
 * (see statgate_flusher_start). Open the counter before threads use it, and close it when they no
 * longer do. While statgate_close closes the handle, no thread may add; during
 * statgate_flusher_stop they may. Each sending counts as one sample, however much was added.
 * Returns false if name or labels are refused, or the handle is closed: then each add is lost.
 */
static inline bool statgate_shared_counter_open(struct statgate_shared_counter *counter,
                                                struct statgate *sg, const char *name,
                                                const char *labels) {
    statgate_lock_(sg);
    bool good = statgate_shared_open_(counter, sg, name, labels);
    statgate_unlock_(sg);
    return good;
}

/** See statgate_shared_counter_open and statgate_count_with. */
static inline bool statgate_shared_counter_open_with(struct statgate_shared_counter *counter,
                                                     struct statgate *sg, const char *name,
                                                     const struct statgate_label *pairs,
                                                     size_t count) {
    statgate_lock_(sg); /* the label text is in the handle until it is copied */
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    bool good = statgate_shared_open_(counter, sg, name, labels);
    statgate_unlock_(sg);
    return good;
}

static inline void statgate_shared_counter_close(struct statgate_shared_counter *counter) {
    struct statgate *sg = counter->metric.lost_to; /* its list has refused counters, too */
    if (sg == NULL) {
        statgate_metric_close_(&counter->metric);
        return;
    }
    statgate_lock_(sg);
    statgate_shared_close_(counter, sg);
    statgate_unlock_(sg);
}

/* The number of this thread's stripe, from 1, given out in the order of first adds; 0: none yet. */
#ifdef __cplusplus
static thread_local uint32_t statgate_stripe_ __attribute__((unused));
#else
static _Thread_local uint32_t statgate_stripe_ __attribute__((unused));
#endif

STATGATE_APART_ void statgate_take_stripe_(void) {
    static uint32_t threads;
    statgate_stripe_ = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % STATGATE_STRIPES_ + 1;
}

/* The number of this process; 0 if there is no handle. Only a child of fork() reads the handle. */
static inline uint32_t statgate_process_of_(const struct statgate_shared_counter *counter,
                                            const volatile uint32_t *here) {
    uint32_t process = __atomic_load_n(here, __ATOMIC_ACQUIRE);
    if (process == 0) {
        struct statgate *sg = __atomic_load_n(&counter->metric.lost_to, __ATOMIC_RELAXED);
        process = sg != NULL ? statgate_number_process_(sg) : 0;
    }
    return process;
}

/* Notes that an add was refused; the handle's thread counts it as lost later. */
STATGATE_APART_ bool statgate_shared_refuse_(struct statgate_shared_counter *counter) {
    const volatile uint32_t *here = __atomic_load_n(&counter->lost_here, __ATOMIC_ACQUIRE);
    uint32_t process = here == NULL ? 0 : statgate_process_of_(counter, here);
    if (process != 0) {
        __atomic_fetch_add(&counter->refused[process % 2], 1, __ATOMIC_RELAXED);
    }
    return false;
}

/* Adds a fraction, or a number of more than 32 bits. */
STATGATE_APART_ bool statgate_shared_add_apart_(struct statgate_sum_ *sum, double n) {
    if (!statgate_is_finite_(n) || !(n >= 0)) {
        return false;
    }
    uint64_t before = __atomic_load_n(&sum->fraction, __ATOMIC_RELAXED);
    uint64_t after;
    do {
        double total;
        memcpy(&total, &before, sizeof total);
        if (!statgate_is_finite_(total + n)) {
            return false;
        }
        after = statgate_bits_(total + n);
    } while (!__atomic_compare_exchange_n(&sum->fraction, &before, after, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
}

/**
 * Add `n`, which must not be negative, from any thread. Returns false if it is lost: `n` is
 * negative or not finite, the sum would not be finite, or the counter was refused or is closed.
 * statgate_lost includes it after the handle's next flush, unless the counter has no open handle.
 */
static inline bool statgate_shared_counter_add(struct statgate_shared_counter *counter, double n) {
    const volatile uint32_t *here = __atomic_load_n(&counter->here, __ATOMIC_ACQUIRE);
    if (here == NULL) {
        return statgate_shared_refuse_(counter);
    }
    uint32_t process = statgate_process_of_(counter, here);
    if (process == 0) {
        return false;
    }
    if (statgate_stripe_ == 0) {
        statgate_take_stripe_();
    }
    struct statgate_sum_ *sum = &counter->stripes[statgate_stripe_ - 1].sums[process % 2];
    if (n >= 0 && n < 4294967296.0 && (double)(uint64_t)n == n) {
        __atomic_fetch_add(&sum->whole, (uint64_t)n, __ATOMIC_RELAXED);
        return true;
    }
    return statgate_shared_add_apart_(sum, n) || statgate_shared_refuse_(counter);
}
#endif

#endif
