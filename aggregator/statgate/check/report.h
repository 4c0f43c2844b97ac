/*
 * report.h - the findings about a set of catalogs, for both formats. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_REPORT_H
#define STATGATE_STATGATE_CHECK_REPORT_H

#include "footprint/footprint.h"
#include "statgate/check/connect.h"
#include "statgate/check/findings.h"

struct check_report {
    const struct catalog_set *set;    /**< finished; without catalogs when one is refused */
    const struct endpoint_plan *plan; /**< what endpoints show of it; of no count then */
    const struct messages *errors;
    const struct messages *warnings;
    const struct check_connect *connect; /**< what databases said; NULL: they were not asked */
    const struct footprint *memory;      /**< of no set: unused */
    const struct check_findings
        *findings; /**< errors and warnings, with their places; NULL: not shown */
};

/** Takes a family. */
typedef void check_family_fn(void *arg, const struct catalog_family *family);
/** Call it with each family once: by name, those derived from attempts or jobs behind these. */
void check_each_family(const struct catalog *catalog, check_family_fn *fn, void *arg);
/** Those that a page can show: attempts and jobs themselves have no lines. */
size_t check_family_count(const struct catalog *catalog);

/** Bytes of a family's series, and their sum over a catalog's families. */
uint64_t check_family_bytes(const struct check_report *report, const struct catalog_family *family);
uint64_t check_catalog_bytes(const struct check_report *report, const struct catalog *catalog);

#endif
