#include "statgate/explain/family.h"

#include <string.h>

#include "store/store.h"

int explain_family_item(const struct catalog_family *family, struct sg_span name) {
    static const char *const ends[] = {[RELAYED_SUM] = "_sum", [RELAYED_COUNT] = "_count"};
    const size_t len = strlen(family->name);
    if (!family_is_relayed(family) || name.len <= len || memcmp(name.at, family->name, len) != 0)
        return -1;
    for (int item = 0; item < RELAYED_QUANTILES; item++)
        if (sg_span_is((struct sg_span){name.at + len, name.len - len}, ends[item]))
            return item;
    return -1;
}

bool explain_family_answers(const struct catalog_family *family, struct sg_span name) {
    if (sg_span_is(name, family->name) || explain_family_item(family, name) >= 0)
        return true;
    for (size_t i = 0; i < family->alias_count; i++)
        if (sg_span_is(name, family->aliases[i]))
            return true;
    return false;
}

const char *explain_article(enum family_type type) {
    switch (type) {
    case FAMILY_ATTEMPTS:
    case FAMILY_JOBS:
        return "";
    case FAMILY_UPDOWNCOUNTER:
    case FAMILY_INFO:
        return "an ";
    default:
        return "a ";
    }
}
