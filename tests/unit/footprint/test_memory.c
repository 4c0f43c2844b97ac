/* SPDX-License-Identifier: MIT */
/* The memory that `check` prints is enough: stores and gates that are filled to their bounds need
 * no more. */
#include <malloc.h>
#include <math.h>
#include <stdio.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "gate/gate.h"
#include "history/history.h"
#include "loader/loader.h"
#include "store/store.h"

static struct catalog_set set;

/* For a catalog with these sections beside the head. */
static void load_sections(const char *sections) {
    struct strbuf text;
    struct error error = {0};
    struct error why = {0};
    strbuf_init(&text);
    strbuf_printf(&text, "{\"statgate\":1,\"service\":\"s\",\"ignore_labels\":[\"pad\"],%s}",
                  sections);
    catalog_set_init(&set);
    struct catalog *catalog = loader_text("s.json", text.data, text.len, false, &error);
    cr_assert(ne(ptr, catalog, NULL), "%s", error.text);
    catalog_set_add(&set, catalog);
    cr_assert(catalog_set_finish(&set, &why), "%s", why.text);
    strbuf_done(&text);
}

static void load(const char *families) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "\"families\":{%s}", families);
    load_sections(strbuf_cstr(&text));
    strbuf_done(&text);
}

static uint64_t promised(void) {
    uint64_t bytes = store_shared_bytes(&set);
    for (size_t i = 0; i < set.family_count; i++)
        bytes += store_family_bytes(set.families[i]) + breakers_jobs_family_bytes(set.families[i]);
    return bytes;
}

/* Bytes allocated now; always 0 if a sanitizer replaces the allocator. */
static uint64_t heap_bytes(void) {
    const struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

/* What a store has before any family: a few words for each. */
static uint64_t empty_bytes(void) {
    struct catalog_set none;
    struct error why = {0};
    catalog_set_init(&none);
    cr_assert(catalog_set_finish(&none, &why));
    struct store *store = store_new(NULL, &none, 1, (struct store_time){.mono_ms = 1});
    struct store_figures figures;
    store_figures(store, &figures);
    store_free(store);
    catalog_set_done(&none);
    return figures.bytes;
}

/* Texts of pattern values: of the maximum length, in random order. */
static size_t write_value(char *out, uint64_t number) {
    memset(out, 'a', CATALOG_VALUE_MAX);
    uint64_t mixed = number * UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < 16; i++, mixed >>= 4)
        out[i] = (char)('a' + (mixed & 15));
    return CATALOG_VALUE_MAX;
}

/* Make the series as large as it can be: with a part, or observations far apart. */
static void use(struct store *store, const struct catalog_family *family,
                const struct series *series) {
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    const owner_id owner = owners_begin(store_owners(store), 7);
    if (family_is_owned(family))
        cr_assert(eq(int, (int)store_own(store, family, series, owner, 0, 1, now), (int)OWN_TAKEN));
    else if (family->kind->has_window)
        for (int power = -30; power < 30; power++)
            cr_assert(eq(int, (int)store_number(store, family, series, ldexp(1, power), 1, 0, now),
                         (int)NUMBER_TAKEN));
}

static void fill(struct store *store, const struct catalog_family *family) {
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    for (uint64_t n = 0; store_family_count(store, family) < family->bound; n++) {
        struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
        char texts[4][CATALOG_VALUE_MAX];
        uint64_t rest = n;
        for (uint32_t i = 0; i < family->label_count; i++) {
            const struct catalog_label *label = &family->labels[i];
            const uint64_t pick = rest % label->bound;
            rest /= label->bound;
            labels[i].id = (int32_t)pick;
            if (pick < label->value_count)
                continue;
            labels[i].id = -1;
            labels[i].text = texts[i];
            labels[i].len = write_value(texts[i], pick);
        }
        const struct series *series;
        int label;
        if (store_series(store, family, labels, now, &series, &label) == STORE_FOUND)
            use(store, family, series);
        cr_assert(lt(u64, n, family->combinations * 2));
        size_t budget = SIZE_MAX;
        if (n % 1000 == 0)
            (void)store_settle(store, family, &budget);
    }
    size_t budget = SIZE_MAX;
    (void)store_settle(store, family, &budget);
}

static void expect_enough(const char *families) {
    load(families);
    struct store *store = store_new(NULL, &set, 1, (struct store_time){.mono_ms = 1, .real_ms = 1});
    cr_assert(ne(ptr, store, NULL));
    for (size_t i = 0; i < set.family_count; i++)
        fill(store, set.families[i]);
    struct store_figures figures;
    store_figures(store, &figures);
    cr_expect(eq(u64, figures.series, set.bound));
    const uint64_t used = figures.bytes - empty_bytes();
    cr_expect(le(u64, used, promised()), "%s", families);
    /* Parts and pages of windows are not all used. */
    const uint64_t needed = promised() - store_shared_bytes(&set);
    cr_expect(ge(u64, used * 3, needed), "and not far too much: %s", families);
    store_free(store);
    catalog_set_done(&set);
}

