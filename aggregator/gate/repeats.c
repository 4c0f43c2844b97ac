/*
 * Lines that are folded or refused and come again: sets of eight places, each filled by second
 * chance. Some bits of a line's hash choose its set, others are its tag. The tags of a set lie
 * together, so that the search for a line that is not there reads half a cache line.
 */
#include <string.h>

#include "base/heap.h"
#include "base/text.h"
#include "gate/known.h"
#include "gate/repeats.h"

bool repeats_init(struct repeats *repeats, const struct memory *memory) {
    *repeats = (struct repeats){
        .memory = memory,
        .items = memory_array(memory, REPEATS_MAX, sizeof *repeats->items),
        .keys = memory_array(memory, REPEATS_MAX, sizeof *repeats->keys),
        .tags = memory_array(memory, REPEATS_MAX, sizeof *repeats->tags),
        .seen = memory_array(memory, REPEATS_SEEN, sizeof *repeats->seen),
    };
    return repeats->items != NULL && repeats->keys != NULL && repeats->tags != NULL &&
           repeats->seen != NULL;
}

void repeats_done(struct repeats *repeats) {
    if (repeats->memory == NULL)
        return;
    memory_release(repeats->memory, repeats->items);
    memory_release(repeats->memory, repeats->keys);
    memory_release(repeats->memory, repeats->tags);
    memory_release(repeats->memory, repeats->seen);
    *repeats = (struct repeats){0};
}

uint64_t repeats_bytes(void) {
    return heap_bytes(REPEATS_MAX * sizeof(struct repeat)) +
           heap_bytes((uint64_t)REPEATS_MAX * REPEATS_KEY_MAX) + heap_bytes(REPEATS_MAX) +
           heap_bytes(REPEATS_SEEN * sizeof(uint32_t));
}

/* ---- finding ---- */

static size_t set_of(uint64_t hash) {
    return (size_t)(hash % REPEATS_SETS) * REPEATS_WAYS;
}

/* Not 0, which is that of a free place. */
static uint8_t tag_of(uint64_t hash) {
    return (uint8_t)(hash >> 32) | 1;
}

static bool is_line(const struct repeat *repeat, const char *key, gate_scope scope,
                    const struct sg_line *line) {
    return repeat->scope_letter == known_scope_letter(scope, line) &&
           repeat->name_len == line->name.len && repeat->tags_len == line->tags.len &&
           text_same(key, line->name.at, line->name.len) &&
           text_same(key + line->name.len, line->tags.at, line->tags.len);
}

/* The places of the set that bear a tag, the highest bit of a byte for each (H. S. Warren, Hacker's Delight, 6-1).
 * All are compared at once, since a branch for each would be guessed wrong. */
static uint64_t places_with(const struct repeats *repeats, size_t set, uint8_t tag) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t low = ones * 0x7f;
    uint64_t tags;
    memcpy(&tags, &repeats->tags[set], sizeof tags);
    tags ^= tag * ones;
    return ~(((tags & low) + low) | tags | low);
}

/* The first of them. */
static size_t first_of(size_t set, uint64_t places) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return set + (size_t)__builtin_ctzll(places) / 8;
#else
    return set + (size_t)__builtin_clzll(places) / 8;
#endif
}

struct repeat *repeats_find(const struct repeats *repeats, uint64_t hash, gate_scope scope,
                            const struct sg_line *line) {
    const size_t set = set_of(hash);
    uint64_t places = places_with(repeats, set, tag_of(hash));
    for (; places != 0; places &= places - 1) {
        const size_t place = first_of(set, places);
        if (is_line(&repeats->items[place], repeats->keys[place], scope, line))
            return &repeats->items[place];
    }
    return NULL;
}

/* ---- what it was ---- */

/* The byte at fault of a refused line: in its tags, or where the reason says. */
static size_t fault_of(const struct repeat *repeat, const struct sg_line *line) {
    const size_t tags = line->tags.at != NULL ? (size_t)(line->tags.at - line->text.at) : 0;
    if (repeat->fault_at != REPEATS_NOWHERE)
        return tags + repeat->fault_at;
    switch (repeat->reason) {
    case SG_REJECT_TYPE_MISMATCH:
        return (size_t)(line->values.at + line->values.len + 1 - line->text.at);
    case SG_REJECT_MISSING_LABEL:
    case SG_REJECT_LABEL_OVERFLOW:
    case SG_REJECT_SERIES_LIMIT:
        return tags;
    default:
        return 0; /* the name's */
    }
}

