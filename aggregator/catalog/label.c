/* Declared label values and the look-up of their wire spellings. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "catalog/values.h"

static int by_text(const void *a, const void *b) {
    const struct catalog_word *left = a;
    const struct catalog_word *right = b;
    return strcmp(left->text, right->text);
}

void catalog_words_sort(struct catalog_word *words, size_t count) {
    if (count > 1)
        qsort(words, count, sizeof *words, by_text);
}

bool catalog_label_set_values(struct catalog *catalog, struct catalog_label *label,
                              const struct catalog_word *words, size_t count) {
    const struct value_list *list = values_list(catalog, words, count);
    if (list == NULL)
        return false;
    label->values = list->values;
    label->value_count = list->count;
    label->wire = &list->wire;
    label->bound = (uint64_t)count + label->max;
    return true;
}

uint32_t catalog_label_list(const struct catalog_label *label) {
    return label->wire != NULL ? label->wire->list : UINT32_MAX;
}

uint64_t catalog_label_longest(const struct catalog_label *label) {
    uint64_t longest = label->kind == LABEL_PATTERN ? CATALOG_VALUE_MAX : 0;
    for (uint32_t i = 0; i < label->value_count; i++)
        if (label->values[i].len > longest)
            longest = label->values[i].len;
    return longest;
}

static bool is_spelling(const struct wire_spelling *spelling, const char *text, size_t len) {
    return spelling->len == len && memcmp(spelling->text, text, len) == 0;
}

static int32_t find_spelling(const struct catalog_label *label, const char *wire, size_t len) {
    const struct wire_index *index = label->wire;
    if (index->ids.cells == NULL) {
        for (uint32_t id = 0; id < label->value_count; id++)
            if (is_spelling(&index->spellings[id], wire, len))
                return (int32_t)id;
        return -1;
    }
    uint32_t at = (uint32_t)hash_bytes(wire, len, 0);
    uint32_t id;
    while ((id = bare_slots_next(&index->ids, &at)) != SLOTS_NONE)
        if (is_spelling(&index->spellings[id], wire, len))
            return (int32_t)id;
    return -1;
}

int32_t catalog_label_find(const struct catalog_label *label, const char *wire, size_t len) {
    if (len == 0)
        return -1; /* no value is empty, and the pointer of an empty span may be NULL */
    if (!label->templates)
        return find_spelling(label, wire, len);
    char key[CATALOG_VALUE_MAX + 1];
    const size_t key_len = catalog_template_key(wire, len, key);
    return key_len > 0 ? find_spelling(label, key, key_len) : -1;
}

int32_t catalog_label_find_text(const struct catalog_label *label, const char *text, size_t len) {
    uint32_t low = 0;
    uint32_t high = label->value_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct catalog_value *value = &label->values[middle];
        const int order = text_compare(text, len, value->text, value->len);
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
    return label->templates ? label->values[id].text : label->wire->spellings[id].text;
}

static bool is_label_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

void catalog_attribute_label(const char *key, char ret_label[CATALOG_NAME_MAX + 1]) {
    size_t len = 0;
    for (; *key && len < CATALOG_NAME_MAX; key++) {
        if (is_label_byte(*key))
            ret_label[len++] = *key;
        else if (len == 0 || ret_label[len - 1] != '_')
            ret_label[len++] = '_';
    }
    ret_label[len] = '\0';
}
