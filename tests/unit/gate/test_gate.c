/* SPDX-License-Identifier: MIT */
/* The gate itself: known lines, batches, floods, reports. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "gate/gate.h"
#include "store/store.h"

static double value_of(const struct fixture *fx, const char *family) {
    const struct series *series =
        store_find(fx->store, fixture_family(fx, family), (uint32_t[1]){0});
    cr_assert(series != NULL);
    return series->value;
}

Test(gate, a_known_line_is_not_resolved_again) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":[\"a\"]}}");
    for (int i = 0; i < 10; i++)
        fixture_send(&fx, "c_total:1|c|#x:a");
    struct gate_figures figures;
    gate_figures(fx.gate, &figures);
    cr_expect(figures.misses == 1);
    cr_expect(figures.hits == 9);
    cr_expect(figures.lines == 1);
    cr_expect(value_of(&fx, "c_total") == 10);
    fixture_done(&fx);
}

static void put_values(struct strbuf *out, const char *label, unsigned count) {
    strbuf_printf(out, "\"%s\": [", label);
    for (unsigned i = 0; i < count; i++)
        strbuf_printf(out, "%s\"%s-%069u\"", i > 0 ? "," : "", label, i);
    strbuf_puts(out, "]");
}

/* A family of long lines, used up to its bound: each line has its place. */
Test(gate, all_lines_of_a_full_family_are_known) {
    enum { A = 500, B = 80 };
    struct strbuf text;
    struct gate_figures figures;
    struct fixture fx;
    char line[256];
    strbuf_init(&text);
    strbuf_puts(&text, "\"long_total\": {\"type\": \"counter\", \"labels\": {");
    put_values(&text, "a", A);
    strbuf_puts(&text, ",");
    put_values(&text, "b", B);
    strbuf_puts(&text, "}}");
    fixture_families(&fx, strbuf_cstr(&text));
    strbuf_done(&text);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < A * B; i++) {
            (void)snprintf(line, sizeof line, "long_total:1|c|#a:a-%069u,b:b-%069u", i / B, i % B);
            fixture_send(&fx, line);
        }
    gate_figures(fx.gate, &figures);
    cr_expect(figures.lines == (uint64_t)A * B);
    cr_expect(figures.evictions == 0);
    cr_expect(figures.hits == (uint64_t)2 * A * B);
    cr_expect(figures.bytes <= gate_known_bytes(&fx.set));
    fixture_done(&fx);
}

Test(gate, a_known_line_misses_when_its_series_ended) {
    struct fixture fx;
    fixture_families(&fx, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"x\":{"
                          "\"pattern\":\"slug\",\"max\":1}}}");
    const struct catalog_family *family = fixture_family(&fx, "g");
    fixture_send(&fx, "g:1|g|#x:a");
    fixture_send(&fx, "g:2|g|#x:a");
    store_remove(fx.store, store_at(fx.store, family, 1));
    fixture_send(&fx, "g:3|g|#x:b"); /* takes the place of the removed series */
    cr_expect(store_at(fx.store, family, 1)->value == 3);
    fixture_send(&fx, "g:4|g|#x:a");
    cr_expect(store_at(fx.store, family, 1)->value == 3);
    cr_expect(ledger_total(fx.ledger)->by_verdict[VERDICT_REJECTED] == 1);
    fixture_done(&fx);
}

/* Apply `count` datagrams with this budget per call. Returns how often one was cut. */
static size_t apply_in_steps(struct fixture *fx, const struct gate_datagram *batch, size_t count,
                             size_t budget) {
    size_t cuts = 0;
    for (size_t done = 0; done < count; cuts += gate_is_midway(fx->gate))
        done += gate_batch(fx->gate, batch + done, count - done, budget, fx->now);
    cr_expect(not(gate_is_midway(fx->gate)));
    return cuts;
}

Test(gate, a_datagram_that_takes_more_than_a_budget_is_cut_between_lines) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    const struct gate_datagram datagram = {.data = "c_total:1|c\nc_total:2|c\nc_total:4|c\n",
                                           .len = 36};
    cr_expect(gate_batch(fx.gate, &datagram, 1, 1, fx.now) == 0);
    cr_expect(gate_is_midway(fx.gate));
    cr_expect(value_of(&fx, "c_total") == 1, "a line at least");
    cr_expect(apply_in_steps(&fx, &datagram, 1, 1) == 1);
    cr_expect(value_of(&fx, "c_total") == 7);
    fixture_done(&fx);
}

/* ---- watched lines ---- */

struct watch {
    struct fixture *fx;
    char seen[256];
    int32_t pid;  /* whose lines are not wanted */
    double value; /* the counter when a line was shown */
    struct gate_trace trace;
};

