/* pressure.c - see pressure.h. */
#include "ingress/pressure.h"

/* Count a batch of this process; without a place, one batch of each other process is forgotten. */
static void count(struct pressure *pressure, int32_t pid, uint32_t uid) {
    struct pressure_sender *place = NULL;
    for (size_t i = 0; i < PRESSURE_SENDERS; i++) {
        struct pressure_sender *sender = &pressure->senders[i];
        if (sender->count > 0 && sender->pid == pid && sender->uid == uid) {
            sender->count++;
            return;
        }
        if (sender->count == 0)
            place = sender;
    }
    if (place != NULL) {
        *place = (struct pressure_sender){.pid = pid, .uid = uid, .count = 1};
        return;
    }
    for (size_t i = 0; i < PRESSURE_SENDERS; i++)
        pressure->senders[i].count--;
}

static void count_batch(struct pressure *pressure, const struct pressure_run *run,
                        const struct pressure_batch *batch) {
    const bool full = run->datagrams >= batch->depth;
    const bool was_full = run->datagrams - batch->datagrams >= batch->depth;
    pressure->batches++;
    if (pressure->most < run->datagrams)
        pressure->most = full ? batch->depth : run->datagrams;
    if (!full)
        return;
    pressure->full += was_full ? 1 : run->batches;
    pressure->counted++;
    pressure->scope = batch->first->scope;
    count(pressure, batch->first->pid, batch->first->uid);
}

void pressure_received(struct pressure *pressure, struct pressure_run *run,
                       const struct pressure_batch *batch) {
    run->datagrams += batch->datagrams;
    run->batches++;
    if (batch->first != NULL && batch->depth > 0)
        count_batch(pressure, run, batch);
    if (batch->empty)
        *run = (struct pressure_run){0};
}

bool pressure_is_full(const struct pressure *pressure, uint64_t depth) {
    enum { BATCH = 64 /* datagrams, at most */, DEPTHS = 8 /* no single burst */ };
    return pressure->full * 2 >= pressure->batches && pressure->full * BATCH > DEPTHS * depth;
}

const struct pressure_sender *pressure_most(const struct pressure *pressure) {
    const struct pressure_sender *most = NULL;
    for (size_t i = 0; i < PRESSURE_SENDERS; i++) {
        const struct pressure_sender *sender = &pressure->senders[i];
        if (sender->count > 0 && (most == NULL || sender->count > most->count))
            most = sender;
    }
    return most;
}
