/* SPDX-License-Identifier: MIT */
/* Summaries, infos, statesets and owned values: what slices and pages do with them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "world.h"

static void send(struct fixture *fx, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void send(struct fixture *fx, const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fixture_send(fx, line);
}

static size_t lines_with(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static struct view *expose(const struct fixture *fx, enum exposition_format format) {
    const struct view_source source = world_source(fx);
    const struct exposition_options options = {.format = format,
                                               .page = &fx->endpoints.items[0].all};
    return view_exposition(&source, &options);
}

/* Steps a view takes with this budget; its text goes to `out`. */
static size_t steps_of(const struct fixture *fx, struct view *view, size_t budget,
                       struct strbuf *out) {
    size_t steps = 1;
    while (view_step(view, out, budget, fx->now) == VIEW_MORE)
        steps++;
    view_free(view);
    return steps;
}

static struct view *list_series(const struct fixture *fx) {
    const struct view_source source = world_source(fx);
    const char *refusal;
    return view_json_series(&source, &(struct json_query){.limit = "100000"}, &refusal);
}

/* A sum over many processes is computed by the view: it counts as work of its slices, too. */
Test(types, merging_parts_is_charged_to_the_slice) {
    enum { PROCESSES = 2000, POOLS = 20, BUDGET = 400 };
    struct fixture fx;
    fixture_families(&fx, "\"slots\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\","
                          "\"labels\":{\"pool\":{\"pattern\":\"integer\",\"max\":20}}}");
    for (int i = 0; i < PROCESSES; i++) {
        fx.origin.pid = 1000 + i;
        for (int pool = 0; pool < POOLS; pool++)
            send(&fx, "slots:1|g|#pool:%d", pool);
    }
    struct strbuf merged = {0};
    struct strbuf plain = {0};
    const size_t merging = steps_of(&fx, expose(&fx, EXPOSITION_TEXT), BUDGET, &merged);
    const size_t known = steps_of(&fx, expose(&fx, EXPOSITION_TEXT), BUDGET, &plain);
    cr_expect(ge(sz, merging, POOLS), "each series alone is more than a slice");
    cr_expect(le(sz, known, 2), "what is merged stays so");
    cr_expect(eq(sz, lines_with(strbuf_cstr(&merged), "} 2000\n"), POOLS));
    cr_expect(
        eq(str, (char *)(uintptr_t)strbuf_cstr(&merged), (char *)(uintptr_t)strbuf_cstr(&plain)));
    fx.origin.pid = 1000;
    for (int pool = 0; pool < POOLS; pool++)
        send(&fx, "slots:2|g|#pool:%d", pool);
    strbuf_clear(&merged);
    cr_expect(ge(sz, steps_of(&fx, list_series(&fx), BUDGET, &merged), POOLS), "JSON as well");
    cr_expect(eq(sz, lines_with(strbuf_cstr(&merged), "\"value\":2001,"), POOLS));
    cr_expect(eq(sz, lines_with(strbuf_cstr(&merged), "\"parts\":2000}"), POOLS));
    strbuf_done(&merged);
    strbuf_done(&plain);
    fixture_done(&fx);
}

static const char summaries[] =
    "\"s_seconds\":{\"type\":\"summary\",\"unit\":\"seconds\",\"help\":\"\","
    "\"quantiles\":[0.5,0.9,0.99],\"window_s\":60,"
    "\"labels\":{\"w\":{\"pattern\":\"integer\",\"max\":500}}}";

Test(types, quantiles_are_charged_to_the_slice) {
    enum { SERIES = 200, BUDGET = 100 };
    struct fixture fx;
    fixture_families(&fx, summaries);
    for (int i = 0; i < SERIES; i++)
        for (int j = 0; j < 200; j++)
            send(&fx, "s_seconds:%d.5|h|#w:%d", 1 << j % 20, i);
    struct strbuf warm = {0};
    (void)steps_of(&fx, expose(&fx, EXPOSITION_TEXT), BUDGET, &warm); /* sorts the series */
    strbuf_clear(&warm);
    const size_t full = steps_of(&fx, expose(&fx, EXPOSITION_TEXT), BUDGET, &warm);
    fx.now.mono_ms += 120000;
    strbuf_clear(&warm);
    const size_t empty = steps_of(&fx, expose(&fx, EXPOSITION_TEXT), BUDGET, &warm);
    cr_expect(eq(sz, lines_with(strbuf_cstr(&warm), "quantile="), 0), "the window is empty");
    cr_expect(eq(sz, lines_with(strbuf_cstr(&warm), "s_seconds_count{"), SERIES));
    cr_expect(lt(sz, empty, full));
    strbuf_done(&warm);
    fixture_done(&fx);
}

