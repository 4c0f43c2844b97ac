/* SPDX-License-Identifier: MIT */
/*
 * Random attempts, reports, time and restarts, against a reference that lives from one millisecond
 * to the next and knows nothing of the machines' code. All derived series are compared as text.
 */
#include <string.h>

#include "assertions.h"
#include "rig.h"
#include "sanitized.h"

static const char catalog[] =
    "\"attempts\":{\"a\":{\"labels\":{\"job\":{\"values\":[\"p\",\"q\"],\"otherwise\":\"other\"}},"
    "\"success\":[\"worked\",\"idle\"],\"failure\":[\"error\"],"
    "\"breaker\":{\"open_after\":3,\"cooldown_s\":0.05,\"probes\":2,\"probe_s\":0.05},\"expected_"
    "s\":0.08,"
    "\"expose\":[\"circuit_state\",\"circuit_transitions_total\",\"circuit_state_seconds_total\","
    "\"overdue_seconds\"]},"
    "\"b\":{\"success\":[\"ok\"],\"failure\":[\"bad\",\"late\"],\"breaker\":\"reported\","
    "\"expose\":[\"circuit_state\",\"circuit_transitions_total\",\"circuit_state_seconds_total\"]},"
    "\"c\":{\"labels\":{\"job\":[\"x\",\"y\"]},\"success\":[\"ok\"],\"failure\":[\"bad\"],"
    "\"expected_s\":0.02,\"expose\":[\"overdue_seconds\"]}}";

enum { OPEN_AFTER = 3, COOLDOWN_MS = 50, PROBES = 2, WORDS_MAX = 3, MACHINES = 6 };
enum { CLOSED, HALF_OPEN, OPEN, STATES }; /* in the order of their texts */

static const char *const state_texts[STATES] = {"closed", "half_open", "open"};

/* ---- the reference ---- */

struct kind {
    const char *name;
    const char *words[WORDS_MAX]; /* in the order of the texts; NULL: there are fewer */
    bool success[WORDS_MAX];
    bool breaker;
    bool reported;
    int expected_ms; /* 0: not shown */
};
static const struct kind kinds[] = {
    {"a", {"error", "idle", "worked"}, {false, true, true}, true, false, 80},
    {"b", {"bad", "late", "ok"}, {false, false, true}, true, true, 0},
    {"c", {"bad", "ok"}, {false, true}, false, false, 20},
};

struct machine {
    const struct kind *kind;
    const char *job; /* NULL: no label */
    bool fallback;
};
/* In order of family and label value. */
static const struct machine breakers_jobs[MACHINES] = {
    {&kinds[0], "other", true}, {&kinds[0], "p", false}, {&kinds[0], "q", false},
    {&kinds[1], NULL, false},   {&kinds[2], "x", false}, {&kinds[2], "y", false},
};

struct reference {
    bool shown;
    uint64_t totals[WORDS_MAX];
    uint64_t errors;
    uint64_t failures;
    uint64_t opened;
    int64_t success_at;
    int64_t error_at;
    int state;
    uint64_t entered[STATES];
    uint64_t spent_ms[STATES];
    int64_t since;   /* monotonic; start of the state or the epoch */
    int64_t changed; /* Unix time; start of the state */
    int64_t attempted;
    int good_probes;
    uint32_t epoch;
    const char *why;
    int32_t pid;
    int32_t reporter; /* -1: nobody yet */
};

static struct reference refs[MACHINES];

static void enter(struct reference *ref, int state, const char *why, struct store_time at) {
    ref->state = state;
    ref->entered[state]++;
    ref->opened += state == OPEN;
    ref->since = at.mono_ms;
    ref->changed = at.real_ms;
    ref->good_probes = 0;
    ref->why = why;
    if (state == HALF_OPEN)
        ref->epoch = ref->epoch == (1u << 30) - 1 ? 1 : ref->epoch + 1;
}

