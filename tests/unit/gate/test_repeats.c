/* SPDX-License-Identifier: MIT */
/* Lines that are folded or refused and repeated: they are remembered, with the same result as if
 * they were resolved again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "books.h"
#include "fixture.h"
#include "gate/gate.h"
#include "store/store.h"
#include "usual_options.h"

static struct fixture fx;

static struct gate_figures figures_now(void) {
    struct gate_figures figures;
    gate_figures(fx.gate, &figures);
    return figures;
}

static uint64_t count_of(enum verdict verdict) {
    return ledger_total(fx.ledger)->by_verdict[verdict];
}

/* Sends the line once more, and returns its verdict. */
static enum verdict verdict_of(const char *line) {
    const struct tally before = *ledger_total(fx.ledger);
    fixture_send(&fx, line);
    const struct tally *after = ledger_total(fx.ledger);
    int verdict = 0;
    while (verdict < VERDICT_COUNT - 1 && after->by_verdict[verdict] == before.by_verdict[verdict])
        verdict++;
    return (enum verdict)verdict;
}

/* Sends the line until it is remembered. */
static void repeat(const char *line, enum verdict verdict) {
    enum { TIMES = 4 };
    const struct gate_figures before = figures_now();
    for (int i = 0; i < TIMES; i++)
        cr_expect(eq(i32, (int)verdict_of(line), (int)verdict), "%s", line);
    const struct gate_figures after = figures_now();
    cr_expect(eq(u64, after.misses - before.misses, 2), "%s: resolved until it is met twice", line);
    cr_expect(eq(u64, after.hits - before.hits, TIMES - 2));
}

Test(gate_repeats, what_is_folded_or_refused_is_remembered_when_it_comes_again) {
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"},\"y\":[\"b\"]}}");
    repeat("c_total:1|c|#x:z,y:b", VERDICT_FOLDED);
    repeat("c_total:1|c|#x:a,y:z", VERDICT_REJECTED);
    repeat("c_total:1|c|#x:a,w:1", VERDICT_REJECTED);
    repeat("c_total:1|g|#x:a,y:b", VERDICT_REJECTED);
    repeat("d_total:1|c|#x:a,y:b", VERDICT_REJECTED);
    cr_expect(eq(u64, figures_now().lines, 5));
    fixture_done(&fx);
}

/* ---- what was full may have room later ---- */

#define GAUGE(name, keys)  "\"" name "\":{\"type\":\"gauge\",\"help\":\"\"," keys "}"
#define PATTERN(max, rest) "\"labels\":{\"x\":{\"pattern\":\"[a-z]\",\"max\":" max rest "}}"

Test(gate_repeats, a_label_that_was_full_has_room_once_a_value_ended) {
    fixture_families(&fx,
                     GAUGE("g", "\"absent\":0," PATTERN("1", ",\"otherwise\":\"other\"")) "," GAUGE(
                         "h", "\"absent\":0," PATTERN("1", "")));
    fixture_send(&fx, "g:1|g|#x:a\nh:1|g|#x:a");
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    repeat("h:1|g|#x:b", VERDICT_REJECTED);
    struct store_figures figures;
    store_figures(fx.store, &figures);
    cr_expect(eq(u64, figures.pattern_full, 4), "each refusal is counted, and no fold");
    fixture_send(&fx, "g:0|g|#x:a\nh:0|g|#x:a");
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    cr_expect(eq(i32, (int)verdict_of("h:1|g|#x:b"), VERDICT_ACCEPTED));
    repeat("g:1|g|#x:a", VERDICT_FOLDED);
    fixture_done(&fx);
}

Test(gate_repeats, a_family_that_was_full_has_room_once_a_series_ended) {
    fixture_families(
        &fx, GAUGE("g", "\"absent\":0,\"max_series\":2," PATTERN("9", ",\"otherwise\":\"other\"")));
    fixture_send(&fx, "g:1|g|#x:a");
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    struct store_figures figures;
    store_figures(fx.store, &figures);
    cr_expect(zero(u64, figures.series_full), "a fold is no refusal");
    fixture_send(&fx, "g:0|g|#x:a");
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    fixture_done(&fx);
}