static struct gate_trace *on_line(void *arg, const struct gate_origin *origin) {
    struct watch *watch = arg;
    return origin->pid == watch->pid ? NULL : &watch->trace;
}

static size_t on_applied(void *arg, const struct gate_watched *watched) {
    struct watch *watch = arg;
    const struct gate_trace *trace = watched->trace;
    const size_t len = strlen(watch->seen);
    (void)snprintf(watch->seen + len, sizeof watch->seen - len, "%.*s %s;", (int)trace->text.len,
                   trace->text.at,
                   trace->verdict == VERDICT_REJECTED ? sg_reject_label(trace->reason)
                                                      : ledger_verdict_text(trace->verdict));
    cr_expect(watched->sender->pid == watched->origin->pid);
    if (trace->text.len > 0 && trace->text.at[0] == 'c')
        watch->value = value_of(watch->fx, "c_total");
    return 1;
}

Test(gate, each_line_is_shown_with_what_became_of_it) {
    struct fixture fx;
    struct watch watch = {.fx = &fx, .pid = -1};
    const struct gate_watcher watcher = {on_line, on_applied, &watch};
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    fixture_send(&fx, "c_total:1|c\nc_total:1|c\nnobody:1|c\nnobody:1|c"); /* known from now on */
    gate_watch(fx.gate, &watcher);
    fixture_send(&fx, "c_total:1|c\nnonsense\nnobody:1|c\n_sc|x|0\nc_total:x|c\nc_total:2|c");
    cr_expect(eq(str, watch.seen,
                 "c_total:1|c accepted;nonsense malformed;nobody:1|c unknown_family;_sc|x|0 "
                 "ignored;c_total:x|c bad_value;c_total:2|c accepted;"));
    cr_expect(watch.value == 5, "the line is applied when it is shown");
    watch.seen[0] = '\0';
    fixture_send_bytes(&fx, "c_total:4|c\nc_tot", 17, true);
    cr_expect(eq(str, watch.seen, "c_total:4|c accepted;c_tot truncated;"));
    watch.seen[0] = '\0';
    watch.pid = fx.origin.pid;
    fixture_send(&fx, "c_total:1|c");
    cr_expect(eq(str, watch.seen, ""), "who is not wanted is not shown");
    watch.pid = -1;
    gate_watch(fx.gate, NULL);
    fixture_send(&fx, "c_total:1|c");
    cr_expect(eq(str, watch.seen, ""));
    cr_expect(value_of(&fx, "c_total") == 11);
    fixture_done(&fx);
}

Test(gate, what_a_watcher_takes_ends_a_batch_as_other_work_does) {
    struct fixture fx;
    struct watch watch = {.fx = &fx, .pid = -1};
    const struct gate_watcher watcher = {on_line, on_applied, &watch};
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    const struct gate_datagram datagram = {.data = "c_total:1|c\n", .len = 12};
    struct gate_datagram batch[64];
    for (size_t i = 0; i < 64; i++)
        batch[i] = datagram;
    const size_t plain = gate_batch(fx.gate, batch, 64, 80, fx.now);
    gate_watch(fx.gate, &watcher);
    cr_expect(gate_batch(fx.gate, batch, 64, 80, fx.now) < plain);
    fixture_done(&fx);
}

