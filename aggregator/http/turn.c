/*
 * turn.c - the time of a loop turn, and who waits for the next.
 */
#include "http/server_private.h"

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

bool turn_allows(const struct turn *turn, const struct request *request, uint64_t cost_ns) {
    if (request != NULL && request == turn->favourite)
        return true;
    uint64_t spent = turn->spent_ns + cost_ns;
    if (turn->favourite != NULL)
        spent += COST_SLICE_NS;
    if (turn->begun_ns != 0)
        spent += uv_hrtime() - turn->begun_ns;
    return spent <= turn->budget_ns;
}

void turn_did(struct turn *turn, const struct request *request) {
    if (turn->favourite == request)
        turn->favourite = NULL;
}

void turn_push(struct turn *turn, struct request *request) {
    request->next = NULL;
    request->suspended = true;
    if (turn->last != NULL)
        turn->last->next = request;
    else
        turn->first = request;
    turn->last = request;
    turn->waiting++;
}

struct request *turn_pop(struct turn *turn) {
    struct request *request = turn->first;
    if (request != NULL)
        turn_remove(turn, request);
    return request;
}

void turn_remove(struct turn *turn, struct request *request) {
    struct request *before = NULL;
    if (turn->favourite == request)
        turn->favourite = NULL;
    if (!request->suspended)
        return;
    for (struct request *at = turn->first; at != NULL && at != request; at = at->next)
        before = at;
    if (before != NULL)
        before->next = request->next;
    else
        turn->first = request->next;
    if (turn->last == request)
        turn->last = before;
    request->next = NULL;
    request->suspended = false;
    turn->waiting--;
}
