/*
 * match.h - maps the families, labels and values of an image to those of the present catalogs.
 *
 * A family is the same if its service and name, its type, labels, buckets and window, and whose
 * values it shows (`merge`, readings) are the same; its catalog may have added labels that have a
 * default. If one of these differs, the family starts again, and a reason names the difference.
 * Everything else about a family may change. Label values are carried over by their text: the
 * present catalog decides whether it accepts them.
 */
#ifndef STATGATE_OBJECT_MATCH_H
#define STATGATE_OBJECT_MATCH_H

#include "object/image.h"

struct match;

/** Returns NULL when out of memory, or with an error when the description of the families cannot be
 * read. All arguments are borrowed. */
struct match *match_new(const struct memory *memory, const struct image *image,
                        const struct catalog_set *set, struct error *ret_error);
void match_free(struct match *match);
/** Memory of the match and of the image's copies if the former set was the same as this one. */
uint64_t match_bytes(const struct catalog_set *set);

/** The present family that matches the image's family, or NULL. */
const struct catalog_family *match_family(const struct match *match, uint32_t family);
/** Whether the store carries over series of this family of the image, if a present family is the
 * same. False for families of queries and for those that stand for machines. */
bool match_is_carried(const struct match *match, uint32_t family);
/** The image's index of a present family, or OBJECT_NONE if the family is new. */
uint32_t match_former(const struct match *match, const struct catalog_family *family);
/** The present catalog that has the service of the image's catalog, or NULL. */
const struct catalog *match_catalog(const struct match *match, uint32_t catalog);

/* ---- families that start again ---- */

/** Why a family is not the one of the same name in the image; the first difference in this
 * order. */
enum match_reason {
    MATCH_TYPE,    /**< type, or where its samples come from */
    MATCH_LABELS,  /**< a label was removed, or was added without a default */
    MATCH_BUCKETS, /**< buckets of a histogram */
    MATCH_MERGE,   /**< whose values it shows */
    MATCH_WINDOW,  /**< window of a summary */
    MATCH_REASON_COUNT
};
/** "type", "labels", "buckets", "merge", "window", "version". Static. */
const char *match_reason_text(enum match_reason reason);
/** The next present family that starts again although the image has one of its name; *at starts as
 * 0. Families without lines are left out: the families derived from them are reported. Returns
 * false if there are no more. */
bool match_next_restarted(const struct match *match, size_t *at,
                          const struct catalog_family **ret_family, enum match_reason *ret_reason);
/** The number of families that start again for this reason. */
uint64_t match_restarted(const struct match *match, enum match_reason reason);

/* ---- families that match ---- */

/** How many labels the image's family has. */
uint32_t match_label_count(const struct match *match, const struct catalog_family *family);
/** The image's index of present label `label`, or OBJECT_NONE if the label was added: series of the
 * image then get its default. */
uint32_t match_label(const struct match *match, const struct catalog_family *family,
                     uint32_t label);
/** The image's index of present quantile `quantile`, or OBJECT_NONE. */
uint32_t match_quantile(const struct match *match, const struct catalog_family *family,
                        uint32_t quantile);
/** How many values the image declared for present label `label`. Label label_count of a stateset is
 * the label that has the family's name: its values are the states. */
uint32_t match_declared(const struct match *match, const struct catalog_family *family,
                        uint32_t label);
/** The text of a declared value by its id in the image; not terminated. Returns false if there is
 * no such value. */
bool match_text(const struct match *match, const struct catalog_family *family, uint32_t label,
                uint32_t id, const char **ret_text, size_t *ret_len);

enum match_value {
    MATCH_DECLARED, /**< *ret_id is the value's id now */
    MATCH_PATTERN,  /**< it is not declared (any more), but fits the label's pattern */
    MATCH_REFUSED
};
/** Whether the present catalog accepts a value's text (as exposed). */
enum match_value match_value(const struct catalog_label *label, const char *text, size_t len,
                             int32_t *ret_id);

#endif