Test(footprint_memory, a_full_store_needs_no_more_than_check_says) {
    expect_enough("\"a_total\":{\"type\":\"counter\"}");
    expect_enough("\"a\":{\"type\":\"histogram\",\"buckets\":[1,2,3,4,5,6,7,8,9],"
                  "\"labels\":{\"x\":[\"1\",\"2\",\"3\"],\"y\":[\"1\",\"2\"]}}");
    expect_enough("\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":900,"
                  "\"otherwise\":\"o\"}}}");
    expect_enough("\"a\":{\"type\":\"gauge\",\"max_series\":5000,\"labels\":{"
                  "\"x\":{\"pattern\":\"slug\",\"max\":100,\"otherwise\":\"o\"},"
                  "\"y\":{\"pattern\":\"slug\",\"max\":200,\"otherwise\":\"o\"}}}");
    expect_enough(
        "\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":65537}}}");
}

/* Fresh series are sorted in from last to first: created in order, each splits the first chunk and
 * leaves all others half full. */
Test(footprint_memory, half_full_chunks_are_counted) {
    struct strbuf family;
    strbuf_init(&family);
    strbuf_puts(&family, "\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":[");
    for (int i = 0; i < 8192; i++)
        strbuf_printf(&family, "%s\"%04d\"", i == 0 ? "" : ",", i);
    strbuf_puts(&family, "]}}");
    load(strbuf_cstr(&family));
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    struct store *store = store_new(NULL, &set, 1, now);
    for (int i = 0; i < 8192; i++) {
        const struct store_label label = {.id = i};
        const struct series *series;
        int folded;
        cr_assert(eq(int, (int)store_series(store, set.families[0], &label, now, &series, &folded),
                     (int)STORE_FOUND));
    }
    size_t budget = SIZE_MAX;
    cr_assert(store_settle(store, set.families[0], &budget));
    struct store_figures figures;
    store_figures(store, &figures);
    const uint64_t used = figures.bytes - empty_bytes();
    cr_expect(le(u64, used, promised()));
    /* Chunks may be a quarter full after series came and went: room for as many again. */
    cr_expect(ge(u64, used + 81920, promised()), "nearly all else is used");
    store_free(store);
    catalog_set_done(&set);
    strbuf_done(&family);
}

Test(footprint_memory, the_known_lines_need_no_more_than_check_says) {
    load("\"a\":{\"type\":\"gauge\",\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":3000}}}");
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    struct store *store = store_new(NULL, &set, 1, now);
    struct ledger *ledger = ledger_new(NULL, &set, 1);
    struct breakers_jobs *breakers_jobs = breakers_jobs_new(NULL, &set, store, 1, now);
    struct gate *gate = gate_new(NULL, &set, store, ledger, breakers_jobs, 1);
    cr_assert(gate && ledger && store);
    char line[256];
    for (int i = 0; i < 20000; i++) {
        const int len = snprintf(line, sizeof line, "a:1|g|#x:v%d,pad:%0150d", i % 3000, i);
        const struct gate_datagram datagram = {.data = line, .len = (size_t)len};
        (void)gate_batch(gate, &datagram, 1, SIZE_MAX, now);
    }
    struct gate_figures figures;
    gate_figures(gate, &figures);
    cr_expect(lt(u64, 0, figures.evictions), "the table is full");
    cr_expect(le(u64, figures.bytes, gate_known_bytes(&set)));
    gate_free(gate);
    breakers_jobs_free(breakers_jobs);
    ledger_free(ledger);
    store_free(store);
    catalog_set_done(&set);
}

static void expect_heap(uint64_t before, uint64_t said) {
    enum { ROUNDING = 65536 }; /* whole pages for large pieces, a few words for each small one */
    const uint64_t after = heap_bytes();
    if (after == 0)
        return;
    cr_expect(le(u64, after - before, said + ROUNDING));
    cr_expect(ge(u64, (after - before) * 2 + ROUNDING, said), "and not far too much");
}

Test(footprint_memory, values_of_processes_need_no_more_than_check_says) {
    expect_enough("\"a\":{\"type\":\"gauge\",\"merge\":\"sum\",\"labels\":{\"x\":{\"pattern\":"
                  "\"slug\",\"max\":900}}}");
    expect_enough("\"a_total\":{\"type\":\"counter\",\"reading\":\"absolute\",\"labels\":{\"x\":"
                  "[\"1\",\"2\",\"3\"]}}");
    expect_enough("\"a\":{\"type\":\"summary\",\"reading\":\"absolute\",\"quantiles\":[0,0.5,1],"
                  "\"labels\":{\"x\":{\"pattern\":\"slug\",\"max\":2000}}}");
    expect_enough("\"a\":{\"type\":\"stateset\",\"labels\":{\"a\":[\"on\",\"off\"],\"x\":"
                  "{\"pattern\":\"slug\",\"max\":2000}}}");
}

Test(footprint_memory, windows_of_summaries_need_no_more_than_check_says) {
    expect_enough("\"a\":{\"type\":\"summary\",\"quantiles\":[0.5]}");
    expect_enough("\"a\":{\"type\":\"summary\",\"quantiles\":[0.5],\"labels\":{\"x\":{\"pattern\":"
                  "\"slug\",\"max\":500}}}");
}

