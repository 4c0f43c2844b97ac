/* SPDX-License-Identifier: MIT */
/* Views that are cut into slices while the store changes between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "store/store.h"
#include "usual_options.h"
#include "world.h"

static const char words_family[] =
    "\"words_total\":{\"type\":\"counter\",\"help\":\"Words.\",\"labels\":{"
    "\"w\":{\"pattern\":\"[a-z]+[0-9]*\",\"max\":2000},\"z\":[\"x\",\"y\"]}}";
static const char wide_families[] =
    "\"wide_seconds\":{\"type\":\"histogram\",\"unit\":\"seconds\",\"help\":\"Wide.\","
    "\"buckets\":[1,2,3,4,5,6,7,8,9,10],\"labels\":{"
    "\"w\":{\"pattern\":\"[a-z]+[0-9]*\",\"max\":9000}}}";

static void send(struct fixture *fx, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void send(struct fixture *fx, const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fixture_send(fx, line);
}

static struct view *expose(const struct fixture *fx) {
    const struct view_source source = world_source(fx);
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                               .page = &fx->endpoints.items[0].all};
    return view_exposition(&source, &options);
}

/* The series of words_total with this word and z. */
static const struct series *find_word(const struct fixture *fx, const char *word, const char *z) {
    const struct catalog_family *family = fixture_family(fx, "words_total");
    size_t budget = SIZE_MAX;
    struct store_cursor cursor;
    const struct series *found = NULL;
    const struct series *series;
    cr_assert(store_settle(fx->store, family, &budget));
    store_cursor_open(fx->store, &cursor, family);
    while (found == NULL && (series = store_cursor_next(fx->store, &cursor, fx->now)) != NULL) {
        const uint32_t *ids = series_ids(family, series);
        if (strcmp(store_label_value(fx->store, family, 0, ids[0]).text, word) == 0 &&
            strcmp(store_label_value(fx->store, family, 1, ids[1]).text, z) == 0)
            found = series;
    }
    store_cursor_close(fx->store, &cursor);
    cr_assert(found != NULL);
    return found;
}

/* How often a line occurs in the text; the line is given with its newline. */
static size_t occurrences(const char *text, const char *line) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        count += at == text || at[-1] == '\n';
    return count;
}

Test(slices, removed_series_neither_repeat_nor_spoil_the_text) {
    enum { WORDS = 600 };
    struct fixture fx;
    fixture_families(&fx, words_family);
    for (int i = 0; i < WORDS; i++) {
        send(&fx, "words_total:1|c|#w:word%03d,z:x", i);
        send(&fx, "words_total:1|c|#w:word%03d,z:y", i);
    }
    struct view *view = expose(&fx);
    struct strbuf out = {0};
    bool removed[WORDS] = {false};
    uint32_t state = 1;
    while (view_step(view, &out, 7, fx.now) == VIEW_MORE) {
        state = state * 1664525u + 1013904223u;
        const uint32_t i = (state >> 8) % WORDS;
        if (removed[i])
            continue;
        char word[16];
        (void)snprintf(word, sizeof word, "word%03u", i);
        store_remove(fx.store, find_word(&fx, word, "x"));
        removed[i] = true;
    }
    view_free(view);
    const char *text = strbuf_cstr(&out);
    cr_expect(eq(sz, occurrences(text, "# TYPE words counter\n"), 1));
    cr_expect(eq(sz, occurrences(text, "# EOF\n"), 1));
    size_t lines = 3;
    for (int i = 0; i < WORDS; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "words_total{w=\"word%03d\",z=\"y\"} 1\n", i);
        cr_assert(eq(sz, occurrences(text, line), 1), "%s", line);
        (void)snprintf(line, sizeof line, "words_total{w=\"word%03d\",z=\"x\"} 1\n", i);
        const size_t found = occurrences(text, line);
        cr_assert(le(sz, found, 1), "%s", line);
        cr_assert(removed[i] || found == 1, "%s", line);
        lines += 1 + found;
    }
    size_t newlines = 0;
    for (size_t i = 0; i < out.len; i++)
        newlines += out.data[i] == '\n';
    cr_expect(eq(sz, newlines, lines), "nothing else is in it");
    strbuf_done(&out);
    fixture_done(&fx);
}

/* A value's number may go to another value between slices: the text of the one before must not
 * stay. */
