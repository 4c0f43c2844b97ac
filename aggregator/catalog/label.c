/* Declared label values and the look-up of their wire spellings. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "catalog/build.h"

/*
 * Up to this many spellings are compared one by one: a length check each, which is as quick as
 * hashing the text once.
 */
enum { COMPARED_MAX = 8 };

struct wire_spelling {
    const char *text;
    uint32_t len;
};

/*
 * Open addressing at most half full. Its keys come from the catalog alone, so a sender can make no
 * look-up longer than the longest run of slots: the seed needs no secret.
 */
struct wire_index {
    const struct wire_spelling *spellings; /* by id */
    const uint32_t *slots;                 /* id + 1, 0 = free; NULL: compare */
    uint32_t mask;
};

static bool is_plain(const char *text) {
    return text[strcspn(text, "\\\"\n")] == '\0';
}

static int by_text(const void *a, const void *b) {
    const struct catalog_word *left = a;
    const struct catalog_word *right = b;
    return strcmp(left->text, right->text);
}

void catalog_words_sort(struct catalog_word *words, size_t count) {
    if (count > 1)
        qsort(words, count, sizeof *words, by_text);
}

static uint32_t slot_of(const char *text, size_t len, uint32_t mask) {
    return (uint32_t)hash_bytes(text, len, 0) & mask;
}

static const uint32_t *make_slots(struct arena *arena, const struct wire_spelling *spellings,
                                  uint32_t count, uint32_t *ret_mask) {
    uint32_t size = 2 * COMPARED_MAX;
    while (size < 2 * count)
        size *= 2;
    uint32_t *slots = arena_array(arena, size, sizeof *slots);
    if (!slots)
        return NULL;
    const uint32_t mask = size - 1;
    for (uint32_t id = 0; id < count; id++) {
        uint32_t at = slot_of(spellings[id].text, spellings[id].len, mask);
        while (slots[at] != 0)
            at = (at + 1) & mask;
        slots[at] = id + 1;
    }
    *ret_mask = mask;
    return slots;
}

bool catalog_label_set_values(struct arena *arena, struct catalog_label *label,
                              const struct catalog_word *words, size_t count) {
    struct catalog_value *values = arena_array(arena, count, sizeof *values);
    struct wire_spelling *spellings = arena_array(arena, count, sizeof *spellings);
    struct wire_index *wire = arena_alloc(arena, sizeof *wire);
    if (!values || !spellings || !wire)
        return false;
    for (size_t i = 0; i < count; i++) {
        values[i] = (struct catalog_value){.text = words[i].text,
                                           .len = (uint32_t)strlen(words[i].text),
                                           .plain = is_plain(words[i].text)};
        spellings[i] =
            (struct wire_spelling){.text = words[i].wire, .len = (uint32_t)strlen(words[i].wire)};
    }
    wire->spellings = spellings;
    if (count > COMPARED_MAX) {
        wire->slots = make_slots(arena, spellings, (uint32_t)count, &wire->mask);
        if (!wire->slots)
            return false;
    }
    label->values = values;
    label->value_count = (uint32_t)count;
    label->wire = wire;
    label->bound = (uint64_t)count + label->max;
    return true;
}

static bool is_spelling(const struct wire_spelling *spelling, const char *text, size_t len) {
    return spelling->len == len && memcmp(spelling->text, text, len) == 0;
}

int32_t catalog_label_find(const struct catalog_label *label, const char *wire, size_t len) {
    const struct wire_index *index = label->wire;
    if (len == 0)
        return -1; /* no value is empty; and an empty span may have no address */
    if (!index->slots) {
        for (uint32_t id = 0; id < label->value_count; id++)
            if (is_spelling(&index->spellings[id], wire, len))
                return (int32_t)id;
        return -1;
    }
    uint32_t at = slot_of(wire, len, index->mask);
    for (; index->slots[at] != 0; at = (at + 1) & index->mask) {
        const uint32_t id = index->slots[at] - 1;
        if (is_spelling(&index->spellings[id], wire, len))
            return (int32_t)id;
    }
    return -1;
}

int32_t catalog_label_find_text(const struct catalog_label *label, const char *text, size_t len) {
    uint32_t low = 0;
    uint32_t high = label->value_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct catalog_value *value = &label->values[middle];
        const int order = compare_text(text, len, value->text, value->len);
        if (order == 0)
            return (int32_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *catalog_label_wire(const struct catalog_label *label, uint32_t id) {
    return label->wire->spellings[id].text;
}
