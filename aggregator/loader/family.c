/* SPDX-License-Identifier: MIT */
/* family.c - metric families: their types, how samples change their values, and how many series
 * they can have. */
#include "loader/loader_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- all families of a catalog ----
 * First in the order of the file, finally in order of name.
 */

bool loader_families_start(const struct node *root) {
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
    struct load *load = root->load;
    size_t room = 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const struct node at = loader_member(root, sections[i].key);
        const size_t count = json_object_size(at.value);
        if (!loader_is_within(&at, count, sections[i].most, sections[i].what))
            return false;
        room += count * sections[i].families_each;
    }
    load->families = arena_array(&load->catalog->arena, room, sizeof *load->families);
    load->slots = arena_array(&load->scratch, room, sizeof *load->slots);
    return true;
}

struct catalog_family *loader_families_add(struct load *load, const char *name,
                                           const struct kind_row *kind,
                                           const struct catalog_family **slot) {
    struct catalog_family *family = &load->families[load->family_count];
    assert(name != NULL);
    *family = (struct catalog_family){
        .name = arena_strndup(&load->catalog->arena, name, strlen(name)),
        .catalog = load->catalog,
        .kind = kind,
        .merge = kind->merge,
        .help = "",
        .exposed = true,
        .ms_scale = 1,
        .section = "families",
        .index = (uint32_t)load->family_count,
    };
    family->key = family->name;
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

static bool fail_same_name(struct load *load, const struct catalog_family *family,
                           const struct catalog_family *other) {
    const struct node file = {.place = {.key = load->catalog->file}, .load = load};
    const struct node section = loader_member(&file, family->section);
    const struct node declaration = loader_member(&section, family->key);
    const struct node names = loader_member(&declaration, "names");
    if (family->part_key != NULL && strcmp(family->key, other->key) == 0 &&
        strcmp(family->section, other->section) != 0)
        return false; /* attempts and jobs of one name, which is reported */
    if (family->part_key == NULL)
        return loader_fail(&declaration, "/%s/%s has this name, too; rename one", other->section,
                           other->key);
    return loader_fail(&names,
                       "the family of \"%s\" has the name \"%s\", as has %s/%s/%s; give it "
                       "another: {\"%s\": ...}",
                       family->part_key, family->name, other->part_key != NULL ? "one of " : "",
                       other->section, other->key, family->part_key);
}

/* An alias that holds labels, and whose it is. */
struct load_template {
    const struct catalog_family *family;
    const struct catalog_alias *alias;
};

static bool fail_clash(struct load *load, const struct load_template *template,
                       const struct load_template *other, const char *name) {
    const struct node file = {.place = {.key = load->catalog->file}, .load = load};
    const struct node families = loader_member(&file, "families");
    const struct node declaration = loader_member(&families, template->family->name);
    const struct node aliases = loader_member(&declaration, "aliases");
    size_t index = 0;
    while (template->family->aliases[index] != template->alias->text)
        index++;
    const struct node here = loader_item(&aliases, index);
    return loader_fail(&here,
                       "\"%s\" matches this and \"%s\" of \"%s\"; a name leads to one family", name,
                       other->alias->text, other->family->name);
}

/* No two match one name. */
static bool check_templates(struct load *load) {
    struct load_template *all = arena_array(&load->scratch, CATALOG_ALL_TEMPLATES_MAX, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < load->family_count; i++) {
        const struct catalog_family *family = &load->families[i];
        for (size_t j = 0; family->bound > 0 && j < family->template_count; j++) {
            const struct load_template next = {family, &family->templates[j]};
            char name[CATALOG_SEGMENTS_MAX * 2 * CATALOG_NAME_MAX];
            if (count == CATALOG_ALL_TEMPLATES_MAX) {
                const struct node file = {.place = {.key = load->catalog->file}, .load = load};
                const struct node families = loader_member(&file, "families");
                return loader_fail(&families, "more than %d aliases hold labels",
                                   CATALOG_ALL_TEMPLATES_MAX);
            }
            for (size_t k = 0; k < count; k++)
                if (catalog_aliases_clash(next.alias, all[k].alias, name, sizeof name))
                    return fail_clash(load, &next, &all[k], name);
            all[count++] = next;
        }
    }
    return true;
}

bool loader_families_finish(struct load *load) {
    struct catalog_family *families = load->families;
    const size_t count = load->family_count;
    bool good = true;
    if (count > 1)
        qsort(families, count, sizeof *families, by_name);
    for (size_t i = 0; i < count; i++) {
        const struct catalog_family **slot = load->slots[families[i].index];
        if (i > 0 && strcmp(families[i - 1].name, families[i].name) == 0)
            good = fail_same_name(load, &families[i], &families[i - 1]);
        if (slot != NULL)
            *slot = &families[i];
        families[i].index = 0;
    }
    load->catalog->families = families;
    load->catalog->family_count = count;
    return check_templates(load) && good;
}

/* ---- keys that several objects have ---- */

enum { HELP_MAX = 4096, UNIT_MAX = 64, GROUP_MAX = 64, ALIASES_MAX = 32 };

bool loader_check_name(const struct node *at, const char *name, const struct kind_row *kind) {
    if (!loader_is_name(name) || strlen(name) > CATALOG_NAME_MAX)
        return loader_fail(at, "the name of a family is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                           CATALOG_NAME_MAX);
    if (!loader_ends_with(name, kind->suffix))
        return loader_fail(at, "the name of %s %s must end in \"%s\"; write \"%s%s\"",
                           kind->article, kind->noun, kind->suffix, name, kind->suffix);
    return true;
}

bool loader_name_has_unit(const char *name, const struct kind_row *kind, const char *unit) {
    const size_t len = strlen(name) - strlen(kind->suffix);
    const size_t unit_len = strlen(unit);
    return len > unit_len + 1 && name[len - unit_len - 1] == '_' &&
           memcmp(name + len - unit_len, unit, unit_len) == 0;
}

bool loader_read_help(const struct node *at, const char **ret_help) {
    if (json_is_string(at->value) && json_string_length(at->value) == 0) {
        *ret_help = "";
        return true;
    }
    return loader_read_text(at, HELP_MAX, ret_help);
}

bool loader_check_group_name(const struct node *at, const char *name) {
    if (!loader_is_within(at, strlen(name), GROUP_MAX, "bytes"))
        return false;
    if (!loader_is_name(name) || strcmp(name, "all") == 0 || strcmp(name, "none") == 0)
        return loader_fail(at, "a group is [a-zA-Z_][a-zA-Z0-9_]*, but not \"all\" or \"none\"");
    return true;
}

/* If the catalog lists its groups, a group that is not in the list is a mistake. */
bool loader_read_group(const struct node *at, struct catalog_family *family) {
    const struct catalog *catalog = at->load->catalog;
    const char *known[CATALOG_GROUPS_MAX + 1] = {NULL};
    struct error what;
    if (!loader_read_text(at, GROUP_MAX, &family->group) ||
        !loader_check_group_name(at, family->group))
        return false;
    for (size_t i = 0; i < catalog->group_count; i++) {
        known[i] = catalog->groups[i];
        if (strcmp(known[i], family->group) == 0)
            return true;
    }
    (void)error_set(&what, "\"%s\" is none of the catalog's \"groups\"", family->group);
    return catalog->group_count == 0 ||
           loader_fail_unknown(at, what.text, family->group, known, "add it there");
}

bool loader_read_aliases(const struct node *at, bool templates, struct catalog_family *family) {
    struct load_texts texts = {0};
    if (!loader_read_names(at, ALIASES_MAX, ":|\n\r", templates, &texts))
        return false;
    family->aliases = texts.items;
    family->alias_count = texts.count;
    return true;
}

bool loader_read_buckets(const struct node *at, struct catalog_family *family) {
    size_t index;
    json_t *item;
    json_array_foreach(at->value, index, item) {
        const struct node here = loader_item(at, index);
        if (json_is_string(item) && strcasestr(json_string_value(item), "inf") != NULL)
            return loader_fail(&here, "the bound +Inf is implied; leave it out");
    }
    if (!loader_read_increasing(at, CATALOG_BUCKETS_MAX, "bound", &family->buckets,
                                &family->bucket_count))
        return false;
    family->allow_negative = family->buckets[0] < 0;
    return true;
}

/* ---- the type ---- */

/* The kind is the first with this type. */
static bool read_type(const struct node *family, bool known_keys,
                      const struct kind_row **ret_kind) {
    const struct node at = loader_member(family, "type");
    const char *types[KIND_COUNT + 1] = {NULL};
    struct error what;
    struct error known = {0};
    size_t count = 0;
    if (at.value == NULL)
        return known_keys && loader_fail(family, "the key \"type\" is missing");
    if (!json_is_string(at.value))
        return loader_fail_type(&at, "a string");
    const char *text = json_string_value(at.value);
    for (const struct kind_row *kind = catalog_kind_rows; kind < catalog_kind_rows + KIND_COUNT;
         kind++) {
        if (kind->is_machine || (count > 0 && strcmp(types[count - 1], kind->type) == 0))
            continue;
        types[count++] = kind->type;
        *ret_kind = kind;
        if (strcmp(kind->type, text) == 0)
            return true;
    }
    for (size_t i = 0; i < count; i++)
        (void)error_add(&known, "%s%s",
                        i == 0           ? "known are "
                        : i + 1 == count ? " and "
                                         : ", ",
                        types[i]);
    (void)error_set(&what, "unknown type \"%s\"", text);
    return loader_fail_unknown(&at, what.text, text, types, known.text);
}

/* ---- labels ---- */

/* Remove the label with the stateset's name from the labels: its values are what a series holds. */
static bool take_states(const struct node *at, struct catalog_family *family) {
    const struct node here = loader_member(at, family->name);
    struct catalog_label *others =
        arena_array(&at->load->catalog->arena, family->label_count, sizeof *others);
    uint32_t count = 0;
    const struct catalog_label *states = NULL;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (strcmp(family->labels[i].name, family->name) == 0)
            states = &family->labels[i];
        else
            others[count++] = family->labels[i];
    }
    if (states == NULL)
        return loader_fail(at, "a stateset has its states in a label of its own name, \"%s\"",
                           family->name);
    if (states->kind != LABEL_VALUES || states->otherwise >= 0 || states->default_value >= 0)
        return loader_fail(&here,
                           "states are listed: without pattern, otherwise, default and const");
    if (!loader_is_within(&here, states->value_count, CATALOG_STATES_MAX, "states"))
        return false;
    family->state_label = states;
    family->labels = others;
    family->label_count = count;
    return true;
}

static bool read_labels(const struct node *family_at, bool known, struct catalog_family *family) {
    const struct node labels = loader_member(family_at, "labels");
    const struct node *at = labels.value != NULL ? &labels : family_at;
    if (labels.value != NULL && !loader_read_labels(&labels, family))
        return false;
    if (labels.value == NULL && !known)
        return false;
    if (family->kind->is_description && family->label_count == 0)
        return loader_fail(at, "%s %s needs at least one label: they are its content",
                           family->kind->article, family->kind->noun);
    return family->kind->items != ITEMS_STATES || take_states(at, family);
}

/* ---- keys about names ---- */

static bool read_unit(const struct node *at, void *of) {
    static const char milliseconds[] = "milliseconds";
    struct catalog_family *family = of;
    const char *unit = NULL;
    if (!loader_read_text(at, UNIT_MAX, &unit))
        return false;
    if (!loader_is_name(unit))
        return loader_fail(at, "a unit is [a-zA-Z_][a-zA-Z0-9_]*");
    family->ms_scale = strcmp(unit, "seconds") == 0 ? 0.001 : 1.0;
    if (loader_name_has_unit(family->name, family->kind, unit)) {
        family->unit = unit;
        return true;
    }
    /* OpenMetrics requires the whole word in the name, so a name with `_ms` has no UNIT line. */
    if (strcmp(unit, milliseconds) == 0 && loader_name_has_unit(family->name, family->kind, "ms"))
        return true;
    return loader_fail(at, "the name must end in \"_%s%s\"%s", unit, family->kind->suffix,
                       strcmp(unit, milliseconds) == 0 ? " (or _ms)" : "");
}

static bool read_help(const struct node *at, void *of) {
    struct catalog_family *family = of;
    return loader_read_help(at, &family->help);
}

static bool read_group(const struct node *at, void *of) {
    return loader_read_group(at, of);
}

static bool read_aliases(const struct node *at, void *of) {
    return loader_read_aliases(at, true, of);
}

/* ---- keys about values ---- */

enum { WINDOW_DEFAULT_MS = 600000, WINDOW_MAX_S = 86400 };
/* Ten thousand days: longer than any gauge needs, and far from overflow in milliseconds. */
enum { TTL_MAX_S = 864000000 };

static const struct load_word readings[] = {{"absolute", MERGE_READING}, {0}};
static const struct load_word ends[] = {{"keep", MERGE_READING}, {"drop", MERGE_READING_DROP}, {0}};
static const struct load_word merges[] = {
    {"last", MERGE_NONE}, {"sum", MERGE_SUM}, {"min", MERGE_MIN}, {"max", MERGE_MAX}, {0}};
static const struct load_word owners[] = {{"host", MERGE_NONE}, {"process", MERGE_SUM}, {0}};

/* It changes the kind to the one whose values belong to processes. */
static bool read_reading(const struct node *at, void *of) {
    struct catalog_family *family = of;
    unsigned merge = 0;
    family->kind = catalog_kind_find(family->kind->type, true);
    family->merge = family->kind->merge;
    return loader_choose(at, readings, &merge);
}

static bool read_ended(const struct node *at, void *of) {
    struct catalog_family *family = of;
    if (!family_is_owned(family))
        return loader_fail(at, "increments stay when a process ends; this key belongs to "
                               "\"reading\": \"absolute\"");
    return loader_choose(at, ends, &family->merge);
}

static bool read_buckets(const struct node *at, void *of) {
    return loader_read_buckets(at, of);
}

static bool read_absent(const struct node *at, void *of) {
    struct catalog_family *family = of;
    family->has_absent = true;
    return loader_read_number(at, &family->absent);
}

static bool read_ttl(const struct node *at, void *of) {
    struct catalog_family *family = of;
    if (family_is_owned(family))
        return loader_fail(at, "values of live processes are merged: they go when their process "
                               "ends. A time to live belongs to \"merge\": \"last\"");
    return loader_read_seconds(at, TTL_MAX_S, &family->ttl_ms);
}

static bool read_floor(const struct node *at, void *of) {
    struct catalog_family *family = of;
    family->has_floor = true;
    if (!loader_read_number(at, &family->floor))
        return false;
    return family->floor <= 0 ||
           loader_fail(at, "an up-down counter starts at 0, so its floor is 0 or below");
}

static bool read_quantiles(const struct node *at, void *of) {
    struct catalog_family *family = of;
    if (!loader_read_increasing(at, CATALOG_QUANTILES_MAX, "quantile", &family->quantiles,
                                &family->quantile_count))
        return false;
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        const struct node here = loader_item(at, i);
        if (family->quantiles[i] < 0 || family->quantiles[i] > 1)
            return loader_fail(&here, "a quantile is from 0 to 1");
    }
    return true;
}

