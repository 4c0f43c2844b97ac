/*
 * families.h - the description of a set's families inside an object: everything by which a reader
 * recognises them. Private to object/.
 *
 * Numbers (host order) and texts (length, bytes) follow each other without alignment:
 *
 *   the total numbers of catalogs, lists of values, families and labels
 *   for each catalog: its service; how many lists; for each list: number, count, where each text
 *     ends, texts
 *   for each family: catalog, name, type, unit, source, merge, window, labels (name, list), the
 *     list of a stateset's states, buckets, quantiles
 */
#ifndef STATGATE_OBJECT_FAMILIES_H
#define STATGATE_OBJECT_FAMILIES_H

#include "base/error.h"
#include "object/object.h"

/* Bytes of the description, and the description itself. */
uint64_t families_bytes(const struct catalog_set *set);
void families_write(const struct catalog_set *set, unsigned char *ret_bytes);

/* ---- reading: every pointer is into the copy ---- */

struct families_text {
    const char *at; /* not terminated */
    uint32_t len;
};

struct families_list {
    const unsigned char *ends; /* where each text ends, counted from the first */
    const char *texts;
    uint32_t count;
};

struct families_catalog {
    struct families_text service;
    uint32_t first_list;
    uint32_t list_count;
};

struct families_label {
    struct families_text name;
    uint32_t list; /* index among all lists, or OBJECT_NONE */
};

struct families_family {
    uint32_t catalog;
    struct families_text name;
    struct families_text type;
    struct families_text unit;
    uint32_t source; /* enum family_source; another version may have written any number */
    uint32_t merge;  /* enum family_merge, in the same way */
    int64_t window_ms;
    uint32_t first_label;
    uint32_t label_count;
    uint32_t states; /* the list of a stateset's states, or OBJECT_NONE */
    const unsigned char *buckets;
    uint32_t bucket_count;
    const unsigned char *quantiles;
    uint32_t quantile_count;
};

struct families_read {
    unsigned char *bytes; /* the copy */
    uint32_t catalog_count;
    uint32_t list_count;
    uint32_t family_count;
    uint32_t label_count;
    struct families_catalog *catalogs;
    struct families_list *lists;
    struct families_family *items;
    struct families_label *labels;
};

/* Read a description. Returns false with the reason on failure; families_read_done is safe then. */
bool families_read(const struct memory *memory, const unsigned char *bytes, uint64_t size,
                   struct families_read *ret_families, struct error *ret_error);
void families_read_done(const struct memory *memory, struct families_read *families);

/* Find text `id` of a list. Returns false if it does not exist. */
bool families_read_text(const struct families_list *list, uint32_t id,
                        struct families_text *ret_text);

#endif
