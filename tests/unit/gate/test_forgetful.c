/* SPDX-License-Identifier: MIT */
/* What a gate remembers of lines only makes it faster: random lines are counted as by a gate that
 * is made again for each line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "books.h"
#include "drawn.h"
#include "fixture.h"
#include "gate/gate.h"
#include "sanitized.h"
#include "store/store.h"
#include "usual_options.h"

enum { GAMES = 16, GAMES_LONG = 1000, BATCHES = 60, BATCH = 60, LINES = 5, BYTES = LINES * 600 };
enum { PIDS = 4 };

struct side {
    struct fixture fx;
};

static struct pair {
    struct side remembers;
    struct side forgets;
    char text[BATCH][BYTES];
    struct gate_datagram batch[BATCH];
    struct strbuf found;
    struct strbuf wanted;
} pair;

/* ---- lines ---- */

static void begin_again(struct side *side) {
    struct fixture *fx = &side->fx;
    gate_free(fx->gate);
    fx->gate = gate_new(NULL, &fx->set, fx->store, fx->ledger, fx->breakers_jobs, 42);
    cr_assert(ne(ptr, fx->gate, NULL));
}

static void forget_and_send(const struct strbuf *line, const struct gate_origin *origin) {
    const struct gate_datagram datagram = {.data = line->data, .len = line->len, .origin = *origin};
    begin_again(&pair.forgets);
    cr_assert(
        eq(sz, gate_batch(pair.forgets.fx.gate, &datagram, 1, SIZE_MAX, pair.forgets.fx.now), 1));
}

/* Draws one or several lines, and sends each to the other gate at once. */
static void draw_datagram(char *text, const struct gate_origin *origin,
                          struct gate_datagram *ret_datagram) {
    struct strbuf line;
    char *to = text;
    strbuf_init(&line);
    for (unsigned n = drawn_often(70) ? 1 : 1 + drawn(LINES); n > 0; n--) {
        drawn_line(&pair.remembers.fx.set, &line);
        forget_and_send(&line, origin);
        memcpy(to, line.data, line.len);
        to += line.len;
        *to++ = '\n';
    }
    *ret_datagram =
        (struct gate_datagram){.data = text, .len = (size_t)(to - text), .origin = *origin};
    strbuf_done(&line);
}

static void draw_origin(struct gate_origin *origin) {
    origin->pid = (int32_t)drawn(PIDS);
    origin->uid = drawn(2);
    origin->scope = drawn_often(30) ? drawn(3) : 0;
}

static void send_batch(void) {
    struct fixture *fx = &pair.remembers.fx;
    const size_t count = 1 + drawn(BATCH);
    for (size_t i = 0; i < count; i++) {
        if (drawn_often(15))
            draw_origin(&fx->origin);
        draw_datagram(pair.text[i], &fx->origin, &pair.batch[i]);
    }
    for (size_t done = 0; done < count;)
        done += gate_batch(fx->gate, pair.batch + done, count - done,
                           drawn_often(70) ? SIZE_MAX : 1 + drawn(40), fx->now);
}

/* ---- other events ---- */

struct event {
    unsigned what;
    uint32_t family;
    int32_t pid;
    struct strbuf line;
    struct gate_origin origin;
};

static void forget(struct fixture *fx, const struct catalog_family *family) {
    const struct store_key any[CATALOG_LABELS_MAX] = {{0}};
    struct store_forgetting forgetting = {.family = family, .labels = any};
    size_t budget = SIZE_MAX;
    cr_assert(store_forget(fx->store, &forgetting, fx->now, &budget));
}

static void end_process(struct fixture *fx, int32_t pid) {
    struct owners *owners = store_owners(fx->store);
    owners_end(owners, owners_find(owners, pid));
    while (!breakers_jobs_release(fx->breakers_jobs, fx->now, 1000))
        ;
}

