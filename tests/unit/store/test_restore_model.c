/* Random changes, of which the process dies before or after they are committed: the next one has all or
 * nothing of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "built.h"

enum { USERS = 6, OWNERS = 4, ROUNDS = 400, STEPS = 6 };

static const double quantiles[] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 1};
static const double buckets[] = {1, 5};
static const double absent = 77;
static const char *const words[] = {"a", "b", NULL};

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = USERS, .words = words},
    {.name = "g", .kind = KIND_GAUGE, .users = USERS, .ttl_ms = 60000},
    {.name = "g_min", .kind = KIND_GAUGE, .merge = MERGE_MIN, .users = USERS, .absent = &absent},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = USERS, .ttl_ms = 70000},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = USERS, .buckets = buckets, .bucket_count = 2},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = USERS},
    {.name = "r",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = USERS,
     .quantiles = quantiles,
     .quantile_count = 7},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = USERS},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = USERS,
     .quantiles = quantiles,
     .quantile_count = 7,
     .window_ms = 8000},
    {.name = "st", .kind = KIND_STATESET, .users = USERS},
    {.name = "up", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = USERS},
};
enum { FAMILIES = sizeof families / sizeof *families };

static struct built b;
static uint64_t state;
static int32_t pids[OWNERS];

static uint32_t roll(uint32_t sides) {
    return (uint32_t)(built_random(&state) >> 20) % sides;
}

static double random_value(void) {
    static const double some[] = {0, 0.1, 0.3, 1, 2.5, 1e6, 1e-6, 77};
    return some[roll(8)];
}

/* A user whose name has any length, so that texts share cells in many ways. */
static size_t user_text(uint32_t u, char text[CATALOG_VALUE_MAX]) {
    const int len = (int)(1 + u * 3);
    return (size_t)snprintf(text, CATALOG_VALUE_MAX, "1%0*u", len, u);
}

static const struct series *find(const struct catalog_family *family, uint32_t users,
                                 bool *ret_made) {
    char text[CATALOG_VALUE_MAX];
    const size_t len = user_text(roll(users), text);
    const struct store_label labels[2] = {{.id = -1, .text = text, .len = len},
                                          {.id = (int32_t)roll(2)}};
    const struct series *series = NULL;
    int label;
    const enum store_result result =
        store_obtain(b.store, family, labels, b.now, &series, &label, ret_made);
    return result == STORE_FOUND ? series : NULL;
}

/* One sample, as the gate has it applied. */
static void sample(const struct catalog_family *family, uint32_t users) {
    const double value =
        family->kind->items == ITEMS_STATES || family->kind->is_description ? 1 : random_value();
    bool made = false;
    const struct series *series = find(family, users, &made);
    bool taken;
    if (series == NULL)
        return;
    if (family_is_owned(family)) {
        const owner_id owner = owners_begin(b.owners, pids[roll(OWNERS)]);
        const uint32_t item = family->kind->is_relayed ? roll(6) : 0;
        const double number = item == RELAYED_COUNT ? 5 : value;
        taken = store_own(b.store, family, series, owner, item, number, b.now) == OWN_TAKEN;
    } else {
        taken = store_number(b.store, family, series, value, roll(3) == 0 ? 0.3 : 1, roll(2),
                             b.now) == NUMBER_TAKEN;
    }
    if ((made && !taken) || store_is_vacant(family, series) ||
        (roll(8) == 0 && !family_is_owned(family)))
        store_remove(b.store, series);
}

/* Some samples, often for one series. */
static void step(void) {
    const struct catalog_family *focus = b.set.families[roll(FAMILIES)];
    const uint32_t users = roll(3) == 0 ? USERS : 1;
    const bool mixed = roll(2) == 0;
    for (uint32_t i = 1 + roll(STEPS); i > 0; i--)
        sample(mixed ? b.set.families[roll(FAMILIES)] : focus, users);
}

/* With the processes. */
static char *dump_all(struct built *of) {
    struct strbuf text;
    char *series = built_dump(of);
    strbuf_init(&text);
    strbuf_puts(&text, series);
    for (int i = 0; i < OWNERS; i++)
        strbuf_printf(&text, "%d is %u\n", pids[i], owners_find(of->owners, pids[i]));
    free(series);
    series = strdup(strbuf_cstr(&text));
    strbuf_done(&text);
    return series;
}

/* What the next process has. */
static char *dump_restored(void) {
    struct image image;
    struct built next;
    built_image(&b, &image);
    (void)built_restore(&next, families, FAMILIES, &image, b.now);
    built_drop(&b, &image);
    char *dump = dump_all(&next);
    built_done(&next);
    return dump;
}

static void expect_restored(const char *expected, uint64_t seed, int round, const char *what) {
    char *found = dump_restored();
    cr_assert(strcmp(found, expected) == 0, "seed %llu, round %d, %s\n%s\ninstead of\n%s",
              (unsigned long long)seed, round, what, found, expected);
    free(found);
}

/* A process ends, and with each of its parts the next daemon has it or has not, even if this one dies just
 * before the commit: then the words noted are not forgotten yet. */
static void end_process(owner_id owner, uint64_t seed, int round) {
    struct undo *undo = object_undo(b.object);
    bool done = false;
    owners_end(b.owners, owner);
    while (!done) {
        char *before = dump_all(&b);
        size_t budget = 1;
        uint32_t noted = 0;
        memset(undo->entries, 0, sizeof undo->entries);
        done = store_disown(b.store, owner, &budget);
        while (undo->entries[noted].at != 0)
            noted++;
        undo->state += noted;
        expect_restored(before, seed, round, "a part, not committed");
        undo_commit(undo);
        free(before);
    }
    owners_release(b.owners, owner);
}

/* What commits by itself: a process ends, or time passes. */
static void interlude(uint64_t seed, int round) {
    size_t budget = SIZE_MAX;
    if (roll(3) == 0) {
        const uint32_t who = roll(OWNERS);
        const owner_id owner = owners_find(b.owners, pids[who]);
        pids[who] += OWNERS;
        if (owner != OWNER_NONE)
            end_process(owner, seed, round);
    }
    static const uint32_t most_ms[] = {2, 100, 100, 100, 1500, 1500, 60000};
    b.now.mono_ms += 1 + roll(most_ms[roll(7)]);
    b.now.real_ms += 1000;
    if (roll(2) == 0)
        (void)store_expire(b.store, b.now, &budget);
    undo_commit(object_undo(b.object));
}

static void play(uint64_t seed) {
    state = seed;
    for (int i = 0; i < OWNERS; i++)
        pids[i] = i + 1;
    built_init_object(&b, families, FAMILIES);
    for (int round = 0; round < ROUNDS; round++) {
        char *before = dump_all(&b);
        step();
        cr_assert_lt(undo_count(object_undo(b.object)), UNDO_MAX);
        expect_restored(before, seed, round, "not committed");
        undo_commit(object_undo(b.object));
        char *after = dump_all(&b);
        expect_restored(after, seed, round, "committed");
        free(before);
        free(after);
        interlude(seed, round);
    }
    built_done(&b);
}

Test(restore_model, all_or_nothing) {
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed * 7919);
}
