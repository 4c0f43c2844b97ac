/* The steps of taking over the series of another process. */
#include "store/restore_private.h"

struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now) {
    struct store_restoring *restore = memory_alloc(store->held.memory, sizeof *restore);
    if (restore == NULL)
        return NULL;
    *restore = (struct store_restoring){.store = store, .image = image, .match = match, .now = now};
    restore->sources =
        memory_array(store->held.memory, store->set->family_count + 1, sizeof *restore->sources);
    if (restore->sources == NULL) {
        store_restoring_free(restore);
        return NULL;
    }
    return restore;
}

void store_restoring_free(struct store_restoring *restore) {
    if (restore == NULL)
        return;
    const struct memory *memory = restore->store->held.memory;
    if (restore->sources != NULL)
        for (size_t i = 0; i < restore->store->set->family_count; i++) {
            memory_release(memory, restore->sources[i].seen);
            memory_release(memory, restore->sources[i].whole);
            memory_release(memory, restore->sources[i].claimed);
            memory_release(memory, restore->sources[i].found);
        }
    memory_release(memory, restore->sources);
    memory_release(memory, restore->windows.taken);
    memory_release(memory, restore->parts.seen);
    memory_release(memory, restore);
}

static uint64_t source_bytes(const struct catalog_family *family) {
    const uint64_t words = (family->bound / 64 + 1) * sizeof(uint64_t);
    const uint64_t bits = family->kind->has_window ? 3 * words : 2 * words;
    return sizeof(struct restore_source) + bits +
           (family->bound + 64) * sizeof(struct restore_seen);
}

uint64_t store_restore_bytes(const struct catalog_set *set) {
    uint64_t bytes =
        sizeof(struct store_restoring) + restore_parts_bytes(set) + WINDOW_PAGES_MAX / 8;
    for (size_t i = 0; i < set->family_count; i++)
        bytes += source_bytes(set->families[i]);
    return bytes;
}

static bool step(struct store_restoring *restore) {
    if (!restore_windows_begin(restore) || !restore_parts_begin(restore) ||
        !restore_series(restore))
        return false;
    if (restore->settled && restore->ahead && restore->windows.again)
        restore_windows_again(restore);
    return restore_parts(restore);
}

bool store_restore_ahead(struct store_restoring *restore) {
    restore->ahead = true;
    return step(restore);
}

bool store_restore_finish(struct store_restoring *restore, struct store_time now,
                          struct store_restored *ret) {
    restore->now = now;
    restore->settled = true;
    restore->distrusted = restore->image->undone > 0;
    if (!step(restore))
        return false;
    *ret = restore->restored;
    return true;
}

bool store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret) {
    struct store_restoring *restore = store_restoring_new(store, image, match, now);
    const bool restored = restore != NULL && store_restore_finish(restore, now, ret);
    store_restoring_free(restore);
    return restored;
}
