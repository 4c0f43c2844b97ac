/*
 * report.h - the findings about a set of catalogs, for text and JSON. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_REPORT_H
#define STATGATE_STATGATE_CHECK_REPORT_H

#include "footprint/footprint.h"
#include "mistakes/mistakes.h"
#include "statgate/check/connect.h"

struct check_report {
    const struct catalog_set *set;    /**< finished; empty if a catalog is refused */
    const struct endpoint_plan *plan; /**< which endpoint shows what; count 0 then */
    const struct messages *errors;
    const struct messages *warnings;
    const struct check_connect *connect; /**< answers of databases; NULL: not asked */
    const struct footprint *memory;      /**< unused without catalogs */
    const struct mistakes *findings;     /**< errors and warnings with places; NULL: not shown */
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

#endif
