/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <string.h>

#include "assertions.h"

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
    "\"orders_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"outcome\":[\"good\","
    "\"bad\"]}},"
    "\"visits_total\":{\"type\":\"counter\",\"help\":\"\","
    "\"labels\":{\"page\":{\"pattern\":\"slug\",\"max\":20}}},"
    "\"users_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"user\":{\"pattern\":"
    "\"slug\",\"max\":20,\"otherwise\":\"other\"}}},"
    "\"cut_total\":{\"type\":\"counter\",\"help\":\"\",\"max_series\":10,\"labels\":{\"user\":{"
    "\"pattern\":\"slug\",\"max\":50,\"otherwise\":\"other\"}}},"
    "\"all_total\":{\"type\":\"counter\",\"help\":\"\",\"zeros\":true,"
    "\"labels\":{\"n\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\"]"
    "}}},"
    "\"attempts\":{\"sync\":{\"labels\":{\"job\":[\"a\",\"b\"]},\"success\":[\"ok\"],"
    "\"failure\":[\"no\"],\"breaker\":{\"open_after\":2,\"cooldown_s\":30}},"
    "\"hourly\":{\"success\":[\"ok\"],\"failure\":[\"no\"],\"expected_s\":3600}},"
    "\"jobs\":{\"thumbs\":{\"max_live\":20,\"buckets\":[1,60]}}}",
    "{\"statgate\":1,\"service\":\"bank\",\"families\":{"
    "\"money\":{\"type\":\"gauge\",\"help\":\"\"}}}",
    NULL};

void scene_init(struct scene *scene) {
    memset(scene, 0, sizeof *scene);
    fixture_init(&scene->fx, catalogs);
    scene->events = events_new(NULL);
    scene->history = history_new(NULL, &scene->fx.set, scene->fx.ledger);
    scene->facts = (struct status_facts){
        .started_ms = scene->fx.now.real_ms, .samples_rate = -1, .rejected_rate = -1};
}

void scene_done(struct scene *scene) {
    events_free(scene->events);
    history_free(scene->history);
    fixture_done(&scene->fx);
}

size_t scene_look(struct scene *scene, size_t budget) {
    const struct status_source source = {.set = &scene->fx.set,
                                         .store = scene->fx.store,
                                         .ledger = scene->fx.ledger,
                                         .breakers_jobs = scene->fx.breakers_jobs,
                                         .events = scene->events,
                                         .history = scene->history,
                                         .facts = &scene->facts,
                                         .look = scene->look,
                                         .look_arg = scene->look_arg};
    memset(&scene->status, 0, sizeof scene->status);
    for (size_t steps = 1;; steps++) {
        size_t left = budget;
        if (status_collect(&scene->status, &source, scene->fx.now, &left))
            return steps;
        cr_assert(lt(sz, steps, 100000));
    }
}

const struct status_problem *scene_problem(struct scene *scene) {
    (void)scene_look(scene, SIZE_MAX);
    cr_assert(eq(sz, scene->status.problems.count, 1), "first: %s",
              scene->status.problems.items[0].text);
    return &scene->status.problems.items[0];
}

void scene_wait(struct scene *scene, int64_t ms) {
    scene->fx.now.mono_ms += ms;
    scene->fx.now.real_ms += ms;
}
