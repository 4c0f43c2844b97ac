/*
 * reject_cells.h - a walk over the ledger's counts of rejected, or of folded, samples. There is a
 * cell for each combination of service, family, label and reason; each cell with a count above 0
 * becomes a row of /debug/rejections.
 */
#ifndef STATGATE_VIEW_REJECT_CELLS_H
#define STATGATE_VIEW_REJECT_CELLS_H

#include "view/json_list.h"
#include "view/reject_row.h"

/** A cell. The walk varies the last member fastest. */
struct reject_cell {
    size_t service; /**< 0: samples without a service; else the catalog's index + 1 */
    size_t family;  /**< 0: samples without a family; else its index in the catalog + 1 */
    uint32_t label; /**< an index in the family; label_count: without a label; above it: the places
                         of labels that the family does not declare */
    int reason;
};

struct reject_cells {
    const struct json_list *list; /**< borrowed: has the ledger and the selection */
    bool folded;                  /**< walk counts of folded samples, not of rejected ones */
    struct reject_cell at;
};

/** Begin at the first cell. */
void reject_cells_init(struct reject_cells *cells, const struct json_list *list, bool folded);
/** Skip families that the list does not show, and families without a count. False: no cell is
 * left. */
bool reject_cells_find(struct reject_cells *cells);
/** Go to the next cell. Its family may be one to skip, so call reject_cells_find afterwards. */
void reject_cells_step(struct reject_cells *cells);
/** The count of this cell. */
uint64_t reject_cells_count(const struct reject_cells *cells);
/** The row of this cell, without its count. */
struct reject_row reject_cells_row(const struct reject_cells *cells);
/** Work units of examining this cell. */
size_t reject_cells_units(const struct reject_cells *cells);

/** Append this cell to a token, by names, so that it is found even if the order of catalogs
 * changes. */
void reject_cells_put(const struct reject_cells *cells, struct page_token_writer *token);
/** Go to the cell of a token. False: there is no cell with these names. */
bool reject_cells_read(struct reject_cells *cells, struct page_token_reader *token);

#endif