/* Lets one millisecond pass, which ends at `at`. */
static void pass(const struct machine *machine, struct reference *ref, struct store_time at) {
    if (ref->shown)
        ref->spent_ms[ref->state]++;
    if (machine->kind->reported || at.mono_ms - ref->since != COOLDOWN_MS)
        return;
    if (ref->state == OPEN) {
        enter(ref, HALF_OPEN, "the cool-down is over", at);
    } else if (ref->state == HALF_OPEN) {
        ref->since = at.mono_ms;
        ref->epoch = ref->epoch == (1u << 30) - 1 ? 1 : ref->epoch + 1;
    }
}

static void touch(struct reference *ref, struct store_time now) {
    if (!ref->shown)
        ref->attempted = now.mono_ms;
    ref->shown = true;
}

static void attempt(const struct machine *machine, struct reference *ref, int word, int32_t pid,
                    struct store_time now) {
    const bool own = machine->kind->breaker && !machine->kind->reported;
    touch(ref, now);
    ref->totals[word]++;
    ref->attempted = now.mono_ms;
    ref->pid = pid;
    if (machine->kind->success[word]) {
        ref->success_at = now.real_ms;
        ref->failures = 0;
        if (own && ref->state == HALF_OPEN && ++ref->good_probes == PROBES)
            enter(ref, CLOSED, "enough probes succeeded", now);
        return;
    }
    ref->error_at = now.real_ms;
    ref->errors++;
    ref->failures++;
    if (own && ref->state == HALF_OPEN)
        enter(ref, OPEN, "a probe failed", now);
    else if (own && ref->state == CLOSED && ref->failures == OPEN_AFTER)
        enter(ref, OPEN, "consecutive failures reached the limit", now);
}

static enum breakers_jobs_result report(const struct machine *machine, struct reference *ref,
                                        int state, int32_t pid, struct store_time now) {
    if (!machine->kind->reported)
        return BREAKERS_JOBS_BAD_WORD;
    if (ref->reporter == pid && ref->state == state)
        return BREAKERS_JOBS_REPEATED;
    touch(ref, now);
    ref->reporter = pid;
    ref->pid = pid;
    enter(ref, state, "the service reported it", now);
    return BREAKERS_JOBS_TAKEN;
}

/* ---- the reference as text ---- */

static void line(struct strbuf *out, const struct machine *machine, const char *part,
                 const char *label, const char *value, double number) {
    strbuf_printf(out, "%s_%s", machine->kind->name, part);
    if (machine->job || label)
        strbuf_putc(out, '{');
    if (machine->job)
        strbuf_printf(out, "job=\"%s\"%s", machine->job, label ? "," : "");
    if (label)
        strbuf_printf(out, "%s=\"%s\"", label, value);
    if (machine->job || label)
        strbuf_putc(out, '}');
    strbuf_printf(out, " %.17g\n", number);
}

enum part { TOTAL, OPENED, STATE, SECONDS, ENTERED, FAILURES, ERRORS, ERROR_AT, SUCCESS_AT, LATE };
static const char *const part_texts[] = {/* in the order of the texts */
                                         "attempts_total",
                                         "circuit_open_total",
                                         "circuit_state",
                                         "circuit_state_seconds_total",
                                         "circuit_transitions_total",
                                         "consecutive_failures",
                                         "errors_total",
                                         "last_error_timestamp_seconds",
                                         "last_success_timestamp_seconds",
                                         "overdue_seconds"};

