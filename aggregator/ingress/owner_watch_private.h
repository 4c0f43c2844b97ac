/*
 * owner_watch_private.h - the structs of the watch of owners. Private to its files: owner_find.c
 * looks up processes, owner_line.c holds owners whose process is gone until they end, owner_adopt.c
 * looks at owners that were taken over.
 */
#ifndef STATGATE_INGRESS_OWNER_WATCH_PRIVATE_H
#define STATGATE_INGRESS_OWNER_WATCH_PRIVATE_H

#include "ingress/owner_watch.h"

/* The watch's record of an owner, at the index of the owner's slot. */
struct life {
    owner_id id; /* OWNER_NONE: the place is free */
    int32_t pid;
    int pidfd;            /* -1: looked up by the sweep */
    uint32_t row;         /* in the ledger, where it was last seen */
    bool gone_before;     /* when its first datagram was read */
    bool unseen;          /* taken over and not looked at yet */
    bool ending;          /* in the queue of owners whose process is gone */
    uint64_t start_ticks; /* 0: unknown. If gone_before: of the process that then had the number, 0:
                             none */
    uint64_t mark;        /* when it joined the queue: its datagrams precede this mark */
    struct life *earlier;
    struct life *later; /* in the queue */
};

struct owner_watch {
    const struct memory *memory;
    struct ledger *ledger;
    struct owners *owners;
    struct owner_watch_options options;
    struct life *lives;
    uint32_t count; /* places */
    int proc;
    int epoll;
    uv_poll_t poll;
    uv_timer_t timer; /* the sweep */
    uv_idle_t idle;   /* runs while the queue is not empty */
    uv_idle_t adopt;  /* runs while owners that were taken over remain to be looked at */
    uint32_t adopt_next;
    struct owner_watch_adopted adopted;
    struct life *first;
    struct life *last;
    uint64_t passed;  /* the last mark before which everything has been applied */
    bool release_due; /* an owner was ended since the last call of the hook */
    uint32_t sweep_next;
    uint32_t sweep_left;  /* places still to be passed in this second */
    uint32_t sweep_looks; /* look-ups left in this second */
    struct owner_watch_figures figures;
    size_t closing; /* handles still to be closed */
    void (*closed)(void *arg);
    void *closed_arg;
};

static inline struct life *life_of(const struct owner_watch *watch, owner_id id) {
    const uint32_t slot = owner_slot(id);
    struct life *life = id == OWNER_NONE || slot >= watch->count ? NULL : &watch->lives[slot];
    return life != NULL && life->id == id ? life : NULL;
}

static inline uint32_t life_row(const struct owner_watch *watch, const struct sender *sender) {
    return (uint32_t)ledger_sender_index(watch->ledger, sender);
}

#endif
