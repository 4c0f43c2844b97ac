/* The table of kinds. */
#include "catalog/kind.h"

#include "sg_proto.h"

const struct kind_row kind_rows[KIND_COUNT] = {
#define KIND(id, ...) [KIND_##id] = {__VA_ARGS__},
#include "catalog/kinds.def"
#undef KIND
};
