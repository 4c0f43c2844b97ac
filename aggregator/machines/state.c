/* Attempts and jobs as one: making, time, figures. */
#include "machines/state.h"

#include <stdlib.h>
#include <string.h>

#include "machines/state_private.h"

struct state *state_new(const struct catalog_set *set, struct store *store, uint64_t seed,
                        struct store_time now) {
    struct state *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    state->set = set;
    state->store = store;
    state->seed = seed;
    state->mono_ms = now.mono_ms;
    if (!attempts_init(state, now) || !jobs_init(state, now)) {
        state_free(state);
        return NULL;
    }
    return state;
}

void state_free(struct state *state) {
    if (!state)
        return;
    attempts_done(&state->attempts);
    jobs_done(&state->jobs);
    free(state);
}

struct store_time state_clock(struct state *state, struct store_time now) {
    if (now.mono_ms < state->mono_ms)
        now.mono_ms = state->mono_ms;
    state->mono_ms = now.mono_ms;
    return now;
}

bool state_word_is(struct sg_span word, const char *text) {
    return strlen(text) == word.len && memcmp(word.at, text, word.len) == 0;
}

void state_publish(struct state *state, struct store_time now) {
    now = state_clock(state, now);
    state_advance(state, now);
    attempts_publish(state, now);
    jobs_publish(state, now);
}

uint64_t state_family_bytes(const struct catalog_family *family) {
    if (family->type == FAMILY_ATTEMPTS)
        return attempts_family_bytes(family);
    return family->type == FAMILY_JOBS ? jobs_family_bytes(family) : 0;
}

void state_figures(const struct state *state, struct state_figures *ret_figures) {
    *ret_figures = (struct state_figures){.breakers = state->attempts.breakers,
                                          .jobs = state->jobs.live.count,
                                          .jobs_full = state->jobs.full,
                                          .bytes = sizeof *state};
    for (size_t i = 0; i < state->set->family_count; i++)
        ret_figures->bytes += state_family_bytes(state->set->families[i]);
}
