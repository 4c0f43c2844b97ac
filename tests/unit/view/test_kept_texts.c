/* SPDX-License-Identifier: MIT */
/* Texts of series that are kept between expositions: a page is the same with them and without,
 * whatever happens to the series, and however few texts are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "sanitized.h"
#include "scarce.h"
#include "store/store.h"
#include "usual_options.h"
#include "view/view.h"
#include "world.h"

static struct fixture fx;
static struct render_cache *cache;

static void teardown(void) {
    render_cache_free(cache);
    fixture_done(&fx);
}

TestSuite(kept_texts, .fini = teardown);

static void keep(uint64_t limit) {
    render_cache_free(cache);
    cache = render_cache_new(memory_heap(), &fx.set, &fx.endpoints, limit);
}

static void send(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void send(const char *format, ...) {
    char line[8192];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fixture_send_bytes(&fx, line, (size_t)len, false);
}

static void pass(int64_t ms) {
    fx.now.mono_ms += ms;
    fx.now.real_ms += ms;
}

static struct view *open_page(size_t endpoint, enum exposition_format format,
                              struct render_cache *texts) {
    struct view_source source = world_source(&fx);
    source.texts = texts;
    const struct exposition_options options = {.format = format,
                                               .page = &fx.endpoints.items[endpoint].all};
    return view_exposition(&source, &options);
}

static void expect_same(size_t endpoint, enum exposition_format format) {
    char *want = world_render(&fx, open_page(endpoint, format, NULL), VIEW_STEP_UNITS);
    char *got = world_render(&fx, open_page(endpoint, format, cache), VIEW_STEP_UNITS);
    cr_assert(eq(str, got, want));
    free(want);
    free(got);
}

static uint64_t kept(void) {
    return render_cache_count(cache);
}

static void settle(const struct catalog_family *family) {
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(fx.store, family, &budget));
}

/* How many of the family's series have a text that is kept, on the page without constants. */
static uint64_t kept_of_present(const char *name) {
    const struct catalog_family *family = fixture_family(&fx, name);
    const struct render_walk walk = render_cache_walk(cache, family, &fx.endpoints.items[0].all);
    struct store_cursor cursor;
    uint64_t count = 0;
    settle(family);
    store_cursor_open(fx.store, &cursor, family);
    for (const struct series *series;
         (series = store_cursor_next(fx.store, &cursor, fx.now)) != NULL;) {
        cr_assert(eq(u32, cursor.place, store_place(fx.store, family, series)));
        count += render_cache_find(&walk, cursor.place, series) != NULL;
    }
    store_cursor_close(fx.store, &cursor);
    return count;
}

/* ---- what is kept ---- */

static const char words_family[] =
    "\"words_total\":{\"type\":\"counter\",\"help\":\"Words.\",\"labels\":{"
    "\"w\":{\"pattern\":\".*\",\"max\":4000}}}";

static void send_words(int from, int to) {
    for (int i = from; i < to; i++)
        send("words_total:1|c|#w:word%d", i);
}

Test(kept_texts, are_shared_by_both_formats) {
    fixture_families(&fx, words_family);
    send_words(0, 100);
    keep(1 << 20);
    expect_same(0, EXPOSITION_OPENMETRICS);
    cr_expect(eq(u64, kept(), 100));
    expect_same(0, EXPOSITION_TEXT);
    expect_same(0, EXPOSITION_OPENMETRICS);
    cr_expect(eq(u64, kept(), 100));
}

Test(kept_texts, end_with_their_series) {
    fixture_families(&fx, words_family);
    send_words(0, 50);
    keep(1 << 20);
    expect_same(0, EXPOSITION_TEXT);
    const struct catalog_family *family = fixture_family(&fx, "words_total");
    for (uint32_t place = 10; place <= 20; place++)
        store_remove(fx.store, store_at(fx.store, family, place));
    expect_same(0, EXPOSITION_TEXT);
    for (int i = 0; i < 11; i++)
        send("words_total:7|c|#w:another%d", i); /* in their places */
    expect_same(0, EXPOSITION_TEXT);
    expect_same(0, EXPOSITION_OPENMETRICS);
    cr_expect(eq(u64, kept_of_present("words_total"), 50));
    cr_expect(eq(u64, kept(), 50), "what was kept for the others went");
}

