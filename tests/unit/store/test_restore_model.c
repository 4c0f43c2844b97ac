/* SPDX-License-Identifier: MIT */
/* Random changes by a process that dies before or after their commit: the next process has all of
 * them or none. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "model.h"
#include "sanitized.h"
#include "store/store.h"

enum { ROUNDS = 400 };

static struct model model;

/* What the next process has. */
static char *dump_restored(void) {
    struct image image;
    struct built next;
    built_image(&model.b, &image);
    (void)built_restore(&next, model_families, MODEL_FAMILIES, &image, model.b.now);
    built_drop(&model.b, &image);
    char *dump = model_dump(&model, &next);
    built_done(&next);
    return dump;
}

static void expect_restored(const char *expected, uint64_t seed, int round, const char *what) {
    char *found = dump_restored();
    cr_assert(strcmp(found, expected) == 0, "seed %llu, round %d, %s\n%s\ninstead of\n%s",
              (unsigned long long)seed, round, what, found, expected);
    free(found);
}

/* Ends a process, one part at a time. The next daemon has each part whole or not at all, even if
 * this one dies just before a commit, when the noted words are not forgotten yet. */
static void end_process(owner_id owner, uint64_t seed, int round) {
    struct undo *undo = object_undo(model.b.object);
    bool done = false;
    while (!done) {
        char *before = model_dump(&model, &model.b);
        size_t budget = 1;
        uint32_t noted = 0;
        memset(undo->entries, 0, sizeof undo->entries);
        done = store_disown(model.b.store, owner, &budget);
        while (undo->entries[noted].at != 0)
            noted++;
        undo->state += noted;
        expect_restored(before, seed, round, "a part, not committed");
        undo_commit(undo);
        free(before);
    }
    owners_release(model.b.owners, owner);
}

/* Makes changes that commit by themselves: a process ends, or time passes. */
static void interlude(uint64_t seed, int round) {
    const owner_id owner = model_roll(&model, 3) == 0 ? model_end(&model) : OWNER_NONE;
    if (owner != OWNER_NONE)
        end_process(owner, seed, round);
    model_wait(&model);
}

static void play(uint64_t seed) {
    model_init(&model, seed);
    for (int round = 0; round < ROUNDS; round++) {
        char *before = model_dump(&model, &model.b);
        model_step(&model);
        cr_assert(undo_count(object_undo(model.b.object)) < UNDO_MAX);
        expect_restored(before, seed, round, "not committed");
        undo_commit(object_undo(model.b.object));
        char *after = model_dump(&model, &model.b);
        expect_restored(after, seed, round, "committed");
        free(before);
        free(after);
        interlude(seed, round);
    }
    built_done(&model.b);
}

Test(restore_model, all_or_nothing) {
    for (uint64_t seed = 1; seed <= sanitized_games(4); seed++)
        play(seed * 7919);
}