/* Datagrams give the same books and values whether applied whole or in steps of any size. */
Test(gate, cuts_change_nothing) {
    enum { DATAGRAMS = 40 };
    static const char *const lines[] = {
        "c_total:1|c|#u:%u", "c_total:1:x:3|c|#u:%u", "h:1:2:3:4:5:6:7:8:9:10:11:12|h|#u:%u",
        "nobody:%u|c",       "s:0.5:1:2|d|#u:%u",     "bad line %u",
        "c_total:1|c|#v:%u"};
    static char text[DATAGRAMS][4096];
    struct gate_datagram batch[DATAGRAMS];
    unsigned random = 1;
    for (size_t i = 0; i < DATAGRAMS; i++) {
        int len = 0;
        for (unsigned line = 0; line < 1 + i; line++, random = random * 1103515245 + 12345) {
            char format[64];
            (void)snprintf(format, sizeof format, "%s%s\n", lines[(random >> 16) % 7],
                           line == 0 ? "|q:%x,%u,3" : "");
            len += snprintf(text[i] + len, sizeof text[i] - (size_t)len, format,
                            (random >> 20) % 60, (unsigned)i, 100u + (unsigned)i);
        }
        batch[i] = (struct gate_datagram){.data = text[i],
                                          .len = (size_t)len - i % 2,
                                          .truncated = i % 5 == 0,
                                          .origin = {.pid = (int32_t)(i % 3) + 1}};
    }
    static const char families[] =
        "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"u\":{\"pattern\":"
        "\"integer\",\"max\":50,\"otherwise\":\"other\"}}},"
        "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1,9],\"labels\":{\"u\":{"
        "\"pattern\":\"integer\",\"max\":20}}},"
        "\"s\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[1],\"window_s\":60,\"labels\":{"
        "\"u\":{\"pattern\":\"integer\",\"max\":50}}}";
    static const size_t budgets[] = {1, 2, 5, 17, 100, 1000};
    struct fixture whole;
    fixture_families(&whole, families);
    cr_expect(apply_in_steps(&whole, batch, DATAGRAMS, SIZE_MAX) == 0);
    char *expected = fixture_dump(&whole, NULL);
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        struct fixture fx;
        fixture_families(&fx, families);
        const size_t cuts = apply_in_steps(&fx, batch, DATAGRAMS, budgets[b]);
        cr_expect(b > 2 || cuts > DATAGRAMS, "%zu cuts", cuts);
        char *found = fixture_dump(&fx, NULL);
        cr_expect(eq(str, found, expected));
        free(found);
        for (size_t i = 0; i < 3; i++) {
            const struct sender *one = ledger_sender_at(fx.ledger, i);
            const struct sender *other = ledger_sender_at(whole.ledger, i);
            cr_expect(one->datagrams == other->datagrams);
            cr_expect(one->numbered == other->numbered);
            cr_expect(one->sent == other->sent);
            cr_expect(one->lost == other->lost);
            cr_expect(memcmp(&one->tally, &other->tally, sizeof one->tally) == 0);
        }
        fixture_done(&fx);
    }
    free(expected);
    fixture_done(&whole);
}

/* All events of jobs are one known line, so what they cost cannot be seen from the line. */
Test(gate, an_event_of_a_machine_is_charged) {
    struct fixture fx;
    const char *const catalogs[] = {"{\"statgate\":1,\"service\":\"s\",\"families\":{},"
                                    "\"jobs\":{\"t\":{\"buckets\":[1],\"max_live\":1000}}}",
                                    NULL};
    fixture_init(&fx, catalogs);
    struct gate_datagram batch[100];
    char text[100][32];
    for (int i = 0; i < 100; i++) {
        const int len = snprintf(text[i], sizeof text[i], "t:queued|j|i:%d", i);
        batch[i] = (struct gate_datagram){.data = text[i], .len = (size_t)len};
    }
    cr_expect(gate_batch(fx.gate, batch, 100, 300, fx.now) < 60);
    fixture_done(&fx);
}

/* The number of datagrams, each with one new series, that a call with this budget applies. */
static size_t new_series_of_a_call(const char *family, char letter, size_t budget) {
    enum { DATAGRAMS = 200 };
    static char text[DATAGRAMS][32];
    struct fixture fx;
    struct gate_datagram batch[DATAGRAMS];
    fixture_families(&fx, family);
    for (int i = 0; i < DATAGRAMS; i++) {
        const int len = snprintf(text[i], sizeof text[i], "n_x:1|%c|#id:%d", letter, i);
        batch[i] = (struct gate_datagram){.data = text[i], .len = (size_t)len};
    }
    (void)gate_batch(fx.gate, batch, 1, SIZE_MAX,
                     fx.now); /* so that the sender is known afterwards */
    const size_t done = gate_batch(fx.gate, batch + 1, DATAGRAMS - 1, budget, fx.now);
    fixture_done(&fx);
    return done;
}

/* Each new series may touch four pages of memory for the first time, and a large series more. */
Test(gate, a_budget_has_few_series_that_are_new) {
    static const char labels[] =
        "\"help\":\"\",\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":500}}}";
    char family[4096];
    const size_t waiting = 32; /* in the pipe */
    (void)snprintf(family, sizeof family, "\"n_x\":{\"type\":\"gauge\",%s", labels);
    cr_expect(new_series_of_a_call(family, 'g', 1000) <= 1000 / 40 + waiting);
    size_t len =
        (size_t)snprintf(family, sizeof family, "\"n_x\":{\"type\":\"histogram\",\"buckets\":[0");
    for (int i = 1; i < 200; i++)
        len += (size_t)snprintf(family + len, sizeof family - len, ",%d", i);
    (void)snprintf(family + len, sizeof family - len, "],%s", labels);
    cr_expect(new_series_of_a_call(family, 'h', 3000) <= 3000 / 46 + waiting);
}