Test(kept_texts, of_pages_with_other_constants_are_others) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"s\",\"resource\":{\"n\":\"one\"},\"families\":{"
        "\"words_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"w\":{\"pattern\":\".*\","
        "\"max\":400}}}}}",
        NULL};
    struct endpoint_options options[] = {usual_options, usual_options, usual_options};
    options[1].name = "labels";
    options[1].resource = RESOURCE_LABELS;
    options[2].name = "created";
    options[2].created = true;
    fixture_init_with(&fx, catalogs, options, 3);
    send_words(0, 20);
    keep(1 << 20);
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < 3; i++) {
            expect_same(i, EXPOSITION_OPENMETRICS);
            expect_same(i, EXPOSITION_TEXT);
        }
    cr_expect(eq(u64, kept(), 40), "two of the pages have none");
}

/* Such series are new with each run. */
Test(kept_texts, there_are_none_of_queries) {
    static const char *const catalogs[] = {
        "{\"statgate\":1,\"service\":\"s\",\"families\":{\"r\":{\"type\":\"gauge\",\"help\":\"\","
        "\"labels\":{\"x\":[\"a\",\"b\"]}}},\"databases\":{\"main\":{\"conninfo\":\"\"}},"
        "\"queries\":[{\"sql\":\"SELECT\",\"labels\":[\"x\"],\"values\":{\"r\":\"n\"}}]}",
        NULL};
    fixture_init(&fx, catalogs);
    const struct catalog_family *family = fixture_family(&fx, "r");
    size_t budget = SIZE_MAX;
    const struct sg_span value = {.at = "a", .len = 1};
    cr_assert(store_set_begin(fx.store, family, &budget));
    (void)gate_row(fx.gate, family, &value, 3, COMBINE_SUM, fx.now);
    store_set_commit(fx.store, family);
    keep(1 << 20);
    cr_expect(cache == NULL);
    expect_same(0, EXPOSITION_TEXT);
}

/* Escaped, it takes four times what it was given room for. */
Test(kept_texts, do_not_include_very_long_ones) {
    fixture_families(&fx,
                     "\"long_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                     "\"a\":{\"pattern\":\".*\",\"max\":4},\"b\":{\"pattern\":\".*\",\"max\":4},"
                     "\"c\":{\"pattern\":\".*\",\"max\":4}}}");
    char quotes[201];
    memset(quotes, '"', 200);
    quotes[200] = '\0';
    send("long_total:1|c|#a:x,b:y,c:z");
    send("long_total:1|c|#a:%s,b:%s,c:%s", quotes, quotes, quotes);
    keep(1 << 20);
    expect_same(0, EXPOSITION_TEXT);
    expect_same(0, EXPOSITION_TEXT);
    cr_expect(eq(u64, kept(), 1));
}

Test(kept_texts, have_the_number_as_long_as_it_stays) {
    fixture_families(
        &fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"n\":{\"pattern\":\".*\","
             "\"max\":100}}}");
    static const char *const numbers[] = {
        "0.1",    "1e300",   "1",          "-0", "0.1", "-1.7976931348623157e308",
        "999999", "1000000", "1234567.25", "0",  "2.5", "2.5"};
    for (int i = 0; i < 12; i++)
        send("g:%s|g|#n:%d", numbers[i], i);
    keep(1 << 20);
    for (size_t round = 1; round < 30; round++) {
        expect_same(0, EXPOSITION_TEXT);
        expect_same(0, EXPOSITION_OPENMETRICS);
        for (size_t i = 0; i < 12; i += 1 + round % 3)
            send("g:%s|g|#n:%zu", numbers[(i + round) % 12], i);
    }
}

/* ---- when it is full ---- */

Test(kept_texts, take_no_more_than_their_limit) {
    static const uint64_t limits[] = {0, 1, 4096, 20000, 65536, 100000, 1 << 20, 16 << 20};
    fixture_families(&fx, words_family);
    send_words(0, 4000);
    uint64_t before = 0;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        keep(limits[i]);
        const uint64_t bytes = render_cache_bytes(&fx.set, &fx.endpoints, limits[i]);
        cr_expect(le(u64, bytes, limits[i]));
        cr_expect(eq(int, bytes == 0, cache == NULL), "%zu", i);
        expect_same(0, EXPOSITION_TEXT);
        expect_same(0, EXPOSITION_TEXT);
        if (cache == NULL)
            continue;
        cr_expect(ge(u64, kept(), before), "more room, more texts");
        cr_expect(le(u64, kept() * 32, bytes));
        before = kept();
    }
    cr_expect(eq(u64, before, 4000));
    cr_expect(lt(u64, render_cache_bytes(&fx.set, &fx.endpoints, 16 << 20), 1600000),
              "no more than the catalogs can need");
}