static void part_lines(struct strbuf *out, const struct machine *machine,
                       const struct reference *ref, int part, int64_t mono_ms) {
    const char *text = part_texts[part];
    const struct kind *kind = machine->kind;
    const int64_t late = mono_ms - ref->attempted - kind->expected_ms;
    if (part == TOTAL)
        for (int i = 0; i < WORDS_MAX && kind->words[i]; i++)
            line(out, machine, text, "outcome", kind->words[i], (double)ref->totals[i]);
    for (int i = 0; i < STATES && kind->breaker; i++) {
        if (part == STATE)
            line(out, machine, text, "state", state_texts[i], ref->state == i);
        if (part == SECONDS)
            line(out, machine, text, "state", state_texts[i], (double)ref->spent_ms[i] / 1000);
        if (part == ENTERED)
            line(out, machine, text, "state", state_texts[i], (double)ref->entered[i]);
    }
    if (part == OPENED && kind->breaker)
        line(out, machine, text, NULL, NULL, (double)ref->opened);
    if (part == FAILURES)
        line(out, machine, text, NULL, NULL, (double)ref->failures);
    if (part == ERRORS)
        line(out, machine, text, NULL, NULL, (double)ref->errors);
    if (part == ERROR_AT && ref->error_at)
        line(out, machine, text, NULL, NULL, (double)ref->error_at / 1000);
    if (part == SUCCESS_AT && ref->success_at)
        line(out, machine, text, NULL, NULL, (double)ref->success_at / 1000);
    if (part == LATE && kind->expected_ms)
        line(out, machine, text, NULL, NULL, late > 0 ? (double)late / 1000 : 0);
}

static void reference_text(struct strbuf *out, int64_t mono_ms) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (int part = TOTAL; part <= LATE; part++)
            for (int j = 0; j < MACHINES; j++)
                if (breakers_jobs[j].kind == &kinds[i] && refs[j].shown)
                    part_lines(out, &breakers_jobs[j], &refs[j], part, mono_ms);
}

/* ---- comparing ---- */

static const struct series *series_of(const struct rig *rig, size_t which) {
    return rig_machine(rig, breakers_jobs[which].kind->name,
                       breakers_jobs[which].job ? breakers_jobs[which].job : "");
}

/* What the callback saw last, which is what a breaker page would show. */
static struct breakers_entry page[MACHINES];

static void show(void *arg, size_t index) {
    const struct rig *rig = arg;
    breakers_at(rig->breakers_jobs, index, &page[index]);
}

static const char *text_or_none(const char *text) {
    return text ? text : "none";
}

static void compare(struct rig *rig, uint64_t seed, int step) {
    breakers_jobs_publish(rig->breakers_jobs, rig->now);
    struct strbuf real;
    struct strbuf wanted;
    strbuf_init(&real);
    strbuf_init(&wanted);
    rig_dump(rig, &real);
    reference_text(&wanted, rig->now.mono_ms);
    rig_expect_same(strbuf_cstr(&real), strbuf_cstr(&wanted), seed, step);
    strbuf_done(&real);
    strbuf_done(&wanted);
    cr_assert(eq(sz, breakers_count(rig->breakers_jobs), MACHINES));
    for (size_t i = 0; i < MACHINES; i++) {
        struct breakers_entry breaker;
        breakers_at(rig->breakers_jobs, i, &breaker);
        const struct reference *ref = &refs[i];
        cr_assert(eq(ptr, (void *)(uintptr_t)breaker.series, (void *)(uintptr_t)series_of(rig, i)));
        cr_assert(eq(str, (char *)(uintptr_t)catalog_breaker_state_text(breaker.state),
                     (char *)(uintptr_t)state_texts[ref->state]));
        cr_assert(eq(u32, breaker.epoch, ref->epoch), "seed %llu step %d", (unsigned long long)seed,
                  step);
        cr_assert(eq(i64, breaker.since_ms, ref->changed));
        cr_assert(eq(u64, breaker.consecutive_failures, ref->failures));
        cr_assert(eq(u64, breaker.opened, ref->opened));
        cr_assert(eq(i64, breaker.last_success_ms, ref->success_at));
        cr_assert(eq(i64, breaker.last_error_ms, ref->error_at));
        cr_assert(eq(int, breaker.last_pid, ref->pid));
        cr_assert(eq(str, (char *)(uintptr_t)text_or_none(breaker.why),
                     (char *)(uintptr_t)text_or_none(ref->why)));
        cr_assert(eq(int, page[i].state, breaker.state), "the page lags behind");
        cr_assert(eq(u32, page[i].epoch, breaker.epoch), "the page lags behind");
    }
}