Test(gate_repeats, who_finds_a_full_table_still_ends_what_is_past_its_time) {
    fixture_families(&fx, GAUGE("g", "\"ttl_s\":10," PATTERN("1", ",\"otherwise\":\"other\"")));
    fixture_send(&fx, "g:1|g|#x:a");
    fx.now.mono_ms += 9000;
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    fx.now.mono_ms += 1000;
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    fixture_done(&fx);
}

Test(gate_repeats, a_series_that_somebody_forgets_is_not_written_again) {
    fixture_families(&fx, GAUGE("g", PATTERN("1", ",\"otherwise\":\"other\"")));
    fixture_send(&fx, "g:1|g|#x:a");
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    const struct store_key any = {0};
    struct store_forgetting forgetting = {.family = fixture_family(&fx, "g"), .labels = &any};
    size_t budget = SIZE_MAX;
    cr_expect(store_forget(fx.store, &forgetting, fx.now, &budget));
    cr_expect(eq(i32, (int)verdict_of("g:2|g|#x:b"), VERDICT_ACCEPTED));
    char *all = fixture_dump(&fx, NULL);
    cr_expect(eq(str, all, "g{x=\"b\"} 2\n"));
    free(all);
    fixture_done(&fx);
}

static uint64_t overflows_of(uint32_t label) {
    const uint64_t *cells = ledger_family_rejected(fx.ledger, fixture_family(&fx, "g"));
    return cells[(size_t)label * SG_REJECT_COUNT + SG_REJECT_LABEL_OVERFLOW];
}

Test(gate_repeats, a_label_that_became_full_is_named_before_a_later_one) {
    fixture_families(&fx, GAUGE("g", "\"labels\":{\"x\":{\"pattern\":\"[a-z]\",\"max\":2},"
                                     "\"y\":{\"pattern\":\"[a-z]\",\"max\":1}}"));
    fixture_send(&fx, "g:1|g|#x:a,y:a");
    repeat("g:1|g|#x:c,y:b", VERDICT_REJECTED);
    cr_expect(eq(u64, overflows_of(1), 4));
    fixture_send(&fx, "g:1|g|#x:b,y:a\ng:1|g|#x:c,y:b\ng:1|g|#x:c,y:c");
    cr_expect(eq(u64, overflows_of(1), 4));
    cr_expect(eq(u64, overflows_of(0), 2), "one that is remembered, and one like it");
    fixture_done(&fx);
}

Test(gate_repeats, other_catalogs_decide_anew) {
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"}}}");
    repeat("c_total:1|c|#x:b", VERDICT_FOLDED);
    fixture_done(&fx);
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":{\"values\":[\"a\",\"b\"],\"otherwise\":\"o\"}}}");
    cr_expect(eq(i32, (int)verdict_of("c_total:1|c|#x:b"), VERDICT_ACCEPTED));
    fixture_done(&fx);
}

/* ---- bounds ---- */

/* Each line comes four times in a row, so that each is remembered at first. */
Test(gate_repeats, a_flood_of_repeated_folds_takes_no_place_from_lines_that_are_right) {
    enum { SPELLINGS = 20000, GOOD = 200 };
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"}}},"
                          "\"d_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":{\"pattern\":\"integer\",\"max\":200}}}");
    char line[128];
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < GOOD; i++) {
            (void)snprintf(line, sizeof line, "d_total:1|c|#x:%d", i);
            fixture_send(&fx, line);
        }
    const struct gate_figures before = figures_now();
    for (int i = 0; i < 4 * SPELLINGS; i++) {
        (void)snprintf(line, sizeof line, "c_total:1|c|#x:v%d", i / 4);
        fixture_send(&fx, line);
    }
    const struct gate_figures full = figures_now();
    cr_expect(lt(u64, full.lines - before.lines, 3000), "bounded");
    cr_expect(gt(u64, full.evictions, SPELLINGS / 2), "by making way");
    cr_expect(eq(u64, full.bytes, before.bytes));
    for (int i = 0; i < GOOD; i++) {
        (void)snprintf(line, sizeof line, "d_total:1|c|#x:%d", i);
        fixture_send(&fx, line);
    }
    cr_expect(eq(u64, figures_now().misses, full.misses));
    cr_expect(eq(u64, count_of(VERDICT_FOLDED), UINT64_C(4) * SPELLINGS));
    cr_expect(eq(u64, count_of(VERDICT_ACCEPTED), UINT64_C(3) * GOOD));
    fixture_done(&fx);
}

