/* SPDX-License-Identifier: MIT */
/*
 * Random samples, ends of processes, kills, reloads, changes of version, and catalogs that change
 * with them, compared after each step with a plain model. Numbers are whole, so sums do not depend
 * on their order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "life.h"
#include "model_sets.h"
#include "relayout.h"

enum { COLOURS = 3, USERS = 4, PIDS = 5, WORDS = 4, QUEUES = 2, JOBS = 40, BUCKETS = 3 };
enum { RUNS = 40, RUNS_LONG = 4000, STEPS = 150 };

/* What a variant of the catalog has. */
enum {
    HAS_RED = 1,    /* the third colour is declared */
    HAS_WIDE = 2,   /* buckets of the histogram */
    HAS_GAUGE = 4,  /* the family g */
    HAS_SECOND = 8, /* the second queue */
    HAS_LONG = 16,  /* window of the summary */
    HAS_OFF = 32,   /* the third state is declared */
    VARIANTS = 64
};

struct model_job {
    bool live;
    bool running;
    int queue;
    int pid; /* that runs it */
    uint64_t id;
};

struct model {
    unsigned variant;
    bool has_counter[COLOURS];
    double counter[COLOURS];
    bool has_gauge[USERS];
    double gauge[USERS];
    bool has_histogram[COLOURS];
    uint64_t buckets[COLOURS][BUCKETS];
    double sum[COLOURS];
    struct sets_model sets;
    double updown;
    bool has_part[PIDS];
    double part[PIDS];
    bool was_read; /* some process sent a reading */
    bool has_reading[PIDS];
    double reading[PIDS];
    double read_before;  /* of ended processes, and before resets */
    int word[PIDS];      /* that describes the process, + 1; 0: none */
    uint64_t said[PIDS]; /* when it said so */
    uint64_t sayings;
    uint64_t attempts[QUEUES][2];
    uint64_t failures[QUEUES]; /* in a row */
    struct model_job jobs[JOBS];
    uint64_t finished[QUEUES][4];
    uint64_t next_job;
    uint64_t accepted;
    uint64_t rejected;
};

static const char *const colours[COLOURS] = {"blue", "green", "red"};
static const char *const users[USERS] = {"a", "b", "c", "d"};
static const char *const words[WORDS] = {"four", "one", "three", "two"};
static const char *const queues[QUEUES] = {"p", "q"};
static const char *const outcomes[4] = {"canceled", "failed", "lost", "succeeded"};
enum { LOST = 2 };

static struct fixture variants[VARIANTS];
static struct model model;
static struct life lives[2]; /* one after the other */
static struct life *life = &lives[0];
static uint64_t random_state;

static unsigned pick(unsigned count) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 20) % count;
}

/* ---- catalogs ---- */

static struct sets_variant sets_of(unsigned variant) {
    return (struct sets_variant){.colours = colours,
                                 .colour_count = variant & HAS_RED ? 3 : 2,
                                 .has_long = (variant & HAS_LONG) != 0,
                                 .has_off = (variant & HAS_OFF) != 0};
}

static void load(unsigned variant) {
    struct strbuf text;
    strbuf_init(&text);
    const char *values =
        variant & HAS_RED ? "[\"blue\",\"green\",\"red\"]" : "[\"blue\",\"green\"]";
    const char *names = variant & HAS_SECOND ? "[\"p\",\"q\"]" : "[\"p\"]";
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"m\",\"families\":{"
                  "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":%s}},"
                  "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[10,%d],\"labels\":{"
                  "\"x\":%s}},",
                  values, variant & HAS_WIDE ? 30 : 20, values);
    const struct sets_variant sets = sets_of(variant);
    sets_put_catalog(&text, &sets);
    if (variant & HAS_GAUGE)
        strbuf_puts(&text, "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"absent\":0,\"labels\":{"
                           "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},");
    strbuf_puts(&text, "\"i_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{"
                       "\"v\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
                       "\"r_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
                       "\"s\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\",\"absent\":0},"
                       "\"u\":{\"type\":\"updowncounter\",\"help\":\"\"}},");
    strbuf_printf(
        &text,
        "\"attempts\":{\"at\":{\"labels\":{\"j\":%s},\"success\":[\"ok\"],\"failure\":["
        "\"bad\"]}},\"jobs\":{\"jo\":{\"labels\":{\"j\":%s},\"max_live\":%d,\"buckets\":[1]}}}",
        names, names, JOBS);
    const char *catalogs[] = {strbuf_cstr(&text), NULL};
    fixture_init(&variants[variant], catalogs);
    fixture_close(&variants[variant]);
    strbuf_done(&text);
}