/* Quantiles that leave the window between slices leave whole series behind. */
Test(types, a_window_that_passes_between_slices_cuts_no_series) {
    enum { SERIES = 50 };
    struct fixture fx;
    fixture_families(&fx, summaries);
    for (int i = 0; i < SERIES; i++)
        send(&fx, "s_seconds:1|h|#w:%d", i);
    struct view *view = expose(&fx, EXPOSITION_OPENMETRICS);
    struct strbuf out = {0};
    while (view_step(view, &out, 5, fx.now) == VIEW_MORE)
        fx.now.mono_ms += out.len > 0 ? 4000 : 0; /* sorted first */
    view_free(view);
    const char *text = strbuf_cstr(&out);
    size_t with_quantiles = 0;
    for (int i = 0; i < SERIES; i++) {
        char start[32];
        (void)snprintf(start, sizeof start, "s_seconds{w=\"%d\",", i);
        const size_t quantiles = lines_with(text, start);
        cr_expect(quantiles == 0 || quantiles == 3, "%s %zu", start, quantiles);
        with_quantiles += quantiles == 3;
    }
    cr_expect(eq(sz, lines_with(text, "s_seconds_count{"), SERIES));
    cr_expect(ne(sz, with_quantiles, 0));
    cr_expect(lt(sz, with_quantiles, SERIES));
    strbuf_done(&out);
    fixture_done(&fx);
}

Test(types, groups_hide_summaries_and_statesets_too) {
    struct fixture fx;
    fixture_families(&fx, "\"m\":{\"type\":\"stateset\",\"help\":\"\",\"group\":\"extra\","
                          "\"labels\":{\"m\":[\"a\",\"b\"]}},"
                          "\"s\":{\"type\":\"summary\",\"help\":\"\",\"group\":\"extra\","
                          "\"quantiles\":[0.5],\"window_s\":10}");
    fixture_send(&fx, "m:1|g|#m:a");
    fixture_select(&fx, "all", "extra");
    char *text = world_exposition(&fx, EXPOSITION_OPENMETRICS, VIEW_STEP_UNITS);
    cr_expect(eq(str, text, "# EOF\n"));
    free(text);
    fixture_done(&fx);
}

/* The text of a series goes from one to the next; the lines of tails must not inherit a number. */
Test(types, slices_of_any_size_give_the_same_text) {
    struct fixture fx;
    fixture_families(
        &fx, "\"m\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"m\":[\"a\",\"b\"],"
             "\"w\":{\"pattern\":\"integer\",\"max\":40},\"z\":[\"x\",\"y\"]}},"
             "\"r\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,1],"
             "\"reading\":\"absolute\",\"labels\":{\"w\":{\"pattern\":\"integer\",\"max\":40}}}");
    for (int i = 0; i < 40; i++) {
        send(&fx, "m:1|g|#m:%s,w:%d,z:%s", i & 1 ? "a" : "b", i / 2, i & 1 ? "x" : "y");
        send(&fx, i % 3 ? "r_count:%d|g|#w:%d" : "r:%d|g|#w:%d,quantile:1", i, i);
    }
    for (int format = 0; format < 2; format++) {
        char *whole = world_exposition(&fx, (enum exposition_format)format, VIEW_STEP_UNITS);
        for (size_t budget = 0; budget < 9; budget++) {
            char *sliced = world_exposition(&fx, (enum exposition_format)format, budget);
            cr_expect(eq(str, sliced, whole), "slices of %zu", budget);
            free(sliced);
        }
        free(whole);
    }
    fixture_done(&fx);
}