Test(slices, a_label_id_that_changed_hands_shows_its_new_text) {
    struct fixture fx;
    fixture_families(&fx, words_family);
    send(&fx, "words_total:1|c|#w:bb,z:x");
    send(&fx, "words_total:2|c|#w:mm,z:x");
    struct view *view = expose(&fx);
    struct strbuf out = {0};
    cr_assert(eq(int, view_step(view, &out, 1, fx.now), VIEW_MORE));
    cr_assert(eq(sz, occurrences(strbuf_cstr(&out), "words_total{w=\"bb\",z=\"x\"} 1\n"), 1));

    const uint32_t id = *series_ids(fixture_family(&fx, "words_total"), find_word(&fx, "bb", "x"));
    store_remove(fx.store, find_word(&fx, "bb", "x"));
    send(&fx, "words_total:3|c|#w:nn,z:x"); /* takes the number of bb */
    const struct series *heir = find_word(&fx, "nn", "x");
    cr_assert(eq(u32, *series_ids(fixture_family(&fx, "words_total"), heir), id));
    store_remove(fx.store, find_word(&fx, "mm", "x")); /* so that nn comes next */
    while (view_step(view, &out, 1, fx.now) == VIEW_MORE)
        ;
    view_free(view);
    cr_expect(eq(sz, occurrences(strbuf_cstr(&out), "words_total{w=\"nn\",z=\"x\"} 3\n"), 1));
    cr_expect(eq(sz, occurrences(strbuf_cstr(&out), "words_total{w=\"bb\",z=\"x\"} 3\n"), 0));
    strbuf_done(&out);
    fixture_done(&fx);
}

Test(slices, two_views_at_a_time_do_not_disturb_each_other) {
    struct fixture fx;
    fixture_families(&fx, words_family);
    for (int i = 0; i < 100; i++)
        send(&fx, "words_total:1|c|#w:word%03d,z:x", i);
    char *whole = world_exposition(&fx, EXPOSITION_OPENMETRICS, VIEW_STEP_UNITS);
    struct view *views[3];
    struct strbuf outs[3] = {{0}};
    enum view_state states[3] = {VIEW_MORE, VIEW_MORE, VIEW_MORE};
    for (size_t i = 0; i < 3; i++)
        views[i] = expose(&fx);
    while (states[0] == VIEW_MORE || states[1] == VIEW_MORE || states[2] == VIEW_MORE)
        for (size_t i = 0; i < 3; i++)
            if (states[i] == VIEW_MORE)
                states[i] = view_step(views[i], &outs[i], 3 + i * 4, fx.now);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&outs[i]), whole));
        view_free(views[i]);
        strbuf_done(&outs[i]);
    }
    free(whole);
    fixture_done(&fx);
}

Test(slices, a_view_may_be_freed_at_any_time) {
    struct fixture fx;
    fixture_families(&fx, words_family);
    for (int i = 0; i < 20; i++)
        send(&fx, "words_total:1|c|#w:word%03d,z:x", i);
    for (size_t steps = 0; steps < 24; steps++) {
        struct view *view = expose(&fx);
        struct strbuf out = {0};
        for (size_t i = 0; i < steps; i++)
            if (view_step(view, &out, 1, fx.now) == VIEW_DONE)
                break;
        view_free(view);
        strbuf_done(&out);
    }
    view_free(NULL);
    /* No cursor of theirs is left for this to move. */
    for (int i = 0; i < 20; i++) {
        char word[16];
        (void)snprintf(word, sizeof word, "word%03d", i);
        store_remove(fx.store, find_word(&fx, word, "x"));
    }
    fixture_done(&fx);
}