/* ---- what is to be seen ---- */

static void put_counters(struct strbuf *out) {
    for (int i = 0; i < COLOURS; i++)
        if (model.has_counter[i])
            strbuf_printf(out, "c_total{x=\"%s\"} %.17g\n", colours[i], model.counter[i]);
}

static void put_gauges(struct strbuf *out) {
    for (int i = 0; i < USERS; i++)
        if (model.has_gauge[i])
            strbuf_printf(out, "g{u=\"%s\"} %.17g\n", users[i], model.gauge[i]);
}

static void put_histograms(struct strbuf *out) {
    for (int i = 0; i < COLOURS; i++)
        if (model.has_histogram[i])
            strbuf_printf(out, "h{x=\"%s\"} sum=%.17g buckets=[%llu %llu %llu]\n", colours[i],
                          model.sum[i], (unsigned long long)model.buckets[i][0],
                          (unsigned long long)model.buckets[i][1],
                          (unsigned long long)model.buckets[i][2]);
}

/* Writes the info of the live process that set it last. */
static void put_info(struct strbuf *out) {
    int last = -1;
    for (int pid = 0; pid < PIDS; pid++)
        if (model.word[pid] != 0 && (last < 0 || model.said[pid] > model.said[last]))
            last = pid;
    if (last >= 0)
        strbuf_printf(out, "i_info{v=\"%s\"} 1\n", words[model.word[last] - 1]);
}

static void put_owned(struct strbuf *out) {
    double sum = 0;
    double read = model.read_before;
    bool has_part = false;
    for (int pid = 0; pid < PIDS; pid++) {
        sum += model.has_part[pid] ? model.part[pid] : 0;
        read += model.has_reading[pid] ? model.reading[pid] : 0;
        has_part = has_part || model.has_part[pid];
    }
    if (model.was_read)
        strbuf_printf(out, "r_total %.17g\n", read);
    if (has_part)
        strbuf_printf(out, "s %.17g\n", sum);
    strbuf_printf(out, "u %.17g\n", model.updown);
}

static int queue_count(void) {
    return model.variant & HAS_SECOND ? 2 : 1;
}

static void put_attempts(struct strbuf *out) {
    for (int i = 0; i < queue_count(); i++)
        strbuf_printf(out,
                      "at_attempts_total{j=\"%s\",outcome=\"bad\"} %llu\n"
                      "at_attempts_total{j=\"%s\",outcome=\"ok\"} %llu\n",
                      queues[i], (unsigned long long)model.attempts[i][0], queues[i],
                      (unsigned long long)model.attempts[i][1]);
    for (int i = 0; i < queue_count(); i++)
        strbuf_printf(out, "at_consecutive_failures{j=\"%s\"} %llu\n", queues[i],
                      (unsigned long long)model.failures[i]);
}

static unsigned long long count_jobs(int queue, bool running) {
    unsigned long long count = 0;
    for (int i = 0; i < JOBS; i++)
        count +=
            model.jobs[i].live && model.jobs[i].queue == queue && model.jobs[i].running == running;
    return count;
}

static void put_jobs(struct strbuf *out) {
    for (int i = 0; i < queue_count(); i++)
        for (int outcome = 0; outcome < 4; outcome++)
            strbuf_printf(out, "jo_finished_total{j=\"%s\",outcome=\"%s\"} %llu\n", queues[i],
                          outcomes[outcome], (unsigned long long)model.finished[i][outcome]);
    for (int i = 0; i < queue_count(); i++)
        strbuf_printf(
            out,
            "jo_jobs{j=\"%s\",state=\"queued\"} %llu\njo_jobs{j=\"%s\",state=\"running\"} %llu\n",
            queues[i], count_jobs(i, false), queues[i], count_jobs(i, true));
}

