/* Lists of declared values, shared: a thousand labels with the same ten thousand values store them
 * once. */
#include "catalog/values.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/*
 * Up to COMPARED_MAX spellings are compared one by one. That costs one length check each, which is
 * as fast as hashing the text once.
 */
enum { COMPARED_MAX = 8, LISTS_LEAST = 16 };

/* ---- making one ---- */

static bool is_plain(const char *text) {
    return text[strcspn(text, "\\\"\n")] == '\0';
}

static bool make_index(struct arena *arena, const struct wire_spelling *spellings, uint32_t count,
                       struct bare_slots *ret_ids) {
    uint32_t size = 2 * COMPARED_MAX;
    while (size < 2 * count)
        size *= 2;
    struct bare_slots ids = {arena_array(arena, size, BARE_SLOTS_CELL_BYTES), size - 1};
    if (ids.cells == NULL)
        return false;
    for (uint32_t id = 0; id < count; id++)
        bare_slots_add(&ids, (uint32_t)hash_bytes(spellings[id].text, spellings[id].len, 0), id);
    *ret_ids = ids;
    return true;
}

/* Copy a value and its wire spelling, which are mostly the same text. */
static bool copy_word(struct arena *arena, const struct catalog_word *word,
                      struct catalog_value *ret_value, struct wire_spelling *ret_spelling) {
    const size_t len = strlen(word->text);
    const size_t wire_len = strlen(word->wire);
    const bool same = strcmp(word->text, word->wire) == 0;
    const char *text = arena_strndup(arena, word->text, len);
    const char *wire = same ? text : arena_strndup(arena, word->wire, wire_len);
    if (text == NULL || wire == NULL)
        return false;
    *ret_value =
        (struct catalog_value){.text = text, .len = (uint32_t)len, .plain = is_plain(text)};
    *ret_spelling = (struct wire_spelling){.text = wire, .len = (uint32_t)wire_len};
    return true;
}

static struct value_list *make_list(struct catalog *catalog, const struct catalog_word *words,
                                    size_t count, uint64_t hash) {
    struct arena *arena = &catalog->arena;
    struct catalog_value *values = arena_array(arena, count, sizeof *values);
    struct wire_spelling *spellings = arena_array(arena, count, sizeof *spellings);
    struct value_list *list = arena_alloc(arena, sizeof *list);
    if (values == NULL || spellings == NULL || list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (!copy_word(arena, &words[i], &values[i], &spellings[i]))
            return NULL;
    *list = (struct value_list){
        .hash = hash,
        .count = (uint32_t)count,
        .values = values,
        .wire = {.list = (uint32_t)catalog->values.count, .spellings = spellings}};
    if (count <= COMPARED_MAX)
        return list;
    return make_index(arena, spellings, (uint32_t)count, &list->wire.ids) ? list : NULL;
}

/* ---- finding it again ---- */

static uint64_t words_hash(const struct catalog_word *words, size_t count) {
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        hash = hash_bytes(words[i].text, strlen(words[i].text), hash);
        hash = hash_bytes(words[i].wire, strlen(words[i].wire), hash);
    }
    return hash;
}

static bool has_words(const struct value_list *list, const struct catalog_word *words,
                      size_t count) {
    if (list->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list->values[i].text, words[i].text) != 0 ||
            strcmp(list->wire.spellings[i].text, words[i].wire) != 0)
            return false;
    return true;
}

/* Make room for one more list; the table stays at most half full. */
static bool make_room(struct value_lists *lists) {
    if (lists->count * 2 < lists->size)
        return true;
    const size_t size = lists->size > 0 ? lists->size * 2 : LISTS_LEAST;
    const struct value_list **slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < lists->size; i++) {
        if (lists->slots[i] == NULL)
            continue;
        size_t at = (size_t)lists->slots[i]->hash & (size - 1);
        while (slots[at] != NULL)
            at = (at + 1) & (size - 1);
        slots[at] = lists->slots[i];
    }
    free(lists->slots);
    lists->slots = slots;
    lists->size = size;
    return true;
}

const struct value_list *values_list(struct catalog *catalog, const struct catalog_word *words,
                                     size_t count) {
    struct value_lists *lists = &catalog->values;
    const uint64_t hash = words_hash(words, count);
    if (!make_room(lists))
        return NULL;
    size_t at = (size_t)hash & (lists->size - 1);
    for (; lists->slots[at] != NULL; at = (at + 1) & (lists->size - 1))
        if (lists->slots[at]->hash == hash && has_words(lists->slots[at], words, count))
            return lists->slots[at];
    const struct value_list *list = make_list(catalog, words, count, hash);
    lists->slots[at] = list;
    lists->count += list != NULL;
    return list;
}

bool catalog_list_next(const struct catalog *catalog, size_t *at,
                       struct catalog_value_list *ret_list) {
    const struct value_lists *lists = &catalog->values;
    while (*at < lists->size && lists->slots[*at] == NULL)
        ++*at;
    if (*at == lists->size)
        return false;
    const struct value_list *list = lists->slots[(*at)++];
    *ret_list = (struct catalog_value_list){
        .number = list->wire.list, .values = list->values, .count = list->count};
    return true;
}

void values_done(struct value_lists *lists) {
    free(lists->slots);
    *lists = (struct value_lists){0};
}

size_t values_bytes(const struct value_lists *lists) {
    return lists->size * sizeof *lists->slots;
}
