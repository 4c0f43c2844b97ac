/* The section on label values: what values labels can have, and what becomes of others. */
#include <string.h>

#include "catalog/catalog.h"
#include "statgate/docs/groups.h"
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* Whether lines have this label. An outcome or state that a derived family has in addition to
 * the labels of its attempts or jobs is not sent. */
static bool is_sent(const struct catalog_family *family, const struct catalog_label *label) {
    const struct catalog_family *origin = catalog_family_origin(family);
    if (origin == NULL)
        return true;
    for (uint32_t i = 0; i < origin->label_count; i++)
        if (strcmp(origin->labels[i].name, label->name) == 0)
            return true;
    return false;
}

static void put_value(struct strbuf *out, const struct catalog_label *label, uint32_t id) {
    const char *text = label->values[id].text;
    const char *wire = catalog_label_wire(label, id);
    docs_put_code(out, text);
    if (strcmp(text, wire) == 0)
        return;
    strbuf_puts(out, " (sent as ");
    docs_put_code(out, wire);
    strbuf_putc(out, ')');
}

static void put_pattern(struct strbuf *out, const struct catalog_label *label) {
    static const struct {
        const char *name;
        const char *text;
    } named[] = {{"uuid", "a UUID"},
                 {"integer", "a decimal integer of up to 19 digits"},
                 {"slug", "lower-case letters and digits, words joined by hyphens"},
                 {"semver", "a version, `MAJOR.MINOR.PATCH`"},
                 {"status_code", "a status code, 100 to 599"}};
    const char *source = catalog_pattern_source(label->pattern);
    const char *text = NULL;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, source) == 0)
            text = named[i].text;
    if (text != NULL) {
        strbuf_puts(out, text);
    } else {
        strbuf_puts(out, "what ");
        docs_put_code(out, source);
        strbuf_puts(out, " matches");
    }
    strbuf_puts(out, ", at most ");
    docs_put_count(out, label->max);
    strbuf_puts(out, " at a time");
}

/* Write a list from outside by its variable or file: its values are not in the catalog and may
 * differ from host to host. */
static void put_listed(struct strbuf *out, const struct catalog_label *label) {
    strbuf_puts(out, "what ");
    docs_put_code(out, label->file != NULL ? label->file->name : label->variable);
    strbuf_puts(out, " lists");
    if (label->kind != LABEL_PATTERN)
        return;
    strbuf_puts(out, "; while it is not set, ");
    put_pattern(out, label);
}

static void put_values(struct strbuf *out, const struct catalog_label *label) {
    if (catalog_label_is_outside(label)) {
        put_listed(out, label);
        return;
    }
    if (label->kind == LABEL_PATTERN) {
        put_pattern(out, label);
        return;
    }
    const char *before = label->kind == LABEL_CONST ? "always " : "";
    for (uint32_t i = 0; i < label->value_count; i++) {
        if ((int32_t)i == label->otherwise)
            continue; /* shown in the next column */
        strbuf_puts(out, before);
        put_value(out, label, i);
        before = ", ";
    }
}

static void put_cells(struct strbuf *out, const struct catalog_family *family,
                      const struct catalog_label *label) {
    docs_put_code(out, label->name);
    strbuf_puts(out, " | ");
    put_values(out, label);
    if (!is_sent(family, label)) {
        strbuf_puts(out, " | – | –");
        return;
    }
    strbuf_puts(out, " | ");
    if (label->otherwise >= 0)
        put_value(out, label, (uint32_t)label->otherwise);
    else
        strbuf_puts(out, "rejected");
    strbuf_puts(out, " | ");
    if (label->default_value >= 0)
        docs_put_code(out, label->values[label->default_value].text);
    else
        strbuf_puts(out, "rejected");
}

/* Write that Prometheus renames the labels `job` and `instance`, since it sets its own. */
static void put_renamed(struct strbuf *out, const struct catalog *catalog) {
    static const char *const names[] = {"instance", "job"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool found = false;
        for (size_t i = 0; i < catalog->family_count && !found; i++) {
            const struct catalog_family *family = &catalog->families[i];
            for (uint32_t j = 0; j < family->label_count; j++)
                found |= family_has_lines(family) && strcmp(family->labels[j].name, names[n]) == 0;
        }
        if (found)
            strbuf_printf(out,
                          "\nPrometheus stores the label `%s` as `exported_%s`, unless the scrape "
                          "has `honor_labels: true`.\n",
                          names[n], names[n]);
    }
}

/* Which kinds of labels occur that need a sentence below the heading. */
struct label_notes {
    bool patterns;
    bool templates;
    bool variables;
    bool files;
    bool unsent;
};

static void note_label(struct label_notes *notes, const struct catalog_family *family,
                       const struct catalog_label *label) {
    notes->patterns |= label->kind == LABEL_PATTERN;
    notes->templates |= label->templates;
    notes->variables |= label->variable != NULL;
    notes->files |= label->file != NULL;
    notes->unsent |= !is_sent(family, label);
}

static void put_notes(struct strbuf *out, const struct label_notes *notes) {
    strbuf_puts(out, "A value that is not allowed becomes *Any other value*; a line without the "
                     "label gets *Not sent*.\nA line with a label that its series do not have "
                     "is rejected, unless that label is stripped.\n");
    if (notes->patterns)
        strbuf_puts(out, "Values beyond the maximum at a time are not allowed.\n");
    if (notes->templates)
        strbuf_puts(out, "Values with braces are templates; a line may use other names for "
                         "their variables.\n");
    if (notes->variables)
        strbuf_puts(out, "A variable of the daemon's environment lists values, separated by "
                         "commas, and is read at the start.\n");
    if (notes->files)
        strbuf_puts(out, "A file beside the catalog lists values, one a line, and is read at the "
                         "start and at each reload.\n");
    if (notes->unsent)
        strbuf_puts(out, "– means that the daemon sets the label, not the line.\n");
}

static void add_family(struct docs_groups *groups, struct label_notes *notes,
                       const struct catalog_family *family) {
    for (uint32_t i = 0; family_has_lines(family) && i < family->label_count; i++) {
        put_cells(&groups->keys, family, &family->labels[i]);
        docs_groups_add(groups, family);
        note_label(notes, family, &family->labels[i]);
    }
    if (family->state_label != NULL) {
        put_cells(&groups->keys, family, family->state_label);
        docs_groups_add(groups, family);
    }
}

void docs_write_labels(struct strbuf *out, const struct catalog *catalog, int level) {
    struct docs_groups groups;
    struct label_notes notes = {0};
    docs_groups_init(&groups);
    for (size_t i = 0; i < catalog->family_count; i++)
        add_family(&groups, &notes, &catalog->families[i]);
    out->failed |= groups.keys.failed;
    if (groups.count > 0) {
        docs_put_heading(out, level, "Label values");
        put_notes(out, &notes);
        strbuf_puts(out, "\n| Label | Values | Any other value | Not sent | Series |\n"
                         "|---|---|---|---|---|\n");
        docs_groups_write(&groups, out, SHORTEN_ONLY);
        put_renamed(out, catalog);
    }
    docs_groups_done(&groups);
}
