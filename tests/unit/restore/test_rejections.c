/* SPDX-License-Identifier: MIT */
/* Rejections counted by the former daemon, in the view: their sums agree, even for names that no
 * longer exist. */
#include <jansson.h>
#include <string.h>

#include "assertions.h"
#include "life.h"
#include "object/object.h"
#include "view/view.h"

#define FAMILIES(name)                                                                             \
    "\"families\":{\"" name "\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"                  \
    "\"x\":[\"a\",\"b\"]}}}}"

static const char *const both[] = {"{\"statgate\":1,\"service\":\"goes\"," FAMILIES("g_total"),
                                   "{\"statgate\":1,\"service\":\"stays\"," FAMILIES("s_total"),
                                   NULL};
static const char *const one[] = {"{\"statgate\":1,\"service\":\"stays\"," FAMILIES("s_total"),
                                  NULL};

static const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};
static struct fixture before;
static struct fixture after;
static struct life first;
static struct life next;

/* 1 without a service; of one that goes 2, of one that stays 1 by a reason and 3 by another. */
static void reject(void) {
    static const struct step step = {.pid = 100,
                                     .datagrams = {"none:1|c", "g_total:1:2|c|#x:z",
                                                   "s_total:1|g|#x:a", "s_total:1:2:3|c|#x:z"}};
    life_begin_batch(&first);
    life_receive(&first, &step);
}

/* The reason is one that only the daemon before knows. */
static void rename_reason(const struct image *image, const char *reason) {
    struct image_table table;
    cr_assert(image_find(image, "reason", OBJECT_NONE, OBJECT_NONE, &table));
    const struct image_field field = image_field(&table, "name", OBJECT_TEXT);
    for (uint64_t i = 0; i < table.items; i++) {
        unsigned char *name = image->bytes + (table.at - image->bytes) + i * table.item_bytes;
        if (strcmp((char *)name + field.offset, reason) == 0)
            name[field.offset] = 'X';
    }
}

static void init(void) {
    fixture_init(&before, both);
    fixture_close(&before);
    fixture_init(&after, one);
    fixture_close(&after);
    life_open(&first, &before, NULL, now);
    reject();
}

static void take_over(const char *unknown_reason) {
    struct image image;
    struct error error;
    unsigned char *copy = region_copy(&first.region);
    cr_assert(image_open(&image, copy, first.region.place.size, region_boot, &error), "%s",
              error.text);
    rename_reason(&image, unknown_reason);
    life_take_over(&next, &after, &image, now);
    region_drop(&first.region, copy);
}

static void done(void) {
    life_close(&next);
    life_close(&first);
    fixture_done(&after);
    fixture_done(&before);
}

static json_t *list(const char *service) {
    const struct view_source source = {.set = &next.fx.set,
                                       .store = next.fx.store,
                                       .ledger = next.fx.ledger,
                                       .breakers_jobs = next.fx.breakers_jobs};
    const char *refusal;
    struct strbuf out;
    strbuf_init(&out);
    struct view *view =
        view_json_rejections(&source, &(struct json_query){.service = service}, &refusal);
    cr_assert(view != NULL);
    while (view_step(view, &out, 1000, now) == VIEW_MORE)
        continue;
    view_free(view);
    json_t *parsed = json_loads(strbuf_cstr(&out), 0, NULL);
    cr_assert(parsed != NULL);
    strbuf_done(&out);
    return parsed;
}

static json_int_t number_at(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static void expect_closed(const char *service, json_int_t total) {
    json_t *rejections = list(service);
    json_int_t by_reason = 0;
    json_int_t by_family = 0;
    const char *reason;
    json_t *item;
    size_t i;
    json_object_foreach(json_object_get(rejections, "by_reason"), reason, item) {
        by_reason += json_integer_value(item);
    }
    json_array_foreach(json_object_get(rejections, "by_family"), i, item) {
        by_family += number_at(item, "count");
    }
    cr_expect(eq(i64, number_at(rejections, "total"), total));
    cr_expect(eq(i64,
                 by_reason + number_at(rejections, "former_services") +
                     number_at(rejections, "former_reasons"),
                 total));
    cr_expect(eq(i64, by_family, by_reason));
    json_decref(rejections);
}

static void expect_former(json_int_t services, json_int_t reasons) {
    json_t *rejections = list(NULL);
    cr_expect(eq(i64, number_at(rejections, "former_services"), services));
    cr_expect(eq(i64, number_at(rejections, "former_reasons"), reasons));
    json_decref(rejections);
}

TestSuite(restore_rejections, .init = init, .fini = done);

Test(restore_rejections, sums_close_over_services_that_are_gone) {
    take_over("none of them");
    expect_former(2, 0);
    expect_closed(NULL, 7);
    expect_closed("stays", 4);
}

Test(restore_rejections, sums_close_over_reasons_that_are_not_known) {
    take_over("label_value");
    expect_former(2, 3);
    expect_closed(NULL, 7);
    expect_closed("stays", 4);
}