Test(gate_repeats, a_flood_of_new_values_for_many_names_takes_no_memory) {
    enum { NAMES = 300, TIMES = 20 };
    struct strbuf families;
    char line[64];
    strbuf_init(&families);
    for (int i = 0; i < NAMES; i++)
        strbuf_printf(&families,
                      "%s\"c%d_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                      "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"}}}",
                      i > 0 ? "," : "", i);
    fixture_families(&fx, strbuf_cstr(&families));
    const struct gate_figures before = figures_now();
    for (int i = 0; i < NAMES * TIMES; i++) {
        (void)snprintf(line, sizeof line, "c%d_total:1|c|#x:v%d", i / 2 % NAMES, i);
        fixture_send(&fx, line);
    }
    cr_expect(eq(u64, figures_now().bytes, before.bytes));
    cr_expect(eq(u64, figures_now().lines, before.lines));
    cr_expect(eq(u64, count_of(VERDICT_FOLDED), UINT64_C(1) * NAMES * TIMES));
    for (uint32_t i = 0; i < NAMES; i++) {
        (void)snprintf(line, sizeof line, "c%u_total", i);
        const struct catalog_family *family = fixture_family(&fx, line);
        const uint64_t *folded = ledger_family_folded(fx.ledger, family);
        cr_expect(eq(u64, folded[SG_REJECT_LABEL_VALUE], TIMES), "%s", line);
    }
    strbuf_done(&families);
    fixture_done(&fx);
}

Test(gate_repeats, one_that_is_too_long_is_resolved_each_time) {
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":[\"a\"]}}");
    char line[512];
    (void)snprintf(line, sizeof line, "c_total:1|c|#x:%0190d,service:%0190d", 1, 1);
    for (int i = 0; i < 4; i++)
        cr_expect(eq(i32, (int)verdict_of(line), VERDICT_REJECTED));
    cr_expect(eq(u64, figures_now().misses, 4));
    fixture_done(&fx);
}

/* ---- compared with resolving ---- */

static const char *const catalogs[] = {
    "{\"statgate\":1,\"service\":\"s\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"},\"y\":[\"b\"]}},"
    "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"absent\":0,\"ttl_s\":2,\"labels\":{"
    "\"x\":{\"pattern\":\"[a-z]\",\"max\":2,\"otherwise\":\"other\"},"
    "\"y\":{\"pattern\":\"[a-z]\",\"max\":2}}},"
    "\"m\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\",\"absent\":0,\"max_series\":2,"
    "\"labels\":{\"x\":{\"pattern\":\"[a-z]\",\"max\":5,\"otherwise\":\"other\"}}},"
    "\"p\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":3,\"labels\":{"
    "\"x\":{\"pattern\":\"[a-m]+\",\"max\":3,\"otherwise\":\"other\"},"
    "\"y\":{\"pattern\":\"[a-z]+\",\"max\":3}}},"
    "\"same_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"}}}}}",
    "{\"statgate\":1,\"service\":\"t\",\"senders\":{\"uid\":[1]},\"families\":{"
    "\"r_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"x\":{\"values\":[\"a\"],\"otherwise\":\"o\"}}},"
    "\"same_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"x\":{\"values\":[\"b\"],\"otherwise\":\"o\"}}}}}",
    NULL};