static bool read_window(const struct node *at, void *of) {
    struct catalog_family *family = of;
    if (!family->kind->has_window)
        return loader_fail(at, "a relayed summary has the window of the process that sends it");
    if (family->quantile_count == 0)
        return loader_fail(at, "a summary without quantiles needs no window");
    return loader_read_seconds(at, WINDOW_MAX_S, &family->window_ms);
}

/* ---- keys ----
 * A key that only some types allow has a bit in the rows of kinds. `reading` decides the kind, on
 * which later keys depend.
 */

#define OF(member) .at = offsetof(struct catalog_family, member)
static const struct load_key family_keys[] = {
    {"type", .sentence =
                 "counter takes the letter c (readings: g); gauge, info and stateset g; "
                 "updowncounter c and g as deltas; histogram and summary h, d and ms (a relayed "
                 "summary: g)."},
    {"labels", .sentence = "The labels: a set's name, a list of values, or an object."},
    {"unit", .read = read_unit, .kind = KEY_UNIT, .only = "an info and a stateset have no unit",
     .most = UNIT_MAX,
     .sentence = "The last word of the name (of a counter: before _total). `milliseconds` may be "
                 "`ms` in the name."},
    {"help", .read = read_help, .sentence = "One sentence for people."},
    {"group", .read = read_group, .schema = "group_name",
     .sentence = "Metric group: include and exclude of an endpoint choose by it. Without one, the "
                 "family is always exposed."},
    {"aliases", .read = read_aliases,
     .sentence =
         "Further names on the wire, for example the dotted ones of existing clients: whole "
         "names, or names that hold labels between their dots, as "
         "envoy.cluster.{cluster}.upstream_rq_{code}."},
    {"reading", .read = read_reading, .words = readings, .kind = KEY_READING,
     .only = "only a counter and a summary take readings",
     .sentence = "Counter: samples are readings of a process's own counter. Summary: the process "
                 "computes it, and sends its quantiles, sum and count."},
    {"ended", .read = read_ended, .words = ends, .kind = KEY_ENDED,
     .only = "only a counter of readings keeps readings of ended processes",
     .sentence = "Counter of readings: the reading of an ended process stays (default), or is "
                 "removed."},
    {"buckets", .read = read_buckets, .kind = KEY_BUCKETS, .only = "only a histogram has buckets",
     .missing = "a histogram needs \"buckets\"", .schema = "buckets",
     .sentence = "Histogram: upper bounds, increasing. +Inf is implied."},
    {"absent", .read = read_absent, .kind = KEY_ABSENT,
     .only = "only a gauge has a value that means absence", .schema = "number",
     .sentence = "Gauge: a sample of this value removes the series, or the part of the process "
                 "that sent it."},
    {"merge", LOAD_WORD, .words = merges, OF(merge), .kind = KEY_MERGE,
     .only = "only a gauge has merge",
     .sentence = "Gauge: the last write wins (default); or the sum, least or greatest of what live "
                 "processes sent."},
    {"ttl_s", .read = read_ttl, .kind = KEY_TTL,
     .only = "only a gauge and a stateset have a time to live",

     .sentence = "Gauge, stateset: removed when not written for this many seconds."},
    {"floor", .read = read_floor, .kind = KEY_FLOOR, .only = "only an updowncounter has a floor",

     .sentence = "Updowncounter: never falls below this; of a process's part, where processes own "
                 "it."},
    {"owner", LOAD_WORD, .words = owners, OF(merge), .kind = KEY_OWNER,
     .only = "only an updowncounter has an owner",
     .sentence = "Updowncounter: one running sum for the host (default), or the sum of what live "
                 "processes have."},
    {"quantiles", .read = read_quantiles, .kind = KEY_QUANTILES,
     .only = "only a summary has quantiles",
     .sentence =
         "Summary: quantiles from 0 to 1, increasing. Without them it has its count and sum."},
    {"window_s", .read = read_window, .kind = KEY_WINDOW, .only = "only a summary has a window",

     .sentence = "Summary: quantiles are over a window of this many seconds. Default 600."},
    {"max_series", LOAD_SIZE, .least = 1, .most = LOAD_SERIES_MAX, OF(max_series),
     .sentence = "Most series of the family. A new one beyond takes `otherwise` on every label "
                 "that has one, else it is rejected."},
    {"zeros", LOAD_FLAG, OF(zeros),
     .sentence = "Create every combination of the listed values at 0 when the catalog is loaded."},
};
#undef OF
const struct load_object loader_family_keys = LOAD_OBJECT("Of a family", "family", family_keys);

