/*
 * The rules for names are those of client_golang's promlint, which promtool uses, so a name that
 * passes here passes there.
 */
#include "statgate/check/lint.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "gate/gate.h"
#include "sg_proto.h"

/* A text in lower case. Names are at most as long as in a catalog. */
struct lower {
    char text[CATALOG_NAME_MAX + 1];
};

static void make_lower(struct lower *lower, const char *text) {
    size_t len = 0;
    for (; text[len] && len < sizeof lower->text - 1; len++)
        lower->text[len] = (char)tolower((unsigned char)text[len]);
    lower->text[len] = '\0';
}

static bool ends_with(const char *text, const char *end) {
    const size_t text_len = strlen(text);
    const size_t end_len = strlen(end);
    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* Whether `_word_` is inside the text, or `_word` at its end. */
static bool has_word(const char *text, const char *word) {
    const size_t len = strlen(word);
    for (const char *at = strchr(text, '_'); at != NULL; at = strchr(at + 1, '_'))
        if (strncmp(at + 1, word, len) == 0 && (at[1 + len] == '_' || at[1 + len] == '\0'))
            return true;
    return false;
}

static bool is_camel_case(const char *text) {
    for (; *text; text++)
        if (islower((unsigned char)text[0]) && isupper((unsigned char)text[1]))
            return true;
    return false;
}

/* ---- units ---- */

static const struct {
    const char *unit;
    const char *base;
} units[] = {
    {"amperes", "amperes"}, {"bytes", "bytes"},     {"celsius", "celsius"},
    {"grams", "grams"},     {"joules", "joules"},   {"kelvin", "kelvin"},
    {"meters", "meters"},   {"metres", "metres"},   {"seconds", "seconds"},
    {"volts", "volts"},     {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},    {"weeks", "seconds"},   {"kelvins", "kelvin"},
    {"rankine", "celsius"}, {"inches", "meters"},   {"fahrenheit", "celsius"},
    {"yards", "meters"},    {"miles", "meters"},    {"bits", "bytes"},
    {"pounds", "grams"},    {"ounces", "grams"},    {"calories", "joules"},
};

static const char *const prefixes[] = {"",     "pico",  "nano", "micro", "milli", "centi", "deci",
                                       "deca", "hecto", "kilo", "kibi",  "mega",  "mibi",  "giga",
                                       "gibi", "tera",  "tebi", "peta",  "pebi"};

/* The base unit for a word of the name (`len` bytes), or NULL if the word is no unit. */
static const char *base_of(const char *word, size_t len) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t unit_len = strlen(units[i].unit);
        if (len < unit_len || memcmp(word + len - unit_len, units[i].unit, unit_len) != 0)
            continue;
        for (size_t j = 0; j < sizeof prefixes / sizeof *prefixes; j++)
            if (strlen(prefixes[j]) == len - unit_len &&
                memcmp(word, prefixes[j], len - unit_len) == 0)
                return units[i].base;
    }
    return NULL;
}

/* ---- where ---- */

/* A place in the catalog; large enough for any combination of names. */
struct lint_place {
    char text[3 * CATALOG_NAME_MAX + 64];
};

/* The place of a family's name: its key, or for a derived family its entry in `names`. */
static struct lint_place place_of(const struct catalog_family *family) {
    struct lint_place place;
    (void)snprintf(place.text, sizeof place.text, "/%s/%s%s%s", family->section, family->key,
                   family->part_key != NULL ? "/names/" : "",
                   family->part_key != NULL ? family->part_key : "");
    return place;
}

