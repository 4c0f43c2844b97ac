/* SPDX-License-Identifier: MIT */
/* check_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_CHECK_CHECK_PRIVATE_H
#define STATGATE_STATGATE_CHECK_CHECK_PRIVATE_H

#include "diagnostics/diagnostics.h"
#include "footprint/footprint.h"
#include "postgres/postgres.h"
#include "statgate/command.h"

/* ---- connect ----
 * has databases check the queries of a set of catalogs. Private to statgate/.
 */

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

/** The query that check number `index` of a database belongs to. */
const struct catalog_query *check_connect_query(const struct catalog_set *set,
                                                const struct check_database *database,
                                                size_t index);

/** What a result column is used for: the name of a label or of a family, or NULL. */
const char *check_connect_use(const struct catalog_query *query, const char *column,
                              bool *ret_is_label);

/* ---- formats: errors and warnings in the formats of code hosts. ---- */

/** Workflow commands of GitHub Actions, which shows them beside the lines. */
void check_write_github(const struct diagnostics *mistakes, struct strbuf *out);

/* ---- report ----
 * the findings about a set of catalogs, for text and JSON. Private to statgate/.
 */

struct check_report {
    const struct catalog_set *set;    /**< finished; empty if a catalog is refused */
    const struct endpoint_plan *plan; /**< which endpoint shows what; count 0 then */
    const struct messages *errors;
    const struct messages *warnings;
    const struct check_connect *connect; /**< answers of databases; NULL: not asked */
    const struct footprint *memory;      /**< unused without catalogs */
    const struct diagnostics *findings;  /**< errors and warnings with places; NULL: not shown */
    size_t width;                        /**< see struct cli */
};

/** Takes a family. */
typedef void check_family_fn(void *arg, const struct catalog_family *family);
/** Call `fn` with each family once: sorted by name, families derived from attempts or jobs after
 * these. */
void check_each_family(const struct catalog *catalog, check_family_fn *fn, void *arg);
/** The number of families that a page can show: attempts and jobs themselves have no lines. */
size_t check_family_count(const struct catalog *catalog);

/** Bytes of a family's series, and their sum over a catalog's families. */
uint64_t check_family_bytes(const struct check_report *report, const struct catalog_family *family);
uint64_t check_catalog_bytes(const struct check_report *report, const struct catalog *catalog);

/* ---- json: the JSON object that `statgate check --json` prints. ---- */

void check_write_json(struct strbuf *out, const struct check_report *report);

/* ---- lint ----
 * warns of what a catalog may contain but what surprises later. Private to statgate/.
 */

/**
 * Add warnings as `file: /families/x: text`: what `promtool check metrics` would say of names and
 * help, and labels that Prometheus renames. The daemon's own catalog is skipped.
 */
void check_lint_set(const struct catalog_set *set, struct messages *warnings);

/** Warn of groups in the setting at `place` (include, exclude) that no family belongs to. */
void check_lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                       struct messages *warnings);

/* ---- text: the tables of `statgate check`. ---- */

void check_write_text(struct strbuf *out, const struct check_report *report);

#endif
