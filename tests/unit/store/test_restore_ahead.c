/* SPDX-License-Identifier: MIT */
/* Copying while the process still writes, and finishing after it has stopped, gives the same as a
 * restore after its end. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "model.h"
#include "sanitized.h"
#include "store/store.h"

enum { ROUNDS = 150, PAGE = 4096 };

static struct model model;

/* The next process. */
struct heir {
    struct built b;
    unsigned char *bytes; /* what it sees of the object */
    struct image image;
    struct match *match;
    struct store_restoring *restoring;
    struct store_restored restored;
    struct store_time began;
};

static struct built_family families[MODEL_FAMILIES];
static size_t family_count = MODEL_FAMILIES;

/* Chooses the families of the next process: the same ones, or with smaller bounds, or with fewer
 * buckets. */
static void choose_families(void) {
    memcpy(families, model_families, sizeof families);
    const uint32_t which = model_roll(&model, 4);
    for (int i = 0; i < MODEL_FAMILIES; i++) {
        if (which == 1 && families[i].users > 0)
            families[i].users = 2 + model_roll(&model, 4);
        if (which == 2)
            families[i].max_series = 2 + model_roll(&model, 4);
    }
    if (which == 3)
        families[4].bucket_count = 1;
}

static void open_store(struct built *b, struct store_time now) {
    built_load(b, families, family_count);
    b->now = now;
    cr_assert(built_open_object(b));
}

static void open_heir(struct heir *heir, unsigned char *bytes) {
    struct error error = {0};
    open_store(&heir->b, model.b.now);
    heir->began = heir->b.now;
    heir->bytes = bytes;
    cr_assert(
        image_open_live(&heir->image, heir->bytes, model.b.region.place.size, region_boot, &error),
        "%s", error.text);
    heir->match = object_match_new(&heir->image, &heir->b.set, &error);
    cr_assert(heir->match != NULL, "%s", error.text);
    heir->restoring = store_restoring_new(heir->b.store, &heir->image, heir->match, heir->b.now);
    cr_assert(heir->restoring != NULL);
}

/* Lets the next process see what was written until now. */
static void look(struct heir *heir) {
    const struct region *region = &model.b.region;
    for (uint64_t at = 0; at < region->place.size; at += PAGE)
        if (region->reached[at / PAGE])
            memcpy(heir->bytes + at, region->place.at + at, PAGE);
}

static void finish(struct heir *heir) {
    struct error error = {0};
    heir->b.now = model.b.now;
    cr_assert(image_settle(&heir->image, &error), "%s", error.text);
    store_restore_finish(heir->restoring, heir->b.now, &heir->restored);
}

static void close_heir(struct heir *heir) {
    store_restoring_free(heir->restoring);
    object_match_free(heir->match);
    image_done(&heir->image);
    built_done(&heir->b);
}

/* Restores in one restore at the end, for comparison. */
static void restore_at_once(struct heir *plain, struct store_time began) {
    struct error error = {0};
    built_image(&model.b, &plain->image);
    open_store(&plain->b, began);
    plain->b.now = model.b.now;
    plain->match = object_match_new(&plain->image, &plain->b.set, &error);
    cr_assert(plain->match != NULL, "%s", error.text);
    store_restore(plain->b.store, &plain->image, plain->match, plain->b.now, &plain->restored);
    built_drop(&model.b, &plain->image);
}

static uint64_t pages(const struct built *b) {
    return built_figures(b).parts;
}

static void expect_equal(struct heir *heir, struct heir *plain, uint64_t seed, int round,
                         const char *when) {
    char *found = model_dump(&model, &heir->b);
    char *expected = model_dump(&model, &plain->b);
    cr_assert(strcmp(found, expected) == 0, "seed %llu, round %d, %s\n%s\ninstead of\n%s",
              (unsigned long long)seed, round, when, found, expected);
    cr_assert(pages(&heir->b) == pages(&plain->b));
    cr_assert(built_figures(&heir->b).series == built_figures(&plain->b).series);
    cr_assert(built_figures(&heir->b).series_freed == built_figures(&plain->b).series_freed);
    free(found);
    free(expected);
}

/* A dump does not show lists. If they are complete and in the same order, both stores stay equal
 * when processes end and time passes. */
static void live_on(struct heir *heir, struct heir *plain, uint64_t seed, int round) {
    struct built *both[] = {&heir->b, &plain->b};
    for (int i = 0; i < MODEL_OWNERS; i++) {
        for (int k = 0; k < 2; k++) {
            const owner_id owner = owners_find(both[k]->owners, model.pids[i]);
            size_t budget = SIZE_MAX;
            owners_end(both[k]->owners, owner);
            cr_assert(store_disown(both[k]->store, owner, &budget));
        }
        expect_equal(heir, plain, seed, round, "after the end of a process");
    }
    for (int k = 0; k < 2; k++) {
        size_t budget = SIZE_MAX;
        both[k]->now.mono_ms += 100000;
        cr_assert(store_expire(both[k]->store, both[k]->now, &budget));
    }
    expect_equal(heir, plain, seed, round, "later");
}

/* Makes changes; sometimes an owner ends, and sometimes that is not finished yet. */
static void go_on(uint32_t steps) {
    static owner_id ending;
    for (; steps > 0; steps--) {
        model_step(&model);
        undo_commit(object_undo(model.b.object));
        model_wait(&model);
        if (ending == OWNER_NONE && model_roll(&model, 4) == 0)
            ending = model_end(&model);
        size_t budget = model_roll(&model, 4);
        if (ending != OWNER_NONE && store_disown(model.b.store, ending, &budget)) {
            owners_release(model.b.owners, ending);
            ending = OWNER_NONE;
        }
    }
}

