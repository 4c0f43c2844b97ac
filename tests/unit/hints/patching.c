/* SPDX-License-Identifier: MIT */
#include "patching.h"

#include <stdlib.h>

#include "assertions.h"

static void open_with(struct fixture *fx, json_t *const *catalogs, size_t count) {
    char *texts[PATCHING_CATALOGS_MAX + 1] = {NULL};
    for (size_t i = 0; i < count; i++)
        texts[i] = json_dumps(catalogs[i], 0);
    fixture_init(fx, (const char *const *)texts);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void explain(struct fixture *fx, struct sg_span line, struct gate_trace *ret_trace) {
    gate_explain(fx->gate, line, &fx->origin, fx->now, ret_trace);
}

void patching_open(struct patching *patching) {
    open_with(&patching->fx, patching->catalogs, patching->catalog_count);
    patching->line_count = 0;
}

void patching_done(struct patching *patching) {
    fixture_done(&patching->fx);
    for (size_t i = 0; i < patching->catalog_count; i++)
        json_decref(patching->catalogs[i]);
    patching->catalog_count = 0;
}

void patching_send(struct patching *patching, struct sg_span line, struct gate_trace *ret_trace) {
    cr_assert(lt(sz, patching->line_count, PATCHING_LINES_MAX));
    explain(&patching->fx, line, ret_trace);
    patching->taken[patching->line_count] = ret_trace->verdict != VERDICT_REJECTED;
    patching->lines[patching->line_count++] = line;
}

void patching_try(const struct patching *patching, const char *patch, bool others,
                  struct gate_trace *ret_trace) {
    struct fixture fx;
    json_t *catalogs[PATCHING_CATALOGS_MAX];
    json_t *part = json_loads(patch, 0, NULL);
    size_t patched = 0;
    cr_assert(part != NULL, "%s", patch);
    for (size_t i = 0; i < patching->catalog_count; i++) {
        catalogs[i] = json_deep_copy(patching->catalogs[i]);
        if (json_equal(json_object_get(catalogs[i], "service"), json_object_get(part, "service"))) {
            (void)json_object_update_recursive(catalogs[i], part);
            patched++;
        }
    }
    cr_expect(eq(sz, patched, 1), "%s", patch);
    open_with(&fx, catalogs, patching->catalog_count);
    for (size_t i = 0; others && i + 1 < patching->line_count; i++)
        if (patching->taken[i])
            explain(&fx, patching->lines[i], ret_trace);
    explain(&fx, patching->lines[patching->line_count - 1], ret_trace);
    fixture_done(&fx);
    for (size_t i = 0; i < patching->catalog_count; i++)
        json_decref(catalogs[i]);
    json_decref(part);
}
