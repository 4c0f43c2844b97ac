/* Lists in pages: nothing twice, nothing lost, and invalid tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "view/page_token.h"
#include "world.h"

static const char *const catalogs[] = {
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
enum { SERIES = 9 /* those and alone_total */, FAMILIES = 6 };

static void fill(struct fixture *fx) {
    fixture_init(fx, catalogs);
    for (size_t i = 0; lines[i] != NULL; i++)
        fixture_send(fx, lines[i]);
}

/* The families of a list as one array: [[service, family], ...]. */
static json_t *families_of(const json_t *list) {
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

/* The series of a list as one array of [service, family, series]. */
static json_t *series_of(const json_t *list) {
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

/* The `next` of a list, to be freed, or NULL; and the list's reference goes. */
static char *next_of(json_t *list) {
    const json_t *next = json_object_get(list, "next");
    cr_assert(eq(int, json_is_null(next) || json_is_string(next), 1));
    char *text = json_is_string(next) ? strdup(json_string_value(next)) : NULL;
    json_decref(list);
    return text;
}

static json_t *whole_of(const struct fixture *fx, world_list list,
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
        json_t *page = world_json(fx, list, &(struct json_query){.limit = limit, .after = after});
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

static void pages_make_the_whole(const struct fixture *fx, world_list list, size_t count,
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

Test(pages, of_series_make_the_whole) {
    struct fixture fx;
    fill(&fx);
    pages_make_the_whole(&fx, view_json_series, SERIES, series_of);
    fixture_done(&fx);
}

Test(pages, of_the_catalog_make_the_whole) {
    struct fixture fx;
    fill(&fx);
    pages_make_the_whole(&fx, view_json_catalog, FAMILIES, families_of);
    fixture_done(&fx);
}

/* A family is on two pages if its series are, but one without series is on one. */
Test(pages, show_empty_families_once) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit <= SERIES + 1; limit++) {
        size_t seen = 0;
        char *after = NULL;
        do {
            json_t *page = world_json(&fx, view_json_series,
                                      &(struct json_query){.limit = limit, .after = after});
            json_t *families = families_of(page);
            size_t i;
            json_t *family;
            json_array_foreach(families, i, family) {
                const char *name = json_string_value(json_array_get(family, 1));
                seen += strcmp(name, "empty") == 0 || strcmp(name, "last") == 0;
            }
            json_decref(families);
            free(after);
            after = next_of(page);
        } while (after != NULL);
        cr_expect(eq(sz, seen, 2), "pages of %zu", limit);
    }
    fixture_done(&fx);
}

Test(pages, go_on_where_a_series_has_gone) {
    for (size_t limit = 1; limit < SERIES; limit++) {
        struct fixture fx;
        fill(&fx);
        json_t *whole = whole_of(&fx, view_json_series, series_of);
        json_t *page = world_json(&fx, view_json_series, &(struct json_query){.limit = limit});
        json_t *items = series_of(page);
        char *after = next_of(page);
        cr_assert_not_null(after);

        /* Everything shown goes, the last one, which the token names, included. */
        for (size_t f = 0; f < fx.set.family_count; f++) {
            struct store_cursor cursor;
            store_cursor_open(fx.store, &cursor, fx.set.families[f]);
            const struct series *series;
            while ((series = store_cursor_next(fx.store, &cursor, fx.now)) != NULL) {
                size_t i;
                json_t *item;
                json_array_foreach(items, i, item) {
                    const char *family = json_string_value(json_array_get(item, 1));
                    json_t *labels = json_object_get(json_array_get(item, 2), "labels");
                    if (strcmp(family, fx.set.families[f]->name) != 0)
                        continue;
                    bool same = true;
                    for (uint32_t l = 0; l < cursor.family->label_count; l++)
                        same = same &&
                               strcmp(json_string_value(
                                          json_object_get(labels, cursor.family->labels[l].name)),
                                      store_label_value(fx.store, cursor.family, l,
                                                        series_ids(cursor.family, series)[l])
                                          ->text) == 0;
                    if (same) {
                        store_remove(fx.store, series);
                        break;
                    }
                }
            }
            store_cursor_close(fx.store, &cursor);
        }

        json_t *rest_page = world_json(&fx, view_json_series, &(struct json_query){.after = after});
        json_t *rest = series_of(rest_page);
        cr_assert(eq(sz, json_array_size(rest), SERIES - limit));
        for (size_t i = 0; i < json_array_size(rest); i++)
            cr_expect(json_equal(json_array_get(rest, i), json_array_get(whole, limit + i)) == 1);
        json_decref(rest_page);
        json_decref(rest);
        json_decref(items);
        json_decref(whole);
        free(after);
        fixture_done(&fx);
    }
}

Test(pages, do_not_show_a_family_again_whose_other_series_have_gone) {
    struct fixture fx;
    fill(&fx);
    json_t *page = world_json(&fx, view_json_series, &(struct json_query){.limit = 2});
    char *after = next_of(page);
    struct store_cursor cursor;
    const struct series *series;
    store_cursor_open(fx.store, &cursor, fixture_family(&fx, "a_total"));
    while ((series = store_cursor_next(fx.store, &cursor, fx.now)) != NULL)
        store_remove(fx.store, series);
    store_cursor_close(fx.store, &cursor);

    page = world_json(&fx, view_json_series, &(struct json_query){.after = after});
    json_t *families = families_of(page);
    cr_expect(eq(
        str, (char *)(uintptr_t)json_string_value(json_array_get(json_array_get(families, 0), 1)),
        "alone_total"));
    json_decref(families);
    json_decref(page);
    free(after);
    fixture_done(&fx);
}

Test(pages, filters_select_services_and_families) {
    struct fixture fx;
    fill(&fx);
    const struct {
        const char *service;
        const char *family;
        size_t families;
        size_t series;
    } cases[] = {{"one", NULL, 4, 7},
                 {"two", NULL, 2, 2},
                 {NULL, "a_total", 1, 4},
                 {"one", "a_total", 1, 4},
                 {"two", "last", 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct json_query query = {.service = cases[i].service, .family = cases[i].family};
        json_t *list = world_json(&fx, view_json_series, &query);
        json_t *families = families_of(list);
        json_t *series = series_of(list);
        cr_expect(eq(sz, json_array_size(families), cases[i].families), "case %zu", i);
        cr_expect(eq(sz, json_array_size(series), cases[i].series), "case %zu", i);
        json_decref(families);
        json_decref(series);
        json_decref(list);
        list = world_json(&fx, view_json_catalog, &query);
        families = families_of(list);
        cr_expect(eq(sz, json_array_size(families), cases[i].families), "case %zu", i);
        json_decref(families);
        json_decref(list);
    }
    fixture_done(&fx);
}

/* ---- refusals ---- */

static void refuses(const struct fixture *fx, world_list list, struct json_query query,
                    const char *sentence) {
    cr_expect(
        eq(str, (char *)(uintptr_t)world_refusal(fx, list, &query), (char *)(uintptr_t)sentence));
}

static const world_list lists[] = {view_json_series,  view_json_rejections, view_json_senders,
                                   view_json_catalog, view_json_breakers,   view_json_jobs};
enum { LISTS = sizeof lists / sizeof lists[0] };

Test(pages, refuse_what_is_not_there) {
    struct fixture fx;
    fill(&fx);
    for (size_t i = 0; i < LISTS; i++) {
        refuses(&fx, lists[i], (struct json_query){.service = "none"}, "service: no such service");
        refuses(&fx, lists[i], (struct json_query){.service = ""}, "service: no such service");
        refuses(&fx, lists[i], (struct json_query){.limit = 100001}, "limit: at most 100000");
        json_decref(world_json(&fx, lists[i], &(struct json_query){.limit = 100000}));
        if (lists[i] == view_json_senders) {
            refuses(&fx, lists[i], (struct json_query){.family = "a_total"},
                    "family: senders are not listed by family");
            continue;
        }
        refuses(&fx, lists[i], (struct json_query){.family = "none"}, "family: no such family");
        refuses(&fx, lists[i], (struct json_query){.service = "two", .family = "a_total"},
                "family: no such family");
    }
    fixture_done(&fx);
}

/* A token of the given list and texts, in a static buffer. */
static char *token_of(enum page_token_list list, const char *const *texts) {
    static struct strbuf out;
    struct page_token_writer writer;
    strbuf_clear(&out);
    page_token_begin(&writer, memory_heap(), list);
    for (size_t i = 0; texts[i] != NULL; i++)
        page_token_add(&writer, texts[i], strlen(texts[i]));
    page_token_end(&writer, &out);
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

#define TOKEN(list, ...) token_of(list, (const char *const[]){__VA_ARGS__, NULL})

Test(pages, refuse_tokens_that_are_none) {
    static const char *const broken[] = {"",     "A",         "=",           "AAAA",
                                         "c",    "cw==",      "cw",          "cwAA",
                                         "c w",  "cwADb25l",  "cwADb25lAA",  "cw\xc3\xa9",
                                         "../x", "%63%77",    "cwADb25lAAd", "czE_",
                                         "null", "eyJhIjoxfQ"};
    struct fixture fx;
    fill(&fx);
    for (size_t i = 0; i < LISTS; i++)
        for (size_t j = 0; j < sizeof broken / sizeof broken[0]; j++)
            refuses(&fx, lists[i], (struct json_query){.after = broken[j]}, page_token_refusal);
    char *large = malloc((2 << 20) + 1);
    cr_assert_not_null(large);
    memset(large, 'A', 2 << 20);
    large[2 << 20] = '\0';
    for (size_t i = 0; i < LISTS; i++)
        refuses(&fx, lists[i], (struct json_query){.after = large}, page_token_refusal);
    free(large);
    fixture_done(&fx);
}

/* Every spelling of the same bytes but one is refused. */
Test(pages, refuse_tokens_that_were_tampered_with) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit < SERIES; limit++) {
        json_t *page = world_json(&fx, view_json_series, &(struct json_query){.limit = limit});
        char *after = next_of(page);
        const size_t len = strlen(after);
        char token[256];
        static const char *const ends[] = {"A", "=", "==", " ", "\n", "%3D", "AA", "AAAA"};
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            (void)snprintf(token, sizeof token, "%s%s", after, ends[i]);
            refuses(&fx, view_json_series, (struct json_query){.after = token}, page_token_refusal);
        }
        for (size_t i = 0; i <= len; i++) {
            (void)snprintf(token, sizeof token, "%.*s+%s", (int)i, after, after + i);
            refuses(&fx, view_json_series, (struct json_query){.after = token}, page_token_refusal);
            if (i == len)
                break;
            (void)snprintf(token, sizeof token, "%.*s", (int)i, after);
            const char *refusal;
            const struct view_source source = world_source(&fx);
            view_free(view_json_series(&source, &(struct json_query){.after = token}, &refusal));
        }
        if (len % 4 != 0) { /* the last character has bits without meaning */
            (void)snprintf(token, sizeof token, "%s", after);
            token[len - 1]++;
            refuses(&fx, view_json_series, (struct json_query){.after = token}, page_token_refusal);
        }
        free(after);
    }
    fixture_done(&fx);
}

/* 's', a length of 5, two bytes: the text is not there. */
Test(pages, a_token_does_not_reach_beyond_its_end) {
    struct page_token_reader reader;
    const char *text = NULL;
    size_t len;
    cr_assert(page_token_open(&reader, memory_heap(), "cwAFYWI", PAGE_TOKEN_SERIES));
    cr_expect(not(page_token_next(&reader, &text, &len)));
    cr_expect_null(text);
    page_token_done(&reader);
    cr_assert(page_token_open(&reader, memory_heap(), "cwACYWI", PAGE_TOKEN_SERIES));
    cr_assert(page_token_next(&reader, &text, &len));
    cr_expect(eq(sz, len, 2));
    cr_expect(eq(int, memcmp(text, "ab", 2), 0));
    cr_expect(page_token_is_read(&reader));
    cr_expect(not(page_token_next(&reader, &text, &len)));
    page_token_done(&reader);
}

static void token_is_refused(const struct fixture *fx, world_list list, const char *token) {
    refuses(fx, list, (struct json_query){.after = token}, page_token_refusal);
}

Test(pages, refuse_tokens_that_name_nothing_here) {
    struct fixture fx;
    fill(&fx);
    const world_list series = view_json_series;
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "none", "a_total"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "none"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total", "x"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total", "x", "1", "more"));
    token_is_refused(&fx, series, TOKEN(PAGE_TOKEN_CATALOG, "one", "a_total"));
    token_is_refused(&fx, view_json_catalog, TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"));
    token_is_refused(&fx, view_json_catalog, TOKEN(PAGE_TOKEN_CATALOG, "one", "a_total", "x"));
    static const char *const rows[] = {"",      "-1",    "01",     "x",  "1 ",
                                       "16385", "99999", "100000", "1e3"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        token_is_refused(&fx, view_json_senders, TOKEN(PAGE_TOKEN_SENDERS, rows[i]));
    const world_list rejections = view_json_rejections;
    token_is_refused(&fx, rejections,
                     TOKEN(PAGE_TOKEN_REJECTIONS, "x", "", "", "", "malformed", "0"));
    token_is_refused(&fx, rejections,
                     TOKEN(PAGE_TOKEN_REJECTIONS, "folded", "no", "", "", "malformed", "0"));
    token_is_refused(&fx, rejections,
                     TOKEN(PAGE_TOKEN_REJECTIONS, "folded", "", "a_total", "", "malformed", "0"));
    token_is_refused(
        &fx, rejections,
        TOKEN(PAGE_TOKEN_REJECTIONS, "folded", "one", "a_total", "no", "malformed", "0"));
    token_is_refused(&fx, rejections,
                     TOKEN(PAGE_TOKEN_REJECTIONS, "folded", "one", "a_total", "k", "none", "0"));
    token_is_refused(&fx, rejections,
                     TOKEN(PAGE_TOKEN_REJECTIONS, "folded", "one", "a_total", "k"));
    static const char *const places[] = {"", "257", "-1", "x"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        token_is_refused(&fx, rejections,
                         TOKEN(PAGE_TOKEN_REJECTIONS, "rejected", "one", "a_total", "",
                               "unknown_label", places[i]));
    token_is_refused(
        &fx, rejections,
        TOKEN(PAGE_TOKEN_REJECTIONS, "rejected", "one", "a_total", "k", "unknown_label", "1"));
    /* A place that the filter does not let through. */
    refuses(
        &fx, series,
        (struct json_query){.after = TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"), .service = "two"},
        page_token_refusal);
    refuses(&fx, series,
            (struct json_query){.after = TOKEN(PAGE_TOKEN_SERIES, "one", "a_total"), .family = "z"},
            page_token_refusal);
    fixture_done(&fx);
}

Test(pages, tokens_need_no_escapes_in_urls) {
    struct fixture fx;
    fill(&fx);
    for (size_t limit = 1; limit < SERIES; limit++) {
        json_t *page = world_json(&fx, view_json_series, &(struct json_query){.limit = limit});
        char *after = next_of(page);
        cr_expect(eq(sz,
                     strspn(after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
                     strlen(after)));
        free(after);
    }
    fixture_done(&fx);
}

/* ---- rejections and senders ---- */

static void fill_and_reject(struct fixture *fx) {
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

/* by_family and folded as one array. */
static json_t *rows_of(const json_t *list) {
    json_t *all = json_array();
    (void)json_array_extend(all, json_object_get(list, "by_family"));
    (void)json_array_extend(all, json_object_get(list, "folded"));
    return all;
}

Test(pages, of_rejections_make_the_whole) {
    struct fixture fx;
    fill_and_reject(&fx);
    pages_make_the_whole(&fx, view_json_rejections, 10, rows_of);
    fixture_done(&fx);
}

static json_int_t sum_of(const json_t *rows, const char *key) {
    json_int_t sum = 0;
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        sum += json_integer_value(json_object_get(row, key));
    }
    return sum;
}

static json_int_t number_at(const json_t *object, const char *key) {
    cr_assert(eq(int, json_is_integer(json_object_get(object, key)), 1), "%s", key);
    return json_integer_value(json_object_get(object, key));
}

Test(rejections, rows_and_reasons_add_up_to_the_total) {
    struct fixture fx;
    fill_and_reject(&fx);
    static const char *const services[] = {NULL, "one", "two"};
    static const json_int_t totals[] = {27, 15, 6};
    for (size_t i = 0; i < 3; i++) {
        json_t *list =
            world_json(&fx, view_json_rejections, &(struct json_query){.service = services[i]});
        cr_expect(eq(i64, number_at(list, "total"), totals[i]));
        cr_expect(eq(i64, sum_of(json_object_get(list, "by_family"), "count"), totals[i]));
        json_int_t reasons = 0;
        const char *reason;
        json_t *count;
        json_object_foreach(json_object_get(list, "by_reason"), reason, count) {
            reasons += json_integer_value(count);
        }
        cr_expect(eq(i64, reasons, totals[i]));
        json_decref(list);
    }
    fixture_done(&fx);
}

Test(rejections, folds_add_up_to_those_of_the_ledger) {
    struct fixture fx;
    fill_and_reject(&fx);
    json_t *list = world_json(&fx, view_json_rejections, &(struct json_query){0});
    cr_expect(eq(i64, sum_of(json_object_get(list, "folded"), "count"),
                 (json_int_t)ledger_total(fx.ledger)->by_verdict[VERDICT_FOLDED]));
    json_decref(list);
    fixture_done(&fx);
}

Test(rejections, newest_are_on_the_first_page_only) {
    struct fixture fx;
    fill_and_reject(&fx);
    json_t *list = world_json(&fx, view_json_rejections, &(struct json_query){.limit = 3});
    const json_t *recent = json_object_get(list, "recent");
    cr_assert(eq(sz, json_array_size(recent), 3));
    cr_expect(eq(
        str,
        (char *)(uintptr_t)json_string_value(json_object_get(json_array_get(recent, 0), "reason")),
        "unknown_label"));
    char *after = next_of(list);
    list = world_json(&fx, view_json_rejections, &(struct json_query){.limit = 3, .after = after});
    cr_expect(eq(sz, json_array_size(json_object_get(list, "recent")), 0));
    free(after);
    json_decref(list);
    fixture_done(&fx);
}

/* The ring wraps between slices: nothing is shown twice. */
Test(rejections, recent_ones_are_shown_once_while_new_ones_come) {
    struct fixture fx;
    fixture_init(&fx, catalogs);
    for (int i = 0; i < 300; i++) {
        fx.now.real_ms += 100;
        fixture_send(&fx, "nothing");
    }
    const struct view_source source = world_source(&fx);
    const char *refusal;
    struct view *view = view_json_rejections(&source, &(struct json_query){0}, &refusal);
    struct strbuf out = {0};
    while (view_step(view, &out, 12, fx.now) == VIEW_MORE) {
        fx.now.real_ms += 100;
        fixture_send(&fx, "nothing");
    }
    view_free(view);
    json_t *list = json_loads(strbuf_cstr(&out), 0, NULL);
    cr_assert_not_null(list);
    const json_t *recent = json_object_get(list, "recent");
    cr_expect(lt(sz, 100, json_array_size(recent)));
    for (size_t i = 1; i < json_array_size(recent); i++)
        cr_assert(lt(i64, number_at(json_array_get(recent, i), "at"),
                     number_at(json_array_get(recent, i - 1), "at")));
    json_decref(list);
    strbuf_done(&out);
    fixture_done(&fx);
}

static json_t *senders_of(const json_t *list) {
    return json_incref(json_object_get(list, "senders"));
}

Test(pages, of_senders_make_the_whole) {
    struct fixture fx;
    fill_and_reject(&fx);
    pages_make_the_whole(&fx, view_json_senders, 10, senders_of);
    fixture_done(&fx);
}

Test(senders, with_the_departed_they_add_up_to_the_total) {
    struct fixture fx;
    fill_and_reject(&fx);
    fixture_send(&fx, "_e{2,2}:hi|ho");
    bool is_new;
    ledger_sender_restart(
        fx.ledger, ledger_sender(fx.ledger, 200, fx.origin.uid, fx.origin.gid, 1, &is_new), 1);
    json_t *list = world_json(&fx, view_json_senders, &(struct json_query){0});
    const json_t *departed = json_object_get(list, "departed");
    const json_t *total = json_object_get(list, "total");
    static const char *const columns[] = {"samples", "accepted", "folded", "rejected", "ignored"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        cr_expect(eq(i64,
                     sum_of(json_object_get(list, "senders"), columns[i]) +
                         number_at(departed, columns[i]),
                     number_at(total, columns[i])),
                  "%s", columns[i]);
    cr_expect(eq(i64, number_at(departed, "rows"), 1));
    cr_expect(eq(i64, number_at(departed, "rejected"), 3));
    cr_expect(eq(i64, number_at(total, "ignored"), 1));
    json_decref(list);
    fixture_done(&fx);
}

Test(senders, are_selected_by_service) {
    struct fixture fx;
    fill_and_reject(&fx);
    json_t *list = world_json(&fx, view_json_senders, &(struct json_query){.service = "two"});
    const json_t *senders = json_object_get(list, "senders");
    cr_expect(eq(sz, json_array_size(senders), 2));
    for (size_t i = 0; i < json_array_size(senders); i++)
        cr_expect(eq(str,
                     (char *)(uintptr_t)json_string_value(
                         json_object_get(json_array_get(senders, i), "service")),
                     "two"));
    json_decref(list);
    fixture_done(&fx);
}
