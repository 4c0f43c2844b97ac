/* SPDX-License-Identifier: MIT */
/* catalog_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_CATALOG_CATALOG_PRIVATE_H
#define STATGATE_CATALOG_CATALOG_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/slots.h"
#include "catalog/catalog.h"

/* ---- pattern ----
 * the struct of a pattern, for the files of catalog/ that keep lists of
 * patterns.
 */

struct pattern {
    struct pattern *next; /* list of its catalog */
    char *source;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

/* Bytes of memory that a pattern takes between matches. */
uint64_t catalog_pattern_bytes(const struct pattern *pattern);

/* ---- values ----
 * lists of declared values; a catalog stores each list once, however many labels use it.
 * Private to catalog/.
 */

struct wire_spelling {
    const char *text;
    uint32_t len;
};

/*
 * Open addressing, at most half full. The keys come only from the catalog, so a sender cannot make
 * a look-up longer than the longest run of slots, and the seed need not be secret.
 */
struct wire_index {
    uint32_t list;                         /* number of its list in the catalog */
    const struct wire_spelling *spellings; /* by id */
    struct bare_slots ids;                 /* row numbers without hashes: compare spellings */
};

/* A list: values in byte order of their text, and an index of their wire spellings. */
struct value_list {
    uint64_t hash;
    uint32_t count;
    const struct catalog_value *values;
    struct wire_index wire;
};
/* Free the table that finds lists; the arena owns the lists themselves. */
void catalog_values_done(struct value_lists *lists);
/* Bytes of the table that finds lists. */
size_t catalog_values_bytes(const struct value_lists *lists);

#endif