/* ---- steps ---- */

static void begin(struct rig *rig) {
    for (size_t i = 0; i < MACHINES; i++) {
        breakers_at(rig->breakers_jobs, i, &page[i]);
        refs[i] = (struct reference){.shown = !breakers_jobs[i].fallback,
                                     .epoch = page[i].epoch,
                                     .changed = rig->now.real_ms,
                                     .attempted = rig->now.mono_ms,
                                     .reporter = -1};
    }
    breakers_on_change(rig->breakers_jobs, show, rig);
}

static void step_attempt(struct rig *rig, uint64_t *seed, bool mostly_bad) {
    const size_t which = rig_below(seed, MACHINES);
    const struct kind *kind = breakers_jobs[which].kind;
    const int32_t pid = (int32_t)rig_below(seed, 4);
    int word = (int)rig_below(seed, WORDS_MAX);
    if (mostly_bad && rig_below(seed, 4) > 0)
        word = 0;
    if (!kind->words[word]) {
        cr_assert(eq(int, rig_attempt(rig, series_of(rig, which), "nothing", pid),
                     BREAKERS_JOBS_BAD_WORD));
        return;
    }
    cr_assert(eq(int, rig_attempt(rig, series_of(rig, which), kind->words[word], pid),
                 BREAKERS_JOBS_TAKEN));
    attempt(&breakers_jobs[which], &refs[which], word, pid, rig->now);
}

static void step_report(struct rig *rig, uint64_t *seed) {
    const size_t which = rig_below(seed, MACHINES);
    const int32_t pid = (int32_t)rig_below(seed, 3);
    const int state = (int)rig_below(seed, STATES);
    const enum breakers_jobs_result expected =
        report(&breakers_jobs[which], &refs[which], state, pid, rig->now);
    cr_assert(eq(int, rig_report(rig, series_of(rig, which), state_texts[state], pid), expected));
}

static void step_wait(struct rig *rig, uint64_t *seed) {
    const uint32_t kind = rig_below(seed, 10);
    const uint32_t ms = rig_below(seed, kind == 0 ? 400 : kind < 4 ? COOLDOWN_MS + 2 : 8);
    for (uint32_t i = 0; i < ms; i++) {
        rig_wait(rig, 1);
        for (int j = 0; j < MACHINES; j++)
            pass(&breakers_jobs[j], &refs[j], rig->now);
    }
}

/* Makes random steps, and compares after every `every` of them. */
static void run(uint64_t first, int steps, int every) {
    uint64_t seed = first;
    struct rig rig;
    rig_open(&rig, catalog);
    begin(&rig);
    for (int step = 0; step < steps; step++) {
        const uint32_t kind = rig_below(&seed, 200);
        if (kind < 110)
            step_attempt(&rig, &seed, step / 100 % 2 == 0);
        else if (kind < 130)
            step_report(&rig, &seed);
        else if (kind < 190)
            step_wait(&rig, &seed);
        else if (kind < 199)
            breakers_jobs_advance(rig.breakers_jobs, rig.now);
        else {
            rig_restart(&rig);
            begin(&rig);
        }
        if (step % every == 0)
            compare(&rig, first, step);
    }
    rig_close(&rig);
}

Test(attempts_model, all_families_agree_after_every_step) {
    for (uint64_t seed = 1; seed <= sanitized_games(8); seed++)
        run(seed, 1500, 1);
}

Test(attempts_model, all_families_agree_however_seldom_anybody_looks) {
    for (uint64_t seed = 101; seed <= 100 + sanitized_games(8); seed++)
        run(seed, 3000, 13);
}