/* ---- aliases with labels, once the labels are known ---- */

static bool read_templates(const struct node *family_at, struct catalog_family *family) {
    struct load *load = family_at->load;
    const struct node at = loader_member(family_at, "aliases");
    struct catalog_alias *aliases = NULL;
    struct error why;
    bool good = true;
    for (size_t i = 0; i < family->alias_count; i++) {
        const struct node here = loader_item(&at, i);
        if (!catalog_alias_is_template(family->aliases[i]))
            continue;
        if (family->template_count == CATALOG_TEMPLATES_MAX)
            return loader_fail(&here, "at most %d aliases of a family hold labels",
                               CATALOG_TEMPLATES_MAX);
        if (aliases == NULL)
            aliases = arena_array(&load->catalog->arena, CATALOG_TEMPLATES_MAX, sizeof *aliases);
        if (!catalog_alias_parse(&aliases[family->template_count++], family, family->aliases[i],
                                 &why))
            good = loader_fail(&here, "%s", why.text);
    }
    family->templates = aliases;
    return good;
}

/* ---- how many series ---- */

static bool check_zeros(const struct node *family_at, const struct catalog_family *family) {
    const struct node at = loader_member(family_at, "zeros");
    if (!family->zeros)
        return true;
    if (family->kind->starts == STARTS_ABSENT)
        return loader_fail(&at, "%s %s is absent before its first value", family->kind->article,
                           family->kind->noun);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            return loader_fail(
                &at, "the values of \"%s\" are a pattern: there is no list to create series from",
                family->labels[i].name);
    const uint64_t zeros = catalog_family_zeros(family);
    const uint64_t room = family->bound - family->reserved;
    return zeros <= room ||
           loader_fail(&at, "%llu series would be created, max_series leaves room for %llu",
                       (unsigned long long)zeros, (unsigned long long)room);
}