/* First come, first kept: a page that is too large must not push itself out. */
Test(kept_texts, stay_when_there_is_no_room_for_more) {
    fixture_families(&fx, words_family);
    send_words(0, 2000);
    keep(100000);
    expect_same(0, EXPOSITION_TEXT);
    const uint64_t first = kept();
    cr_expect(lt(u64, 100, first));
    cr_expect(lt(u64, first, 2000));
    for (int i = 0; i < 20; i++) {
        pass(15000);
        expect_same(0, EXPOSITION_TEXT);
        cr_assert(eq(u64, kept(), first));
    }
}

Test(kept_texts, make_room_once_their_series_have_ended) {
    fixture_families(&fx, words_family);
    send_words(0, 2000);
    keep(100000);
    expect_same(0, EXPOSITION_TEXT);
    const uint64_t first = kept();
    const struct catalog_family *family = fixture_family(&fx, "words_total");
    for (uint32_t place = 1; place <= 2000; place += 2)
        store_remove(fx.store, store_at(fx.store, family, place));
    for (int i = 0; i < 10; i++)
        expect_same(0, EXPOSITION_TEXT);
    cr_expect(lt(u64, first, 1900));
    cr_expect(eq(u64, kept_of_present("words_total"), 1000), "others have their room");
}

static const char *const constant_catalogs[] = {
    "{\"statgate\":1,\"service\":\"s\",\"resource\":{\"n\":\"one\"},\"families\":{"
    "\"words_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"w\":{\"pattern\":\".*\","
    "\"max\":4000}}}}}",
    NULL};

Test(kept_texts, make_room_when_nobody_asks_for_their_page) {
    struct endpoint_options options[] = {usual_options, usual_options};
    options[1].name = "labels";
    options[1].resource = RESOURCE_LABELS;
    fixture_init_with(&fx, constant_catalogs, options, 2);
    send_words(0, 2000);
    keep(100000);
    expect_same(1, EXPOSITION_TEXT); /* once, by somebody who looks around */
    const uint64_t first = kept();
    for (int i = 0; i < 15; i++) {
        pass(15000);
        expect_same(0, EXPOSITION_TEXT);
        cr_assert(eq(u64, kept(), first), "not so soon");
    }
    for (int i = 0; i < 15; i++) {
        pass(15000);
        expect_same(0, EXPOSITION_TEXT);
    }
    cr_expect(lt(u64, first, kept()), "shorter ones, and so more of them");
}

/* ---- whatever happens ---- */

static uint32_t state;
static uint32_t any(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 4) * below >> 28);
}

static const char *const mixed_catalogs[] = {
    "{\"statgate\":1,\"service\":\"mixed\",\"resource\":{\"site\":\"a\\\"b\",\"zone\":\"z\"},"
    "\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"C.\",\"labels\":{\"k\":[\"x\",\"y\\\\\"],"
    "\"w\":{\"pattern\":\".*\",\"max\":60,\"otherwise\":\"other\"}}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"G.\",\"ttl_s\":3,\"labels\":{\"w\":{\"pattern\":\".*\","
    "\"max\":50}}},"
    "\"a\":{\"type\":\"gauge\",\"help\":\"A.\",\"absent\":0,\"labels\":{\"w\":{\"pattern\":\".*\","
    "\"max\":50}}},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"H.\",\"buckets\":[0.1,1,10],\"labels\":{\"k\":[\"x\","
    "\"y\"]}},"
    "\"s\":{\"type\":\"summary\",\"help\":\"S.\",\"quantiles\":[0.5,1],\"window_s\":9,\"labels\":{"
    "\"k\":[\"x\",\"y\"]}},"
    "\"r\":{\"type\":\"summary\",\"help\":\"R.\",\"quantiles\":[0.5],\"reading\":\"absolute\"},"
    "\"most\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"max\",\"labels\":{\"w\":{\"pattern\":"
    "\".*\",\"max\":30}}},"
    "\"read_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
    "\"b_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{\"v\":{\"pattern\":\".*\",\"max\":9}}}"
    ","
    "\"m\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"m\":[\"on\",\"off "
    "\\\"\\\"\"],\"k\":[\"x\",\"y\"]}}}}",
    NULL};

/* A number, whole or not, in the forms that there are. */
static const char *any_number(void) {
    static char text[64];
    const double scale[] = {1, 0.25, 1e-7, 1e9, 123456.789};
    (void)snprintf(text, sizeof text, "%.9g", any(50) * scale[any(5)]);
    return text;
}