/* 2^53 and above is no exact integer any more. */
Test(types, a_relayed_count_is_an_integer_in_openmetrics) {
    struct fixture fx;
    fixture_families(&fx, "\"r\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[1],"
                          "\"reading\":\"absolute\"}");
    static const struct {
        const char *sent;
        const char *open_metrics;
        const char *text;
    } counts[] = {
        {"0", "r_count 0\n", "r_count 0\n"},
        {"12000000", "r_count 12000000\n", "r_count 1.2e+07\n"},
        {"9007199254740992", "r_count 9007199254740992\n", "r_count 9.007199254740992e+15\n"},
        {"1e30", "r_count 1e+30\n", "r_count 1e+30\n"}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        send(&fx, "r_count:%s|g", counts[i].sent);
        char *open_metrics = world_exposition(&fx, EXPOSITION_OPENMETRICS, 100);
        char *text = world_exposition(&fx, EXPOSITION_TEXT, 100);
        cr_expect(strstr(open_metrics, counts[i].open_metrics) != NULL, "%s", open_metrics);
        cr_expect(strstr(text, counts[i].text) != NULL, "%s", text);
        free(open_metrics);
        free(text);
    }
    fixture_done(&fx);
}

/* A kind without a row of functions would have nothing to be shown with. */
Test(types, every_kind_with_lines_shows_in_text_and_in_json) {
    static const struct {
        const char *declared;
        const char *sample;
        const char *shown;
    } shapes[KIND_COUNT] = {
        [KIND_COUNTER] = {"\"f_total\":{\"type\":\"counter\"}", "f_total:3|c", "f_total 3\n"},
        [KIND_READING] = {"\"f_total\":{\"type\":\"counter\",\"reading\":\"absolute\"}",
                          "f_total:3|g", "f_total 3\n"},
        [KIND_GAUGE] = {"\"f\":{\"type\":\"gauge\"}", "f:3|g", "f 3\n"},
        [KIND_UPDOWNCOUNTER] = {"\"f\":{\"type\":\"updowncounter\"}", "f:3|c", "f 3\n"},
        [KIND_HISTOGRAM] = {"\"f\":{\"type\":\"histogram\",\"buckets\":[1,4]}", "f:3|h",
                            "f_bucket{le=\"4\"} 1\n"},
        [KIND_SUMMARY] = {"\"f\":{\"type\":\"summary\",\"quantiles\":[0.5]}", "f:3|h",
                          "f{quantile=\"0.5\"} 3\n"},
        [KIND_RELAYED] = {"\"f\":{\"type\":\"summary\",\"quantiles\":[0.5],"
                          "\"reading\":\"absolute\"}",
                          "f:3|g|#quantile:0.5", "f{quantile=\"0.5\"} 3\n"},
        [KIND_INFO] = {"\"f_info\":{\"type\":\"info\",\"labels\":{\"v\":[\"1\"]}}",
                       "f_info:1|g|#v:1", "f_info{v=\"1\"} 1\n"},
        [KIND_STATESET] = {"\"f\":{\"type\":\"stateset\",\"labels\":{\"f\":[\"off\",\"on\"]}}",
                           "f:1|g|#f:on", "f{f=\"on\"} 1\n"},
    };
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        if (catalog_kind_rows[kind].is_machine)
            continue;
        cr_assert(shapes[kind].declared != NULL, "kind %zu", kind);
        struct fixture fx;
        fixture_families(&fx, shapes[kind].declared);
        cr_expect(fx.set.families[0]->kind == &catalog_kind_rows[kind]);
        fixture_send(&fx, shapes[kind].sample);
        char *text = world_exposition(&fx, EXPOSITION_TEXT, SIZE_MAX);
        cr_expect(strstr(text, shapes[kind].shown) != NULL, "%s", text);
        free(text);
        json_t *json = world_json(&fx, view_json_series, &(struct json_query){.limit = "10"});
        cr_expect(json != NULL);
        json_decref(json);
        fixture_done(&fx);
    }
}
