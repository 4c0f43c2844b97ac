/* SPDX-License-Identifier: MIT */
/* known.c - lines that were seen before: their series. */
#include "gate/gate_private.h"

#include <stdlib.h>

#include "base/heap.h"

/*
 * The table of known lines: open addressing in windows of 16 slots, sized once by the catalogs'
 * bound, never rehashed.
 *
 * It is a cache: a line that is not in it is resolved again, which costs time but gives the same
 * answer. Its memory is bounded, by slots and by bytes of keys: when a window or the memory is
 * full, a slot not hit lately makes room ("second chance"). New slots start as not hit, so a flood
 * of spellings that never repeat evicts only itself.
 */

enum { CACHE_LINE = 64 }; /* two slots share one */

static size_t slots_for(uint64_t series_bound) {
    enum { SLOTS_MIN = 4096, SLOTS_MAX = 1 << 21 };
    size_t slots = SLOTS_MIN;
    while (slots / 2 < series_bound && slots < SLOTS_MAX)
        slots *= 2;
    return slots;
}

/* What the longest line of the family takes as a key, up to 200 bytes: longer ones are rare, and
 * values of a pattern are seldom as long as they may be. */
static uint64_t key_bytes_of(const struct catalog_family *family) {
    enum { LINE_BYTES = 200 };
    uint64_t len = strlen(family->name);
    for (uint32_t i = 0; i < family->label_count && len < LINE_BYTES; i++)
        len += strlen(family->labels[i].name) + 2 + catalog_label_longest(&family->labels[i]);
    return heap_bytes(sizeof(struct known_key) + (len < LINE_BYTES ? len : LINE_BYTES));
}

/* For two spellings of each series, or for the longest one if it takes more: slots are a power of
 * two, and up to twice as many as spellings. */
static uint64_t key_bytes_for(const struct catalog_set *set) {
    enum { KEY_BYTES = 64, TWO_KEYS = 2 * KEY_BYTES };
    const uint64_t slots = slots_for(set->bound);
    const uint64_t lines = set->bound < slots / 2 ? set->bound : slots / 2;
    uint64_t more = 0; /* than two short keys, of all series */
    for (size_t i = 0; i < set->family_count; i++) {
        const uint64_t bytes = key_bytes_of(set->families[i]);
        more += bytes > TWO_KEYS ? set->families[i]->bound * (bytes - TWO_KEYS) : 0;
    }
    if (lines < set->bound)
        more = more / set->bound * lines;
    return lines * TWO_KEYS + more + (1u << 20);
}

/* The windows of the last slots extend past the table's end, so that no probe wraps around. */
static size_t slots_bytes_for(size_t slots) {
    return (slots + KNOWN_WINDOW) * sizeof(struct known);
}

uint64_t known_bytes(const struct catalog_set *set) {
    const size_t slots = slots_for(set->bound);
    return heap_bytes(slots_bytes_for(slots) + CACHE_LINE - 1) + key_bytes_for(set);
}

void known_init(struct known_table *table, const struct catalog_set *set, uint64_t seed) {
    const size_t slots = slots_for(set->bound);
    *table = (struct known_table){.mask = slots - 1, .keys = hash_keys_of(seed)};
    table->key_bytes_max = key_bytes_for(set);
    table->piece = memory_alloc(slots_bytes_for(slots) + CACHE_LINE - 1);
    const size_t beyond = (size_t)((uintptr_t)table->piece % CACHE_LINE);
    table->slots = (void *)((char *)table->piece + (beyond == 0 ? 0 : CACHE_LINE - beyond));
    memset(table->slots, 0, slots_bytes_for(slots)); /* now, so that no page fault occurs later */
}

void known_done(struct known_table *table) {
    if (table->piece == NULL)
        return;
    for (size_t i = 0; i <= table->mask + KNOWN_WINDOW; i++)
        free(table->slots[i].key);
    free(table->piece);
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

static uint64_t bytes_of(const struct known_key *key) {
    return heap_bytes(sizeof *key + (size_t)key->name_len + (size_t)key->tags_len);
}

static void vacate(struct known_table *table, struct known *slot) {
    table->key_bytes -= bytes_of(slot->key);
    table->entries--;
    table->evictions++;
    free(slot->key);
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

/* Give up slots of the window that were not hit until `bytes` more fit; none, if all of them would
 * not be enough. Those that were hit lose their mark then, as by a search for a victim. */
static bool make_room(struct known_table *table, struct known *home, size_t bytes) {
    uint64_t least = table->key_bytes;
    for (size_t i = 0; i < KNOWN_WINDOW; i++)
        if (home[i].key != NULL && !(home[i].flags & KNOWN_USED))
            least -= bytes_of(home[i].key);
    const bool enough = least + bytes <= table->key_bytes_max;
    for (size_t i = 0;
         i < KNOWN_WINDOW && (!enough || table->key_bytes + bytes > table->key_bytes_max); i++) {
        if (!enough)
            home[i].flags &= (uint8_t)~KNOWN_USED;
        else if (home[i].key != NULL && !(home[i].flags & KNOWN_USED))
            vacate(table, &home[i]);
    }
    return enough;
}

static struct known *free_slot(struct known *home) {
    for (size_t i = 0; i < KNOWN_WINDOW; i++)
        if (home[i].key == NULL)
            return &home[i];
    return NULL;
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
    if (table->key_bytes + bytes > table->key_bytes_max && !make_room(table, home, bytes))
        return NULL;
    slot = free_slot(home);
    if (slot == NULL) {
        slot = victim(home, hash);
        if (slot == NULL)
            return NULL;
        vacate(table, slot);
    }
    struct known_key *key = memory_alloc(sizeof(struct known_key) + len);
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
