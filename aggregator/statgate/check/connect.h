/*
 * connect.h - what the databases say to the queries of a set of catalogs. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_CONNECT_H
#define STATGATE_STATGATE_CHECK_CONNECT_H

#include "postgres/postgres.h"
#include "statgate/cli.h"
#include "statgate/messages.h"

enum { CHECK_CONNECT_S = 10 }; /**< for a connection, and for each query */

/** A database, and what it said to its queries. */
struct check_database {
    const struct catalog_database *database;
    struct postgres_database_check answer;
    const struct postgres_check *checks; /**< for each query of the set that is of this database */
    size_t count;
};

struct check_connect {
    struct check_database *databases; /**< as the set has them */
    size_t database_count;
    struct postgres_check *checks;
};

/**
 * Ask all databases of a finished set. What does not fit goes to `errors`, with the file and the
 * query or database, roles that may do too much to `warnings`, and all of it to ret_connect.
 * Returns the exit code: CLI_USAGE when a query does not fit, else CLI_FAILURE when a database
 * gives no connection or memory runs out. End it with check_connect_done in any case.
 */
int check_connect(const struct cli *cli, const struct catalog_set *set, struct messages *errors,
                  struct messages *warnings, struct check_connect *ret_connect);
void check_connect_done(struct check_connect *connect);

/** The query that the check number `index` of a database is about. */
const struct catalog_query *check_connect_query(const struct catalog_set *set,
                                                const struct check_database *database,
                                                size_t index);

/** What a result column is used for: a label's name, a family's, or NULL. */
const char *check_connect_use(const struct catalog_query *query, const char *column,
                              bool *ret_is_label);

#endif
