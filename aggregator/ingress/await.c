#include "ingress/await.h"

#include "ingress/receive.h"

enum { TURNS_MAX = 2 /* do not wait longer for sockets that never become empty */ };

void await_add(struct ingress *ingress, struct ingress_wait *wait) {
    wait->turns = 0;
    wait->next = NULL;
    *ingress->awaiting_last = wait;
    ingress->awaiting_last = &wait->next;
}

void await_remove(struct ingress *ingress, struct ingress_wait *wait) {
    struct ingress_wait **at = &ingress->awaiting;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    if (wait->next == NULL)
        ingress->awaiting_last = at;
}

size_t await_serve(struct ingress *ingress) {
    bool empty;
    size_t over = 0;
    if (ingress->awaiting == NULL)
        return 0;
    (void)receive_all(ingress, uv_hrtime() + INGRESS_TURN_NS, &empty);
    for (struct ingress_wait *wait = ingress->awaiting; wait != NULL; wait = wait->next)
        over += ++wait->turns == TURNS_MAX || empty;
    return over;
}

void await_end(struct ingress *ingress, size_t count) {
    for (; count > 0 && ingress->awaiting != NULL; count--) {
        struct ingress_wait *wait = ingress->awaiting;
        await_remove(ingress, wait);
        wait->done(wait->arg);
    }
}
