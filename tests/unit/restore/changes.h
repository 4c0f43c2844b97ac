/* SPDX-License-Identifier: MIT */
/*
 * changes.h - changes of a catalog while its service has values, and which values are kept: the
 * table of packaging/doc/CATALOGS.md, row by row.
 */
#ifndef STATGATE_TESTS_TAKEOVER_CHANGES_H
#define STATGATE_TESTS_TAKEOVER_CHANGES_H

#include "life.h"

/* Catalogs are the text within the braces of the service `s`, with ' in place of ". */
struct change {
    const char *name;
    const char *before;
    const char *sent; /* lines sent before the change */
    const char *after;
    const char *later;    /* lines sent after the change; NULL: none */
    const char *shows[8]; /* expected in the exposition, or parts of other views; ends by NULL */
    const char *hides[4]; /* no line may begin with these */
    uint64_t kept;        /* number of series */
    uint64_t ended;
    uint64_t restarted[MATCH_REASON_COUNT]; /* number of families */
};

extern const struct change changes_families[];
extern const size_t changes_family_count;
extern const struct change changes_machines[];
extern const size_t changes_machine_count;

#endif
