/* Writes the description of a set's families. */
#include "object/families.h"

#include <string.h>

/* Address of the next byte; NULL: bytes are only counted. */
struct put {
    unsigned char *at;
    uint64_t bytes;
};

static void put_bytes(struct put *put, const void *bytes, size_t size) {
    if (put->at != NULL && size > 0)
        memcpy(put->at + put->bytes, bytes, size);
    put->bytes += size;
}

static void put_u32(struct put *put, uint64_t number) {
    const uint32_t word = (uint32_t)number;
    put_bytes(put, &word, sizeof word);
}

static void put_text(struct put *put, const char *text) {
    const size_t len = text != NULL ? strlen(text) : 0;
    put_u32(put, len);
    put_bytes(put, text, len);
}

static void put_doubles(struct put *put, const double *numbers, uint32_t count) {
    put_u32(put, count);
    put_bytes(put, numbers, count * sizeof *numbers);
}

static void put_list(struct put *put, const struct catalog_value_list *list) {
    uint64_t end = 0;
    put_u32(put, list->number);
    put_u32(put, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        put_u32(put, end += list->values[i].len);
    for (uint32_t i = 0; i < list->count; i++)
        put_bytes(put, list->values[i].text, list->values[i].len);
}

static uint32_t count_lists(const struct catalog *catalog) {
    struct catalog_value_list list;
    uint32_t count = 0;
    for (size_t at = 0; catalog_list_next(catalog, &at, &list);)
        count++;
    return count;
}

static void put_catalog(struct put *put, const struct catalog *catalog) {
    struct catalog_value_list list;
    put_text(put, catalog->service);
    put_u32(put, count_lists(catalog));
    for (size_t at = 0; catalog_list_next(catalog, &at, &list);)
        put_list(put, &list);
}

static void put_family(struct put *put, const struct catalog_family *family) {
    const struct catalog_label *states = family->state_label;
    put_u32(put, family->catalog->index);
    put_text(put, family->name);
    put_text(put, family->kind->type);
    put_text(put, family->unit);
    put_u32(put, family->source);
    put_u32(put, family->merge);
    put_bytes(put, &family->window_ms, sizeof family->window_ms);
    put_u32(put, family->label_count);
    for (uint32_t i = 0; i < family->label_count; i++) {
        put_text(put, family->labels[i].name);
        put_u32(put, catalog_label_list(&family->labels[i]));
    }
    put_u32(put, states != NULL ? catalog_label_list(states) : OBJECT_NONE);
    put_doubles(put, family->buckets, family->bucket_count);
    put_doubles(put, family->quantiles, family->quantile_count);
}

static void put_counts(struct put *put, const struct catalog_set *set) {
    uint64_t lists = 0;
    uint64_t labels = 0;
    for (size_t i = 0; i < set->count; i++)
        lists += count_lists(set->catalogs[i]);
    for (size_t i = 0; i < set->family_count; i++)
        labels += set->families[i]->label_count;
    put_u32(put, set->count);
    put_u32(put, lists);
    put_u32(put, set->family_count);
    put_u32(put, labels);
}

static void put_set(struct put *put, const struct catalog_set *set) {
    put_counts(put, set);
    for (size_t i = 0; i < set->count; i++)
        put_catalog(put, set->catalogs[i]);
    for (size_t i = 0; i < set->family_count; i++)
        put_family(put, set->families[i]);
}

uint64_t families_bytes(const struct catalog_set *set) {
    struct put put = {0};
    put_set(&put, set);
    return put.bytes;
}

void families_write(const struct catalog_set *set, unsigned char *ret_bytes) {
    struct put put = {0};
    put.at = ret_bytes;
    put_set(&put, set);
}
