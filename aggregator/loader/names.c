/* Reads a family's name, unit, help, group and aliases. */
#include <string.h>

#include "base/nearest.h"
#include "loader/field.h"
#include "loader/names.h"

enum { HELP_MAX = 4096, UNIT_MAX = 64, GROUP_MAX = 64, ALIASES_MAX = 32 };

bool loader_name(const struct load *load, const char *name, const struct kind_row *kind,
                 const struct jsondoc_place *place) {
    if (!field_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return jsondoc_fail(load->error, place,
                            "the name of a family is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            CATALOG_NAME_MAX);
    if (!field_ends_with(name, kind->suffix))
        return jsondoc_fail(load->error, place,
                            "the name of %s %s must end in \"%s\"; write \"%s%s\"", kind->article,
                            kind->noun, kind->suffix, name, kind->suffix);
    return true;
}

bool name_has_unit(const char *name, const struct kind_row *kind, const char *unit) {
    const size_t len = strlen(name) - strlen(kind->suffix);
    const size_t unit_len = strlen(unit);
    return len > unit_len + 1 && name[len - unit_len - 1] == '_' &&
           memcmp(name + len - unit_len, unit, unit_len) == 0;
}

bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family) {
    static const char milliseconds[] = "milliseconds";
    json_t *value = json_object_get(object, "unit");
    family->ms_scale = name_has_unit(family->name, family->kind, "seconds") ? 0.001 : 1.0;
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "unit"};
    const char *unit = NULL;
    if (!field_text(load, value, &at, UNIT_MAX, &unit))
        return false;
    if (!field_is_name(unit))
        return jsondoc_fail(load->error, &at, "a unit is [a-zA-Z_][a-zA-Z0-9_]*");
    family->ms_scale = strcmp(unit, "seconds") == 0 ? 0.001 : 1.0;
    if (name_has_unit(family->name, family->kind, unit)) {
        family->unit = unit;
        return true;
    }
    /* OpenMetrics requires the whole word in the name, so a name with `_ms` has no UNIT line. */
    if (strcmp(unit, milliseconds) == 0 && name_has_unit(family->name, family->kind, "ms"))
        return true;
    return jsondoc_fail(load->error, &at, "the name must end in \"_%s%s\"%s", unit,
                        family->kind->suffix, strcmp(unit, milliseconds) == 0 ? " (or _ms)" : "");
}

/* ---- help, group, aliases ---- */

bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help) {
    if (json_is_string(value) && json_string_length(value) == 0) {
        *ret_help = "";
        return true;
    }
    return field_text(load, value, place, HELP_MAX, ret_help);
}

bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place) {
    if (strlen(name) > GROUP_MAX)
        return jsondoc_fail(load->error, place, "%zu bytes, at most %d are allowed", strlen(name),
                            GROUP_MAX);
    if (!field_is_name(name) || strcmp(name, "all") == 0 || strcmp(name, "none") == 0)
        return jsondoc_fail(load->error, place,
                            "a group is [a-zA-Z_][a-zA-Z0-9_]*, but not \"all\" or \"none\"");
    return true;
}

/* If the catalog lists its groups, a group that is not in the list is a mistake. */
static bool check_declared(const struct load *load, const char *group,
                           const struct jsondoc_place *place) {
    const struct catalog *catalog = load->catalog;
    const char *known[CATALOG_GROUPS_MAX + 1] = {NULL};
    for (size_t i = 0; i < catalog->group_count; i++) {
        known[i] = catalog->groups[i];
        if (strcmp(known[i], group) == 0)
            return true;
    }
    if (catalog->group_count == 0)
        return true;
    const char *nearest = nearest_word(group, known);
    if (nearest != NULL)
        return jsondoc_fail(load->error, place,
                            "\"%s\" is none of the catalog's \"groups\"; did you mean \"%s\"?",
                            group, nearest);
    return jsondoc_fail(load->error, place,
                        "\"%s\" is none of the catalog's \"groups\"; add it there", group);
}

bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family) {
    json_t *value = json_object_get(object, "group");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "group"};
    return field_text(load, value, &at, GROUP_MAX, &family->group) &&
           loader_group_name(load, family->group, &at) && check_declared(load, family->group, &at);
}

bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family) {
    json_t *value = json_object_get(object, "aliases");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "aliases"};
    struct load_texts texts = {0};
    if (!field_texts(load, value, &at, ALIASES_MAX, ":|\n\r", &texts))
        return false;
    if (!field_refuse_patterns(load, &texts, &at))
        return false;
    family->aliases = texts.items;
    family->alias_count = texts.count;
    return true;
}