Test(gate, a_used_up_budget_ends_the_batch_between_datagrams) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    struct gate_datagram batch[10];
    for (int i = 0; i < 10; i++)
        batch[i] = (struct gate_datagram){.data = "c_total:1|c\nc_total:1|c", .len = 23};
    cr_expect(gate_batch(fx.gate, batch, 10, 3, fx.now) == 1);
    cr_expect(value_of(&fx, "c_total") == 2, "whole");
    cr_expect(apply_in_steps(&fx, batch + 1, 9, 7) == 0);
    cr_expect(value_of(&fx, "c_total") == 20);
    fixture_done(&fx);
}

Test(gate, a_flood_of_spellings_keeps_the_table_bounded_and_neighbours_exact) {
    struct fixture fx;
    fixture_families(&fx,
                     "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\"]}},"
                     "\"f_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":{"
                     "\"values\":[\"a\"],\"otherwise\":\"other\"}}}");
    const int rounds = 200000;
    uint64_t misses_of_neighbour = 0;
    struct gate_figures figures;
    uint64_t bytes = 0;
    for (int i = 0; i < rounds; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "f_total:1|c|#x:%08x", (unsigned)i * 2654435761u);
        fixture_send(&fx, line);
        (void)snprintf(line, sizeof line, "r%08x:1|c", (unsigned)i * 2654435761u);
        fixture_send(&fx, line);
        if (i % 100 != 0)
            continue;
        gate_figures(fx.gate, &figures);
        const uint64_t before = figures.misses;
        fixture_send(&fx, "c_total:1|c|#x:a");
        gate_figures(fx.gate, &figures);
        misses_of_neighbour += figures.misses - before;
        if (i == rounds / 2)
            bytes = figures.bytes;
    }
    cr_expect(figures.lines <= figures.capacity + 16);
    cr_expect(figures.evictions == 0, "what never repeats is not kept");
    cr_expect(figures.bytes <= bytes + 65536, "memory is flat once the table is full");
    cr_expect(misses_of_neighbour < 50, "a line in use is not evicted by ones that never repeat");
    cr_expect((int)value_of(&fx, "c_total") == rounds / 100);
    const struct tally *total = ledger_total(fx.ledger);
    cr_expect(eq(u64, total->by_verdict[VERDICT_FOLDED], rounds));
    cr_expect(eq(u64, total->by_verdict[VERDICT_REJECTED], rounds));
    fixture_done(&fx);
}

Test(gate, a_line_too_long_to_remember_is_resolved_each_time) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    char line[4096] = "c_total:1|c|#service:";
    for (int i = 0; i < 12; i++)
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), "%0150d,service:", i);
    for (int i = 0; i < 3; i++)
        fixture_send(&fx, line);
    struct gate_figures figures;
    gate_figures(fx.gate, &figures);
    cr_expect(figures.misses == 3);
    cr_expect(figures.lines == 0);
    cr_expect(value_of(&fx, "c_total") == 3);
    fixture_done(&fx);
}

Test(gate, groups_that_are_not_exposed_are_ignored_and_counted) {
    struct fixture fx;
    fixture_families(&fx, "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"group\":\"api\"},"
                          "\"b_total\":{\"type\":\"counter\",\"help\":\"\",\"group\":\"job\"}");
    fixture_select(&fx, "api", "none");
    for (int i = 0; i < 3; i++)
        fixture_send(&fx, "a_total:1|c\nb_total:1:2|c");
    cr_expect(ledger_total(fx.ledger)->by_verdict[VERDICT_ACCEPTED] == 3);
    cr_expect(ledger_total(fx.ledger)->by_verdict[VERDICT_IGNORED] == 6);
    fixture_done(&fx);
}

Test(gate, reports_close_the_sum_of_a_numbering_sender) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    fixture_send(&fx, "c_total:1|c|q:1f,1,0");
    fixture_send(&fx, "c_total:1:2|c|q:1f,8,5\nc_total:x|c\nnope\n_sc|a|0");
    const struct sender *sender = ledger_sender_at(fx.ledger, 0);
    cr_expect(sender->sent == 8);
    cr_expect(sender->lost == 5);
    cr_expect(sender->numbered == 6);
    cr_expect(tally_total(&sender->tally) == 6);
    fixture_done(&fx);
}

Test(gate, a_report_counts_even_when_its_line_is_refused) {
    struct fixture fx;
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    fixture_send(&fx, "c_total|c|q:1f,2,0\nc_total:1|c");
    const struct sender *sender = ledger_sender_at(fx.ledger, 0);
    cr_expect(sender->sent == 2);
    cr_expect(sender->numbered == 2);
    fixture_done(&fx);
}
