/*
 * changes.h - what a catalog may become while its service's values live, and what is left of them: the table of
 * packaging/doc/CATALOGS.md, row by row.
 */
#ifndef STATGATE_TESTS_TAKEOVER_CHANGES_H
#define STATGATE_TESTS_TAKEOVER_CHANGES_H

#include "life.h"

/* In catalogs a ' stands for a ". They are the inside of the file of the service `s`. */
struct change {
    const char *name;
    const char *before;
    const char *sent; /* lines, before */
    const char *after;
    const char *later;    /* lines that come then; NULL: none */
    const char *shows[8]; /* lines of the exposition then, or parts of other views; ended by NULL */
    const char *hides[4]; /* what no line begins with */
    uint64_t kept;        /* series */
    uint64_t ended;
    uint64_t restarted[MATCH_REASON_COUNT]; /* families */
};

extern const struct change changes_families[];
extern const size_t changes_family_count;
extern const struct change changes_machines[];
extern const size_t changes_machine_count;

#endif