static void happen(struct side *side, const struct event *event, int64_t after_ms) {
    struct fixture *fx = &side->fx;
    struct gate_trace trace;
    size_t budget = SIZE_MAX;
    fx->now.mono_ms += after_ms;
    fx->now.real_ms += after_ms;
    breakers_jobs_advance(fx->breakers_jobs, fx->now);
    switch (event->what) {
    case 0:
        forget(fx, fx->set.families[event->family]);
        break;
    case 1:
        (void)store_expire(fx->store, fx->now, &budget);
        break;
    case 2:
        end_process(fx, event->pid);
        break;
    case 3:
        gate_explain(fx->gate, (struct sg_span){event->line.data, event->line.len}, &event->origin,
                     fx->now, &trace);
        break;
    case 4:
        begin_again(side);
        break;
    default:
        break;
    }
}

static void pass_time(void) {
    const struct fixture *fx = &pair.remembers.fx;
    const int64_t after_ms = drawn_often(25) ? 0 : (int64_t)drawn(900);
    struct event event = {.what = drawn(12),
                          .family = drawn((unsigned)fx->set.family_count),
                          .pid = 1 + (int32_t)drawn(PIDS - 1),
                          .origin = fx->origin};
    strbuf_init(&event.line);
    drawn_line(&fx->set, &event.line);
    happen(&pair.remembers, &event, after_ms);
    happen(&pair.forgets, &event, after_ms);
    strbuf_done(&event.line);
}

/* ---- what was counted ---- */

static void put_group(const struct fixture *fx, const struct ledger_entry *entry,
                      enum verdict verdict, struct strbuf *out) {
    struct ledger_group group;
    if (ledger_group(fx->ledger, entry, verdict, fx->now.real_ms, &group))
        strbuf_printf(out, "%s %d %d %d: %lld %lld, %g, %d\n", entry->family->name, entry->label,
                      (int)entry->reason, (int)verdict, (long long)group.first_ms,
                      (long long)group.last_ms, group.rate, group.sender->pid);
}

static void put_groups(const struct fixture *fx, struct strbuf *out) {
    for (size_t i = 0; i < fx->set.family_count; i++) {
        const struct catalog_family *family = fx->set.families[i];
        struct ledger_entry entry = {.service = family->catalog, .family = family, .label = -1};
        for (; entry.label < (int)family->label_count; entry.label++)
            for (int reason = 0; reason < SG_REJECT_COUNT; reason++) {
                entry.reason = (enum sg_reject)reason;
                put_group(fx, &entry, VERDICT_FOLDED, out);
                put_group(fx, &entry, VERDICT_REJECTED, out);
            }
    }
}

static void put_spelled(const struct fixture *fx, enum ledger_spelling which, struct strbuf *out) {
    struct ledger_spelled spelled;
    for (size_t i = 0; ledger_spelled(fx->ledger, which, i, fx->now.real_ms, &spelled); i++)
        strbuf_printf(out, "%d %s %s %.*s %d %d: %llu - %llu from %d at %lld %lld, %g\n",
                      (int)which, spelled.service != NULL ? spelled.service->service : "-",
                      spelled.family != NULL ? spelled.family->name : "-", (int)spelled.len,
                      spelled.text, spelled.label, (int)spelled.reason,
                      (unsigned long long)spelled.count, (unsigned long long)spelled.error,
                      spelled.sender->pid, (long long)spelled.first_ms, (long long)spelled.last_ms,
                      spelled.rate);
}

static void put_recent(const struct fixture *fx, struct strbuf *out) {
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(fx->ledger, i)) != NULL; i++)
        strbuf_printf(out, "%d at %zu of %.*s from %d\n", (int)recent->reason, recent->offset,
                      (int)recent->line_len, recent->line, recent->pid);
}

/* Removes the numbers after this word, which may differ: the lines come in other datagrams, and the
 * service for which a sender sent last is stored at the end of a batch. */
