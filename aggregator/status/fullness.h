/*
 * fullness.h - whether a family is near a bound beyond which samples would be refused.
 */
#ifndef STATGATE_STATUS_FULLNESS_H
#define STATGATE_STATUS_FULLNESS_H

#include "catalog/catalog.h"

enum { FULLNESS_PERCENT = 90 /**< a bound that is used to more than this needs attention */ };

/** Whether `used` is more than that part of `bound`; small bounds do not count. */
bool fullness_is_near(uint64_t used, uint64_t bound);
/** Whether the family has nearly all its series, and refuses samples when it has them all. A family
 * whose declared values are all there, or that folds whatever is beyond, refuses none for that. */
bool fullness_of_family(const struct catalog_family *family, uint64_t series);

#endif
