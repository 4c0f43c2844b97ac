/*
 * owner_watch_private.h - what the watch of owners is made of. Private to its files: owner_find.c
 * looks at processes, owner_line.c has owners whose process is gone until they end, owner_adopt.c
 * looks at owners that were taken over.
 */
#ifndef STATGATE_INGRESS_OWNER_WATCH_PRIVATE_H
#define STATGATE_INGRESS_OWNER_WATCH_PRIVATE_H

#include "ingress/owner_watch.h"

/* An owner as the watch knows it, by the owner's slot. */
struct life {
    owner_id id; /* OWNER_NONE: the place is free */
    int32_t pid;
    int pidfd;            /* -1: looked up by the sweep */
    uint32_t row;         /* in the ledger, where last seen */
    bool gone_before;     /* when it was first heard */
    bool unseen;          /* taken over and not looked at yet */
    bool ending;          /* in the line of those whose process is gone */
    uint64_t start_ticks; /* 0: unknown. If gone before: of whoever had the number, 0: nobody */
    uint64_t mark;        /* when it came into the line: its datagrams wait before that */
    struct life *earlier;
    struct life *later; /* in the line */
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
    uv_idle_t idle;   /* runs while somebody is in the line */
    uv_idle_t adopt;  /* runs while owners that were taken over are to be looked at */
    uint32_t adopt_next;
    struct owner_watch_adopted adopted;
    struct life *first;
    struct life *last;
    uint64_t passed;  /* the last mark before which all is applied */
    bool release_due; /* an owner was ended since the last call of the hook */
    uint32_t sweep_next;
    uint32_t sweep_left;  /* places of this second still to be passed */
    uint32_t sweep_looks; /* left for this second */
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