static void put_model(struct strbuf *out) {
    const struct sets_variant sets = sets_of(model.variant);
    put_attempts(out);
    put_counters(out);
    sets_put_states(out, &model.sets, &sets);
    put_gauges(out);
    put_histograms(out);
    put_info(out);
    put_jobs(out);
    put_owned(out);
    sets_put_summaries(out, &model.sets, &sets, life->fx.now.mono_ms);
}

static void put_life(struct strbuf *out) {
    static const char *const families[] = {"at_attempts_total",
                                           "at_consecutive_failures",
                                           "c_total",
                                           "e",
                                           "g",
                                           "h",
                                           "i_info",
                                           "jo_finished_total",
                                           "jo_jobs",
                                           "r_total",
                                           "s",
                                           "u",
                                           "w"};
    breakers_jobs_publish(life->fx.breakers_jobs, life->fx.now);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(families[i], "g") == 0 && (model.variant & HAS_GAUGE) == 0)
            continue;
        char *text = fixture_dump(&life->fx, families[i]);
        strbuf_puts(out, text);
        free(text);
    }
}

static void compare(const char *after) {
    struct strbuf expected;
    struct strbuf found;
    strbuf_init(&expected);
    strbuf_init(&found);
    put_model(&expected);
    put_life(&found);
    cr_assert(
        eq(str, (char *)(uintptr_t)strbuf_cstr(&found), (char *)(uintptr_t)strbuf_cstr(&expected)),
        "after %s", after);
    const struct tally *total = ledger_total(life->fx.ledger);
    cr_assert(eq(u64, total->by_verdict[VERDICT_ACCEPTED], model.accepted), "after %s", after);
    cr_assert(eq(u64, total->by_verdict[VERDICT_REJECTED], model.rejected), "after %s", after);
    strbuf_done(&expected);
    strbuf_done(&found);
}

/* ---- what happens ---- */

static void send(int pid, bool is_taken, const char *line) {
    const struct step step = {.pid = 100 + pid, .datagrams = {line}};
    life_begin_batch(life);
    life_receive(life, &step);
    model.accepted += is_taken;
    model.rejected += !is_taken;
    compare(line);
}

static void send_colour(int pid) {
    char line[64];
    const unsigned colour = pick(COLOURS);
    const unsigned value = pick(40);
    const bool is_taken = colour < 2 || (model.variant & HAS_RED) != 0;
    const bool counts = pick(2) == 0;
    (void)snprintf(line, sizeof line, "%s:%u|%s|#x:%s", counts ? "c_total" : "h", value,
                   counts ? "c" : "h", colours[colour]);
    if (is_taken && counts) {
        model.has_counter[colour] = true;
        model.counter[colour] += value;
    } else if (is_taken) {
        model.has_histogram[colour] = true;
        model.sum[colour] += value;
        model.buckets[colour][value <= 10                                       ? 0
                              : value <= (model.variant & HAS_WIDE ? 30u : 20u) ? 1
                                                                                : 2]++;
    }
    send(pid, is_taken, line);
}

static void send_gauge(int pid) {
    char line[64];
    const unsigned user = pick(USERS);
    const unsigned value = pick(3);
    const bool is_taken = (model.variant & HAS_GAUGE) != 0;
    (void)snprintf(line, sizeof line, "g:%u|g|#u:%s", value, users[user]);
    if (is_taken) {
        model.has_gauge[user] = value != 0;
        model.gauge[user] = value;
    }
    send(pid, is_taken, line);
}