void repeats_recall(struct repeat *repeat, const struct catalog_set *set, gate_scope scope,
                    const struct sg_line *line, struct outcome *ret_outcome) {
    struct outcome *out = ret_outcome;
    *out = (struct outcome){.verdict = repeat->series != NULL ? VERDICT_FOLDED : VERDICT_REJECTED,
                            .reason = (enum sg_reject)repeat->reason,
                            .label = repeat->label,
                            .item = repeat->item,
                            .series = repeat->series,
                            .spelled = repeats_spelled(repeat, line),
                            .spelled_hash = repeat->spelled_hash,
                            .mark = &repeat->mark};
    if (repeat->family != REPEATS_NOWHERE) {
        out->family = set->families[repeat->family];
        out->service = out->family->catalog;
    } else if (scope > 0) {
        out->service = set->catalogs[scope - 1];
    }
    if (repeat->series == NULL)
        out->offset = fault_of(repeat, line);
}

/* ---- remembering ---- */

/* The place of the set that is free, or was met least lately. */
static size_t take_place(struct repeats *repeats, uint64_t hash) {
    const size_t set = set_of(hash);
    const uint64_t free = places_with(repeats, set, 0);
    if (free != 0) {
        repeats->lines++;
        return first_of(set, free);
    }
    repeats->evictions++;
    for (size_t way = (size_t)(hash >> 24);; way++) {
        struct repeat *item = &repeats->items[set + way % REPEATS_WAYS];
        if (!item->used)
            return (size_t)(item - repeats->items);
        item->used = false;
    }
}

/* It was met before, not long ago. */
static bool was_seen(struct repeats *repeats, uint64_t hash) {
    const uint32_t bits = (uint32_t)(hash >> 32);
    uint32_t *seen = &repeats->seen[hash % REPEATS_SEEN];
    if (*seen == bits)
        return true;
    *seen = bits;
    return false;
}

/* Where in name and tags these bytes of the line are. */
static uint16_t place_of(const struct sg_line *line, struct sg_span bytes) {
    if (bytes.at == NULL)
        return REPEATS_NOWHERE;
    if (line->tags.at != NULL && bytes.at >= line->tags.at)
        return (uint16_t)(line->name.len + (size_t)(bytes.at - line->tags.at));
    return (uint16_t)(bytes.at - line->name.at);
}

/* Where in the tags the byte at fault is. */
static uint16_t fault_in_tags(const struct sg_line *line, const struct outcome *out) {
    const char *at = line->text.at + out->offset;
    const bool in_tags = line->tags.len > 0 && at >= line->tags.at;
    return in_tags ? (uint16_t)(at - line->tags.at) : (uint16_t)REPEATS_NOWHERE;
}

void repeats_note(struct repeats *repeats, uint64_t hash, gate_scope scope,
                  const struct sg_line *line, const struct outcome *out) {
    if (line->name.len + line->tags.len > REPEATS_KEY_MAX || !was_seen(repeats, hash))
        return;
    const struct repeat *known = repeats_find(repeats, hash, scope, line);
    const size_t place =
        known != NULL ? (size_t)(known - repeats->items) : take_place(repeats, hash);
    repeats->tags[place] = tag_of(hash);
    memcpy(repeats->keys[place], line->name.at, line->name.len);
    if (line->tags.len > 0)
        memcpy(repeats->keys[place] + line->name.len, line->tags.at, line->tags.len);
    repeats->items[place] = (struct repeat){
        .series = out->series,
        .spelled_hash = out->spelled_hash,
        .room = out->room,
        .generation = out->series != NULL ? out->series->generation : 0,
        .scope_letter = known_scope_letter(scope, line),
        .name_len = (uint16_t)line->name.len,
        .tags_len = (uint16_t)line->tags.len,
        .family = out->family != NULL ? (uint16_t)out->family->index : (uint16_t)REPEATS_NOWHERE,
        .spelled_at = place_of(line, out->spelled),
        .spelled_len = (uint16_t)out->spelled.len,
        .fault_at = fault_in_tags(line, out),
        .reason = (uint8_t)out->reason,
        .label = (int8_t)out->label,
        .item = out->item,
        .plain = out->family != NULL && outcome_is_plain(out, VERDICT_FOLDED)};
}
