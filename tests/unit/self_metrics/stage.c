/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include "assertions.h"
#include <string.h>

#include "loader/loader.h"
#include "self_metrics/self_metrics.h"
#include "store/store.h"

const struct store_time stage_now = {.mono_ms = 5, .real_ms = 1700000000000};

void stage_open_with(struct stage *stage, const char *text, const char *first, const char *second) {
    struct error error = {0};
    struct error message = {0};
    catalog_set_init(&stage->set);
    struct catalog *shop = loader_text("shop.json", text, strlen(text), false, &error);
    cr_assert(shop, "%s", error.text);
    catalog_set_add(&stage->set, shop);
    const char *const handlers[] = {first, second};
    const size_t count = first == NULL ? 0 : second == NULL ? 1 : 2;
    cr_assert(self_metrics_add_catalogs(&stage->set, handlers, count, &message), "%s",
              message.text);
    cr_assert(catalog_set_finish(&stage->set, &message), "%s", message.text);
    stage->store = store_new(NULL, &stage->set, 1, stage_now);
    stage->ledger = ledger_new(NULL, &stage->set, 1);
    stage->breakers_jobs = breakers_jobs_new(NULL, &stage->set, stage->store, 1, stage_now);
    stage->gate = gate_new(NULL, &stage->set, stage->store, stage->ledger, stage->breakers_jobs, 1);
    stage->self = self_metrics_new(&stage->set, stage->store, stage->ledger, stage->breakers_jobs,
                                   stage->gate);
    cr_assert(stage->self != NULL);
}

void stage_open_of(struct stage *stage, const char *text) {
    stage_open_with(stage, text, NULL, NULL);
}

const char stage_shop[] = "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
                          "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}}}";

void stage_open(struct stage *stage) {
    stage_open_of(stage, stage_shop);
}

void stage_close(struct stage *stage) {
    self_metrics_free(stage->self);
    gate_free(stage->gate);
    breakers_jobs_free(stage->breakers_jobs);
    ledger_free(stage->ledger);
    store_free(stage->store);
    catalog_set_done(&stage->set);
}

void stage_send(struct stage *stage, const char *line) {
    const struct gate_datagram datagram = {
        .data = line, .len = strlen(line), .origin = {.pid = 1, .uid = 1, .gid = 1}};
    (void)gate_batch(stage->gate, &datagram, 1, SIZE_MAX, stage_now);
}

double stage_value_in(const struct stage *stage, const char *service, const char *name,
                      const char *first, const char *second) {
    const struct catalog *own = catalog_set_find(&stage->set, service, strlen(service));
    const struct catalog_family *family = catalog_family_find(own, name, strlen(name));
    cr_assert(family != NULL, "%s", name);
    const char *values[] = {first, second};
    uint32_t ids[2] = {0};
    for (uint32_t i = 0; i < 2 && i < family->label_count && values[i]; i++) {
        const int32_t id = catalog_label_find(&family->labels[i], values[i], strlen(values[i]));
        cr_assert(id >= 0);
        ids[i] = (uint32_t)id;
    }
    const struct series *series = store_find(stage->store, family, ids);
    return series ? series->value : -1;
}

double stage_value(const struct stage *stage, const char *name, const char *first,
                   const char *second) {
    return stage_value_in(stage, "statgate", name, first, second);
}
