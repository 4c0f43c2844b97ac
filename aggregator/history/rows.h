/*
 * rows.h - which services and families have curves. Private to history/.
 *
 * Row 0 of the services is the whole daemon. The daemon's own services have no rows, because nobody
 * sends samples for them. A family has a row if datagrams may bring it samples. The rows are
 * written to the object, so that the next process knows which counts belong to which service or
 * family.
 */
#ifndef STATGATE_HISTORY_ROWS_H
#define STATGATE_HISTORY_ROWS_H

#include "base/memory.h"
#include "catalog/catalog.h"
#include "object/object.h"

/* Names of the tables. */
#define ROWS_SERVICES "history_service"
#define ROWS_FAMILIES "history_family_row"

enum { ROWS_ALL = 0 };
#define ROWS_NONE UINT32_MAX

struct history_rows {
    uint32_t *of_service;              /* row by index in the set, or ROWS_NONE */
    uint32_t *of_family;               /* by index in the set: the first row, or ROWS_NONE */
    struct object_table service_table; /* index in the set by row; OBJECT_NONE for row 0 */
    struct object_table family_table;  /* by row: twice the index in the set, + 1: of folds */
    uint32_t service_count;            /* including row 0 */
    uint32_t family_count;
};

/* Fill the rows. False when out of memory; rows_done is safe then and on a zeroed struct. */
bool rows_init(struct history_rows *rows, const struct memory *memory, struct object *object,
               const struct catalog_set *set);
void rows_done(struct history_rows *rows, const struct memory *memory);
/* Bytes that the rows take on the heap, and in an object. */
uint64_t rows_bytes(const struct catalog_set *set);
uint64_t rows_object_bytes(const struct catalog_set *set);

/* The number of rows that a set needs. */
uint32_t rows_count_services(const struct catalog_set *set);
uint32_t rows_count_families(const struct catalog_set *set);

/* Whether a family has a second row, for its folded samples. */
bool rows_can_fold(const struct catalog_family *family);

/* The index in the set of the service of a row; the index in gate_family_samples() of one of a
 * family. */
static inline uint32_t rows_service(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->service_table, row);
}
static inline uint32_t rows_family(const struct history_rows *rows, uint32_t row) {
    return *(const uint32_t *)object_at(&rows->family_table, row);
}

#endif