static void warn(const struct catalog_family *family, struct messages *warnings, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

static void warn(const struct catalog_family *family, struct messages *warnings, const char *format,
                 ...) {
    char text[4 * CATALOG_NAME_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mistakes_messages_add(warnings, "%s: %s%s", family->catalog->file, place_of(family).text, text);
}

/* ---- units in names ---- */

static void lint_units(const struct catalog_family *family, struct messages *warnings) {
    for (const char *word = family->name; *word;) {
        const size_t len = strcspn(word, "_");
        const char *base = base_of(word, len);
        if (base != NULL && !text_is(word, len, base))
            warn(family, warnings, ": use the base unit %s instead of %.*s", base, (int)len, word);
        word += len;
        word += *word == '_';
    }
}

/* ---- names ---- */

static void lint_suffix(const struct catalog_family *family, struct messages *warnings) {
    static const char *const totals[] = {"_count", "_sum"};
    const struct kind_row *kind = family->kind;
    if (strcmp(kind->suffix, "_total") != 0 && ends_with(family->name, "_total"))
        warn(family, warnings, ": only a counter's name should end in _total");
    if (kind->item_suffix == NULL && ends_with(family->name, "_bucket"))
        warn(family, warnings, ": only samples of histograms should end in _bucket");
    for (size_t i = 0; i < 2 && !kind->has_totals; i++)
        if (ends_with(family->name, totals[i]))
            warn(family, warnings, ": only samples of histograms and summaries should end in %s",
                 totals[i]);
}

static void lint_words(const struct catalog_family *family, struct messages *warnings) {
    static const char *const types[] = {"counter", "gauge", "summary", "histogram"};
    static const char *const short_units[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                              "mb", "gb", "tb", "pb", "m",   "h", "d"};
    struct lower name;
    make_lower(&name, family->name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (has_word(name.text, types[i]))
            warn(family, warnings, ": the name should not contain a type (%s)", types[i]);
    for (size_t i = 0; i < sizeof short_units / sizeof *short_units; i++)
        if (has_word(name.text, short_units[i]))
            warn(family, warnings, ": write the unit out instead of _%s", short_units[i]);
    if (is_camel_case(family->name))
        warn(family, warnings, ": use snake_case");
}

/* ---- labels ---- */

/* Check a label's name. `at`: its place, relative to the family's. */
static void lint_label(const struct catalog_family *family, const char *at, const char *label,
                       struct messages *warnings) {
    if (is_camel_case(label))
        warn(family, warnings, "%s: use snake_case", at);
    if (strcmp(label, "job") == 0 || strcmp(label, "instance") == 0)
        warn(family, warnings,
             "%s: Prometheus stores this label as exported_%s, unless the scrape sets "
             "honor_labels: true",
             at, label);
}

static void lint_labels(const struct catalog_family *family, struct messages *warnings) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        char at[CATALOG_NAME_MAX + sizeof "/labels/"];
        (void)snprintf(at, sizeof at, "/labels/%s", family->labels[i].name);
        lint_label(family, at, family->labels[i].name, warnings);
    }
    if (family->jobs != NULL && family->jobs->parts[JOBS_LIVE] != NULL)
        lint_label(family, "/state_label", family->jobs->state_label, warnings);
}

/* ---- lines ---- */

/* Bytes of the shortest value that a line has to name; a label with a default may be left out. */
static size_t shortest_of(const struct catalog_label *label) {
    size_t shortest = SIZE_MAX;
    for (uint32_t i = 0; i < label->value_count; i++)
        if (label->values[i].len < shortest)
            shortest = label->values[i].len;
    return label->kind == LABEL_VALUES && label->value_count > 0 ? shortest : 1;
}

/* Whether any line of the family is remembered, and fits at all. */
static void lint_length(const struct catalog_family *family, struct messages *warnings) {
    enum { AROUND = 8 /* `:1|c|#` and a newline */ };
    size_t bytes = strlen(family->name);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].default_value < 0)
            bytes += strlen(family->labels[i].name) + 2 + shortest_of(&family->labels[i]);
    if (bytes + AROUND > SG_LINE_MAX)
        warn(family, warnings,
             ": its shortest line has %zu bytes, and a line has at most %d: nothing can be sent",
             bytes + AROUND, SG_LINE_MAX);
    else if (bytes > GATE_KNOWN_BYTES_MAX)
        warn(family, warnings,
             ": its shortest line has %zu bytes of name and labels; lines of more than %d are "
             "examined anew each time, which costs several times as much",
             bytes, GATE_KNOWN_BYTES_MAX);
}

/* ---- families ---- */

/* Whether a derived family has the default name, BASE_KEY of the attempts or jobs BASE, which
 * its catalog did not choose. */
static bool has_default_name(const struct catalog_family *part) {
    const size_t len = strlen(part->key);
    return strncmp(part->name, part->key, len) == 0 && part->name[len] == '_' &&
           strcmp(part->name + len + 1, part->part_key) == 0;
}

/* Whether a derived family has a default name that starts with the name of these attempts or
 * jobs. */
static bool names_another(const struct catalog_family *machine) {
    for (size_t i = 0; i < machine->catalog->family_count; i++) {
        const struct catalog_family *part = &machine->catalog->families[i];
        if (part->part_key != NULL && part->section == machine->section &&
            strcmp(part->key, machine->name) == 0 && has_default_name(part))
            return true;
    }
    return false;
}

/* Check one family. Attempts and jobs are visible only in derived families. Names of these that
 * the catalog chose are checked themselves; for default names, the name of the attempts or jobs
 * is. */
static void lint_family(const struct catalog_family *family, struct messages *warnings) {
    const bool derived = family->source == SOURCE_DERIVED;
    const bool machine = !family_has_lines(family);
    if (derived && has_default_name(family))
        return;
    if (!machine && family->help[0] == '\0')
        warn(family, warnings, ": no help text");
    if (!machine || names_another(family)) {
        lint_units(family, warnings);
        lint_words(family, warnings);
    }
    if (!machine)
        lint_suffix(family, warnings);
    if (!derived)
        lint_labels(family, warnings);
    if (!derived && family->source != SOURCE_QUERY)
        lint_length(family, warnings);
}

void lint_set(const struct catalog_set *set, struct messages *warnings) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count && !catalog->internal; j++)
            lint_family(&catalog->families[j], warnings);
    }
}

static bool has_group(const struct catalog_set *set, const char *group, size_t len) {
    for (size_t i = 0; i < set->count; i++)
        if (catalog_has_group(set->catalogs[i], group, len))
            return true;
    return false;
}

void lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                 struct messages *warnings) {
    for (const char *at = groups; *at; at += *at == ',') {
        const size_t len = strcspn(at, ",");
        const bool special = text_is(at, len, "all") || text_is(at, len, "none");
        if (!special && len > 0 && !has_group(set, at, len))
            mistakes_messages_add(warnings, "%s: no family is in the group \"%.*s\"", place,
                                  (int)len, at);
        at += len;
    }
}
