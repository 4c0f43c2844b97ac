/* SPDX-License-Identifier: MIT */
#include "model_sets.h"

#include <stdio.h>
#include <string.h>

#include "assertions.h"

enum { SUBWINDOWS = 8, SHORT_MS = 2000, LONG_MS = 4000 };

static const char *const states[SETS_STATES] = {"busy", "idle", "off"};

static int64_t window_ms(const struct sets_variant *variant) {
    return variant->has_long ? LONG_MS : SHORT_MS;
}

void sets_put_catalog(struct strbuf *out, const struct sets_variant *variant) {
    strbuf_printf(out,
                  "\"e\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"e\":[\"busy\","
                  "\"idle\"%s],\"x\":[",
                  variant->has_off ? ",\"off\"" : "");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < variant->colour_count; i++)
            strbuf_printf(out, "%s\"%s\"", i > 0 ? "," : "", variant->colours[i]);
        if (round == 0)
            strbuf_printf(out,
                          "]}},\"w\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,1],"
                          "\"window_s\":%d,\"labels\":{\"x\":[",
                          (int)(window_ms(variant) / 1000));
    }
    strbuf_puts(out, "]}},");
}

void sets_put_states(struct strbuf *out, const struct sets_model *model,
                     const struct sets_variant *variant) {
    for (int i = 0; i < SETS_COLOURS; i++)
        if (model->has_state[i])
            strbuf_printf(out, "e{x=\"%s\"} %s\n", variant->colours[i],
                          model->state[i] < 0 ? "-" : states[model->state[i]]);
}

static void put_summary(struct strbuf *out, const struct sets_model *model, int colour,
                        int64_t turn, int64_t length_ms) {
    unsigned least = 0;
    unsigned most = 0;
    bool found = false;
    for (size_t i = 0; i < model->count[colour]; i++) {
        const struct sets_observation *seen = &model->seen[colour][i];
        if (turn - seen->mono_ms / length_ms >= SUBWINDOWS)
            continue;
        least = !found || seen->value < least ? seen->value : least;
        most = !found || seen->value > most ? seen->value : most;
        found = true;
    }
    strbuf_printf(out, " sum=%.17g count=%zu q=[", model->sum[colour], model->count[colour]);
    if (found)
        strbuf_printf(out, "%u %u", least, most);
    strbuf_puts(out, "]\n");
}

void sets_put_summaries(struct strbuf *out, const struct sets_model *model,
                        const struct sets_variant *variant, int64_t mono_ms) {
    const int64_t length_ms = window_ms(variant) / SUBWINDOWS;
    for (int i = 0; i < SETS_COLOURS; i++) {
        if (!model->has_summary[i])
            continue;
        strbuf_printf(out, "w{x=\"%s\"}", variant->colours[i]);
        put_summary(out, model, i, mono_ms / length_ms, length_ms);
    }
}

bool sets_observe(struct sets_model *model, const struct sets_variant *variant, int colour,
                  unsigned value, int64_t mono_ms, char line[64]) {
    (void)snprintf(line, 64, "w:%u|h|#x:%s", value, variant->colours[colour]);
    if (colour >= variant->colour_count)
        return false;
    cr_assert(lt(sz, model->count[colour], SETS_SEEN));
    model->has_summary[colour] = true;
    model->sum[colour] += value;
    model->seen[colour][model->count[colour]++] = (struct sets_observation){mono_ms, value};
    return true;
}

bool sets_enter(struct sets_model *model, const struct sets_variant *variant, int colour, int state,
                bool on, char line[64]) {
    (void)snprintf(line, 64, "e:%d|g|#e:%s,x:%s", on, states[state], variant->colours[colour]);
    if (colour >= variant->colour_count || (state == 2 && !variant->has_off))
        return false;
    if (!model->has_state[colour])
        model->state[colour] = -1;
    model->has_state[colour] = true;
    if (on)
        model->state[colour] = state;
    else if (model->state[colour] == state)
        model->state[colour] = -1;
    return true;
}

static void end_summary(struct sets_model *model, int colour) {
    model->has_summary[colour] = false;
    model->sum[colour] = 0;
    model->count[colour] = 0;
}

/* A state that is declared no more ends its series, another window all of them. */
void sets_change(struct sets_model *model, const struct sets_variant *before,
                 const struct sets_variant *after) {
    for (int i = 0; i < SETS_COLOURS; i++) {
        if (i >= after->colour_count || before->has_long != after->has_long)
            end_summary(model, i);
        if (i >= after->colour_count || (model->state[i] == 2 && !after->has_off))
            model->has_state[i] = false;
    }
}
