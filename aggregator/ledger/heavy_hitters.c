/* SPDX-License-Identifier: MIT */
/* heavy_hitters.c - the heaviest keys of a stream, in bounded memory. */
#include "ledger/heavy_hitters.h"

#include <stdlib.h>

#include "base/hash.h"

void ledger_heavy_init(struct heavy *heavy, uint64_t seed) {
    heavy->items = memory_array(HEAVY_MAX, sizeof *heavy->items);
    heavy->runs = memory_array(HEAVY_MAX + 1, sizeof *heavy->runs);
    heavy->filter = memory_array(HEAVY_FILTER, sizeof *heavy->filter);
    heavy->seed = seed;
    slots_init(&heavy->slots, HEAVY_MAX);
    ledger_heavy_clear(heavy);
}

void ledger_heavy_done(struct heavy *heavy) {
    free(heavy->items);
    free(heavy->runs);
    free(heavy->filter);
    slots_done(&heavy->slots);
}

uint64_t ledger_heavy_bytes(void) {
    return heap_bytes(HEAVY_MAX * sizeof(struct heavy_item)) +
           heap_bytes((HEAVY_MAX + 1) * sizeof(struct heavy_run)) + slots_bytes(HEAVY_MAX) +
           heap_bytes(HEAVY_FILTER * sizeof(uint16_t));
}

void ledger_heavy_clear(struct heavy *heavy) {
    memset(heavy->items, 0, HEAVY_MAX * sizeof *heavy->items);
    memset(heavy->filter, 0, HEAVY_FILTER * sizeof *heavy->filter);
    memset(heavy->slots.cells, 0, ((size_t)heavy->slots.mask + 1) * SLOTS_CELL_BYTES);
    for (size_t i = 0; i <= HEAVY_MAX; i++)
        heavy->runs[i].lower = i < HEAVY_MAX ? (uint16_t)(i + 1) : (uint16_t)HEAVY_NONE;
    heavy->used = 0;
    heavy->left_out = 0;
    heavy->made_way = 0;
    heavy->free = 0;
    heavy->lowest = HEAVY_NONE;
}

/* ---- runs ---- */

/* Begin a run between two neighbours; either may be HEAVY_NONE. */
static uint16_t begin_run(struct heavy *heavy, uint64_t count, uint16_t lower, uint16_t higher) {
    const uint16_t run = heavy->free;
    heavy->free = heavy->runs[run].lower;
    heavy->runs[run] = (struct heavy_run){count, HEAVY_NONE, HEAVY_NONE, lower, higher};
    if (lower != HEAVY_NONE)
        heavy->runs[lower].higher = run;
    else
        heavy->lowest = run;
    if (higher != HEAVY_NONE)
        heavy->runs[higher].lower = run;
    return run;
}

static void end_run(struct heavy *heavy, uint16_t run) {
    const struct heavy_run ended = heavy->runs[run];
    if (ended.lower != HEAVY_NONE)
        heavy->runs[ended.lower].higher = ended.higher;
    else
        heavy->lowest = ended.higher;
    if (ended.higher != HEAVY_NONE)
        heavy->runs[ended.higher].lower = ended.lower;
    heavy->runs[run].lower = heavy->free;
    heavy->free = run;
}

static void append(struct heavy *heavy, uint16_t run, uint16_t place) {
    struct heavy_run *to = &heavy->runs[run];
    struct heavy_item *item = &heavy->items[place];
    item->run = run;
    item->earlier = to->last;
    item->later = HEAVY_NONE;
    if (to->last != HEAVY_NONE)
        heavy->items[to->last].later = place;
    else
        to->first = place;
    to->last = place;
}

static void pull(struct heavy *heavy, uint16_t place) {
    const struct heavy_item *item = &heavy->items[place];
    struct heavy_run *from = &heavy->runs[item->run];
    if (item->earlier != HEAVY_NONE)
        heavy->items[item->earlier].later = item->later;
    else
        from->first = item->later;
    if (item->later != HEAVY_NONE)
        heavy->items[item->later].earlier = item->earlier;
    else
        from->last = item->earlier;
}

/* Put an item that is in no run into the run of its count, which is above `lower` (HEAVY_NONE:
 * search from the lowest). */
static void rank(struct heavy *heavy, uint16_t place, uint16_t lower) {
    const uint64_t count = heavy->items[place].count;
    uint16_t higher = lower != HEAVY_NONE ? heavy->runs[lower].higher : heavy->lowest;
    while (higher != HEAVY_NONE && heavy->runs[higher].count < count) {
        lower = higher;
        higher = heavy->runs[higher].higher;
    }
    const bool exists = higher != HEAVY_NONE && heavy->runs[higher].count == count;
    append(heavy, exists ? higher : begin_run(heavy, count, lower, higher), place);
}

/* Whether the item is alone in its run, and stays below the next run: then the run rises with
 * it. */
static bool rises_alone(const struct heavy *heavy, uint16_t place, uint64_t count) {
    const struct heavy_run *run = &heavy->runs[heavy->items[place].run];
    return run->first == place && run->last == place &&
           (run->higher == HEAVY_NONE || heavy->runs[run->higher].count > run->count + count);
}

