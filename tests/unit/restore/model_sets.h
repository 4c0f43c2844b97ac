/* SPDX-License-Identifier: MIT */
/*
 * model_sets.h - the plain model of a summary with a window and of a stateset, each with a label of
 * three colours.
 */
#ifndef STATGATE_TESTS_TAKEOVER_MODEL_SETS_H
#define STATGATE_TESTS_TAKEOVER_MODEL_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum { SETS_COLOURS = 3, SETS_STATES = 3, SETS_SEEN = 512 };

/* A variant of the catalog. */
struct sets_variant {
    const char *const *colours; /* all colours */
    int colour_count;           /* how many of them, from the first, are declared */
    bool has_long;              /* the window is long */
    bool has_off;               /* the third state is declared */
};

struct sets_observation {
    int64_t mono_ms;
    unsigned value;
};

struct sets_model {
    bool has_summary[SETS_COLOURS];
    double sum[SETS_COLOURS];
    size_t count[SETS_COLOURS];
    struct sets_observation seen[SETS_COLOURS][SETS_SEEN];
    bool has_state[SETS_COLOURS];
    int state[SETS_COLOURS]; /* -1: none */
};

/* Appends the families `e` and `w`, with a comma behind each. */
void sets_put_catalog(struct strbuf *out, const struct sets_variant *variant);
/* Appends the expected dump of the families `e` and `w` at this time. */
void sets_put_states(struct strbuf *out, const struct sets_model *model,
                     const struct sets_variant *variant);
void sets_put_summaries(struct strbuf *out, const struct sets_model *model,
                        const struct sets_variant *variant, int64_t mono_ms);
/* Appends a line with this colour, and applies it to the model. False if it is to be rejected. */
bool sets_observe(struct sets_model *model, const struct sets_variant *variant, int colour,
                  unsigned value, int64_t mono_ms, char line[64]);
bool sets_enter(struct sets_model *model, const struct sets_variant *variant, int colour, int state,
                bool on, char line[64]);
/* Changes the model to another variant of the catalog. */
void sets_change(struct sets_model *model, const struct sets_variant *before,
                 const struct sets_variant *after);

#endif
