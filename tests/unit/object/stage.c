/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <stddef.h>
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "object/object_private.h"

const struct object_field stage_fields[] = {
    {"word", OBJECT_U64, offsetof(struct stage_item, word), 1},
    {"number", OBJECT_F64, offsetof(struct stage_item, number), 1},
    {"below", OBJECT_I32, offsetof(struct stage_item, below), 1},
    {"bytes", OBJECT_U8, offsetof(struct stage_item, bytes), 3},
    {"text", OBJECT_TEXT, offsetof(struct stage_item, text), 5},
    {"halves", OBJECT_U16, offsetof(struct stage_item, halves), 2}};

const struct object_spec stage_spec =
    OBJECT_SPEC("item", struct stage_item, STAGE_ITEMS, stage_fields);

static struct catalog *add_catalog(struct catalog_set *set, const char *service, size_t families) {
    struct catalog *catalog = catalog_new();
    cr_assert(catalog != NULL);
    catalog->file = "test.json";
    catalog->service = service;
    catalog->max_series = UINT64_MAX;
    catalog->families = arena_array(&catalog->arena, families, sizeof *catalog->families);
    cr_assert(catalog->families != NULL);
    catalog_set_add(set, catalog);
    return catalog;
}

static struct catalog_family *add_family(struct catalog *catalog, const char *name,
                                         enum family_kind kind) {
    struct catalog_family *family = &catalog->families[catalog->family_count++];
    *family = (struct catalog_family){.catalog = catalog,
                                      .name = name,
                                      .kind = &catalog_kind_rows[kind],
                                      .help = "",
                                      .exposed = true};
    return family;
}

static struct catalog_label *add_labels(struct catalog_family *family, uint32_t count) {
    struct catalog *catalog = &*(struct catalog *)(uintptr_t)family->catalog;
    struct catalog_label *labels = arena_array(&catalog->arena, count, sizeof *labels);
    cr_assert(labels != NULL);
    return labels;
}

static void set_values(struct catalog *catalog, struct catalog_label *label, const char *name,
                       const char *const *values, size_t count) {
    struct catalog_word words[4];
    for (size_t i = 0; i < count; i++)
        words[i] = (struct catalog_word){.text = values[i], .wire = values[i], .index = i};
    label->name = name;
    label->otherwise = label->default_value = -1;
    catalog_label_set_values(catalog, label, words, count);
}

static void add_counter(struct catalog *catalog) {
    static const char *const colours[] = {"blue", "green", "red"};
    struct error error;
    struct catalog_family *family = add_family(catalog, "c_total", KIND_COUNTER);
    struct catalog_label *labels = add_labels(family, 2);
    set_values(catalog, &labels[0], "colour", colours, 3);
    labels[1].kind = LABEL_PATTERN;
    labels[1].max = 5;
    labels[1].pattern = catalog_pattern(catalog, "integer", &error);
    cr_assert(labels[1].pattern != NULL);
    set_values(catalog, &labels[1], "user", (const char *const[]){"other"}, 1);
    family->labels = labels;
    family->label_count = 2;
    catalog_family_count(family, UINT64_MAX);
}

static void add_histogram(struct catalog *catalog) {
    static const double buckets[] = {0.1, 1, 10};
    static const char *const colours[] = {"blue", "green", "red"};
    struct catalog_family *family = add_family(catalog, "h_seconds", KIND_HISTOGRAM);
    struct catalog_label *labels = add_labels(family, 1);
    set_values(catalog, labels, "colour", colours, 3);
    family->unit = "seconds";
    family->buckets = buckets;
    family->bucket_count = 3;
    family->labels = labels;
    family->label_count = 1;
    catalog_family_count(family, UINT64_MAX);
}

static void add_stateset(struct catalog *catalog) {
    static const char *const states[] = {"down", "up"};
    struct catalog_family *family = add_family(catalog, "s", KIND_STATESET);
    struct catalog_label *label = add_labels(family, 1);
    set_values(catalog, label, "s", states, 2);
    family->state_label = label;
    catalog_family_count(family, UINT64_MAX);
}

void stage_set(struct catalog_set *set) {
    struct error error;
    catalog_set_init(set);
    struct catalog *one = add_catalog(set, "one", 2);
    add_counter(one);
    add_histogram(one);
    add_stateset(add_catalog(set, "two", 1));
    cr_assert(catalog_set_finish(set, &error), "%s", error.text);
}

void stage_init(struct stage *stage) {
    *stage = (struct stage){0};
    stage_set(&stage->set);
    region_init(&stage->region, object_bytes(&stage->set) + STAGE_TABLES_BYTES);
    stage->object = object_new(&stage->region.place, &stage->set, region_boot);
    cr_assert(stage->object != NULL);
    object_table(stage->object, &stage_spec, &stage->table);
    cr_assert(object_reach(&stage->table, 10));
}

void stage_done(struct stage *stage) {
    object_table_done(&stage->table);
    object_free(stage->object);
    region_done(&stage->region);
    catalog_set_done(&stage->set);
}

struct stage_item *stage_item(struct stage *stage, uint64_t index) {
    cr_assert(lt(u64, index, stage->table.reached));
    return object_at(&stage->table, index);
}

void stage_open(const struct stage *stage, struct image *image) {
    struct error error;
    unsigned char *copy = region_copy(&stage->region);
    cr_assert(image_open(image, copy, stage->region.place.size, region_boot, &error), "%s",
              error.text);
}

void stage_close(const struct stage *stage, const struct image *image) {
    region_drop(&stage->region, image->bytes);
}
