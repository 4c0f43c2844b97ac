/* Collects all families of a catalog, declared and derived: first in the order of the file, finally
 * in order of name. */
#include <stdlib.h>
#include <string.h>

#include "loader/families.h"

bool families_start(struct load *load, json_t *root, const struct jsondoc_place *place) {
    static const struct {
        const char *key;
        size_t most;
        size_t families_each;
        const char *what;
    } sections[] = {
        {"families", CATALOG_FAMILIES_MAX, 1, "families"},
        {"attempts", CATALOG_MACHINES_MAX, 1 + ATTEMPTS_PART_COUNT, "declarations"},
        {"jobs", CATALOG_MACHINES_MAX, 1 + JOBS_PART_COUNT, "declarations"},
    };
    size_t room = 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = sections[i].key};
        const size_t count = json_object_size(json_object_get(root, sections[i].key));
        if (count > sections[i].most)
            return jsondoc_fail(load->error, &at, "%zu %s, at most %zu are allowed", count,
                                sections[i].what, sections[i].most);
        room += count * sections[i].families_each;
    }
    load->families = arena_array(&load->catalog->arena, room, sizeof *load->families);
    load->slots = arena_array(load->scratch, room, sizeof *load->slots);
    return (load->families != NULL && load->slots != NULL) || loader_no_memory(load);
}

struct catalog_family *families_add(struct load *load, const char *name,
                                    const struct kind_row *kind,
                                    const struct catalog_family **slot) {
    struct catalog_family *family = &load->families[load->family_count];
    family->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    if (family->name == NULL)
        return NULL;
    family->catalog = load->catalog;
    family->kind = kind;
    family->merge = kind->merge;
    family->help = "";
    family->exposed = true;
    family->ms_scale = 1;
    family->section = "families";
    family->key = family->name;
    family->index = (uint32_t)load->family_count;
    load->slots[load->family_count++] = slot;
    return family;
}

/* Compare by name; of equal names, the first in the file comes first. */
static int by_name(const void *a, const void *b) {
    const struct catalog_family *left = a;
    const struct catalog_family *right = b;
    const int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static bool fail_same_name(const struct load *load, const struct catalog_family *family,
                           const struct catalog_family *other) {
    const struct jsondoc_place file = {.key = load->catalog->file};
    const struct jsondoc_place section = {.parent = &file, .key = family->section};
    const struct jsondoc_place declaration = {.parent = &section, .key = family->key};
    const struct jsondoc_place names = {.parent = &declaration, .key = "names"};
    if (family->part_key == NULL)
        return jsondoc_fail(load->error, &declaration, "/%s/%s has this name, too; rename one",
                            other->section, other->key);
    return jsondoc_fail(
        load->error, &names,
        "the family of \"%s\" has the name \"%s\", as has %s/%s/%s; give it another: "
        "{\"%s\": ...}",
        family->part_key, family->name, other->part_key != NULL ? "one of " : "", other->section,
        other->key, family->part_key);
}

bool families_finish(struct load *load) {
    struct catalog_family *families = load->families;
    const size_t count = load->family_count;
    if (count > 1)
        qsort(families, count, sizeof *families, by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(families[i - 1].name, families[i].name) == 0)
            return fail_same_name(load, &families[i], &families[i - 1]);
    for (size_t i = 0; i < count; i++) {
        const struct catalog_family **slot = load->slots[families[i].index];
        if (slot != NULL)
            *slot = &families[i];
        families[i].index = 0;
    }
    load->catalog->families = families;
    load->catalog->family_count = count;
    return true;
}
