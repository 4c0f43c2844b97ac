/*
 * The rules for names are those of client_golang's promlint, which promtool uses, so that what
 * passes here passes there.
 */
#include "cli/lint.h"

#include <ctype.h>

/* Text in lower case; longer names than a catalog can hold do not come. */
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

/* `_word_` inside the text, or `_word` at its end. */
static bool has_word(const char *text, const char *word) {
    const size_t len = strlen(word);
    for (const char *at = strchr(text, '_'); at; at = strchr(at + 1, '_'))
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

/* The base unit of a word of the name, `len` bytes, or NULL when it is no unit. */
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

static void lint_units(const struct catalog_family *family, struct messages *warnings) {
    for (const char *word = family->name; *word;) {
        const size_t len = strcspn(word, "_");
        const char *base = base_of(word, len);
        if (base && (strlen(base) != len || memcmp(word, base, len) != 0))
            messages_add(warnings, "%s: /families/%s: use the base unit %s instead of %.*s",
                         family->catalog->file, family->name, base, (int)len, word);
        word += len;
        word += *word == '_';
    }
}

/* ---- names ---- */

static void lint_suffix(const struct catalog_family *family, struct messages *warnings) {
    static const char *const reserved[] = {"_bucket", "_count", "_sum"};
    const char *file = family->catalog->file;
    if (family->type != FAMILY_COUNTER && ends_with(family->name, "_total"))
        messages_add(warnings, "%s: /families/%s: only a counter's name should end in _total", file,
                     family->name);
    for (size_t i = 0; i < 3 && family->type != FAMILY_HISTOGRAM; i++)
        if (ends_with(family->name, reserved[i]))
            messages_add(warnings, "%s: /families/%s: only samples of histograms should end in %s",
                         file, family->name, reserved[i]);
}

static void lint_words(const struct catalog_family *family, struct messages *warnings) {
    static const char *const types[] = {"counter", "gauge", "summary", "histogram"};
    static const char *const short_units[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                              "mb", "gb", "tb", "pb", "m",   "h", "d"};
    const char *file = family->catalog->file;
    struct lower name;
    make_lower(&name, family->name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (has_word(name.text, types[i]))
            messages_add(warnings, "%s: /families/%s: the name should not tell a type (%s)", file,
                         family->name, types[i]);
    for (size_t i = 0; i < sizeof short_units / sizeof *short_units; i++)
        if (has_word(name.text, short_units[i]))
            messages_add(warnings, "%s: /families/%s: write the unit out instead of _%s", file,
                         family->name, short_units[i]);
    if (is_camel_case(family->name))
        messages_add(warnings, "%s: /families/%s: use snake_case", file, family->name);
}

static void lint_labels(const struct catalog_family *family, struct messages *warnings) {
    const char *file = family->catalog->file;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const char *label = family->labels[i].name;
        if (is_camel_case(label))
            messages_add(warnings, "%s: /families/%s/labels/%s: use snake_case", file, family->name,
                         label);
        if (strcmp(label, "job") == 0 || strcmp(label, "instance") == 0)
            messages_add(warnings,
                         "%s: /families/%s/labels/%s: Prometheus stores this label as exported_%s, "
                         "unless the scrape sets honor_labels: true",
                         file, family->name, label, label);
    }
}

void lint_set(const struct catalog_set *set, struct messages *warnings) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count && !catalog->internal; j++) {
            const struct catalog_family *family = &catalog->families[j];
            if (family->help[0] == '\0')
                messages_add(warnings, "%s: /families/%s: no help text", catalog->file,
                             family->name);
            lint_units(family, warnings);
            lint_suffix(family, warnings);
            lint_words(family, warnings);
            lint_labels(family, warnings);
        }
    }
}

void lint_groups(const struct catalog_set *set, const char *place, const char *groups,
                 struct messages *warnings) {
    for (const char *at = groups; *at; at += *at == ',') {
        const size_t len = strcspn(at, ",");
        const bool special =
            (len == 3 && memcmp(at, "all", 3) == 0) || (len == 4 && memcmp(at, "none", 4) == 0);
        if (!special && len > 0 && !catalog_set_has_group(set, at, len))
            messages_add(warnings, "%s: no family is in the group \"%.*s\"", place, (int)len, at);
        at += len;
    }
}
