/* How label values fit the catalog, for lines and for rows of queries. */
#include "gate/fit.h"

#include "catalog/pattern.h"

enum fit fit_value(const struct catalog_label *label, struct sg_span value,
                   struct store_label *ret_label) {
    const char *text = value.at != NULL ? value.at : "";
    const int32_t id = catalog_label_find(label, text, value.len);
    if (id >= 0) {
        *ret_label = (struct store_label){.id = id};
        return LABEL_FITS;
    }
    if (label->kind == LABEL_PATTERN && pattern_match(label->pattern, text, value.len)) {
        *ret_label = (struct store_label){.id = -1, .text = text, .len = value.len};
        return LABEL_FITS;
    }
    if (label->otherwise < 0)
        return LABEL_REFUSED;
    *ret_label = (struct store_label){.id = label->otherwise};
    return LABEL_FOLDS;
}

bool fit_default(const struct catalog_label *label, struct store_label *ret_label) {
    if (label->default_value < 0)
        return false;
    *ret_label = (struct store_label){.id = label->default_value};
    return true;
}

enum verdict fit_verdict(enum store_result result, enum sg_reject *ret_reason) {
    switch (result) {
    case STORE_FOUND:
        *ret_reason = SG_REJECT_NONE;
        return VERDICT_ACCEPTED;
    case STORE_FOLDED_LABEL:
        *ret_reason = SG_REJECT_LABEL_OVERFLOW;
        return VERDICT_FOLDED;
    case STORE_FOLDED_SERIES:
        *ret_reason = SG_REJECT_SERIES_LIMIT;
        return VERDICT_FOLDED;
    case STORE_LABEL_FULL:
        *ret_reason = SG_REJECT_LABEL_OVERFLOW;
        return VERDICT_REJECTED;
    case STORE_SERIES_FULL:
    case STORE_NO_MEMORY:
        break;
    }
    *ret_reason = SG_REJECT_SERIES_LIMIT;
    return VERDICT_REJECTED;
}
