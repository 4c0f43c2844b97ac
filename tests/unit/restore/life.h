/* SPDX-License-Identifier: MIT */
/*
 * life.h - the tables of a daemon, from the store to the gate, in an object ("a life"); and the
 * next daemon, which takes over from an image of that object.
 */
#ifndef STATGATE_TESTS_TAKEOVER_LIFE_H
#define STATGATE_TESTS_TAKEOVER_LIFE_H

#include "fixture.h"
#include "object/object.h"
#include "region.h"
#include "store/store.h"

struct life {
    struct fixture fx; /* its catalogs and endpoints belong to the fixture given to life_open */
    struct region region;
    /* Set in a life that took over: */
    struct store_restored restored;
    uint64_t restarted[MATCH_REASON_COUNT];
};

/* The size in bytes of an object with all tables of a life. */
uint64_t life_bytes(const struct catalog_set *set);
/* Makes an empty life with the fixture's catalogs, at `place` (NULL: in a region of its own). */
void life_open(struct life *life, const struct fixture *from, const struct object_place *place,
               struct store_time now);
/* The same, but takes over what the image has. The position in the inbox continues, too. */
void life_take_over(struct life *life, const struct fixture *from, const struct image *image,
                    struct store_time now);
void life_close(struct life *life);

/* A life that takes over from another one which continues meanwhile. */
struct life_reload {
    const struct life *former;
    struct life *next;
    struct image image; /* of a live object */
    struct match *match;
    struct store_restoring *restoring;
};
/* Starts `next` as an empty life. */
void life_reload_begin(struct life_reload *reload, const struct life *former, struct life *next,
                       const struct fixture *from, struct store_time now);
/* Has `next` copy what is there by now. */
void life_reload_ahead(struct life_reload *reload);
/* Completes `next` after the former life has stopped. */
void life_reload_finish(struct life_reload *reload, struct store_time now);
/* Gives `next` up. */
void life_reload_cancel(struct life_reload *reload);

/* The visible state as text: the exposition, breakers, jobs, and the ledger's sums. To be freed. */
char *life_text(struct life *life);
/* The same with what depends on datagrams: rows of senders, reports, traffic. To be freed. */
char *life_full_text(struct life *life);

/* A step of a story. */
struct step {
    int64_t after_ms;         /* passes before the rest of the step */
    int32_t pid;              /* the process that sends, or ends */
    bool ends;                /* the process ends, and its parts are released */
    const char *forgets;      /* the family whose series are then forgotten; NULL: none */
    const char *value;        /* only series with this value of the first label; NULL: all */
    bool restarts;            /* a new process that has sent nothing has this number */
    const char *datagrams[4]; /* ended by NULL */
};

/* Makes the part of a step without datagrams: time passes, a process ends, series are forgotten.
 * Each call has this budget and is repeated until done; `called` (may be NULL) runs after each. */
void life_pass(struct life *life, const struct step *step, size_t budget, void (*called)(void *arg),
               void *arg);
/* Applies the step's datagrams as one batch, except those that another life has applied. */
void life_receive(struct life *life, const struct step *step);
/* Begins another batch. */
void life_begin_batch(struct life *life);

#endif
