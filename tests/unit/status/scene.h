/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a fixture whose status is collected.
 */
#ifndef STATGATE_TESTS_STATUS_SCENE_H
#define STATGATE_TESTS_STATUS_SCENE_H

#include "fixture.h"
#include "status/status.h"

struct scene {
    struct fixture fx;
    struct events *events;
    struct history *history; /* ticks only when a test says so */
    struct status_facts facts;
    void (*look)(void *arg, size_t row); /* as in a status_source */
    void *look_arg;
    struct status status; /* of the last look */
};

/* A catalog of something of everything. */
void scene_init(struct scene *scene);
void scene_done(struct scene *scene);
/* Collect, with steps of this budget. Returns how many there were. */
size_t scene_look(struct scene *scene, size_t budget);
/* The only problem that there is; fails the test when there is none, or another. */
const struct status_problem *scene_problem(struct scene *scene);
void scene_wait(struct scene *scene, int64_t ms);

#endif
