/* SPDX-License-Identifier: MIT */
/*
 * Random lines are tried before they are applied: what is said of both is the same, whatever came
 * before.
 */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "drawn.h"
#include "fixture.h"
#include "gate/gate.h"
#include "sanitized.h"
#include "store/store.h"
#include "trace_text.h"
#include "usual_options.h"

enum { GAMES = 40, GAMES_LONG = 2000, LINES = 400, PIDS = 4 };

static struct fixture fx;
static struct gate_trace tried;
static struct gate_trace done;

/* Leaves out what must differ: a new owner has no number yet, and a new series no place. */
static const char *text_of(struct gate_trace *trace, struct strbuf *out) {
    trace->owner = OWNER_NONE;
    trace->series = NULL;
    strbuf_clear(out);
    trace_text_put(out, trace);
    strbuf_puts(out, trace->shows ? "shows\n" : "shows nothing\n");
    return strbuf_cstr(out);
}

static void try_then_apply(const struct strbuf *line, uint64_t seed) {
    struct strbuf found;
    struct strbuf wanted;
    const struct sg_span span = {line->data, line->len};
    strbuf_init(&found);
    strbuf_init(&wanted);
    gate_try(fx.gate, span, fx.origin.scope, &fx.origin, &tried);
    gate_explain(fx.gate, span, &fx.origin, fx.now, &done);
    const char *foretold = text_of(&tried, &found);
    const char *came = text_of(&done, &wanted);
    cr_assert(strcmp(foretold, came) == 0, "seed %llu, %.*s\nforetold:\n%s\ncame:\n%s",
              (unsigned long long)seed, (int)line->len, line->data, foretold, came);
    strbuf_done(&found);
    strbuf_done(&wanted);
}

/* Lets time pass, and sweeps what is past its time to live, as the daemon always does. */
static void pass_time(void) {
    const int64_t ms = (int64_t)drawn(900);
    size_t budget = SIZE_MAX;
    fx.now.mono_ms += ms;
    fx.now.real_ms += ms;
    while (!store_expire(fx.store, fx.now, &budget))
        budget = SIZE_MAX;
    breakers_jobs_advance(fx.breakers_jobs, fx.now);
}

static void end_process(void) {
    struct owners *owners = store_owners(fx.store);
    owners_end(owners, owners_find(owners, 1 + (int32_t)drawn(PIDS - 1)));
    while (!breakers_jobs_release(fx.breakers_jobs, fx.now, 1000))
        ;
}

static void draw_step(struct strbuf *line, uint64_t seed) {
    if (drawn_often(15)) {
        fx.origin.pid = (int32_t)drawn(PIDS);
        fx.origin.uid = drawn(2);
        fx.origin.scope = drawn_often(30) ? drawn(3) : 0;
    }
    if (drawn_often(5))
        pass_time();
    if (drawn_often(2))
        end_process();
    drawn_line(&fx.set, line);
    if (drawn_often(50))
        fixture_send_bytes(&fx, line->data, line->len, false);
    else
        try_then_apply(line, seed);
}

static void play(uint64_t seed) {
    static const char *const services[] = {"t"};
    struct endpoint_options options[] = {usual_options, usual_options};
    struct strbuf s;
    struct strbuf t;
    struct strbuf line;
    strbuf_init(&s);
    strbuf_init(&t);
    strbuf_init(&line);
    drawn_begin(seed);
    drawn_catalog("s", &s);
    drawn_catalog("t", &t);
    const char *const catalogs[] = {strbuf_cstr(&s), strbuf_cstr(&t), NULL};
    options[1].name = "e"; /* both services have families of the same names */
    options[1].services = services;
    options[1].service_count = 1;
    fixture_init_with(&fx, catalogs, options, 2);
    for (int i = 0; i < LINES; i++)
        draw_step(&line, seed);
    fixture_done(&fx);
    strbuf_done(&s);
    strbuf_done(&t);
    strbuf_done(&line);
}

Test(gate_foretold, lines_become_what_was_foretold) {
    const uint64_t games =
        getenv("STATGATE_TEST_LONG") != NULL ? GAMES_LONG : sanitized_games(GAMES);
    for (uint64_t seed = 1; seed <= games; seed++)
        play(seed);
}