static void raise_item(struct heavy *heavy, uint16_t place, uint64_t count) {
    struct heavy_item *item = &heavy->items[place];
    const uint16_t run = item->run;
    if (rises_alone(heavy, place, count)) {
        item->count += count;
        heavy->runs[run].count += count;
        return;
    }
    pull(heavy, place);
    item->count += count;
    rank(heavy, place, run);
    if (heavy->runs[run].first == HEAVY_NONE)
        end_run(heavy, run);
}

/* ---- items ---- */

static uint32_t key_hash(const struct heavy *heavy, const struct heavy_key *key) {
    const uint64_t of = (uint64_t)key->detail << 32 | key->of;
    return (uint32_t)hash_bytes(key->text.at, key->text.len, heavy->seed + of);
}

static bool is_item(const struct heavy_item *item, const struct heavy_key *key) {
    return item->len == key->text.len && item->of == key->of && item->detail == key->detail &&
           memcmp(item->text, key->text.at, key->text.len) == 0;
}

/* The filter recognises most texts of a flood as new, without a look at the index, which is half
 * full. */
static uint16_t *filter_at(const struct heavy *heavy, uint32_t hash) {
    return &heavy->filter[hash % HEAVY_FILTER];
}

static uint32_t find(const struct heavy *heavy, const struct heavy_key *key, uint32_t hash) {
    uint32_t at = hash;
    uint32_t place;
    if (*filter_at(heavy, hash) == 0 || key->text.len > HEAVY_TEXT_MAX)
        return SLOTS_NONE;
    do
        place = slots_next(&heavy->slots, hash, &at);
    while (place != SLOTS_NONE && !is_item(&heavy->items[place], key));
    return place;
}

/* Whether the table is full and this second's limit of new texts is reached. */
static bool is_shut(const struct heavy *heavy, int64_t real_ms) {
    return heavy->made_way >= HEAVY_NEW_PER_SECOND && heavy->second == real_ms / 1000;
}

/* Remove an item with the lowest count to make room. */
static uint16_t make_way(struct heavy *heavy, int64_t real_ms) {
    const int64_t second = real_ms / 1000;
    if (second != heavy->second) {
        heavy->second = second;
        heavy->made_way = 0;
    }
    heavy->made_way++;
    const uint16_t place = heavy->runs[heavy->lowest].first;
    slots_remove(&heavy->slots, heavy->items[place].hash, place);
    --*filter_at(heavy, heavy->items[place].hash);
    return place;
}

/* Record the sender and time of the item's latest samples. */
static void meet(struct heavy_item *item, const struct sender *sender, uint64_t count,
                 int64_t real_ms) {
    rate_count(&item->rate, count, real_ms);
    if (item->last_ms == real_ms && item->who.pid == sender->pid)
        return;
    item->last_ms = real_ms;
    ledger_who(sender, &item->who);
}

/* Enter a new text. True: it has the place and the count of another one. */
static __attribute__((noinline)) bool begin_item(struct heavy *heavy, const struct heavy_key *key,
                                                 uint32_t hash, const struct sender *sender,
                                                 uint64_t count, int64_t real_ms) {
    const bool fills = heavy->used < HEAVY_MAX;
    const uint16_t place = key->text.len > HEAVY_TEXT_MAX ? (uint16_t)HEAVY_NONE
                           : fills                        ? heavy->used++
                                                          : make_way(heavy, real_ms);
    if (place == HEAVY_NONE) {
        heavy->left_out += count;
        return false;
    }
    struct heavy_item *item = &heavy->items[place];
    item->error = item->count;
    item->rate = (struct rate){0};
    item->first_ms = real_ms;
    item->of = key->of;
    item->detail = key->detail;
    item->hash = hash;
    item->len = (uint16_t)key->text.len;
    memcpy(item->text, key->text.at, key->text.len);
    slots_add(&heavy->slots, hash, place);
    ++*filter_at(heavy, hash);
    if (fills) {
        item->count = count;
        rank(heavy, place, HEAVY_NONE);
    } else {
        raise_item(heavy, place, count);
    }
    meet(item, sender, count, real_ms);
    return !fills;
}

bool ledger_heavy_count(struct heavy *heavy, const struct heavy_key *key,
                        const struct sender *sender, uint64_t count, int64_t real_ms) {
    const uint32_t hash = key_hash(heavy, key);
    const uint32_t known = find(heavy, key, hash);
    if (known == SLOTS_NONE && is_shut(heavy, real_ms)) {
        heavy->left_out += count;
        return false;
    }
    if (known == SLOTS_NONE)
        return begin_item(heavy, key, hash, sender, count, real_ms);
    raise_item(heavy, (uint16_t)known, count);
    meet(&heavy->items[known], sender, count, real_ms);
    return false;
}

const struct heavy_item *ledger_heavy_at(const struct heavy *heavy, size_t index) {
    return index < heavy->used ? &heavy->items[index] : NULL;
}

size_t ledger_heavy_order(const struct heavy *heavy, uint16_t ret_places[HEAVY_MAX]) {
    size_t count = heavy->used;
    for (uint16_t run = heavy->lowest; run != HEAVY_NONE; run = heavy->runs[run].higher)
        for (uint16_t at = heavy->runs[run].first; at != HEAVY_NONE; at = heavy->items[at].later)
            ret_places[--count] = at;
    return heavy->used;
}
