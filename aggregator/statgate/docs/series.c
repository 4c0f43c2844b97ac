/* The section on series: each with its type, labels and meaning, by metric group. */
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

static void put_labels(struct strbuf *out, const struct catalog_family *family) {
    const char *before = "";
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, before);
        docs_put_code(out, family->labels[i].name);
        before = ", ";
    }
    if (family->state_label != NULL) {
        strbuf_puts(out, before);
        docs_put_code(out, family->state_label->name);
    } else if (family->label_count == 0) {
        strbuf_puts(out, "none");
    }
}

/* ---- what it says ---- */

enum {
    LISTED_MOST = 8,     /* the most values in a sentence */
    FAMILIES_MOST = 1000 /* larger catalogs have no such sentences, as each compares all families */
};

static bool same_values(const struct catalog_label *a, const struct catalog_label *b) {
    if (a->value_count != b->value_count)
        return false;
    for (uint32_t i = 0; i < a->value_count; i++)
        if (strcmp(a->values[i].text, b->values[i].text) != 0)
            return false;
    return true;
}

/* Whether a label of the same name has other values in another family: then each family lists
 * its own. */
static bool has_two_meanings(const struct catalog *catalog, const struct catalog_label *label) {
    if (label->kind != LABEL_VALUES || label->value_count > LISTED_MOST ||
        catalog->family_count > FAMILIES_MOST)
        return false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        for (uint32_t j = 0; j < family->label_count; j++)
            if (strcmp(family->labels[j].name, label->name) == 0 &&
                !same_values(&family->labels[j], label))
                return true;
    }
    return false;
}

static void put_meaning(struct strbuf *out, const struct catalog_label *label) {
    docs_put_code(out, label->name);
    strbuf_puts(out, " is ");
    uint32_t left = label->value_count;
    for (uint32_t i = 0; i < label->value_count; i++) {
        if ((int32_t)i == label->otherwise)
            continue;
        docs_put_code(out, label->values[i].text);
        left--;
        strbuf_puts(out, left > 1 ? ", " : left == 1 ? " or " : "");
    }
    if (label->otherwise >= 0)
        docs_put_code(out, label->values[label->otherwise].text);
}

static void put_help(struct strbuf *out, const char *help) {
    const size_t len = strlen(help);
    docs_put_prose(out, help);
    if (len > 0)
        strbuf_puts(out, strchr(".!?", help[len - 1]) != NULL ? " " : ". ");
}

/* Write sentences, with a blank after each but the last. */
static void put_description(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_family *origin = catalog_family_origin(family);
    const size_t begun = out->len;
    put_help(out, family->help);
    if (family->unit != NULL && strcasestr(family->help, family->unit) == NULL) {
        strbuf_puts(out, "Unit: ");
        docs_put_prose(out, family->unit);
        strbuf_puts(out, ". ");
    }
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (!has_two_meanings(family->catalog, &family->labels[i]))
            continue;
        put_meaning(out, &family->labels[i]);
        strbuf_puts(out, ". ");
    }
    if (origin != NULL) {
        strbuf_printf(out, "From %s ", family->section);
        docs_put_code(out, origin->name);
        strbuf_puts(out, ". ");
    }
    if (family->source == SOURCE_QUERY)
        strbuf_puts(out, "Read when scraped. ");
    if (!out->failed && out->len > begun)
        out->len--;
}

/* Whether the family is in the group, or in none if `group` is NULL. */
static bool is_in(const struct catalog_family *family, const char *group) {
    if (!family_has_lines(family) || family->group == NULL || group == NULL)
        return family_has_lines(family) && family->group == NULL && group == NULL;
    return strcmp(family->group, group) == 0;
}

static void put_group(struct strbuf *out, const struct catalog *catalog, const char *group) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (!is_in(family, group))
            continue;
        if (!any)
            strbuf_puts(out, "| Series | Type | Labels | Description |\n|---|---|---|---|\n");
        any = true;
        strbuf_puts(out, "| ");
        docs_put_code(out, family->name);
        strbuf_printf(out, " | %s | ", family->kind->title);
        put_labels(out, family);
        strbuf_puts(out, " | ");
        put_description(out, family);
        strbuf_puts(out, " |\n");
    }
}

/* The next group in byte order after `group` (NULL: the first); NULL after the last. */
static const char *next_group(const struct catalog *catalog, const char *group) {
    const char *next = NULL;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const char *other = family_has_lines(family) ? family->group : NULL;
        if (other != NULL && (group == NULL || strcmp(other, group) > 0) &&
            (next == NULL || strcmp(other, next) < 0))
            next = other;
    }
    return next;
}

static bool has_ungrouped(const struct catalog *catalog) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (is_in(&catalog->families[i], NULL))
            return true;
    return false;
}

/* Write the groups that may be chosen but have no series here. */
static void put_empty_groups(struct strbuf *out, const struct catalog *catalog) {
    const char *before = "\nGroups without series: ";
    for (size_t i = 0; i < catalog->group_count; i++) {
        bool empty = true;
        for (size_t j = 0; j < catalog->family_count; j++)
            empty &= !is_in(&catalog->families[j], catalog->groups[i]);
        if (!empty)
            continue;
        strbuf_puts(out, before);
        docs_put_code(out, catalog->groups[i]);
        before = ", ";
    }
    if (before[0] == ',')
        strbuf_puts(out, ".\n");
}

void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level) {
    const char *group = next_group(catalog, NULL);
    docs_put_heading(out, level, "Series");
    if (group != NULL && !has_ungrouped(catalog))
        strbuf_puts(out, "By metric group: the settings `include` and `exclude` choose which are "
                         "exposed.\n");
    else if (group != NULL)
        strbuf_puts(out, "First those that are always exposed, then by metric group: the settings "
                         "`include` and `exclude` choose which of\nthese are.\n\n");
    put_group(out, catalog, NULL);
    for (; group != NULL; group = next_group(catalog, group)) {
        struct strbuf text;
        strbuf_init(&text);
        docs_put_prose(&text, group);
        docs_put_heading(out, level + 1, strbuf_cstr(&text));
        out->failed |= text.failed;
        strbuf_done(&text);
        put_group(out, catalog, group);
    }
    put_empty_groups(out, catalog);
}
