/*
 * restore.h - the series of another process, from its object. Private to store/.
 *
 * Nothing in the image is believed. Series come first (restore.c), with their labels
 * (restore_labels.c) and windows (restore_windows.c), then the parts that hang on them
 * (restore_parts.c).
 */
#ifndef STATGATE_STORE_RESTORE_H
#define STATGATE_STORE_RESTORE_H

#include "store/store_private.h"

/* Where the labels of a family's series are in the image. */
struct restore_labels {
    const struct match *match;
    const struct catalog_family *family;
    struct image_table series;
    struct image_field ids;
    struct {
        uint32_t former;   /* in the image, or OBJECT_NONE: it is new, and has its default */
        uint32_t declared; /* ids from here on are positions in `values` */
        struct image_table values;
        struct image_field text;
        struct image_field len;
        struct image_table cells;
        struct image_field bytes;
    } labels[LABELS_MAX];
};

/* False: the present catalogs have no such family. */
bool restore_labels_init(struct restore_labels *labels, const struct match *match,
                         const struct image_table *series);
/* As store_read_labels. */
bool restore_labels_read(const struct restore_labels *labels, uint64_t record,
                         struct store_label *ret_labels);

/* A present family. */
struct restore_family {
    bool met; /* a table was its series */
    struct image_table series;
    struct image_field writer_part;
    struct image_field writer_value;
    uint32_t *places; /* by record: where the series is now; 0: nowhere. NULL: not of processes */
};

/* Where the windows of summaries are in the image. */
struct restore_windows {
    struct image_table subs;
    struct image_field turn;
    struct image_field zeros;
    struct image_field astray;
    struct image_field min;
    struct image_field max;
    struct image_field links;
    struct image_table pages;
    struct image_field number;
    struct image_field bins;
    uint64_t *taken; /* bit set: this page is some window's. NULL: there are no windows */
};

struct store_restoring {
    struct store *store;
    const struct image *image;
    const struct match *match;
    struct store_time now;
    struct restore_family *families; /* by present index */
    struct restore_windows windows;
    struct store_restored restored;
};

/* False when out of memory. */
bool restore_windows_init(struct store_restoring *restore);
/* Fill the empty window of a series with what the image's window of this number has. */
void restore_window(struct store_restoring *restore, const struct catalog_family *family,
                    struct series *series, uint32_t number);
/* All parts, and what follows from them. False when out of memory. */
bool restore_parts(struct store_restoring *restore);

#endif
