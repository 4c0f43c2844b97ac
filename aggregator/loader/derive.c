/* The part that attempts and jobs share: a machine, and the families derived from it. */
#include <stdio.h>
#include <string.h>

#include "loader/derive.h"
#include "loader/families.h"
#include "loader/field.h"
#include "loader/label.h"
#include "loader/names.h"

enum {
    PARTS_MAX =
        ATTEMPTS_PART_COUNT > (int)JOBS_PART_COUNT ? ATTEMPTS_PART_COUNT : (int)JOBS_PART_COUNT
};

bool derive_label(const struct load *load, struct catalog_label *label, const char *name,
                  const char *const *words, size_t count) {
    struct catalog_word sorted[CATALOG_WORDS_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct catalog_word){.text = words[i], .wire = words[i]};
    catalog_words_sort(sorted, count);
    *label = (struct catalog_label){
        .name = name, .kind = LABEL_VALUES, .otherwise = -1, .default_value = -1};
    return catalog_label_set_values(load->catalog, label, sorted, count) || loader_no_memory(load);
}

/* ---- the machine ---- */

static bool check_machine_labels(const struct load *load, const struct jsondoc_place *place,
                                 const struct catalog_family *machine) {
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct jsondoc_place here = {.parent = &at, .key = machine->labels[i].name};
        if (machine->labels[i].kind == LABEL_PATTERN)
            return jsondoc_fail(load->error, &here,
                                "every combination of labels has a state of its own, made at load: "
                                "the values are listed, a pattern has no list");
    }
    if (machine->bound > CATALOG_COMBINATIONS_MAX)
        return jsondoc_fail(load->error, &at,
                            "%llu combinations of label values, at most %d are allowed",
                            (unsigned long long)machine->bound, CATALOG_COMBINATIONS_MAX);
    return true;
}

struct catalog_family *derive_machine(struct load *load, const char *section, const char *name,
                                      enum family_kind kind, json_t *object,
                                      const struct jsondoc_place *place) {
    if (!loader_name(load, name, &catalog_kind_rows[kind], place))
        return NULL;
    struct catalog_family *machine = families_add(load, name, &catalog_kind_rows[kind], NULL);
    if (machine == NULL) {
        (void)loader_no_memory(load);
        return NULL;
    }
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    json_t *labels = json_object_get(object, "labels");
    machine->section = section;
    machine->zeros = true;
    if ((labels != NULL && !loader_labels(load, labels, &at, machine)) ||
        !loader_group(load, object, place, machine) ||
        !loader_aliases(load, object, place, machine))
        return NULL;
    catalog_family_count(machine, UINT64_MAX);
    return check_machine_labels(load, place, machine) ? machine : NULL;
}

/* ---- names and help ---- */

/* Check that `names` or `help` refers to parts that are shown; a name may be null. */
static bool check_part_keys(const struct derive *derive, const char *key, bool null_is_fine) {
    const struct load *load = derive->load;
    const struct jsondoc_place at = {.parent = derive->place, .key = key};
    json_t *object = json_object_get(derive->object, key);
    const char *keys[PARTS_MAX + 1];
    if (object == NULL)
        return true;
    for (size_t i = 0; i < derive->part_count; i++)
        keys[i] = derive->parts[i].key;
    keys[derive->part_count] = NULL;
    if (!field_object(load, object, &at) || !jsondoc_keys_known(object, &at, keys, load->error))
        return false;
    for (size_t i = 0; i < derive->part_count; i++) {
        const struct derive_part *part = &derive->parts[i];
        const struct jsondoc_place here = {.parent = &at, .key = part->key};
        json_t *value = json_object_get(object, part->key);
        if (value == NULL || (null_is_fine && json_is_null(value)))
            continue;
        if (part->missing != NULL)
            return jsondoc_fail(load->error, &here, "%s", part->missing);
        if (derive_is_hidden(derive, part))
            return jsondoc_fail(load->error, &here, "/names leaves this family out");
    }
    return true;
}

bool derive_is_hidden(const struct derive *derive, const struct derive_part *part) {
    json_t *names = json_object_get(derive->object, "names");
    return part->missing != NULL || json_is_null(json_object_get(names, part->key));
}

/* Make the name BASE_KEY, in the arena. */
static bool default_name(const struct derive *derive, const struct derive_part *part,
                         const char **ret_name) {
    const char *base = derive->machine->name;
    const size_t size = strlen(base) + 1 + strlen(part->key) + 1;
    if (size > CATALOG_NAME_MAX + 1)
        return jsondoc_fail(derive->load->error, derive->place,
                            "the name %s_%s has more than %d bytes; choose a shorter one, or give "
                            "another in \"names\": {\"%s\": ...}",
                            base, part->key, CATALOG_NAME_MAX, part->key);
    char *name = arena_alloc(&derive->load->catalog->arena, size);
    if (name == NULL)
        return loader_no_memory(derive->load);
    (void)snprintf(name, size, "%s_%s", base, part->key);
    *ret_name = name;
    return true;
}

