/*
 * match.h - which family, label and value of the present catalogs one of an image is.
 *
 * A family is the same if its service and name, its type, labels and buckets, whose values it shows (`merge`,
 * readings) and its window are; its catalog may have added labels that have a default. Where one of these
 * differs the family starts again, and a reason says which. All else of a family may change. Label values are carried
 * by their text: the present catalog decides whether it takes them.
 */
#ifndef STATGATE_OBJECT_MATCH_H
#define STATGATE_OBJECT_MATCH_H

#include "object/image.h"

struct match;

/** NULL when out of memory, or, with an error, when the description of the families cannot be read. All is
 * borrowed. */
struct match *match_new(const struct memory *memory, const struct image *image,
                        const struct catalog_set *set, struct error *ret_error);
void match_free(struct match *match);
/** What it takes, and the image beside it, when the former set was as this one. */
uint64_t match_bytes(const struct catalog_set *set);

/** The present family that the image's family is, or NULL. */
const struct catalog_family *match_family(const struct match *match, uint32_t family);
/** Does the store carry series of this family of the image, if a present one is the same? Not those of queries, nor
 * those that stand for machines. */
bool match_is_carried(const struct match *match, uint32_t family);
/** How the image names a present family, or OBJECT_NONE: it is new. */
uint32_t match_former(const struct match *match, const struct catalog_family *family);
/** The present catalog (service) that the image's is, or NULL. */
const struct catalog *match_catalog(const struct match *match, uint32_t catalog);

/* ---- families that start again ---- */

/** What keeps a family from being the one of the same name; the first of them in this order. */
enum match_reason {
    MATCH_TYPE,    /**< or where its samples come from */
    MATCH_LABELS,  /**< one was removed, or has no default */
    MATCH_BUCKETS, /**< of a histogram */
    MATCH_MERGE,   /**< whose values it shows */
    MATCH_WINDOW,  /**< of a summary */
    MATCH_REASON_COUNT
};
/** "type", "labels", "buckets", "merge", "window". Static. */
const char *match_reason_text(enum match_reason reason);
/** The next present family that starts again, although the image has one of its name; *at starts as 0. Those without
 * lines are left out: what is derived from them shows. False: there are no more. */
bool match_next_restarted(const struct match *match, size_t *at,
                          const struct catalog_family **ret_family, enum match_reason *ret_reason);
/** How many there are, for this reason. */
uint64_t match_restarted(const struct match *match, enum match_reason reason);

/* ---- of a family that matches ---- */

/** How many labels the image's family has. */
uint32_t match_label_count(const struct match *match, const struct catalog_family *family);
/** Which of them present label `label` is, or OBJECT_NONE: it has been added, and series of the image have its
 * default. */
uint32_t match_label(const struct match *match, const struct catalog_family *family,
                     uint32_t label);
/** Which of the image's quantiles present quantile `quantile` is, or OBJECT_NONE. */
uint32_t match_quantile(const struct match *match, const struct catalog_family *family,
                        uint32_t quantile);
/** How many values the image declared for present label `label`. Label label_count of a stateset is the
 * one that bears its name: its values are the states. */
uint32_t match_declared(const struct match *match, const struct catalog_family *family,
                        uint32_t label);
/** The text of such a value, by its id there; not terminated. False: there is no
 * such value. */
bool match_text(const struct match *match, const struct catalog_family *family, uint32_t label,
                uint32_t id, const char **ret_text, size_t *ret_len);

enum match_value {
    MATCH_DECLARED, /**< *ret_id is the value's id now */
    MATCH_PATTERN,  /**< it is declared no more or never was, and fits the label's pattern */
    MATCH_REFUSED
};
/** What the present catalog says of a value's text (as exposed). */
enum match_value match_value(const struct catalog_label *label, const char *text, size_t len,
                             int32_t *ret_id);

#endif