static void blank(char *text, const char *word) {
    for (char *at = text; (at = strstr(at, word)) != NULL;) {
        at += strlen(word);
        const size_t digits = strspn(at, "-0123456789");
        memmove(at, at + digits, strlen(at + digits) + 1);
    }
}

static void dump(struct side *side, struct strbuf *out) {
    struct fixture *fx = &side->fx;
    struct store_figures figures;
    strbuf_clear(out);
    char *series = fixture_dump(fx, NULL);
    strbuf_puts(out, series);
    free(series);
    books_dump(fx->ledger, &fx->set, out);
    for (int which = 0; which < LEDGER_SPELLING_COUNT; which++)
        put_spelled(fx, (enum ledger_spelling)which, out);
    put_recent(fx, out);
    put_groups(fx, out);
    store_figures(fx->store, &figures);
    strbuf_printf(out, "full %llu, %llu, series %llu, ended %llu, parts %llu\n",
                  (unsigned long long)figures.series_full, (unsigned long long)figures.pattern_full,
                  (unsigned long long)figures.series, (unsigned long long)figures.series_freed,
                  (unsigned long long)figures.parts);
    (void)strbuf_cstr(out);
    blank(out->data, " datagrams=");
    blank(out->data, " service ");
}

/* The first line of each text that differs. */
static const char *difference(const char *found, const char *wanted) {
    static char text[2048];
    size_t len = strcspn(found, "\n");
    while (len > 0 && len == strcspn(wanted, "\n") && memcmp(found, wanted, len) == 0) {
        found += len + (found[len] != '\0');
        wanted += len + (wanted[len] != '\0');
        len = strcspn(found, "\n");
    }
    (void)snprintf(text, sizeof text, "found  %.*s\nwanted %.*s", (int)len, found,
                   (int)strcspn(wanted, "\n"), wanted);
    return text;
}

static void expect_same(uint64_t seed, int batch, const char *const *catalogs) {
    dump(&pair.remembers, &pair.found);
    dump(&pair.forgets, &pair.wanted);
    cr_assert(strcmp(pair.found.data, pair.wanted.data) == 0, "seed %llu, batch %d\n%s\n%s\n%s",
              (unsigned long long)seed, batch, difference(pair.found.data, pair.wanted.data),
              catalogs[0], catalogs[1]);
}

/* ---- a run ---- */

static void open_sides(const char *const *catalogs) {
    static const char *const services[] = {"t"};
    struct endpoint_options options[] = {usual_options, usual_options};
    options[1].name = "e"; /* both services have families of the same names */
    options[1].services = services;
    options[1].service_count = 1;
    memset(&pair, 0, sizeof pair);
    fixture_init_with(&pair.remembers.fx, catalogs, options, 2);
    fixture_init_with(&pair.forgets.fx, catalogs, options, 2);
    strbuf_init(&pair.found);
    strbuf_init(&pair.wanted);
}

static void close_sides(void) {
    fixture_done(&pair.remembers.fx);
    fixture_done(&pair.forgets.fx);
    strbuf_done(&pair.found);
    strbuf_done(&pair.wanted);
}

static void play(uint64_t seed) {
    struct strbuf s;
    struct strbuf t;
    strbuf_init(&s);
    strbuf_init(&t);
    drawn_begin(seed);
    drawn_catalog("s", &s);
    drawn_catalog("t", &t);
    const char *const catalogs[] = {strbuf_cstr(&s), strbuf_cstr(&t), NULL};
    open_sides(catalogs);
    for (int i = 0; i < BATCHES; i++) {
        send_batch();
        expect_same(seed, i, catalogs);
        pass_time();
    }
    close_sides();
    strbuf_done(&s);
    strbuf_done(&t);
}

Test(gate_forgetful, lines_are_counted_as_by_a_gate_that_remembers_none) {
    const uint64_t games =
        getenv("STATGATE_TEST_LONG") != NULL ? GAMES_LONG : sanitized_games(GAMES);
    for (uint64_t seed = 1; seed <= games; seed++)
        play(seed);
}