static bool part_name(const struct derive *derive, const struct derive_part *part,
                      const char **ret_name) {
    const struct jsondoc_place names = {.parent = derive->place, .key = "names"};
    const struct jsondoc_place at = {.parent = &names, .key = part->key};
    json_t *value = json_object_get(json_object_get(derive->object, "names"), part->key);
    if (value == NULL)
        return default_name(derive, part, ret_name);
    return field_text(derive->load, value, &at, CATALOG_NAME_MAX, ret_name) &&
           loader_name(derive->load, *ret_name, &catalog_kind_rows[part->kind], &at);
}

static bool part_help(const struct derive *derive, const struct derive_part *part,
                      const char **ret_help) {
    const struct jsondoc_place help = {.parent = derive->place, .key = "help"};
    const struct jsondoc_place at = {.parent = &help, .key = part->key};
    json_t *value = json_object_get(json_object_get(derive->object, "help"), part->key);
    *ret_help = part->help;
    return value == NULL || loader_help(derive->load, value, &at, ret_help);
}

/* ---- families ---- */

/* Check that no label of the machine has the name of the part's own label. */
static bool check_extra(const struct derive *derive, const struct derive_part *part) {
    const struct load *load = derive->load;
    const struct catalog_family *machine = derive->machine;
    const struct jsondoc_place at = {.parent = derive->place, .key = "labels"};
    if (machine->label_count >= CATALOG_LABELS_MAX)
        return jsondoc_fail(load->error, &at,
                            "with \"%s\" these are %d labels, at most %d are allowed",
                            part->extra->name, CATALOG_LABELS_MAX + 1, CATALOG_LABELS_MAX);
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct jsondoc_place here = {.parent = &at, .key = machine->labels[i].name};
        if (strcmp(machine->labels[i].name, part->extra->name) == 0)
            return jsondoc_fail(load->error, &here,
                                "the family of \"%s\" has a label of this name already; choose "
                                "another",
                                part->key);
    }
    return true;
}

/* Copy labels, which are in byte order of name, and insert one at its place. */
static void insert_label(struct catalog_label *ret_labels, const struct catalog_label *labels,
                         uint32_t count, const struct catalog_label *extra) {
    uint32_t before = 0;
    while (before < count && strcmp(labels[before].name, extra->name) < 0)
        before++;
    for (uint32_t i = 0; i < before; i++)
        ret_labels[i] = labels[i];
    ret_labels[before] = *extra;
    for (uint32_t i = before; i < count; i++)
        ret_labels[i + 1] = labels[i];
}

/* Give the family the machine's labels and the part's own. */
static bool part_labels(const struct derive *derive, const struct derive_part *part,
                        struct catalog_family *family) {
    const struct load *load = derive->load;
    const struct catalog_family *machine = derive->machine;
    family->labels = machine->labels;
    family->label_count = machine->label_count;
    if (part->extra == NULL)
        return true;
    if (!check_extra(derive, part))
        return false;
    struct catalog_label *labels =
        arena_array(&load->catalog->arena, machine->label_count + 1, sizeof *labels);
    if (labels == NULL)
        return loader_no_memory(load);
    insert_label(labels, machine->labels, machine->label_count, part->extra);
    family->labels = labels;
    family->label_count = machine->label_count + 1;
    return true;
}

static bool derive_family(const struct derive *derive, const struct derive_part *part) {
    const struct catalog_family *machine = derive->machine;
    const char *name = NULL;
    if (!part_name(derive, part, &name))
        return false;
    const struct kind_row *kind = &catalog_kind_rows[part->kind];
    struct catalog_family *family = families_add(derive->load, name, kind, part->slot);
    if (family == NULL)
        return loader_no_memory(derive->load);
    family->source = SOURCE_DERIVED;
    family->section = machine->section;
    family->key = machine->name;
    family->part_key = part->key;
    family->group = machine->group;
    family->zeros = part->zeros;
    family->buckets = part->buckets;
    family->bucket_count = part->bucket_count;
    if (name_has_unit(name, kind, "seconds")) {
        family->unit = "seconds";
        family->ms_scale = 0.001;
    }
    if (!part_labels(derive, part, family) || !part_help(derive, part, &family->help))
        return false;
    catalog_family_count(family, UINT64_MAX);
    return true;
}

bool derive_check(const struct derive *derive) {
    return check_part_keys(derive, "names", true) && check_part_keys(derive, "help", false);
}

bool derive_families(const struct derive *derive) {
    for (size_t i = 0; i < derive->part_count; i++)
        if (!derive_is_hidden(derive, &derive->parts[i]) &&
            !derive_family(derive, &derive->parts[i]))
            return false;
    return true;
}
