/*
 * query_columns.h - reads which columns of a query hold the values and the labels of its families.
 * Private to loader/.
 */
#ifndef STATGATE_LOADER_QUERY_COLUMNS_H
#define STATGATE_LOADER_QUERY_COLUMNS_H

#include "loader/query_load.h"

/* Read the key "values". The families that it names belong to the query afterwards. Returns false
 * with the reason in load->error. */
bool query_columns_values(const struct query_load *at);
/* Read the key "labels", after the values: each label of the families needs a column or a
 * default. */
bool query_columns_labels(const struct query_load *at);

#endif
