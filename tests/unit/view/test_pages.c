/* SPDX-License-Identifier: MIT */
/* Lists in pages: no item appears twice or is missing. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "lists.h"
#include "store/store.h"

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

static json_t *items(const json_t *list) {
    json_t *rows = json_object_get(list, "services");
    return json_incref(rows != NULL ? rows : json_object_get(list, "families"));
}

Test(pages, of_services_and_families_make_the_whole) {
    struct fixture fx;
    fill(&fx);
    pages_make_the_whole(&fx, view_json_services, 2, items);
    pages_make_the_whole(&fx, view_json_families, FAMILIES, items);
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
            json_t *page =
                world_json(&fx, view_json_series,
                           &(struct json_query){.limit = limit_text(limit), .after = after});
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
        json_t *page =
            world_json(&fx, view_json_series, &(struct json_query){.limit = limit_text(limit)});
        json_t *items = series_of(page);
        char *after = next_of(page);
        cr_assert(after != NULL);

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
                                          .text) == 0;
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
    json_t *page = world_json(&fx, view_json_series, &(struct json_query){.limit = "2"});
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

static json_t *senders_of(const json_t *list) {
    return json_incref(json_object_get(list, "senders"));
}

Test(pages, of_senders_make_the_whole) {
    struct fixture fx;
    fill_and_reject(&fx);
    pages_make_the_whole(&fx, view_json_senders, 10, senders_of);
    fixture_done(&fx);
}

/* ---- the last reload ---- */

static json_t *reload_of(const struct fixture *fx, const struct view_reload *reload) {
    struct view_source source = world_source(fx);
    const char *error = NULL;
    source.reload = reload;
    struct view *view = view_json_catalog(&source, &(struct json_query){.limit = "1"}, &error);
    char *text = world_render(fx, view, SIZE_MAX);
    json_t *page = json_loads(text, 0, NULL);
    cr_assert(page != NULL, "%s", text);
    json_t *found = json_incref(json_object_get(page, "reload"));
    json_decref(page);
    free(text);
    return found;
}

Test(pages, of_the_catalog_say_how_the_last_reload_went) {
    struct fixture fx;
    fill(&fx);
    const struct view_reload taken = {.real_ms = 5000,
                                      .changed = "added family \"a\"\0removed family b",
                                      .changed_count = 2,
                                      .folder = "/srv"};
    json_t *shown = reload_of(&fx, &taken);
    json_t *wanted =
        json_pack("{s:i,s:s,s:b,s:n,s:[s,s],s:[],s:n,s:n,s:s}", "at", 5000, "at_iso",
                  "1970-01-01T00:00:05.000Z", "ok", 1, "error", "changed", "added family \"a\"",
                  "removed family b", "refused", "accepted", "accepted_iso", "folder", "/srv");
    cr_expect(json_equal(shown, wanted) == 1);
    json_decref(shown);
    json_decref(wanted);

    const struct view_reload refused = {.real_ms = 6000,
                                        .error = "/x.json:3:1: no",
                                        .refused = "/y.json:1:1: neither",
                                        .refused_count = 1,
                                        .kept_ms = 4000};
    shown = reload_of(&fx, &refused);
    wanted = json_pack("{s:i,s:s,s:b,s:s,s:[],s:[s],s:i,s:s,s:n}", "at", 6000, "at_iso",
                       "1970-01-01T00:00:06.000Z", "ok", 0, "error", "/x.json:3:1: no", "changed",
                       "refused", "/y.json:1:1: neither", "accepted", 4000, "accepted_iso",
                       "1970-01-01T00:00:04.000Z", "folder");
    cr_expect(json_equal(shown, wanted) == 1);
    json_decref(shown);
    json_decref(wanted);
    cr_expect(reload_of(&fx, NULL) == NULL);
    fixture_done(&fx);
}
