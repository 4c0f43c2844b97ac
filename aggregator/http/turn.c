/*
 * turn.c - see turn.h.
 */
#include "http/turn.h"

#include <uv.h>

void turn_begin(struct turn *turn) {
    if (turn->spent_ns > turn->busiest_ns)
        turn->busiest_ns = turn->spent_ns;
    turn->spent_ns = 0;
    turn->favourite = NULL;
}

void turn_enter(struct turn *turn) {
    turn->begun_ns = uv_hrtime();
}

void turn_leave(struct turn *turn) {
    turn->spent_ns += uv_hrtime() - turn->begun_ns;
    turn->begun_ns = 0;
}

bool turn_allows(const struct turn *turn, const struct turn_waiter *waiter, uint64_t cost_ns) {
    if (waiter != NULL && waiter == turn->favourite)
        return true;
    uint64_t spent = turn->spent_ns + cost_ns;
    if (turn->favourite != NULL)
        spent += TURN_SLICE_NS;
    if (turn->begun_ns != 0)
        spent += uv_hrtime() - turn->begun_ns;
    return spent <= turn->budget_ns;
}

uint64_t turn_end_ns(const struct turn *turn) {
    return turn->begun_ns + turn->budget_ns -
           (turn->spent_ns < turn->budget_ns ? turn->spent_ns : turn->budget_ns);
}

void turn_did(struct turn *turn, const struct turn_waiter *waiter) {
    if (turn->favourite == waiter)
        turn->favourite = NULL;
}

void turn_push(struct turn *turn, struct turn_waiter *waiter) {
    waiter->next = NULL;
    waiter->queued = true;
    if (turn->last != NULL)
        turn->last->next = waiter;
    else
        turn->first = waiter;
    turn->last = waiter;
    turn->waiting++;
}

struct turn_waiter *turn_pop(struct turn *turn) {
    struct turn_waiter *waiter = turn->first;
    if (waiter != NULL)
        turn_remove(turn, waiter);
    return waiter;
}

void turn_remove(struct turn *turn, struct turn_waiter *waiter) {
    struct turn_waiter *before = NULL;
    if (turn->favourite == waiter)
        turn->favourite = NULL;
    if (!waiter->queued)
        return;
    for (struct turn_waiter *at = turn->first; at != NULL && at != waiter; at = at->next)
        before = at;
    if (before != NULL)
        before->next = waiter->next;
    else
        turn->first = waiter->next;
    if (turn->last == waiter)
        turn->last = before;
    waiter->next = NULL;
    waiter->queued = false;
    turn->waiting--;
}
