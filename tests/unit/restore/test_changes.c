/* SPDX-License-Identifier: MIT */
/* The next process has other catalogs: what it keeps, and what starts again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "changes.h"
#include "usual_options.h"

static const struct store_time begin = {.mono_ms = 100000, .real_ms = 1700000000000};
static const struct store_time end = {.mono_ms = 103000, .real_ms = 1700000003000};

/* A file, in which a ' stands for a ". To be freed. */
static char *file_of(const char *service, const char *keys) {
    char *text = NULL;
    cr_assert(ge(int, asprintf(&text, "{'statgate':1,'service':'%s',%s}", service, keys), 0));
    for (char *at = text; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    return text;
}

/* Services `s` and, if it has keys, `t`. */
static void load(struct fixture *fx, const char *keys, const char *others) {
    char *first = file_of("s", keys);
    char *second = others != NULL ? file_of("t", others) : NULL;
    const char *const catalogs[] = {first, second, NULL};
    struct endpoint_options options = usual_options;
    options.created = true;
    fixture_init_with(fx, catalogs, &options, 1);
    fixture_close(fx);
    free(first);
    free(second);
}

static void send(struct life *life, const char *lines) {
    const struct step step = {.pid = 100, .datagrams = {lines}};
    life_begin_batch(life);
    life_receive(life, &step);
}

static bool has_line(const char *text, const char *line) {
    const size_t len = strlen(line);
    for (const char *at = text; (at = strstr(at, line)) != NULL; at += len)
        if ((at == text || at[-1] == '\n' || at[-1] == ',') && strchr("\n.,", at[len]) != NULL)
            return true;
    return false;
}

static bool begins_line(const char *text, const char *start) {
    for (const char *at = text; (at = strstr(at, start)) != NULL; at++)
        if (at == text || at[-1] == '\n')
            return true;
    return false;
}

static void expect(const struct change *change, struct life *life) {
    char *text = life_text(life);
    for (size_t i = 0; change->shows[i] != NULL; i++)
        cr_expect(has_line(text, change->shows[i]), "%s: no %s in\n%s", change->name,
                  change->shows[i], text);
    for (size_t i = 0; change->hides[i] != NULL; i++)
        cr_expect(not(begins_line(text, change->hides[i])), "%s: %s in\n%s", change->name,
                  change->hides[i], text);
    free(text);
    cr_expect(eq(u64, life->restored.kept, change->kept), "%s", change->name);
    cr_expect(eq(u64, life->restored.ended, change->ended), "%s", change->name);
    for (int i = 0; i < MATCH_REASON_COUNT; i++)
        cr_expect(eq(u64, life->restarted[i], change->restarted[i]), "%s: %s", change->name,
                  object_match_reason_text((enum match_reason)i));
}

/* ---- one process after another ---- */

static struct {
    struct fixture before;
    struct fixture after;
    struct life life;
    struct life next;
} stage;

/* How the next process comes to it. */
enum way {
    WAY_CRASH,
    WAY_RELOAD,      /* it copies when all is there, */
    WAY_LATE_RELOAD, /* or when nothing is there yet */
    WAY_COUNT
};

static void crash(void) {
    struct image image;
    struct error error;
    unsigned char *copy = region_copy(&stage.life.region);
    cr_assert(image_open(&image, copy, stage.life.region.place.size, region_boot, &error), "%s",
              error.text);
    life_take_over(&stage.next, &stage.after, &image, end);
    region_drop(&stage.life.region, copy);
}

static void reload(const char *sent, bool late) {
    struct life_reload way;
    if (!late)
        send(&stage.life, sent);
    life_reload_begin(&way, &stage.life, &stage.next, &stage.after, end);
    life_reload_ahead(&way);
    if (late)
        send(&stage.life, sent);
    life_reload_finish(&way, end);
}

/* With both catalogs loaded. */
static void take_over(const char *sent, enum way way) {
    life_open(&stage.life, &stage.before, NULL, begin);
    if (way != WAY_CRASH) {
        reload(sent, way == WAY_LATE_RELOAD);
        return;
    }
    send(&stage.life, sent);
    crash();
}

static void close_stage(void) {
    life_close(&stage.next);
    life_close(&stage.life);
    fixture_done(&stage.before);
    fixture_done(&stage.after);
}

static void try_way(const struct change *change, enum way way) {
    load(&stage.before, change->before, NULL);
    load(&stage.after, change->after, NULL);
    take_over(change->sent, way);
    if (change->later != NULL)
        send(&stage.next, change->later);
    expect(change, &stage.next);
    close_stage();
}

static void try(const struct change *change) {
    for (int way = 0; way < WAY_COUNT; way++)
        try_way(change, (enum way)way);
}

Test(changes, of_families) {
    for (size_t i = 0; i < changes_family_count; i++)
        try(&changes_families[i]);
}

Test(changes, of_attempts_and_jobs) {
    for (size_t i = 0; i < changes_machine_count; i++)
        try(&changes_machines[i]);
}

/* ---- services ---- */

#define COUNTER(name) "'families':{'" name "':{'type':'counter','help':''}}"

static void expect_after(const char *const *shows, uint64_t kept, uint64_t ended) {
    struct change change = {.name = "services", .kept = kept, .ended = ended};
    for (size_t i = 0; shows[i] != NULL; i++)
        change.shows[i] = shows[i];
    expect(&change, &stage.next);
}

Test(changes, a_family_of_another_service_is_another_family) {
    load(&stage.before, COUNTER("a_total"), COUNTER("b_total"));
    load(&stage.after, COUNTER("b_total"), COUNTER("a_total"));
    take_over("a_total:1|c\nb_total:2|c", WAY_CRASH);
    expect_after((const char *const[]){"a_total 0", "b_total 0", NULL}, 0, 2);
    close_stage();
}

Test(changes, a_service_that_is_gone_leaves_its_samples_in_the_total) {
    load(&stage.before, COUNTER("a_total"), COUNTER("b_total"));
    load(&stage.after, COUNTER("a_total"), NULL);
    take_over("a_total:1|c\nb_total:2:2|c\nb_total:-1|c", WAY_CRASH);
    expect_after((const char *const[]){"a_total 1", "total 3 0 1 0", "service 1 0 0 0", NULL}, 1,
                 1);
    close_stage();
}

Test(changes, a_service_more_leaves_the_others_alone) {
    load(&stage.before, COUNTER("a_total"), NULL);
    load(&stage.after, COUNTER("a_total"), COUNTER("b_total"));
    take_over("a_total:1|c", WAY_CRASH);
    send(&stage.next, "b_total:2|c");
    expect_after((const char *const[]){"a_total 1", "b_total 2", NULL}, 1, 0);
    close_stage();
}

Test(changes, another_socket_and_other_groups_of_a_service_are_no_change) {
    load(&stage.before, COUNTER("a_total"), NULL);
    load(&stage.after, "'socket':'/tmp/own.sock','groups':['g'],'max_series':5," COUNTER("a_total"),
         NULL);
    take_over("a_total:1|c", WAY_CRASH);
    expect_after((const char *const[]){"a_total 1", NULL}, 1, 0);
    close_stage();
}

/* ---- rejections ---- */

static uint64_t rejections(const struct life *life, uint32_t label, enum sg_reject reason) {
    const struct catalog_family *family = fixture_family(&life->fx, "c_total");
    const uint64_t *cells = ledger_family_rejected(life->fx.ledger, family);
    return cells != NULL ? cells[(size_t)label * SG_REJECT_COUNT + reason] : 0;
}

Test(changes, rejections_stay_with_their_label) {
    load(&stage.before,
         "'families':{'c_total':{'type':'counter','help':'','labels':{'l':['blue']}}}", NULL);
    load(&stage.after,
         "'families':{'c_total':{'type':'counter','help':'','labels':{"
         "'k':{'values':['x'],'default':'x'},'l':['blue']}}}",
         NULL);
    take_over("c_total:1:1|c|#l:red\nc_total:-1|c|#l:blue", WAY_CRASH);
    cr_expect(eq(u64, rejections(&stage.life, 0, SG_REJECT_LABEL_VALUE), 2));
    cr_expect(eq(u64, rejections(&stage.next, 0, SG_REJECT_LABEL_VALUE), 0));
    cr_expect(eq(u64, rejections(&stage.next, 1, SG_REJECT_LABEL_VALUE), 2));
    cr_expect(eq(u64, rejections(&stage.next, 2, SG_REJECT_BAD_VALUE), 1), "of no label");
    close_stage();
}