static bool check_sizes(const struct node *family_at, struct catalog_family *family) {
    const struct node at = loader_member(family_at, "max_series");
    catalog_family_count(family, family->max_series);
    return family->reserved < family->bound ||
           loader_fail(
               &at,
               "%llu series are not enough: %llu places are kept for series whose labels fell back "
               "to otherwise (one for every combination of the labels without otherwise)",
               (unsigned long long)family->bound, (unsigned long long)family->reserved);
}

/* A family whose type or name is wrong has no other mistakes: what its keys mean is not known. */
static bool read_family(const struct node *at) {
    const struct kind_row *kind = catalog_kind_rows;
    const char *name = at->place.key;
    const bool known = loader_check_object(at, &loader_family_keys);
    if (!json_is_object(at->value) || !read_type(at, known, &kind) ||
        !loader_check_name(at, name, kind))
        return false;
    struct catalog_family *family = loader_families_add(at->load, name, kind, NULL);
    family->max_series = UINT64_MAX;
    family->ms_scale = loader_name_has_unit(name, kind, "seconds") ? 0.001 : 1.0;
    const bool good = loader_read_keys(at, &loader_family_keys, kind, known, family);
    if (!read_labels(at, known, family) || !read_templates(at, family) || !good)
        return false;
    if (family->window_ms == 0 && family->kind->has_window)
        family->window_ms = WINDOW_DEFAULT_MS;
    return check_sizes(at, family) && check_zeros(at, family);
}

bool loader_read_families(const struct node *at) {
    return loader_read_each(at, read_family);
}
