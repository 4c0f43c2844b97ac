#include "ingress/figures.h"

void figures_count_wake(struct ingress_figures *figures, size_t datagrams) {
    size_t bucket = 0;
    while (ingress_per_wake_bound(bucket) < datagrams && bucket < INGRESS_PER_WAKE_BUCKETS - 1)
        bucket++;
    figures->per_wake[bucket]++;
    figures->wakes++;
    figures->datagrams += datagrams;
}

void figures_add(struct ingress_figures *sum, const struct ingress_figures *one) {
    sum->datagrams += one->datagrams;
    sum->wakes += one->wakes;
    sum->empty += one->empty;
    sum->ticks += one->ticks;
    sum->tick_turns += one->tick_turns;
    sum->errors += one->errors;
    if (one->last_error != 0)
        sum->last_error = one->last_error;
    for (size_t bucket = 0; bucket < INGRESS_PER_WAKE_BUCKETS; bucket++)
        sum->per_wake[bucket] += one->per_wake[bucket];
}
