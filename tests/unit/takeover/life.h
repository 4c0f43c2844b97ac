/*
 * life.h - a daemon's inside, from the store to the gate, in an object; and the next one, which takes
 * over what is in an image of it.
 */
#ifndef STATGATE_TESTS_TAKEOVER_LIFE_H
#define STATGATE_TESTS_TAKEOVER_LIFE_H

#include "fixture.h"
#include "object/image.h"
#include "object/match.h"
#include "region.h"

struct life {
    struct fixture fx; /* catalogs and endpoints are of the fixture that it was made from */
    struct region region;
    /* Of one that took over: */
    struct store_restored restored;
    uint64_t restarted[MATCH_REASON_COUNT];
};

/* Bytes of an object for all that a life has in it. */
uint64_t life_bytes(const struct catalog_set *set);
/* An empty one of the fixture's catalogs, at `place` (NULL: in a region of its own). */
void life_open(struct life *life, const struct fixture *from, const struct object_place *place,
               struct store_time now);
/* The same, taking over what the image has. The position in the inbox goes on, too. */
void life_take_over(struct life *life, const struct fixture *from, const struct image *image,
                    struct store_time now);
void life_close(struct life *life);

/* A life that takes over from one which goes on meanwhile. */
struct life_reload {
    const struct life *former;
    struct life *next;
    struct image image; /* live */
    struct match *match;
    struct store_restoring *restoring;
};
/* `next` begins, empty. */
void life_reload_begin(struct life_reload *reload, const struct life *former, struct life *next,
                       const struct fixture *from, struct store_time now);
/* It copies what is there by now. */
void life_reload_ahead(struct life_reload *reload);
/* The former one has stopped: the next one has all that it had. */
void life_reload_finish(struct life_reload *reload, struct store_time now);
/* There will be no next one. */
void life_reload_cancel(struct life_reload *reload);

/* What the world sees: the exposition, breakers, jobs, and the books' sums. To be freed. */
char *life_text(struct life *life);
/* With what tells of datagrams rather than samples: rows of senders, reports, traffic. To be freed. */
char *life_full_text(struct life *life);

/* A step of a story. */
struct step {
    int64_t after_ms;         /* passes first; time alone does what it does */
    int32_t pid;              /* of the datagrams, or of who ends */
    bool ends;                /* the process ends, and what it had is released */
    const char *forgets;      /* a family, whose series are forgotten then; NULL: none */
    const char *value;        /* those that have this value of the first label; NULL: all */
    bool restarts;            /* its number is another process's, who has sent nothing yet */
    const char *datagrams[4]; /* ended by NULL */
};

/* Time passes, a process ends, series are forgotten; `budget` is of one call, which is repeated. After each call `called`
 * (may be NULL). */
void life_pass(struct life *life, const struct step *step, size_t budget, void (*called)(void *arg),
               void *arg);
/* The step's datagrams, as one batch; those which another life has applied are left out. */
void life_receive(struct life *life, const struct step *step);
/* Another batch begins. */
void life_begin_batch(struct life *life);

#endif