Test(footprint_memory, the_table_of_processes_is_as_large_as_check_says) {
    const uint64_t before = heap_bytes();
    struct owners *owners = owners_new(NULL, OWNERS_MAX);
    for (int32_t pid = 1; pid <= OWNERS_MAX; pid++)
        cr_assert(ne(u32, owners_begin(owners, pid), OWNER_NONE));
    expect_heap(before, owners_bytes(OWNERS_MAX));
    owners_free(owners);
}

Test(footprint_memory, the_books_are_as_large_as_check_says) {
    load("\"a_total\":{\"type\":\"counter\",\"labels\":{\"x\":[\"1\",\"2\"]}}");
    const uint64_t before = heap_bytes();
    struct ledger *ledger = ledger_new(NULL, &set, 1);
    cr_assert(ne(ptr, ledger, NULL));
    bool is_new;
    const struct sender *sender = ledger_sender(ledger, 10, 1000, 100, 1000, &is_new);
    const struct ledger_entry entry = {
        .family = set.families[0], .label = -1, .reason = SG_REJECT_LABEL_VALUE};
    ledger_reject(ledger, sender, &entry, (struct sg_span){"x", 1}, 0, 1, 1000);
    ledger_fold(ledger, sender, &entry, 1);
    const uint64_t after = heap_bytes();
    /* On the heap each of the eight tables is rounded up by itself. */
    if (after != 0)
        cr_expect(le(u64, after - before,
                     ledger_bytes(&set) + ledger_object_bytes(&set) + UINT64_C(8) * 4096));
    ledger_free(ledger);
    catalog_set_done(&set);
}

Test(footprint_memory, machines_and_live_jobs_need_no_more_than_check_says) {
    enum { LIVE = 20000 };
    load_sections("\"attempts\":{\"a\":{\"labels\":{\"x\":[\"1\",\"2\",\"3\"]},"
                  "\"success\":[\"ok\"],\"failure\":[\"no\"],\"expected_s\":1,"
                  "\"breaker\":{\"open_after\":1,\"cooldown_s\":1},\"expose\":"
                  "[\"circuit_state\",\"circuit_state_seconds_total\",\"overdue_seconds\"]}},"
                  "\"jobs\":{\"j\":{\"labels\":{\"q\":[\"1\",\"2\"]},\"max_live\":20000,"
                  "\"buckets\":[1,2,3]}}");
    const struct store_time now = {.mono_ms = 1, .real_ms = 1};
    const uint64_t before = heap_bytes();
    struct store *store = store_new(NULL, &set, 1, now);
    struct breakers_jobs *breakers_jobs =
        store ? breakers_jobs_new(NULL, &set, store, 1, now) : NULL;
    cr_assert(ne(ptr, breakers_jobs, NULL));
    const struct catalog_family *jobs = catalog_family_find(set.catalogs[0], "j", 1);
    static const enum job_event events[] = {JOB_EVENT_QUEUED, JOB_EVENT_STARTED,
                                            JOB_EVENT_SUCCEEDED, JOB_EVENT_STARTED};
    const uint32_t ids[] = {0};
    const struct who who = {.pid = 7};
    const struct sg_job said = {.exit = SG_EXIT_UNSAID};
    const struct series *series = store_find(store, jobs, ids);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        for (int number = 0; number < LIVE; number++) {
            char id[SG_INSTANCE_MAX + 1];
            (void)snprintf(id, sizeof id, "%0*d-%zu", SG_INSTANCE_MAX - 2, number, i / 3);
            cr_assert(eq(int,
                         (int)jobs_event(breakers_jobs, series, events[i],
                                         (struct sg_span){id, SG_INSTANCE_MAX}, &said, OWNER_NONE,
                                         &who, now),
                         (int)BREAKERS_JOBS_TAKEN));
        }
    cr_expect(eq(int,
                 (int)jobs_event(breakers_jobs, series, JOB_EVENT_QUEUED,
                                 (struct sg_span){"one more", 8}, &said, OWNER_NONE, &who, now),
                 (int)BREAKERS_JOBS_FULL));
    expect_heap(before, promised() + owners_bytes(OWNERS_MAX));
    breakers_jobs_free(breakers_jobs);
    store_free(store);
    catalog_set_done(&set);
}

Test(footprint_memory, the_history_is_as_large_as_check_says) {
    load("\"a_total\":{\"type\":\"counter\"},\"b\":{\"type\":\"gauge\"}");
    struct ledger *ledger = ledger_new(NULL, &set, 1);
    const uint64_t before = heap_bytes();
    struct history *history = history_new(NULL, &set, ledger);
    cr_assert(ne(ptr, history, NULL));
    const uint64_t after = heap_bytes();
    /* On the heap the table has an item more, and begins at a page. */
    if (after != 0)
        cr_expect(le(u64, after - before, history_bytes(&set) + UINT64_C(3) * 4096));
    history_free(history);
    ledger_free(ledger);
    catalog_set_done(&set);
}
