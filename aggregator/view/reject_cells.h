/*
 * reject_cells.h - a walk over what the ledger counts as rejected, or as folded: by service, family, label and reason.
 * For each of these there is a cell, and what is not 0 in it becomes a row of /debug/rejections.
 */
#ifndef STATGATE_VIEW_REJECT_CELLS_H
#define STATGATE_VIEW_REJECT_CELLS_H

#include "view/json_list.h"
#include "view/reject_row.h"

/** A cell, in the order of the walk. */
struct reject_cell {
    size_t service; /**< 0: samples without a service; else the catalog's index + 1 */
    size_t family;  /**< 0: samples without a family; else its index in the catalog + 1 */
    uint32_t label; /**< an index in the family; label_count: without a label; after it the places
                         of labels that it does not declare */
    int reason;
};

struct reject_cells {
    const struct json_list *list; /**< borrowed: where the numbers are, and what is asked for */
    bool folded;                  /**< not what was rejected */
    struct reject_cell at;
};

/** Begin at the first cell. */
void reject_cells_init(struct reject_cells *cells, const struct json_list *list, bool folded);
/** Pass over families that the list does not show, and those without a count. False: there is no cell any more. */
bool reject_cells_find(struct reject_cells *cells);
/** To the next cell, which may be one of a family that is to be passed over: reject_cells_find comes next. */
void reject_cells_step(struct reject_cells *cells);
/** What is counted in this cell. */
uint64_t reject_cells_count(const struct reject_cells *cells);
/** The row of this cell, but for its count. */
struct reject_row reject_cells_row(const struct reject_cells *cells);
/** Work units of a look at this cell. */
size_t reject_cells_units(const struct reject_cells *cells);

/** Append this cell to a token: names, so that it is found in another order of catalogs, too. */
void reject_cells_put(const struct reject_cells *cells, struct page_token_writer *token);
/** Go to the cell of a token. False: there is none of these names. */
bool reject_cells_read(struct reject_cells *cells, struct page_token_reader *token);

#endif
