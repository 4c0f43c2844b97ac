/*
 * query_sql.h - reads the SQL text of a query. Private to loader/.
 */
#ifndef STATGATE_LOADER_QUERY_SQL_H
#define STATGATE_LOADER_QUERY_SQL_H

#include "loader/query_load.h"

/* Read the key "sql": a text, or an array of its lines. Returns false with the reason in
 * load->error. */
bool query_sql_read(const struct query_load *at);

#endif