static void any_line(void) {
    static const char *const odd[] = {"", "\"", "\\\\", "\xc3\xa9"};
    fx.origin.pid = 100 + (int32_t)any(3);
    const char *number = any_number();
    switch (any(10)) {
    case 0:
        send("c_total:%s|c|#k:%s,w:%u%s", number, any(2) ? "x" : "y\\", any(90), odd[any(4)]);
        break;
    case 1:
        send("g:%s|g|#w:%u%s", number, any(90), odd[any(4)]);
        break;
    case 2:
        send("a:%s|g|#w:%u", number, any(40));
        break;
    case 3:
        send("h:%s|h|#k:%s", number, any(2) ? "x" : "y");
        break;
    case 4:
        send("s:%s|h|#k:%s", number, any(2) ? "x" : "y");
        break;
    case 5:
        send("r:%s|g|#quantile:0.5", number);
        break;
    case 6:
        send("most:%s|g|#w:%u%s", number, any(30), odd[any(4)]);
        break;
    case 7:
        send("read_total:%u|g", any(1000));
        break;
    case 8:
        send("b_info:1|g|#v:%u%s", any(9), odd[any(4)]);
        break;
    default:
        send("m:1|g|#m:%s,k:%s", any(2) ? "on" : "off \"\"", any(2) ? "x" : "y");
        break;
    }
}

static void any_change(void) {
    for (uint32_t i = any(60); i > 0; i--)
        any_line();
    if (any(3) == 0)
        pass(any(2000));
    if (any(5) == 0) {
        size_t budget = any(100);
        (void)store_expire(fx.store, fx.now, &budget);
    }
    const int32_t pid = 100 + (int32_t)any(3);
    if (any(10) == 0 && owners_find(store_owners(fx.store), pid) != OWNER_NONE)
        world_end_process(&fx, pid);
}

enum { CACHES = 3 };

/* All caches and none, step by step, while the store changes between steps. */
static void compare_in_turns(struct render_cache *const *caches, size_t endpoint,
                             enum exposition_format format) {
    struct view *views[CACHES + 1];
    struct strbuf outs[CACHES + 1] = {{0}};
    for (size_t i = 0; i <= CACHES; i++)
        views[i] = open_page(endpoint, format, i < CACHES ? caches[i] : NULL);
    enum view_state last = VIEW_MORE;
    const bool changing = any(2) == 0;
    while (last == VIEW_MORE) {
        const size_t budget = changing ? 1 + any(80) : 1000;
        /* Sorts and merges, else the first view does, and gets less far than the others. */
        free(world_render(&fx, open_page(endpoint, format, NULL), VIEW_STEP_UNITS));
        for (size_t i = 0; i <= CACHES; i++)
            last = view_step(views[i], &outs[i], budget, fx.now);
        for (size_t i = 0; i < CACHES; i++) {
            cr_assert(eq(sz, outs[i].len, outs[CACHES].len));
            cr_assert(outs[i].len == 0 || memcmp(outs[i].data, outs[CACHES].data, outs[i].len) == 0,
                      "cache %zu: %s", i, strbuf_cstr(&outs[i]));
        }
        if (changing)
            any_change();
    }
    for (size_t i = 0; i <= CACHES; i++) {
        view_free(views[i]);
        strbuf_done(&outs[i]);
    }
}

static void compare_over_time(uint32_t seed) {
    static const uint64_t limits[CACHES] = {16 << 20, 24000, 40000};
    struct endpoint_options options[] = {usual_options, usual_options};
    options[1].name = "labels";
    options[1].resource = RESOURCE_LABELS;
    options[1].created = true;
    fixture_init_with(&fx, mixed_catalogs, options, 2);
    struct render_cache *caches[CACHES];
    for (size_t i = 0; i < CACHES; i++) {
        caches[i] = render_cache_new(memory_heap(), &fx.set, &fx.endpoints, limits[i]);
        cr_assert(caches[i] != NULL);
    }
    state = seed;
    for (int round = 0; round < 150; round++) {
        any_change();
        compare_in_turns(caches, any(2), (enum exposition_format)any(2));
    }
    for (size_t i = 0; i < CACHES; i++) {
        cr_expect(lt(u64, 20, render_cache_count(caches[i])));
        render_cache_free(caches[i]);
    }
    fixture_done(&fx);
}

Test(kept_texts, change_no_byte_of_any_page) {
    for (uint32_t seed = 1; seed <= sanitized_games(8); seed++)
        compare_over_time(seed);
}

/* ---- memory ---- */

static bool try_cache(const struct memory *memory, void *arg) {
    (void)arg;
    struct render_cache *made = render_cache_new(memory, &fx.set, &fx.endpoints, 1 << 20);
    const bool done = made != NULL;
    render_cache_free(made);
    return done;
}

Test(kept_texts, are_one_piece_of_memory) {
    fixture_families(&fx, words_family);
    cr_expect(eq(sz, scarce_each(try_cache, NULL), 1));
}
