/*
 * The table of known lines: open addressing in windows of 16 slots, sized once by the catalogs'
 * bound, never rehashed.
 *
 * It is a cache: a line that is not in it is resolved again, which costs time but gives the same
 * answer. Its memory is bounded, by slots and by bytes of keys: when a window or the memory is
 * full, a slot not hit lately makes room ("second chance"). New slots start as not hit, so a flood
 * of spellings that never repeat evicts only itself.
 */
#include <string.h>

#include "base/heap.h"
#include "gate/known.h"

enum { CACHE_LINE = 64 }; /* two slots share one */

static size_t slots_for(uint64_t series_bound) {
    enum { SLOTS_MIN = 4096, SLOTS_MAX = 1 << 21 };
    size_t slots = SLOTS_MIN;
    while (slots / 2 < series_bound && slots < SLOTS_MAX)
        slots *= 2;
    return slots;
}

/* For two spellings of each series: slots are a power of two, and up to twice as many. */
static uint64_t key_bytes_for(uint64_t series_bound) {
    enum { KEY_BYTES = 64 };
    const uint64_t slots = slots_for(series_bound);
    const uint64_t keys = series_bound < slots / 2 ? 2 * series_bound : slots;
    return keys * KEY_BYTES + (1u << 20);
}

/* The windows of the last slots extend past the table's end, so that no probe wraps around. */
static size_t slots_bytes_for(size_t slots) {
    return (slots + KNOWN_WINDOW) * sizeof(struct known);
}

uint64_t known_bytes(uint64_t series_bound) {
    const size_t slots = slots_for(series_bound);
    return heap_bytes(slots_bytes_for(slots) + CACHE_LINE - 1) + key_bytes_for(series_bound);
}

bool known_init(struct known_table *table, const struct memory *memory, uint64_t series_bound,
                uint64_t seed) {
    const size_t slots = slots_for(series_bound);
    *table = (struct known_table){.memory = memory, .mask = slots - 1, .keys = hash_keys_of(seed)};
    table->key_bytes_max = key_bytes_for(series_bound);
    table->piece = memory_alloc(memory, slots_bytes_for(slots) + CACHE_LINE - 1);
    if (table->piece == NULL)
        return false;
    const size_t beyond = (size_t)((uintptr_t)table->piece % CACHE_LINE);
    table->slots = (void *)((char *)table->piece + (beyond == 0 ? 0 : CACHE_LINE - beyond));
    memset(table->slots, 0, slots_bytes_for(slots)); /* now, so that no page fault occurs later */
    return true;
}

void known_done(struct known_table *table) {
    if (table->piece == NULL)
        return;
    for (size_t i = 0; i <= table->mask + KNOWN_WINDOW; i++)
        memory_release(table->memory, table->slots[i].key);
    memory_release(table->memory, table->piece);
    *table = (struct known_table){0};
}

struct known *known_find(const struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line) {
    struct known *slot = known_home(table, hash);
    /* Slots are filled from the left and are reused in place, so the search ends at an empty one.
     * (A rare hole, left when memory ran out, hides the slots behind it: their lines are resolved
     * again.) */
    for (size_t i = 0; i < KNOWN_WINDOW && slot[i].key != NULL; i++)
        if (known_matches(&slot[i], hash, scope, line))
            return &slot[i];
    return NULL;
}

static void vacate(struct known_table *table, struct known *slot) {
    table->key_bytes -=
        heap_bytes(sizeof *slot->key + (size_t)slot->key->name_len + (size_t)slot->key->tags_len);
    table->entries--;
    table->evictions++;
    memory_release(table->memory, slot->key);
    *slot = (struct known){0};
}

/* Choose a slot of the window to give up: the first not hit since the last search. Slots passed on
 * the way are marked as not hit. */
static struct known *victim(struct known *home, uint64_t hash) {
    struct known *last = NULL;
    const size_t start = (size_t)(hash >> 48) % KNOWN_WINDOW;
    for (size_t i = 0; i < KNOWN_WINDOW; i++) {
        struct known *slot = &home[(start + i) % KNOWN_WINDOW];
        if (slot->key == NULL)
            continue;
        if (!(slot->flags & KNOWN_USED))
            return slot;
        slot->flags &= (uint8_t)~KNOWN_USED;
        last = last != NULL ? last : slot;
    }
    return last;
}

struct known *known_make(struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line) {
    const size_t len = line->name.len + line->tags.len;
    const size_t bytes = heap_bytes(sizeof(struct known_key) + len);
    if (len > KNOWN_KEY_MAX)
        return NULL;
    struct known *slot = known_find(table, hash, scope, line);
    if (slot != NULL)
        return slot; /* its series has ended; the new one takes its place */
    struct known *home = known_home(table, hash);
    for (size_t i = 0; i < KNOWN_WINDOW && slot == NULL; i++)
        if (home[i].key == NULL)
            slot = &home[i];
    if (slot == NULL || table->key_bytes + bytes > table->key_bytes_max) {
        slot = victim(home, hash);
        if (slot == NULL)
            return NULL;
        vacate(table, slot);
        if (table->key_bytes + bytes > table->key_bytes_max)
            return NULL;
    }
    struct known_key *key = memory_alloc(table->memory, sizeof(struct known_key) + len);
    if (key == NULL)
        return NULL;
    key->scope_letter = known_scope_letter(scope, line);
    key->name_len = (uint16_t)line->name.len;
    key->tags_len = (uint16_t)line->tags.len;
    memcpy(key->bytes, line->name.at, line->name.len);
    if (line->tags.len > 0)
        memcpy(key->bytes + line->name.len, line->tags.at, line->tags.len);
    *slot = (struct known){.hash = hash, .key = key};
    table->entries++;
    table->key_bytes += bytes;
    return slot;
}
