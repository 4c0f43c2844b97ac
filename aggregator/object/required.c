/* The list of fields that a reader must understand. */
#include "object/required.h"

#include <string.h>

#include "object/object.h"

bool required_has(const char *table, const char *field, uint32_t type) {
    static const struct {
        const char *table;
        const char *field;
        uint32_t type;
    } list[] = {
#define FIELD(table_name, field_name, field_type) {table_name, field_name, field_type},
#include "object/required.def"
#undef FIELD
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strcmp(list[i].table, table) == 0 && strcmp(list[i].field, field) == 0)
            return list[i].type == type;
    return false;
}
