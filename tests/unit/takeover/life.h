/*
 * life.h - a daemon's inside, from the store to the gate, in an object; and the next one, which takes
 * over what is in an image of it.
 */
#ifndef STATGATE_TESTS_TAKEOVER_LIFE_H
#define STATGATE_TESTS_TAKEOVER_LIFE_H

#include "fixture.h"
#include "region.h"

struct life {
    struct fixture fx; /* catalogs and endpoints are of the fixture that it was made from */
    struct region region;
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

/* What the world sees: the exposition, breakers, jobs, and the books' sums. To be freed. */
char *life_text(struct life *life);
/* With what tells of datagrams rather than samples: rows of senders, reports, traffic. To be freed. */
char *life_full_text(struct life *life);

/* A step of a story. */
struct step {
    int64_t after_ms;         /* passes first; time alone does what it does */
    int32_t pid;              /* of the datagrams, or of who ends */
    bool ends;                /* the process ends, and what it had is released */
    const char *datagrams[4]; /* ended by NULL */
};

/* Time passes, a process ends; `budget` is of one call, which is repeated. After each call `called`
 * (may be NULL). */
void life_pass(struct life *life, const struct step *step, size_t budget, void (*called)(void *arg),
               void *arg);
/* The step's datagrams, as one batch; those which another life has applied are left out. */
void life_receive(struct life *life, const struct step *step);
/* Another batch begins. */
void life_begin_batch(struct life *life);

#endif
