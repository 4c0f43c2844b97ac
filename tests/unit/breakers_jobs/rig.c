/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include "assertions.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"
#include "store/store.h"

static struct object *make_object(struct rig *rig) {
    rig->region = malloc(sizeof *rig->region);
    cr_assert(rig->region != NULL);
    region_init(rig->region, object_bytes(&rig->set) + store_object_bytes(&rig->set) +
                                 breakers_jobs_object_bytes(&rig->set));
    return object_new(&rig->region->place, &rig->set, region_boot);
}

bool rig_start(struct rig *rig) {
    rig->breakers_jobs = NULL;
    rig->object = make_object(rig);
    cr_assert(rig->object != NULL);
    rig->store = store_new(rig->object, &rig->set, rig->seed, rig->now);
    if (rig->store != NULL)
        rig->breakers_jobs =
            breakers_jobs_new(rig->object, &rig->set, rig->store, rig->seed, rig->now);
    if (rig->breakers_jobs == NULL)
        rig_stop(rig);
    return rig->breakers_jobs != NULL;
}

void rig_stop(struct rig *rig) {
    breakers_jobs_free(rig->breakers_jobs);
    store_free(rig->store);
    object_free(rig->object);
    region_done(rig->region);
    free(rig->region);
}

void rig_leave(const struct rig *rig, struct image *ret_image) {
    struct error error;
    unsigned char *copy = region_copy(rig->region);
    cr_assert(image_open(ret_image, copy, rig->region->place.size, region_boot, &error), "%s",
              error.text);
}

void rig_drop(const struct rig *rig, const struct image *image) {
    region_drop(rig->region, image->bytes);
}

void rig_commit(struct rig *rig) {
    undo_commit(object_undo(rig->object));
}

void rig_take_over(struct rig *next, const char *keys, const struct image *image,
                   struct store_time now) {
    struct error error;
    struct store_restored restored;
    rig_load(next, keys);
    next->now = now;
    next->seed = (uint64_t)now.mono_ms * 77;
    cr_assert(rig_start(next));
    struct match *match = object_match_new(image, &next->set, &error);
    cr_assert(match != NULL, "%s", error.text);
    store_restore(next->store, image, match, now, &restored);
    breakers_jobs_restore(next->breakers_jobs, image, match, now);
    object_match_free(match);
}

void rig_load(struct rig *rig, const char *keys) {
    memset(rig, 0, sizeof *rig);
    rig->said.exit = SG_EXIT_UNSAID;
    catalog_set_init(&rig->set);
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "{\"statgate\":1,\"service\":\"test\",%s}", keys);
    struct error error = {0};
    const char *json = strbuf_cstr(&text);
    struct catalog *catalog = loader_text("test.json", json, strlen(json), false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    strbuf_done(&text);
    catalog_set_add(&rig->set, catalog);
    struct error why = {0};
    cr_assert(catalog_set_finish(&rig->set, &why), "%s", why.text);
    rig->seed = 42;
    rig->now = (struct store_time){.mono_ms = 5000, .real_ms = 1700000000000};
}

void rig_open(struct rig *rig, const char *keys) {
    rig_load(rig, keys);
    cr_assert(rig_start(rig));
}

void rig_restart(struct rig *rig) {
    rig_stop(rig);
    rig->seed++;
    cr_assert(rig_start(rig));
}

void rig_close(struct rig *rig) {
    rig_stop(rig);
    catalog_set_done(&rig->set);
}

void rig_wait(struct rig *rig, int64_t ms) {
    rig->now.mono_ms += ms;
    rig->now.real_ms += ms;
}

/* ---- finding ---- */

const struct catalog_family *rig_family(const struct rig *rig, const char *name) {
    for (size_t i = 0; i < rig->set.family_count; i++)
        if (strcmp(rig->set.families[i]->name, name) == 0)
            return rig->set.families[i];
    cr_assert_fail("no family %s", name);
    return NULL;
}

static const struct series *find(const struct rig *rig, const char *name, const char *values) {
    const struct catalog_family *family = rig_family(rig, name);
    uint32_t ids[CATALOG_LABELS_MAX];
    for (uint32_t i = 0; i < family->label_count; i++) {
        const size_t len = strcspn(values, ",");
        const int32_t id = catalog_label_find(&family->labels[i], values, len);
        cr_assert(id >= 0, "%s has no value %s", family->labels[i].name, values);
        ids[i] = (uint32_t)id;
        values += len + (values[len] == ',');
    }
    return store_find(rig->store, family, ids);
}

const struct series *rig_machine(const struct rig *rig, const char *name, const char *values) {
    const struct series *series = find(rig, name, values);
    cr_assert(series != NULL);
    return series;
}

double rig_value(const struct rig *rig, const char *name, const char *values) {
    const struct series *series = find(rig, name, values);
    return series ? series->value : NAN;
}

