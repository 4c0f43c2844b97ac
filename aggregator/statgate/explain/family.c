#include "statgate/explain/family.h"

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
