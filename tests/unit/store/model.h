/*
 * model.h - a process that makes random changes to a store in an object: families of every kind, few
 * labels and owners, so that much begins and ends.
 */
#ifndef STATGATE_TESTS_STORE_MODEL_H
#define STATGATE_TESTS_STORE_MODEL_H

#include "built.h"

enum {
    MODEL_OWNERS = 4,
    MODEL_FAMILIES = 14,
    MODEL_STARTED = 11 /* the first one that has series from the start */
};

extern const struct built_family model_families[MODEL_FAMILIES];

/* The process: its store, and the state of its dice. */
struct model {
    struct built b;
    uint64_t state;
    int32_t pids[MODEL_OWNERS];
    bool ends_started; /* also series that were there from the start end */
};

/* A model with an empty store. */
void model_init(struct model *model, uint64_t seed);
uint32_t model_roll(struct model *model, uint32_t sides);
/* Some samples, often for one series; not committed. */
void model_step(struct model *model);
/* Time passes: at times series end by it. */
void model_wait(struct model *model);
/* A process, which ends and is another from now on. Its owner is still to be released; OWNER_NONE: it had
 * nothing. */
owner_id model_end(struct model *model);

/* All that a view can see, and the processes, as text; to be freed. */
char *model_dump(const struct model *model, struct built *of);

#endif
