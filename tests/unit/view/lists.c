/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"

const char *const lists_catalogs[] = {
    "{\"statgate\":1,\"service\":\"one\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"k\":[\"x\",\"y\",\"z\"],\"w\":{\"pattern\":\".*\",\"max\":10,\"otherwise\":\"other\"}}},"
    "\"alone_total\":{\"type\":\"counter\",\"help\":\"\"},"
    "\"empty\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"k\":[\"x\"]}},"
    "\"z\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"k\":[\"x\",\"y\"]}}}}",
    "{\"statgate\":1,\"service\":\"two\",\"families\":{"
    "\"a_seconds\":{\"type\":\"histogram\",\"help\":\"\",\"unit\":\"seconds\",\"buckets\":[1],"
    "\"labels\":{\"k\":[\"x\",\"y\",\"z\"]}},"
    "\"last\":{\"type\":\"gauge\",\"help\":\"\"}}}",
    NULL};

static const char *const lines[] = {"a_total:1|c|#k:x,w:1",
                                    "a_total:1|c|#k:x,w:two \"words\"",
                                    "a_total:1|c|#k:y,w:1",
                                    "a_total:1|c|#k:z,w:\xc3\xa9",
                                    "z:1|g|#k:x",
                                    "z:1|g|#k:y",
                                    "a_seconds:1|h|#k:x",
                                    "a_seconds:1|h|#k:z",
                                    NULL};
void fill(struct fixture *fx) {
    fixture_init(fx, lists_catalogs);
    for (size_t i = 0; lines[i] != NULL; i++)
        fixture_send(fx, lines[i]);
}

json_t *families_of(const json_t *list) {
    json_t *all = json_array();
    size_t i;
    json_t *service;
    json_array_foreach(json_object_get(list, "services"), i, service) {
        size_t j;
        json_t *family;
        cr_assert(ne(sz, json_array_size(json_object_get(service, "families")), 0));
        json_array_foreach(json_object_get(service, "families"), j, family) {
            (void)json_array_append_new(all, json_pack("[OO]", json_object_get(service, "service"),
                                                       json_object_get(family, "name")));
        }
    }
    return all;
}

json_t *series_of(const json_t *list) {
    json_t *all = json_array();
    size_t i;
    json_t *service;
    json_array_foreach(json_object_get(list, "services"), i, service) {
        size_t j;
        json_t *family;
        json_array_foreach(json_object_get(service, "families"), j, family) {
            size_t k;
            json_t *series;
            json_array_foreach(json_object_get(family, "series"), k, series) {
                (void)json_array_append_new(all,
                                            json_pack("[OOO]", json_object_get(service, "service"),
                                                      json_object_get(family, "name"), series));
            }
        }
    }
    return all;
}

char *next_of(json_t *list) {
    const json_t *next = json_object_get(list, "next");
    cr_assert(eq(int, json_is_null(next) || json_is_string(next), 1));
    char *text = json_is_string(next) ? strdup(json_string_value(next)) : NULL;
    json_decref(list);
    return text;
}

json_t *whole_of(const struct fixture *fx, world_list list,
                 json_t *(*items_of)(const json_t *list)) {
    json_t *whole = world_json(fx, list, &(struct json_query){0});
    json_t *items = items_of(whole);
    cr_expect(eq(int, json_is_null(json_object_get(whole, "next")), 1));
    json_decref(whole);
    return items;
}

/* All pages of `limit` items, one behind the other. */
static json_t *paged(const struct fixture *fx, world_list list, size_t limit,
                     json_t *(*items_of)(const json_t *list)) {
    json_t *all = json_array();
    char *after = NULL;
    do {
        json_t *page =
            world_json(fx, list, &(struct json_query){.limit = limit_text(limit), .after = after});
        json_t *items = items_of(page);
        cr_assert(le(sz, json_array_size(items), limit));
        (void)json_array_extend(all, items);
        json_decref(items);
        free(after);
        after = next_of(page);
        cr_assert(not(after != NULL && json_array_size(all) > 1000), "no end");
    } while (after != NULL);
    return all;
}

void pages_make_the_whole(const struct fixture *fx, world_list list, size_t count,
                          json_t *(*items_of)(const json_t *list)) {
    json_t *whole = whole_of(fx, list, items_of);
    cr_assert(eq(sz, json_array_size(whole), count));
    for (size_t limit = 1; limit <= count + 1; limit++) {
        json_t *all = paged(fx, list, limit, items_of);
        cr_expect(json_equal(all, whole) == 1, "pages of %zu", limit);
        json_decref(all);
    }
    json_decref(whole);
}

void fill_and_reject(struct fixture *fx) {
    fill(fx);
    static const char *const bad[] = {"nothing",
                                      "none:1|c",
                                      "a_total:1|c|#k:no,w:1",
                                      "a_total:1|c|#k:x",
                                      "a_total:-1|c|#k:x,w:1",
                                      "a_total:1|c|#k:x,w:1,new:1",
                                      "a_total:1|c|#k:y,w:1,w2",
                                      "last:1|c",
                                      "a_seconds:1|h|#k:x,q:1"};
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            fx->origin.pid = (int32_t)(200 + i);
            fixture_send(fx, bad[i]);
        }
    }
    for (int i = 0; i < 15; i++) { /* more words than the pattern may have */
        char line[64];
        (void)snprintf(line, sizeof line, "a_total:1|c|#k:y,w:many%d", i);
        fixture_send(fx, line);
    }
}

json_int_t sum_of(const json_t *rows, const char *key) {
    json_int_t sum = 0;
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        sum += json_integer_value(json_object_get(row, key));
    }
    return sum;
}

json_int_t number_at(const json_t *object, const char *key) {
    cr_assert(eq(int, json_is_integer(json_object_get(object, key)), 1), "%s", key);
    return json_integer_value(json_object_get(object, key));
}