static void send_owned(int pid) {
    char line[64];
    const unsigned value = pick(50);
    switch (pick(4)) {
    case 0:
        (void)snprintf(line, sizeof line, "s:%u|g", value);
        model.has_part[pid] = value != 0;
        model.part[pid] = value;
        break;
    case 1:
        (void)snprintf(line, sizeof line, "r_total:%u|g", value);
        if (model.has_reading[pid] && value < model.reading[pid])
            model.read_before += model.reading[pid];
        model.was_read = model.has_reading[pid] = true;
        model.reading[pid] = value;
        break;
    case 2:
        (void)snprintf(line, sizeof line, "i_info:1|g|#v:%s", words[value % WORDS]);
        model.word[pid] = (int)(value % WORDS) + 1;
        model.said[pid] = ++model.sayings;
        break;
    default:
        (void)snprintf(line, sizeof line, "u:%d|c", (int)value - 20);
        model.updown += (int)value - 20;
        break;
    }
    send(pid, true, line);
}

static void send_set(int pid) {
    char line[64];
    const struct sets_variant sets = sets_of(model.variant);
    const int colour = (int)pick(COLOURS);
    const bool is_taken =
        pick(2) == 0
            ? sets_observe(&model.sets, &sets, colour, pick(40), life->fx.now.mono_ms, line)
            : sets_enter(&model.sets, &sets, colour, (int)pick(SETS_STATES), pick(3) > 0, line);
    send(pid, is_taken, line);
}

/* Windows move on. */
static void wait(void) {
    const struct step step = {.after_ms = 1 + pick(700)};
    life->fx.now.mono_ms += step.after_ms;
    life->fx.now.real_ms += step.after_ms;
    life_pass(life, &step, 1 + pick(20), NULL, NULL);
    compare("some time");
}

static void send_attempt(int pid) {
    char line[64];
    const unsigned queue = pick((unsigned)queue_count());
    const bool good = pick(2) == 0;
    (void)snprintf(line, sizeof line, "at:%s|a|#j:%s", good ? "ok" : "bad", queues[queue]);
    model.attempts[queue][good]++;
    model.failures[queue] = good ? 0 : model.failures[queue] + 1;
    send(pid, true, line);
}

static void send_job(int pid) {
    char line[64];
    struct model_job *job = &model.jobs[pick(JOBS)];
    const char *event = "queued";
    if (!job->live) {
        *job = (struct model_job){
            .live = true, .queue = (int)pick((unsigned)queue_count()), .id = model.next_job++};
    } else if (!job->running) {
        event = "started";
        job->running = true;
        job->pid = pid;
    } else {
        const int outcome = (int)pick(2); /* canceled, failed */
        event = outcomes[outcome];
        job->live = false;
        model.finished[job->queue][outcome]++;
    }
    (void)snprintf(line, sizeof line, "jo:%s|j|#j:%s|i:%llu", event, queues[job->queue],
                   (unsigned long long)job->id);
    send(pid, true, line);
}

static void end_process(int pid) {
    const struct step step = {.pid = 100 + pid, .ends = true};
    life_pass(life, &step, 1 + pick(20), NULL, NULL);
    model.has_part[pid] = false;
    model.read_before += model.has_reading[pid] ? model.reading[pid] : 0;
    model.has_reading[pid] = false;
    model.word[pid] = 0;
    for (int i = 0; i < JOBS; i++) {
        struct model_job *job = &model.jobs[i];
        if (!job->live || !job->running || job->pid != pid)
            continue;
        job->live = false;
        model.finished[job->queue][LOST]++;
    }
    compare("the end of a process");
}

/* Changes the catalog. What the new one does not have is lost, even if a later one has it again. */
static void change_catalog(unsigned variant) {
    const unsigned before = model.variant;
    const struct sets_variant sets_before = sets_of(before);
    const struct sets_variant sets = sets_of(variant);
    model.variant = variant;
    sets_change(&model.sets, &sets_before, &sets);
    if ((variant & HAS_RED) == 0)
        model.has_counter[2] = model.has_histogram[2] = false;
    for (int i = 0; i < COLOURS; i++) {
        if (((variant ^ before) & HAS_WIDE) != 0)
            model.has_histogram[i] = false;
        if (!model.has_histogram[i]) {
            memset(model.buckets[i], 0, sizeof model.buckets[i]);
            model.sum[i] = 0;
        }
        if (!model.has_counter[i])
            model.counter[i] = 0;
    }
    if ((variant & HAS_GAUGE) == 0)
        memset(model.has_gauge, 0, sizeof model.has_gauge);
    if ((variant & HAS_SECOND) == 0) {
        memset(model.attempts[1], 0, sizeof model.attempts[1]);
        memset(model.finished[1], 0, sizeof model.finished[1]);
        model.failures[1] = 0;
        for (int i = 0; i < JOBS; i++)
            if (model.jobs[i].queue == 1)
                model.jobs[i].live = false;
    }
}