static void take_over(uint64_t seed, int round) {
    static struct heir heir;
    static struct heir plain;
    unsigned char *bytes = region_copy(&model.b.region);
    choose_families();
    open_heir(&heir, bytes);
    for (uint32_t i = model_roll(&model, 4); i > 0; i--) {
        look(&heir);
        store_restore_ahead(heir.restoring);
        go_on(model_roll(&model, 8));
    }
    if (model_roll(&model, 4) == 0) { /* the process dies in the middle of a change */
        model_step(&model);
        look(&heir);
        if (model_roll(&model, 2) == 0)
            store_restore_ahead(heir.restoring);
    }
    look(&heir);
    finish(&heir);
    restore_at_once(&plain, heir.began);
    expect_equal(&heir, &plain, seed, round, "at once");
    cr_assert(heir.restored.kept == plain.restored.kept);
    cr_assert(heir.restored.ended == plain.restored.ended);
    live_on(&heir, &plain, seed, round);
    undo_commit(object_undo(model.b.object));
    close_heir(&heir);
    object_match_free(plain.match);
    built_done(&plain.b);
    region_drop(&model.b.region, bytes);
}

static void play(uint64_t seed) {
    model_init(&model, seed);
    model.ends_started = true;
    for (int round = 0; round < ROUNDS; round++) {
        go_on(model_roll(&model, 20));
        take_over(seed, round);
    }
    built_done(&model.b);
}

Test(restore_ahead, is_what_a_restore_at_the_end_finds) {
    for (uint64_t seed = 1; seed <= sanitized_games(4); seed++)
        play(seed * 104729);
}

/* ---- at the same time ---- */

static atomic_bool stop;

static void *write_on(void *arg) {
    (void)arg;
    while (!atomic_load(&stop))
        go_on(1);
    return NULL;
}

/* Every word may be read while it is written; what was read half-written is detected. */
Test(restore_ahead, reads_what_is_being_written) {
    static struct heir heir;
    static struct heir plain;
    pthread_t writer;
    model_init(&model, 31);
    go_on(100);
    memcpy(families, model_families, sizeof families);
    for (int round = 0; round < 30; round++) {
        open_heir(&heir, model.b.region.place.at);
        stop = false;
        cr_assert(pthread_create(&writer, NULL, write_on, NULL) == 0);
        for (int i = 0; i < 40; i++)
            store_restore_ahead(heir.restoring);
        stop = true;
        pthread_join(writer, NULL);
        finish(&heir);
        restore_at_once(&plain, heir.began);
        expect_equal(&heir, &plain, 31, round, "at once");
        live_on(&heir, &plain, 31, round);
        close_heir(&heir);
        object_match_free(plain.match);
        built_done(&plain.b);
    }
    built_done(&model.b);
}

/* ---- words that are undone ---- */

/* ---- the next process has samples of its own ---- */

/* ---- all parts in use ---- */

/* ---- how much memory it takes ---- */

static struct {
    size_t now;
    size_t most;
} counted;

static void *count(void *piece) {
    counted.now += piece != NULL ? malloc_usable_size(piece) : 0;
    counted.most = counted.now > counted.most ? counted.now : counted.most;
    return piece;
}

void *__wrap_memory_alloc(size_t size);
void *__wrap_memory_array(size_t count, size_t size);
void *__wrap_memory_resize(void *piece, size_t count, size_t size);
void __real_free(void *piece);
void __wrap_free(void *piece);

void *__wrap_memory_alloc(size_t size) {
    return count(calloc(1, size));
}

void *__wrap_memory_array(size_t items, size_t size) {
    return count(calloc(items, size));
}

void *__wrap_memory_resize(void *piece, size_t items, size_t size) {
    counted.now -= piece != NULL ? malloc_usable_size(piece) : 0;
    return count(realloc(piece, items * size));
}

void __wrap_free(void *piece) {
    counted.now -= piece != NULL ? malloc_usable_size(piece) : 0;
    __real_free(piece);
}

Test(restore_ahead, takes_no_more_than_it_says) {
    static struct heir heir;
    struct error error = {0};
    model_init(&model, 4);
    go_on(2000);
    memcpy(families, model_families, sizeof families);
    built_load(&heir.b, families, MODEL_FAMILIES);
    heir.b.now = model.b.now;
    cr_assert(built_open_object(&heir.b));
    heir.bytes = region_copy(&model.b.region);
    cr_assert(
        image_open_live(&heir.image, heir.bytes, model.b.region.place.size, region_boot, &error));
    heir.match = object_match_new(&heir.image, &heir.b.set, &error);
    cr_assert(heir.match != NULL);
    const size_t before = counted.now;
    counted.most = before;
    heir.restoring = store_restoring_new(heir.b.store, &heir.image, heir.match, heir.b.now);
    store_restore_ahead(heir.restoring);
    finish(&heir);
    cr_expect(lt(sz, counted.most - before, (size_t)store_restore_bytes(&heir.b.set)));
    cr_expect(gt(sz, counted.most, before));
    close_heir(&heir);
    region_drop(&model.b.region, heir.bytes);
    built_done(&model.b);
}
