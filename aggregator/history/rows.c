/* Which services and families have curves. */
#include "history/rows.h"

#include "base/heap.h"

static bool has_samples(const struct catalog_family *family) {
    return !family->catalog->internal && family->source == SOURCE_DATAGRAMS;
}

bool rows_can_fold(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].otherwise >= 0)
            return true;
    return false;
}

/* The number of rows of a family. */
static uint32_t count_rows(const struct catalog_family *family) {
    return has_samples(family) ? 1 + rows_can_fold(family) : 0;
}

uint32_t rows_count_services(const struct catalog_set *set) {
    uint32_t count = 1;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}

uint32_t rows_count_families(const struct catalog_set *set) {
    uint32_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += count_rows(set->families[i]);
    return count;
}

static struct object_spec spec_of(const char *name, uint64_t count,
                                  const struct object_field *field) {
    return (struct object_spec){.name = name,
                                .family = OBJECT_NONE,
                                .label = OBJECT_NONE,
                                .item_bytes = sizeof(uint32_t),
                                .max_items = count,
                                .fields = field,
                                .field_count = 1};
}

/* Make a table of rows, with memory for all of them. */
static bool make_table(struct object_table *table, const struct memory *memory,
                       struct object *object, const char *name, uint32_t count) {
    const struct object_field field = {"index", OBJECT_U32, 0, 1};
    const struct object_spec spec = spec_of(name, count, &field);
    return object_table(object, memory, &spec, table) && object_reach(table, count);
}

static void add(struct object_table *table, uint32_t *count, uint32_t index) {
    *(uint32_t *)object_at(table, (*count)++) = index;
}

static void fill_services(struct history_rows *rows, const struct catalog_set *set) {
    add(&rows->service_table, &rows->service_count, OBJECT_NONE);
    for (uint32_t i = 0; i < set->count; i++) {
        rows->of_service[i] = set->catalogs[i]->internal ? ROWS_NONE : rows->service_count;
        if (!set->catalogs[i]->internal)
            add(&rows->service_table, &rows->service_count, i);
    }
}

static void fill_families(struct history_rows *rows, const struct catalog_set *set) {
    for (uint32_t i = 0; i < set->family_count; i++) {
        const uint32_t count = count_rows(set->families[i]);
        rows->of_family[i] = count > 0 ? rows->family_count : ROWS_NONE;
        for (uint32_t row = 0; row < count; row++)
            add(&rows->family_table, &rows->family_count, 2 * i + row);
    }
}

bool rows_init(struct history_rows *rows, const struct memory *memory, struct object *object,
               const struct catalog_set *set) {
    rows->of_service = memory_array(memory, set->count + 1, sizeof *rows->of_service);
    rows->of_family = memory_array(memory, set->family_count + 1, sizeof *rows->of_family);
    if (rows->of_service == NULL || rows->of_family == NULL ||
        !make_table(&rows->service_table, memory, object, ROWS_SERVICES,
                    rows_count_services(set)) ||
        !make_table(&rows->family_table, memory, object, ROWS_FAMILIES, rows_count_families(set)))
        return false;
    fill_services(rows, set);
    fill_families(rows, set);
    return true;
}

void rows_done(struct history_rows *rows, const struct memory *memory) {
    memory_release(memory, rows->of_service);
    memory_release(memory, rows->of_family);
    object_table_done(&rows->service_table, memory);
    object_table_done(&rows->family_table, memory);
}

uint64_t rows_bytes(const struct catalog_set *set) {
    return heap_bytes((set->count + 1) * sizeof(uint32_t)) +
           heap_bytes((set->family_count + 1) * sizeof(uint32_t));
}

uint64_t rows_object_bytes(const struct catalog_set *set) {
    return object_table_bytes(rows_count_services(set), sizeof(uint32_t)) +
           object_table_bytes(rows_count_families(set), sizeof(uint32_t));
}
