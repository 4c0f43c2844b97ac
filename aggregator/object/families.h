/*
 * families.h - the description of a set's families, as it lies in an object: what a reader needs to
 * know them again. Private to object/.
 *
 * A flat run of numbers (host order) and texts (length, bytes), without alignment:
 *
 *   how many catalogs, lists of values, families and labels there are in all
 *   each catalog: its service; how many lists; each list: number, count, where each text ends, texts
 *   each family: catalog, name, type, unit, source, merge, window, labels (name, list), the list of
 *     a stateset's states, buckets, quantiles
 */
#ifndef STATGATE_OBJECT_FAMILIES_H
#define STATGATE_OBJECT_FAMILIES_H

#include "base/error.h"
#include "object/object.h"

/* Bytes of the description, and the description itself. */
uint64_t families_bytes(const struct catalog_set *set);
void families_write(const struct catalog_set *set, unsigned char *ret_bytes);

/* ---- read again: all of it lies within the copy ---- */

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
    uint32_t list; /* among all lists, or OBJECT_NONE */
};

struct families_family {
    uint32_t catalog;
    struct families_text name;
    struct families_text type;
    struct families_text unit;
    uint32_t source; /* enum family_source, or any number */
    uint32_t merge;  /* enum family_merge, likewise */
    int64_t window_ms;
    uint32_t first_label;
    uint32_t label_count;
    uint32_t states; /* a list of a stateset, or OBJECT_NONE */
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

/* Read a description. False with the reason; families_read_done is safe then. */
bool families_read(const struct memory *memory, const unsigned char *bytes, uint64_t size,
                   struct families_read *ret_families, struct error *ret_error);
void families_read_done(const struct memory *memory, struct families_read *families);

/* Text `id` of a list. False: there is none. */
bool families_read_text(const struct families_list *list, uint32_t id,
                        struct families_text *ret_text);

#endif
