/*
 * query_columns.h - the columns that bear the values of a query's families, and their labels. Private to
 * loader/.
 */
#ifndef STATGATE_LOADER_QUERY_COLUMNS_H
#define STATGATE_LOADER_QUERY_COLUMNS_H

#include "loader/query_load.h"

/* The key "values". The families that it names are the query's afterwards. False: load->error says what is
 * wrong. */
bool query_columns_values(const struct query_load *at);
/* The key "labels", after the values: each label of the families needs a column, or a default. */
bool query_columns_labels(const struct query_load *at);

#endif
