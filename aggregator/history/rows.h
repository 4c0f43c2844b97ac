/*
 * rows.h - which services and families have curves. Private to history/.
 *
 * Row 0 of the services is the whole daemon. The daemon's own services have none: nobody sends for
 * them. Families have one if datagrams may bring them samples. The rows are written to the object, so
 * that the next process knows whose counts are where.
 */
#ifndef STATGATE_HISTORY_ROWS_H
#define STATGATE_HISTORY_ROWS_H

#include "base/memory.h"
#include "catalog/catalog.h"
#include "object/object.h"

/* Their tables. */
#define ROWS_SERVICES "history_service"
#define ROWS_FAMILIES "history_family"

enum { ROWS_ALL = 0 };
#define ROWS_NONE UINT32_MAX

struct history_rows {
    uint32_t *of_service;              /* row by index in the set, or ROWS_NONE */
    uint32_t *of_family;               /* likewise */
    struct object_table service_table; /* index in the set by row; that of row 0 is OBJECT_NONE */
    struct object_table family_table;
    uint32_t service_count; /* rows, row 0 included */
    uint32_t family_count;
};

/* False when out of memory; rows_done is safe then and on a zeroed struct. */
bool rows_init(struct history_rows *rows, const struct memory *memory, struct object *object,
               const struct catalog_set *set);
void rows_done(struct history_rows *rows, const struct memory *memory);
uint64_t rows_bytes(const struct catalog_set *set);
uint64_t rows_object_bytes(const struct catalog_set *set);

/* How many rows there will be. */
uint32_t rows_count_services(const struct catalog_set *set);
uint32_t rows_count_families(const struct catalog_set *set);

/* The index in the set of a row. */
static inline uint32_t rows_service(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->service_table, row);
}
static inline uint32_t rows_family(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->family_table, row);
}

#endif
