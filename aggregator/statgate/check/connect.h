/*
 * connect.h - has databases check the queries of a set of catalogs. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_CONNECT_H
#define STATGATE_STATGATE_CHECK_CONNECT_H

#include "mistakes/mistakes.h"
#include "postgres/postgres.h"
#include "statgate/cli.h"

enum { CHECK_CONNECT_S = 10 }; /**< time limit of a connection, and of each query */

/** A database, and its answers to its queries. */
struct check_database {
    const struct catalog_database *database;
    struct postgres_database_check answer;
    const struct postgres_check *checks; /**< for each query of the set on this database */
    size_t count;
};

struct check_connect {
    struct check_database *databases; /**< in the order of the set */
    size_t database_count;
    struct postgres_check *checks;
};

/**
 * Ask all databases of a finished set. Queries that the database refuses go to `errors`, with the
 * file and the query or database; roles with too many rights go to `warnings`; all answers go to
 * ret_connect. Returns the exit code: CLI_USAGE if a query is refused, else CLI_FAILURE if a
 * database cannot be connected to or memory runs out. End it with check_connect_done in any case.
 */
int check_connect(const struct cli *cli, const struct catalog_set *set, struct messages *errors,
                  struct messages *warnings, struct check_connect *ret_connect);
void check_connect_done(struct check_connect *connect);

/** The query that check number `index` of a database belongs to. */
const struct catalog_query *check_connect_query(const struct catalog_set *set,
                                                const struct check_database *database,
                                                size_t index);

/** What a result column is used for: the name of a label or of a family, or NULL. */
const char *check_connect_use(const struct catalog_query *query, const char *column,
                              bool *ret_is_label);

#endif
