/*
 * query_sql.h - the text of a query. Private to loader/.
 */
#ifndef STATGATE_LOADER_QUERY_SQL_H
#define STATGATE_LOADER_QUERY_SQL_H

#include "loader/query_load.h"

/* The key "sql": a text, or its lines in an array. False: load->error says what is wrong. */
bool query_sql_read(const struct query_load *at);

#endif
