/* The table of kinds. */
#include "catalog/kind.h"

#include <string.h>

#include "sg_proto.h"

const struct kind_row kind_rows[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = {__VA_ARGS__},
#include "catalog/kinds.def"
#undef KIND
};

const struct kind_row *kind_find(const char *type, bool owned) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kind_rows[i].type, type) == 0 &&
            (owned ? kind_rows[i].own_state : kind_rows[i].state) != 0)
            return &kind_rows[i];
    return NULL;
}
