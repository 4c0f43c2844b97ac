#include "statgate/explain/world.h"

bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now) {
    enum { SEED = 1 }; /* no attack is possible on tables that live for a few lines */
    *world = (struct explain_world){
        .set = set, .include = "all", .exclude = "none", .origin = *origin, .now = now};
    world->store = store_new(memory_heap(), NULL, set, SEED, now);
    world->ledger = ledger_new(memory_heap(), NULL, set, SEED);
    if (world->store != NULL && world->ledger != NULL)
        world->breakers_jobs = breakers_jobs_new(memory_heap(), NULL, set, world->store, SEED, now);
    if (world->breakers_jobs != NULL)
        world->gate = gate_new(memory_heap(), NULL, set, world->store, world->ledger,
                               world->breakers_jobs, SEED);
    if (world->gate != NULL)
        return true;
    explain_world_done(world);
    return false;
}

void explain_world_done(struct explain_world *world) {
    gate_free(world->gate);
    breakers_jobs_free(world->breakers_jobs);
    ledger_free(world->ledger);
    store_free(world->store);
    *world = (struct explain_world){.set = NULL};
}

void explain_line(struct explain_world *world, struct sg_span text, struct gate_trace *ret_trace) {
    world->now.real_ms += 1000; /* so that times show what a line changed */
    gate_explain(world->gate, text, &world->origin, world->now, ret_trace);
}

struct hints_world explain_world_hints(const struct explain_world *world) {
    return (struct hints_world){
        .set = world->set,
        .breakers_jobs = world->breakers_jobs,
        .endpoints = world->plan != NULL ? &world->plan->endpoints : NULL,
        .include = world->include,
        .exclude = world->exclude,
        .origin = &world->origin,
        .tried = true,
    };
}
