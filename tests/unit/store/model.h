/* SPDX-License-Identifier: MIT */
/*
 * model.h - a process that makes random changes to a store in an object. It has families of every
 * kind, but few labels and owners, so that series and parts often begin and end.
 */
#ifndef STATGATE_TESTS_STORE_MODEL_H
#define STATGATE_TESTS_STORE_MODEL_H

#include "built.h"

enum {
    MODEL_OWNERS = 10,
    MODEL_FAMILIES = 14,
    MODEL_STARTED = 11 /* the first one that has series from the start */
};

extern const struct built_family model_families[MODEL_FAMILIES];

/* The process: its store, and the state of its random numbers. */
struct model {
    struct built b;
    uint64_t state;
    int32_t pids[MODEL_OWNERS];
    bool ends_started; /* also series that were there from the start end */
};

/* A model with an empty store. */
void model_init(struct model *model, uint64_t seed);
uint32_t model_roll(struct model *model, uint32_t sides);
/* Applies some samples, often to one series, without a commit. */
void model_step(struct model *model);
/* Lets time pass, so that some series may expire. */
void model_wait(struct model *model);
/* Ends one of the owners, whose number another process has from now on. Returns the owner, which
 * must still be released, or OWNER_NONE if it had nothing. */
owner_id model_end(struct model *model);

/* All that a view can see, and the processes, as text; to be freed. */
char *model_dump(const struct model *model, struct built *of);

#endif
