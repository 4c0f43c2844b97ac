/* Which families and services are near the bound of what they may hold. */
#include "status/fullness.h"

/* Whether a full family refuses: a label without `otherwise` is full, or max_series cuts and no
 * label can be folded. */
static bool can_refuse(const struct catalog_family *family) {
    bool folds = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_PATTERN && label->otherwise < 0)
            return true;
        folds |= label->otherwise >= 0;
    }
    return family->bound < family->combinations && !folds;
}

bool fullness_is_near(uint64_t used, uint64_t bound) {
    enum { LEAST = 10, HUNDRED = 100 };
    return bound >= LEAST && used > bound / HUNDRED * FULLNESS_PERCENT &&
           used * HUNDRED > bound * FULLNESS_PERCENT;
}

bool fullness_of_family(const struct catalog_family *family, uint64_t series) {
    return family_has_lines(family) && !family->catalog->internal &&
           fullness_is_near(series, family->bound) && can_refuse(family);
}