/* %s is the values, and $ a few letters, mostly other ones. */
static const char *const lines[] = {
    "c_total:%s|c|#x:a,y:b",
    "c_total:%s|c|#x:z,y:b",
    "c_total:%s|c|#y:b,x:",
    "c_total:%s|c|@0.5|#y:b,x:zz",
    "c_total:%s|c|#x:a,y:z",
    "c_total:%s|c|#w:1,x:a",
    "c_total:%s|c|#x:a,w:1",
    "c_total:%s|c|#x:a,x:a",
    "c_total:%s|c|#x:z",
    "c_total:%s|c",
    "c_total:%s|c|#",
    "c_total:%s|g|#x:z,y:b",
    "nobody:%s|c|#x:z",
    "nobody:%s|c|#x:y",
    "same_total:%s|c|#x:b",
    "same_total:%s|c|#x:b,service:s",
    "same_total:%s|c|#x:b,service:t",
    "r_total:%s|c|#x:b",
    "r_total:%s|g|#x:b",
    "g:%s|g|#x:a,y:a",
    "g:%s|g|#x:b,y:a",
    "g:%s|g|#x:c,y:a",
    "g:%s|g|#x:c,y:b",
    "g:%s|g|#x:d,y:c",
    "g:%s|g|#x:B,y:a",
    "m:%s|g|#x:a",
    "m:%s|g|#x:b",
    "m:%s|g|#x:c",
    "c_total:%s|c|#x:$,y:b",
    "c_total:%s|c|#y:b,x:$",
    "c_total:%s|c|#x:a,y:$",
    "c_total:%s|c|#x:$,y:$",
    "c_total:%s|c|#$:a,x:a",
    "p:%s|g|#x:$,y:a",
    "p:%s|g|#x:a,y:$",
    "p:%s|g|#x:aa,y:$",
    "p:%s|g|#y:$,x:$",
    "$_total:%s|c|#x:a",
};
enum { LINES = sizeof lines / sizeof *lines, STEPS = 6000 };

static unsigned draw(unsigned *random, unsigned below) {
    *random = *random * 1103515245 + 12345;
    return (*random >> 16) % below;
}

static void put_spelled(const struct fixture *of, struct strbuf *out) {
    for (int which = 0; which < LEDGER_SPELLING_COUNT; which++) {
        struct ledger_spelled spelled;
        for (size_t i = 0;
             ledger_spelled(of->ledger, (enum ledger_spelling)which, i, of->now.real_ms, &spelled);
             i++)
            strbuf_printf(out, "%d %.*s %d %d: %llu from %d at %lld, %g\n", which, (int)spelled.len,
                          spelled.text, spelled.label, (int)spelled.reason,
                          (unsigned long long)spelled.count, spelled.sender->pid,
                          (long long)spelled.last_ms, spelled.rate);
    }
}

static void put_recent(const struct fixture *of, struct strbuf *out) {
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(of->ledger, i)) != NULL; i++)
        strbuf_printf(out, "%d at %zu of %.*s\n", (int)recent->reason, recent->offset,
                      (int)recent->line_len, recent->line);
}

static void dump(struct fixture *of, struct strbuf *out) {
    struct store_figures figures;
    strbuf_clear(out);
    char *series = fixture_dump(of, NULL);
    strbuf_puts(out, series);
    free(series);
    books_dump(of->ledger, &of->set, out);
    put_spelled(of, out);
    put_recent(of, out);
    store_figures(of->store, &figures);
    strbuf_printf(out, "full: %llu, %llu\n", (unsigned long long)figures.series_full,
                  (unsigned long long)figures.pattern_full);
}

/* Both services have a family of the same name, so each has its own endpoint. */
static void open_both(struct fixture *other) {
    static const char *const services[] = {"t"};
    struct endpoint_options options[] = {usual_options, usual_options};
    options[1].name = "e";
    options[1].services = services;
    options[1].service_count = 1;
    fixture_init_with(&fx, catalogs, options, 2);
    fixture_init_with(other, catalogs, options, 2);
}

/* The other fixture remembers lines; this one explains each line, and so resolves it. */
static struct fixture explaining;

static struct texts {
    struct strbuf found;
    struct strbuf wanted;
} texts;

static void open_comparison(void) {
    open_both(&explaining);
    strbuf_init(&texts.found);
    strbuf_init(&texts.wanted);
}

static void close_comparison(void) {
    strbuf_done(&texts.found);
    strbuf_done(&texts.wanted);
    fixture_done(&explaining);
    fixture_done(&fx);
}

static void explain(const char *line) {
    struct gate_trace trace;
    explaining.now = fx.now;
    explaining.origin = fx.origin;
    gate_explain(explaining.gate, (struct sg_span){line, strlen(line)}, &explaining.origin,
                 explaining.now, &trace);
}

