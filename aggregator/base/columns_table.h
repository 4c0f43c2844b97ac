/*
 * columns_table.h - ranges of characters that do not take exactly one column. Private to columns.c.
 */
#ifndef STATGATE_BASE_COLUMNS_TABLE_H
#define STATGATE_BASE_COLUMNS_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum columns_kind { COLUMNS_NONE, COLUMNS_TWO, COLUMNS_HIDDEN };

struct columns_range {
    uint32_t first;
    uint32_t last;
    enum columns_kind kind;
};

/** Sorted by character, starting at U+00A0. */
extern const struct columns_range columns_table[];
extern const size_t columns_table_count;

#endif
