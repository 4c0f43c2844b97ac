/*
 * match.h - which family, label and value of the present catalogs one of an image is.
 *
 * A family is the same if its page's service, name, kind and unit, the names of its labels, its buckets,
 * quantiles and whose values it shows (`merge`, readings) are the same. Label values are carried by their text: the
 * present catalog decides whether it takes them.
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

/** The present family that the image's family is, or NULL. */
const struct catalog_family *match_family(const struct match *match, uint32_t family);
/** How the image names a present family, or OBJECT_NONE: it is new. */
uint32_t match_former(const struct match *match, const struct catalog_family *family);
/** The present catalog (service) that the image's is, or NULL. */
const struct catalog *match_catalog(const struct match *match, uint32_t catalog);

/** Of a family that matches: where the image has present label `label` among the family's labels (both are in
 * order of name, so it is the same number), and how many values it declared. Label label_count of a
 * stateset is the one that bears its name: its values are the states. */
uint32_t match_declared(const struct match *match, const struct catalog_family *family,
                        uint32_t label);
/** The text of a value that the image's catalog declared, by its id there; not terminated. False: there is no
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
