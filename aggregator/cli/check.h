/*
 * check.h - what a set of catalogs comes to, for people and for scripts. Private to cli/.
 */
#ifndef STATGATE_CLI_CHECK_H
#define STATGATE_CLI_CHECK_H

#include "cli/catalogs.h"

struct check_report {
    const struct catalog_set *set; /**< finished; without catalogs when there are errors */
    const struct messages *errors;
    const struct messages *warnings;
    /** What things cost: store_family_bytes and gate_known_bytes. */
    uint64_t (*family_bytes)(const struct catalog_family *family);
    uint64_t (*known_bytes)(uint64_t series_bound);
};

void check_write_text(struct strbuf *out, const struct check_report *report);
/** One object. */
void check_write_json(struct strbuf *out, const struct check_report *report);

/** Sum over a catalog's families. */
uint64_t check_catalog_bytes(const struct check_report *report, const struct catalog *catalog);

#endif
