#include "postgres/waits.h"

#include "postgres/ready.h"

static bool waits_for(const struct postgres_wait *wait, const struct run *run) {
    const size_t query = (size_t)(run - run->postgres->runs);
    size_t low = 0;
    size_t high = wait->count;
    if (run->ticket > wait->ticket || wait->ticket <= run->excused)
        return false;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (wait->queries[middle] == query)
            return true;
        if (wait->queries[middle] < query)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void waits_answered(struct postgres *postgres, const struct run *run) {
    for (struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        if (wait->missing > 0 && waits_for(wait, run))
            wait->missing--;
    ready_kick(postgres);
}

/* One at a time from the front, because a callback may add or remove waiters. */
void waits_finish(struct postgres *postgres) {
    for (;;) {
        struct postgres_wait **link = &postgres->waits;
        while (*link != NULL && (*link)->missing > 0)
            link = &(*link)->next;
        struct postgres_wait *wait = *link;
        if (wait == NULL || postgres->closing)
            return;
        *link = wait->next;
        wait->done(wait->arg);
    }
}

void postgres_forget(struct postgres *postgres, struct postgres_wait *wait) {
    struct postgres_wait **link = &postgres->waits;
    while (*link != NULL && *link != wait)
        link = &(*link)->next;
    if (*link != NULL)
        *link = wait->next;
}

void waits_add(struct postgres *postgres, struct postgres_wait *wait, size_t missing) {
    wait->ticket = ++postgres->tickets;
    wait->missing = missing;
    wait->next = postgres->waits;
    postgres->waits = wait;
}
