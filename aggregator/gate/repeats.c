/*
 * Lines that are folded or refused repeatedly: sets of eight places, each filled by second chance.
 * Some bits of a line's hash choose its set, others are its tag. The tags of a set are adjacent, so
 * that a search for a line that is not there reads half a cache line.
 */
#include <string.h>

#include "base/heap.h"
#include "gate/repeats.h"

enum { ITEMS_BYTES = REPEATS_MAX * sizeof(struct repeat) + REPEATS_ALIGN - 1 };

bool repeats_init(struct repeats *repeats, const struct memory *memory) {
    *repeats = (struct repeats){
        .memory = memory,
        .piece = memory_alloc(memory, ITEMS_BYTES),
        .tags = memory_array(memory, REPEATS_MAX, sizeof *repeats->tags),
        .seen = memory_array(memory, REPEATS_SEEN, sizeof *repeats->seen),
    };
    if (repeats->piece == NULL || repeats->tags == NULL || repeats->seen == NULL)
        return false;
    const size_t beyond = (size_t)((uintptr_t)repeats->piece % REPEATS_ALIGN);
    repeats->items = (void *)((char *)repeats->piece + (beyond == 0 ? 0 : REPEATS_ALIGN - beyond));
    return true;
}

void repeats_done(struct repeats *repeats) {
    if (repeats->memory == NULL)
        return;
    memory_release(repeats->memory, repeats->piece);
    memory_release(repeats->memory, repeats->tags);
    memory_release(repeats->memory, repeats->seen);
    *repeats = (struct repeats){0};
}

uint64_t repeats_bytes(void) {
    return heap_bytes(ITEMS_BYTES) + heap_bytes(REPEATS_MAX) +
           heap_bytes(REPEATS_SEEN * sizeof(uint32_t));
}

/* ---- finding ---- */

struct repeat *repeats_find(const struct repeats *repeats, uint64_t hash, gate_scope scope,
                            const struct sg_line *line) {
    const size_t set = repeats_set(hash);
    uint64_t places = repeats_places(repeats, set, repeats_tag(hash));
    for (; places != 0; places &= places - 1) {
        struct repeat *repeat = &repeats->items[repeats_first(set, places)];
        if (repeats_is(repeat, scope, line))
            return repeat;
    }
    return NULL;
}

/* ---- what it was ---- */

/* The offset at fault in a refused line: in its tags, or where the reason implies. */
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
        return 0; /* the start of the name */
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

/* A place of the set that is free, or whose line was not met lately. */
static size_t take_place(struct repeats *repeats, uint64_t hash) {
    const size_t set = repeats_set(hash);
    const uint64_t free = repeats_places(repeats, set, 0);
    if (free != 0) {
        repeats->lines++;
        return repeats_first(set, free);
    }
    repeats->evictions++;
    for (size_t way = (size_t)(hash >> 24);; way++) {
        struct repeat *item = &repeats->items[set + way % REPEATS_WAYS];
        if (!item->used)
            return (size_t)(item - repeats->items);
        item->used = false;
    }
}

/* The offset of these bytes of the line in name and tags. */
static uint16_t place_of(const struct sg_line *line, struct sg_span bytes) {
    if (bytes.at == NULL)
        return REPEATS_NOWHERE;
    if (line->tags.at != NULL && bytes.at >= line->tags.at)
        return (uint16_t)(line->name.len + (size_t)(bytes.at - line->tags.at));
    return (uint16_t)(bytes.at - line->name.at);
}

/* The offset of the byte at fault in the tags. */
static uint16_t fault_in_tags(const struct sg_line *line, const struct outcome *out) {
    const char *at = line->text.at + out->offset;
    const bool in_tags = line->tags.len > 0 && at >= line->tags.at;
    return in_tags ? (uint16_t)(at - line->tags.at) : (uint16_t)REPEATS_NOWHERE;
}

/* A folded line is then like an accepted one. A refusal needs no further check unless the service
 * lists its senders. */
bool repeats_is_plain(const struct outcome *out) {
    if (out->family == NULL)
        return true;
    if (out->verdict == VERDICT_FOLDED)
        return !family_is_owned(out->family) && outcome_is_plain(out, VERDICT_FOLDED);
    return !out->service->senders_restricted;
}

void repeats_note(struct repeats *repeats, uint64_t hash, gate_scope scope,
                  const struct sg_line *line, const struct outcome *out) {
    const bool again = repeats_saw(repeats, hash);
    repeats_see(repeats, hash);
    if (line->name.len + line->tags.len > REPEATS_KEY_MAX || !again)
        return;
    const struct repeat *known = repeats_find(repeats, hash, scope, line);
    const size_t place =
        known != NULL ? (size_t)(known - repeats->items) : take_place(repeats, hash);
    struct repeat *repeat = &repeats->items[place];
    repeats->tags[place] = repeats_tag(hash);
    *repeat = (struct repeat){.series = out->series,
                              .spelled_hash = out->spelled_hash,
                              .room = out->room,
                              .generation = out->series != NULL ? out->series->generation : 0,
                              .scope_letter = known_scope_letter(scope, line),
                              .name_len = (uint16_t)line->name.len,
                              .tags_len = (uint16_t)line->tags.len,
                              .family = out->family != NULL ? (uint16_t)out->family->index
                                                            : (uint16_t)REPEATS_NOWHERE,
                              .spelled_at = place_of(line, out->spelled),
                              .spelled_len = (uint16_t)out->spelled.len,
                              .fault_at = fault_in_tags(line, out),
                              .reason = (uint8_t)out->reason,
                              .label = (int8_t)out->label,
                              .item = out->item,
                              .plain = repeats_is_plain(out)};
    memcpy(repeat->key, line->name.at, line->name.len);
    if (line->tags.len > 0)
        memcpy(repeat->key + line->name.len, line->tags.at, line->tags.len);
}