Test(slices, end_by_units_and_by_bytes) {
    enum { SERIES = 9000, LINES = 13 };
    const size_t line_bytes = 64;
    struct fixture fx;
    fixture_families(&fx, wide_families);
    for (int i = 0; i < SERIES; i++)
        send(&fx, "wide_seconds:%d|h|#w:word%d", i % 12, i);
    struct view *view = expose(&fx);
    struct strbuf out = {0};
    size_t slices = 0;
    enum view_state state = VIEW_MORE;
    for (bool sorted = false; state == VIEW_MORE;) {
        strbuf_clear(&out);
        state = view_step(view, &out, 1000, fx.now);
        sorted = sorted || out.len > 0;
        if (state == VIEW_MORE && sorted) {
            cr_expect(le(sz, out.len, (1000 + LINES) * line_bytes), "no more than the units allow");
            cr_expect(eq(chr, out.data[out.len - 1], '\n'));
            slices++;
        }
    }
    view_free(view);
    cr_expect(ge(sz, slices, SERIES * LINES / (1000 + LINES)));

    view = expose(&fx);
    size_t largest = 0;
    for (state = VIEW_MORE; state == VIEW_MORE;) {
        strbuf_clear(&out);
        state = view_step(view, &out, SIZE_MAX, fx.now);
        largest = out.len > largest ? out.len : largest;
    }
    view_free(view);
    cr_expect(ge(sz, largest, VIEW_SLICE_BYTES));
    cr_expect(le(sz, largest, VIEW_SLICE_BYTES + LINES * line_bytes));

    view = expose(&fx);
    view_limit(view, 10000);
    for (largest = 0, state = VIEW_MORE; state == VIEW_MORE;) {
        strbuf_clear(&out);
        state = view_step(view, &out, SIZE_MAX, fx.now);
        largest = out.len > largest ? out.len : largest;
    }
    view_free(view);
    cr_expect(ge(sz, largest, 10000));
    cr_expect(le(sz, largest, 10000 + LINES * line_bytes));
    strbuf_done(&out);
    fixture_done(&fx);
}

/* A page of many families is made of what begins each, not of lines. */
static size_t most_families_of_a_step(const char *keys, size_t units) {
    enum { FAMILIES = 400 };
    struct fixture fx;
    struct strbuf families = {0};
    struct strbuf out = {0};
    size_t most = 0;
    for (int i = 0; i < FAMILIES; i++)
        strbuf_printf(&families, "%s\"f%d_x\":{\"help\":\"\",%s}", i > 0 ? "," : "", i, keys);
    fixture_families(&fx, strbuf_cstr(&families));
    struct view *view = expose(&fx);
    for (enum view_state state = VIEW_MORE; state == VIEW_MORE; strbuf_clear(&out)) {
        state = view_step(view, &out, units, fx.now);
        size_t begun = 0;
        for (const char *at = strbuf_cstr(&out); (at = strstr(at, "# TYPE ")) != NULL; at++)
            begun++;
        most = begun > most ? begun : most;
    }
    view_free(view);
    strbuf_done(&out);
    strbuf_done(&families);
    fixture_done(&fx);
    return most;
}

Test(slices, what_begins_a_family_is_work_too) {
    cr_expect(le(sz, most_families_of_a_step("\"type\":\"updowncounter\"", 70), 10));
    cr_expect(ge(sz, most_families_of_a_step("\"type\":\"updowncounter\"", 70), 8));
    cr_expect(le(sz,
                 most_families_of_a_step("\"type\":\"histogram\",\"buckets\":[1,2,3,4,5,6,7]", 170),
                 10),
              "ten lines and eight tails each");
}

Test(slices, fresh_series_are_sorted_in_slices_too) {
    enum { SERIES = 2000 };
    struct fixture fx;
    fixture_families(&fx, words_family);
    for (int i = 0; i < SERIES; i++)
        send(&fx, "words_total:1|c|#w:word%04d,z:x", (i * 7919) % SERIES);
    struct view *view = expose(&fx);
    struct strbuf out = {0};
    size_t steps = 0;
    while (view_step(view, &out, 100, fx.now) == VIEW_MORE)
        steps++;
    view_free(view);
    cr_expect(lt(sz, SERIES / 100, steps));
    const char *at = strbuf_cstr(&out);
    for (int i = 0; i < SERIES; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "words_total{w=\"word%04d\",z=\"x\"} 1\n", i);
        at = strstr(at, line);
        cr_assert(at != NULL, "in order: %s", line);
    }
    strbuf_done(&out);
    fixture_done(&fx);
}

/* ---- what is shown ---- */

static void two_services(struct fixture *fx) {
    const char *catalogs[] = {
        "{\"statgate\":1,\"service\":\"one\",\"families\":{"
        "\"a_total\":{\"type\":\"counter\",\"help\":\"\"},"
        "\"b\":{\"type\":\"updowncounter\",\"help\":\"\",\"group\":\"extra\"}}}",
        "{\"statgate\":1,\"service\":\"two\",\"families\":{"
        "\"a\":{\"type\":\"updowncounter\",\"help\":\"\",\"group\":\"inner\"},"
        "\"c\":{\"type\":\"updowncounter\",\"help\":\"\"}}}",
        NULL};
    fixture_init(fx, catalogs);
}