static unsigned pick_variant(void) {
    return pick(3) > 0 ? model.variant : pick(VARIANTS);
}

static struct store_time later(void) {
    return (struct store_time){.mono_ms = life->fx.now.mono_ms + pick(1000),
                               .real_ms = life->fx.now.real_ms + pick(1000)};
}

/* The next life reads what this one left, as it is or as another version would have left it. */
static void kill_it(void) {
    struct image image;
    struct error error;
    struct life *former = life;
    const unsigned variant = pick_variant();
    const struct store_time now = later();
    uint64_t size = former->region.place.size;
    unsigned char *copy = region_copy(&former->region);
    unsigned char *other = pick(2) == 0 ? relayout(copy, &size) : NULL;
    life = &lives[former == &lives[0]];
    cr_assert(image_open(&image, other != NULL ? other : copy, size, region_boot, &error), "%s",
              error.text);
    life_take_over(life, &variants[variant], &image, now);
    free(other);
    region_drop(&former->region, copy);
    life_close(former);
    change_catalog(variant);
    compare("a kill");
}

static void happen(void) {
    const int pid = (int)pick(PIDS);
    switch (pick(20)) {
    case 0:
    case 1:
        end_process(pid);
        break;
    case 16:
        wait();
        break;
    case 17:
    case 18:
    case 19:
        send_set(pid);
        break;
    case 2:
    case 3:
        send_gauge(pid);
        break;
    case 4:
    case 5:
    case 6:
        send_colour(pid);
        break;
    case 7:
        send_attempt(pid);
        break;
    case 8:
    case 9:
    case 10:
        send_job(pid);
        break;
    default:
        send_owned(pid);
        break;
    }
}

/* The next life copies what there is, now and then, while this one goes on. It may come to nothing.
 */
static void reload_it(void) {
    struct life_reload reload;
    struct life *next = &lives[life == &lives[0]];
    const unsigned variant = pick_variant();
    life_reload_begin(&reload, life, next, &variants[variant], life->fx.now);
    for (unsigned i = pick(4); i > 0; i--) {
        life_reload_ahead(&reload);
        for (unsigned j = pick(12); j > 0; j--)
            happen();
    }
    if (pick(4) == 0) {
        life_reload_cancel(&reload);
        compare("a reload that was refused");
        return;
    }
    life_reload_finish(&reload, later());
    life_close(life);
    life = next;
    change_catalog(variant);
    compare("a reload");
}

static void step(void) {
    switch (pick(20)) {
    case 0:
        kill_it();
        break;
    case 1:
        reload_it();
        break;
    default:
        happen();
        break;
    }
}

static void init(void) {
    for (unsigned i = 0; i < VARIANTS; i++)
        load(i);
}

static void done(void) {
    for (unsigned i = 0; i < VARIANTS; i++)
        fixture_done(&variants[i]);
}

Test(restore_model, is_as_if_nobody_had_been_killed, .init = init, .fini = done, .timeout = 3600) {
    const int runs = getenv("STATGATE_TEST_LONG") != NULL ? RUNS_LONG : RUNS;
    for (int run = 1; run <= runs; run++) {
        random_state = (uint64_t)run * 0x9e3779b97f4a7c15;
        model = (struct model){.variant = pick(VARIANTS)};
        life_open(life, &variants[model.variant], NULL,
                  (struct store_time){.mono_ms = 1000, .real_ms = 1700000000000});
        compare("the start");
        for (int i = 0; i < STEPS; i++)
            step();
        life_close(life);
    }
}