static void expect_same(int step) {
    dump(&fx, &texts.found);
    dump(&explaining, &texts.wanted);
    cr_assert(eq(str, texts.found.data, texts.wanted.data), "step %d", step);
}

/* Appends one to three letters, or now and then something that is not a single value. */
static void put_letters(struct strbuf *out, unsigned *random) {
    static const char *const others[] = {"", "b,x:c", "a,y:b", "b:c", "b,", "1"};
    if (draw(random, 12) == 0) {
        strbuf_puts(out, others[draw(random, 6)]);
        return;
    }
    for (unsigned i = draw(random, 3) + 1; i > 0; i--)
        strbuf_printf(out, "%c", 'a' + (int)draw(random, 26));
}

static void put_line(const char *form, const char *values, unsigned *random, char ret_line[128]) {
    struct strbuf out;
    strbuf_init(&out);
    for (; *form != '\0'; form++) {
        if (*form == '$')
            put_letters(&out, random);
        else if (*form != '%')
            strbuf_printf(&out, "%c", *form);
        else if (*++form == 's')
            strbuf_puts(&out, values);
    }
    (void)snprintf(ret_line, 128, "%s", out.data);
    strbuf_done(&out);
}

Test(gate_repeats, nothing_is_counted_otherwise_than_if_each_line_were_resolved) {
    static const char *const values[] = {"1", "0", "22", "1:2:x:3", "0"};
    unsigned random = 7;
    open_comparison();
    for (int step = 0; step < STEPS; step++) {
        char line[128];
        const char *value = values[draw(&random, 4) == 0 ? draw(&random, 5) : 0];
        put_line(lines[draw(&random, LINES)], value, &random, line);
        fx.origin.uid = draw(&random, 2);
        fx.origin.pid = (int32_t)(10 + fx.origin.uid);
        fx.now.mono_ms += (int64_t)draw(&random, 8) * 20;
        fx.now.real_ms += (int64_t)draw(&random, 3) * 20;
        fixture_send(&fx, line);
        explain(line);
        if (step % 200 == 199)
            expect_same(step);
    }
    cr_expect(gt(u64, figures_now().hits, STEPS / 2));
    close_comparison();
}

/* A batch has only a few forms, so that many of its lines are alike. All are of one service,
 * because the service for which a sender sent last is stored at the end of a batch. */
enum { BATCH_MAX = 60 };

static size_t draw_batch(unsigned *random, char ret_lines[BATCH_MAX][128]) {
    static const char *const values[] = {"1", "0", "22", "1:2:x:3", "1"};
    const unsigned first = draw(random, LINES);
    const unsigned several = 1 + draw(random, 4);
    const size_t count = 1 + draw(random, BATCH_MAX);
    size_t drawn = 0;
    while (drawn < count) {
        const char *form = lines[(first + draw(random, several)) % LINES];
        const char *value = values[draw(random, 8) == 0 ? draw(random, 5) : 0];
        if (strncmp(form, "r_total", 7) == 0 || strncmp(form, "same_total", 10) == 0)
            form = "broken %s";
        put_line(form, value, random, ret_lines[drawn++]);
    }
    return drawn;
}

Test(gate_repeats, nothing_is_counted_otherwise_in_a_row) {
    static char batch[BATCH_MAX][128];
    struct gate_datagram datagrams[BATCH_MAX];
    unsigned random = 11;
    open_comparison();
    for (int step = 0; step < STEPS / 4; step++) {
        const size_t count = draw_batch(&random, batch);
        fx.now.mono_ms += (int64_t)draw(&random, 8) * 20;
        fx.now.real_ms += (int64_t)draw(&random, 3) * 20;
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || draw(&random, 16) == 0)
                fx.origin.uid = draw(&random, 2);
            fx.origin.pid = (int32_t)(10 + fx.origin.uid);
            datagrams[i] = (struct gate_datagram){
                .data = batch[i], .len = strlen(batch[i]), .origin = fx.origin};
            explain(batch[i]);
        }
        cr_assert(eq(sz, gate_batch(fx.gate, datagrams, count, SIZE_MAX, fx.now), count));
        if (step % 50 == 49)
            expect_same(step);
    }
    cr_expect(gt(u64, figures_now().hits, STEPS));
    close_comparison();
}