struct breakers_entry rig_breaker(const struct rig *rig, const struct series *machine) {
    struct breakers_entry breaker = {0};
    for (size_t i = 0; i < breakers_count(rig->breakers_jobs); i++) {
        breakers_at(rig->breakers_jobs, i, &breaker);
        if (breaker.series == machine)
            return breaker;
    }
    cr_assert_fail("no such breaker");
    return breaker;
}

/* ---- events ---- */

struct sg_span rig_span(const char *text) {
    return (struct sg_span){.at = text, .len = text ? strlen(text) : 0};
}

struct who rig_who(int32_t pid) {
    struct who who = {.pid = pid, .uid = 1000};
    (void)snprintf(who.comm, sizeof who.comm, "worker%d", pid);
    (void)snprintf(who.unit, sizeof who.unit, "w%d.service", pid);
    return who;
}

enum breakers_jobs_result rig_attempt(struct rig *rig, const struct series *machine,
                                      const char *word, int32_t pid) {
    const struct who who = rig_who(pid);
    const struct sg_attempt said = {.seconds = -1};
    return breakers_attempt(rig->breakers_jobs, machine, rig_span(word), &said, &who, rig->now);
}

enum breakers_jobs_result rig_report(struct rig *rig, const struct series *machine,
                                     const char *word, int32_t pid) {
    const struct who who = rig_who(pid);
    return breakers_report(rig->breakers_jobs, machine, rig_span(word), &who, rig->now);
}

enum breakers_jobs_result rig_job(struct rig *rig, const struct series *machine, const char *word,
                                  const char *id, int32_t pid) {
    const owner_id owner = pid > 0 ? owners_begin(store_owners(rig->store), pid) : OWNER_NONE;
    enum job_event event;
    if (!job_event_find(rig_span(word), &event))
        return BREAKERS_JOBS_BAD_WORD;
    const struct who who = rig_who(pid);
    return jobs_event(rig->breakers_jobs, machine, event, rig_span(id), &rig->said, owner, &who,
                      rig->now);
}

void rig_end(struct rig *rig, int32_t pid) {
    struct owners *owners = store_owners(rig->store);
    const owner_id owner = owners_find(owners, pid);
    owners_end(owners, owner);
    size_t budget = SIZE_MAX;
    cr_assert(breakers_jobs_disown(rig->breakers_jobs, owner, rig->now, &budget));
    cr_assert(store_disown(rig->store, owner, &budget));
    owners_release(owners, owner);
}

/* ---- text ---- */

static void dump_series(const struct rig *rig, struct strbuf *out,
                        const struct catalog_family *family, const struct series *series) {
    strbuf_puts(out, family->name);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value =
            store_label_value(rig->store, family, i, series_ids(family, series)[i]);
        strbuf_printf(out, "%s%s=\"%s\"", i == 0 ? "{" : ",", family->labels[i].name, value.text);
    }
    if (family->label_count > 0)
        strbuf_putc(out, '}');
    if (family->kind->items == ITEMS_BUCKETS) {
        strbuf_printf(out, " sum=%.17g buckets=[", series->value);
        for (uint32_t i = 0; i <= family->bucket_count; i++)
            strbuf_printf(out, "%s%llu", i == 0 ? "" : " ",
                          (unsigned long long)series_buckets(series)[i]);
        strbuf_puts(out, "]\n");
    } else {
        strbuf_printf(out, " %.17g\n", series->value);
    }
}

void rig_dump(struct rig *rig, struct strbuf *out) {
    for (size_t i = 0; i < rig->set.family_count; i++) {
        const struct catalog_family *family = rig->set.families[i];
        if (!family_has_lines(family))
            continue;
        size_t budget = SIZE_MAX;
        cr_assert(store_settle(rig->store, family, &budget));
        struct store_cursor cursor;
        store_cursor_open(rig->store, &cursor, family);
        const struct series *series;
        while ((series = store_cursor_next(rig->store, &cursor, rig->now)))
            dump_series(rig, out, family, series);
        store_cursor_close(rig->store, &cursor);
    }
}

/* Copies the first line in which the texts differ into two buffers. */
static void find_difference(const char *a, const char *b, char *ret_a, char *ret_b, size_t size) {
    for (;;) {
        const size_t a_len = strcspn(a, "\n");
        const size_t b_len = strcspn(b, "\n");
        (void)snprintf(ret_a, size, "%.*s", (int)a_len, a);
        (void)snprintf(ret_b, size, "%.*s", (int)b_len, b);
        if (a_len != b_len || memcmp(a, b, a_len) != 0 || a[a_len] == '\0' || b[b_len] == '\0')
            return;
        a += a_len + 1;
        b += b_len + 1;
    }
}

void rig_expect_same(const char *real, const char *wanted, uint64_t seed, int step) {
    char left[200];
    char right[200];
    if (strcmp(real, wanted) == 0)
        return;
    find_difference(real, wanted, left, right, sizeof left);
    cr_assert_fail("seed %llu step %d: \"%s\", expected \"%s\"", (unsigned long long)seed, step,
                   left, right);
}
