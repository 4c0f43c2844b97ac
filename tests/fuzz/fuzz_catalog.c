/*
 * Any bytes as a catalog: refused with a message that names the file, or a model that keeps its
 * promises. Neither crashes, leaks, or takes long.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/build.h"
#include "loader/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const char file[] = "x.json";

static void check_message(const char *text) {
    PROMISE(strncmp(text, file, sizeof file - 1) == 0);
    PROMISE(strlen(text) < JSONDOC_ERROR_MAX);
    for (; *text; text++)
        PROMISE((unsigned char)*text >= ' ' && *text != 0x7F);
}

static void check_value(const struct catalog_value *value) {
    PROMISE(value->len == strlen(value->text));
    PROMISE(value->len > 0 && value->len <= CATALOG_VALUE_MAX);
    PROMISE(value->plain == !strpbrk(value->text, "\"\\\n"));
}

static void check_label(const struct catalog_label *label) {
    PROMISE(label->name[0] != '\0' && strncmp(label->name, "__", 2) != 0);
    PROMISE(label->value_count <= CATALOG_VALUES_MAX + 2);
    PROMISE((label->pattern != NULL) == (label->kind == LABEL_PATTERN));
    PROMISE((label->max > 0) == (label->kind == LABEL_PATTERN));
    PROMISE(label->kind != LABEL_CONST ||
            (label->value_count == 1 && label->default_value == 0 && label->otherwise == -1));
    PROMISE(label->kind != LABEL_VALUES || label->value_count > 0);
    PROMISE(label->bound == (uint64_t)label->value_count + label->max);
    PROMISE(label->otherwise >= -1 && label->otherwise < (int32_t)label->value_count);
    PROMISE(label->default_value >= -1 && label->default_value < (int32_t)label->value_count);
    for (uint32_t id = 0; id < label->value_count; id++) {
        check_value(&label->values[id]);
        PROMISE(id == 0 || strcmp(label->values[id - 1].text, label->values[id].text) < 0);
        const int32_t found =
            catalog_label_find(label, label->values[id].text, label->values[id].len);
        PROMISE(found >= -1 && found < (int32_t)label->value_count);
    }
    PROMISE(catalog_label_find(label, "no value,", 9) == -1);
    if (label->pattern) {
        PROMISE(!pattern_match(label->pattern, "", 0));
        (void)pattern_match(label->pattern, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
                            49);
        PROMISE(!pattern_match(label->pattern, "\xFF", 1));
    }
}

static void check_family(const struct catalog *catalog, const struct catalog_family *family) {
    PROMISE(catalog_family_find(catalog, family->name, strlen(family->name)) == family);
    PROMISE(family->catalog == catalog);
    PROMISE(family->label_count <= CATALOG_LABELS_MAX);
    PROMISE(family->bound > 0 && family->bound <= family->combinations);
    PROMISE(family->reserved < family->bound);
    PROMISE(family->lines >= family->bound);
    PROMISE((family->bucket_count > 0) == (family->type == FAMILY_HISTOGRAM));
    PROMISE(!family->zeros || catalog_family_zeros(family) <= family->bound - family->reserved);
    PROMISE(family->ttl_ms >= 0);
    PROMISE(!family->has_floor || family->floor <= 0);
    PROMISE(family->ms_scale == 1 || family->ms_scale == 0.001);
    for (uint32_t i = 1; i < family->bucket_count; i++)
        PROMISE(family->buckets[i - 1] < family->buckets[i]);
    uint64_t combinations = 1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        check_label(&family->labels[i]);
        PROMISE(i == 0 || strcmp(family->labels[i - 1].name, family->labels[i].name) < 0);
        PROMISE(!catalog_ignores(catalog, family->labels[i].name, strlen(family->labels[i].name)));
        combinations = bound_mul(combinations, family->labels[i].bound);
    }
    PROMISE(family->combinations == combinations);
}

static void check_set(const struct catalog_set *set) {
    const struct catalog *catalog = set->catalogs[0];
    uint64_t bound = 0;
    PROMISE(set->family_count == catalog->family_count);
    for (size_t i = 0; i < set->family_count; i++) {
        PROMISE(set->families[i]->index == i);
        bound += set->families[i]->bound;
    }
    PROMISE(set->bound == bound && bound <= catalog->max_series);
    PROMISE(catalog_set_find(set, catalog->service, strlen(catalog->service)) == catalog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct jsondoc_error error = {{0}};
    struct catalog *catalog = loader_text(file, (const char *)data, size, false, &error);
    if (!catalog) {
        check_message(error.text);
        return 0;
    }
    for (size_t i = 0; i < catalog->family_count; i++)
        check_family(catalog, &catalog->families[i]);
    struct catalog_set set;
    catalog_set_init(&set);
    PROMISE(catalog_set_add(&set, catalog));
    if (catalog_set_finish(&set, error.text, sizeof error.text))
        check_set(&set);
    else
        check_message(error.text);
    catalog_set_select(&set, "all", "app");
    catalog_set_done(&set);
    return 0;
}
