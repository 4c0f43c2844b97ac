/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "store/store.h"

enum { USERS = 6, STEPS = 6 };

static const double quantiles[] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 1};
static const double buckets[] = {1, 5};
static const double absent = 77;
static const char *const words[] = {"a", "b", NULL};

const struct built_family model_families[MODEL_FAMILIES] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = USERS, .words = words},
    {.name = "g", .kind = KIND_GAUGE, .users = USERS, .ttl_ms = 60000},
    {.name = "g_min", .kind = KIND_GAUGE, .merge = MERGE_MIN, .users = USERS, .absent = &absent},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = USERS, .ttl_ms = 70000},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = USERS, .buckets = buckets, .bucket_count = 2},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = USERS},
    {.name = "r",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = USERS,
     .quantiles = quantiles,
     .quantile_count = 7},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = USERS},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = USERS,
     .quantiles = quantiles,
     .quantile_count = 7,
     .window_ms = 8000},
    {.name = "st", .kind = KIND_STATESET, .users = USERS},
    {.name = "up", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = USERS},
    /* these exist from the start */
    {.name = "z_total", .kind = KIND_COUNTER, .words = words, .zeros = true},
    {.name = "zs",
     .kind = KIND_SUMMARY,
     .quantiles = quantiles,
     .quantile_count = 7,
     .window_ms = 8000},
    {.name = "zup", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM},
};

uint32_t model_roll(struct model *model, uint32_t sides) {
    return (uint32_t)(built_random(&model->state) >> 20) % sides;
}

static double random_value(struct model *model) {
    static const double some[] = {0, 0.1, 0.3, 1, 2.5, 1e6, 1e-6, 77};
    return some[model_roll(model, 8)];
}

/* The name of a user. Names differ in length, so that texts share cells in many ways. */
static size_t user_text(uint32_t u, char text[CATALOG_VALUE_MAX]) {
    const int len = (int)(1 + u * 3);
    return (size_t)snprintf(text, CATALOG_VALUE_MAX, "1%0*u", len, u);
}

static const struct series *find(struct model *model, const struct catalog_family *family,
                                 uint32_t users, bool *ret_made) {
    char text[CATALOG_VALUE_MAX];
    const size_t len = user_text(model_roll(model, users), text);
    const struct store_label labels[2] = {{.id = -1, .text = text, .len = len},
                                          {.id = (int32_t)model_roll(model, 2)}};
    const struct series *series = NULL;
    int label;
    const bool has_user = family->label_count > 0 && family->labels[0].kind == LABEL_PATTERN;
    const enum store_result result =
        store_obtain(model->b.store, family, has_user ? labels : labels + 1, model->b.now, &series,
                     &label, ret_made);
    return result == STORE_FOUND ? series : NULL;
}

/* Applies one sample as the gate would. */
static void sample(struct model *model, const struct catalog_family *family, uint32_t users) {
    const double value = family->kind->items == ITEMS_STATES || family->kind->is_description
                             ? 1
                             : random_value(model);
    bool made = false;
    const struct series *series = find(model, family, users, &made);
    bool taken;
    if (series == NULL)
        return;
    if (family_is_owned(family)) {
        const owner_id owner =
            owners_begin(model->b.owners, model->pids[model_roll(model, MODEL_OWNERS)]);
        const uint32_t item = family->kind->is_relayed ? model_roll(model, 6) : 0;
        const double number = item == RELAYED_COUNT ? 5 : value;
        taken = store_own(model->b.store, family, series, owner, item, number, model->b.now) ==
                OWN_TAKEN;
    } else {
        taken =
            store_number(model->b.store, family, series, value, model_roll(model, 3) == 0 ? 0.3 : 1,
                         model_roll(model, 2), model->b.now) == NUMBER_TAKEN;
    }
    const bool may_end = family->index < MODEL_STARTED || model->ends_started;
    if ((made && !taken) || store_is_vacant(family, series) ||
        (model_roll(model, 8) == 0 && !family_is_owned(family) && may_end))
        store_remove(model->b.store, series);
}

void model_step(struct model *model) {
    const struct catalog_family *focus = model->b.set.families[model_roll(model, MODEL_FAMILIES)];
    const uint32_t users = model_roll(model, 3) == 0 ? USERS : 1;
    const bool mixed = model_roll(model, 2) == 0;
    for (uint32_t i = 1 + model_roll(model, STEPS); i > 0; i--)
        sample(model, mixed ? model->b.set.families[model_roll(model, MODEL_FAMILIES)] : focus,
               users);
}

char *model_dump(const struct model *model, struct built *of) {
    struct strbuf text;
    char *series = built_dump(of);
    strbuf_init(&text);
    strbuf_puts(&text, series);
    for (int i = 0; i < MODEL_OWNERS; i++)
        strbuf_printf(&text, "%d is %u\n", model->pids[i], owners_find(of->owners, model->pids[i]));
    free(series);
    series = strdup(strbuf_cstr(&text));
    strbuf_done(&text);
    return series;
}

void model_init(struct model *model, uint64_t seed) {
    *model = (struct model){.state = seed};
    for (int i = 0; i < MODEL_OWNERS; i++)
        model->pids[i] = i + 1;
    built_init_object(&model->b, model_families, MODEL_FAMILIES);
}

void model_wait(struct model *model) {
    static const uint32_t most_ms[] = {2, 100, 100, 100, 1500, 1500, 60000};
    size_t budget = SIZE_MAX;
    model->b.now.mono_ms += 1 + model_roll(model, most_ms[model_roll(model, 7)]);
    model->b.now.real_ms += 1000;
    if (model_roll(model, 2) == 0)
        (void)store_expire(model->b.store, model->b.now, &budget);
    undo_commit(object_undo(model->b.object));
}

owner_id model_end(struct model *model) {
    const uint32_t who = model_roll(model, MODEL_OWNERS);
    const owner_id owner = owners_find(model->b.owners, model->pids[who]);
    model->pids[who] += MODEL_OWNERS;
    owners_end(model->b.owners, owner);
    return owner;
}