static char *expose_service(const struct fixture *fx, const char *service) {
    const struct view_source source = world_source(fx);
    const struct endpoint *endpoint = &fx->endpoints.items[0];
    const struct exposition_options options = {
        .format = EXPOSITION_OPENMETRICS,
        .page = service != NULL ? endpoint_page_of(endpoint, service) : &endpoint->all};
    return world_render(fx, view_exposition(&source, &options), VIEW_STEP_UNITS);
}

Test(exposition, of_one_service_holds_its_families_alone) {
    struct fixture fx;
    two_services(&fx);
    char *all = expose_service(&fx, NULL);
    char *one = expose_service(&fx, "one");
    char *two = expose_service(&fx, "two");
    cr_expect(eq(str, all,
                 "# TYPE a gauge\na 0\n# TYPE a_total unknown\na_total 0\n# TYPE b gauge\nb 0\n"
                 "# TYPE c gauge\nc 0\n# EOF\n"));
    cr_expect(eq(str, one, "# TYPE a counter\na_total 0\n# TYPE b gauge\nb 0\n# EOF\n"),
              "there is no gauge beside the counter here");
    cr_expect(eq(str, two, "# TYPE a gauge\na 0\n# TYPE c gauge\nc 0\n# EOF\n"));
    free(all);
    free(one);
    free(two);
    fixture_done(&fx);
}

Test(exposition, leaves_out_groups_that_are_not_exposed) {
    struct fixture fx;
    two_services(&fx);
    fixture_select(&fx, "all", "extra");
    char *one = expose_service(&fx, "one");
    cr_expect(eq(str, one, "# TYPE a counter\na_total 0\n# EOF\n"));
    free(one);
    fixture_select(&fx, "all", "extra,inner");
    char *all = expose_service(&fx, NULL);
    cr_expect(eq(str, all, "# TYPE a counter\na_total 0\n# TYPE c gauge\nc 0\n# EOF\n"),
              "the gauge beside the counter is not shown");
    free(all);
    json_t *list = world_json(&fx, view_json_series, &(struct json_query){.family = "b"});
    json_t *family = json_array_get(
        json_object_get(json_array_get(json_object_get(list, "services"), 0), "families"), 0);
    cr_expect(eq(int, json_is_false(json_object_get(family, "exposed")), 1));
    json_decref(list);
    fixture_done(&fx);
}

/* Two services that declare one family, each on an endpoint of its own. */
Test(exposition, one_family_of_two_services_on_two_endpoints) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"one\",\"resource\":{\"n\":\"1\"},\"families\":{"
        "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
        "{\"statgate\":1,\"service\":\"two\",\"resource\":{\"n\":\"2\"},\"families\":{"
        "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
        NULL};
    static const char *const services[] = {"two"};
    struct endpoint_options options[] = {usual_options, usual_options};
    options[1].name = "e";
    options[1].services = services;
    options[1].service_count = 1;
    options[1].resource = RESOURCE_LABELS;
    struct fixture fx;
    fixture_init_with(&fx, catalogs, options, 2);
    fixture_send(&fx, "a_total:1|c|#service:one\na_total:2|c|#service:two\na_total:4|c");
    cr_expect(eq(u64, ledger_total(fx.ledger)->by_verdict[VERDICT_REJECTED], 1), "ambiguous");
    const struct view_source source = world_source(&fx);
    for (size_t i = 0; i < 2; i++) {
        const struct exposition_options page = {.format = EXPOSITION_OPENMETRICS,
                                                .page = &fx.endpoints.items[i].all};
        char *text = world_render(&fx, view_exposition(&source, &page), VIEW_STEP_UNITS);
        cr_expect(eq(str, text,
                     i == 0 ? "# TYPE a counter\na_total 1\n# EOF\n"
                            : "# TYPE a counter\na_total{n=\"2\"} 2\n# EOF\n"));
        free(text);
    }
    fixture_done(&fx);
}

Test(exposition, failed_memory_ends_the_view) {
    struct fixture fx;
    two_services(&fx);
    struct view *view = expose(&fx);
    struct strbuf out = {.failed = true};
    cr_expect(eq(int, view_step(view, &out, 100, fx.now), VIEW_DONE));
    cr_expect(eq(sz, out.len, 0));
    view_free(view);
    strbuf_done(&out);
    fixture_done(&fx);
}
