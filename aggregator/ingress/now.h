/* now.h - the time as the store has it. */
#ifndef STATGATE_INGRESS_NOW_H
#define STATGATE_INGRESS_NOW_H

#include "host/clock.h"
#include "store/store.h"

static inline struct store_time ingress_now(void) {
    const struct clock_now clock = clock_now();
    return (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
}

#endif
