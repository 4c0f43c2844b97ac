/*
 * statgate-compare [--idle] TABLE ENDPOINT <EXPOSITION: does a live exposition (Prometheus text
 * 0.0.4) hold what a system's document promises, nothing missing and nothing more?
 *
 * TABLE is a file of tests/systems. An endpoint of it lists the families that the document has
 * there:
 *
 *   "cache_hits_total": {"type": "counter", "presence": "always",
 *                        "labels": {"cache_type": ["memory", "disk"]}}
 *
 * - type: as the TYPE line has it.
 * - labels: what every sample must have, and nothing else: "any" value, a list of allowed values,
 *   {"values": [...], "complete": true} (each of them must occur), or {"pattern": "REGEX"} for the
 *   whole value. Without the key there are none.
 * - help: the HELP text, where the document prints it.
 * - buckets: of a histogram its finite bounds, or "any".
 * - quantiles: those of a summary.
 * - range: [least, greatest] value.
 * - presence: "always" is from the start; "samples" is from the first sample on, and not before
 * (what holds if nothing is said); "used" is from the first sample on, and the document leaves open
 * what is there before.
 *
 * "everywhere" of an endpoint are labels of every family but those with "everywhere": false. With
 * --idle nothing has been sent yet. Each difference is a line on standard output; exit code 0:
 * none, 1: some, 2: a wrong table or argument.
 */
#include <jansson.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exposition.h"

static size_t differences;

__attribute__((format(printf, 1, 2))) static void difference(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    differences++;
}

__attribute__((format(printf, 1, 2), noreturn)) static void refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("statgate-compare: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

/* ---- labels ---- */

static bool matches(const char *pattern, const char *value) {
    char anchored[1024];
    regex_t regex;
    if ((size_t)snprintf(anchored, sizeof(anchored), "^(%s)$", pattern) >= sizeof(anchored) ||
        regcomp(&regex, anchored, REG_EXTENDED | REG_NOSUB) != 0)
        refuse("'%s' is no regular expression", pattern);
    bool found = regexec(&regex, value, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static json_t *values_of(json_t *spec) {
    return json_is_array(spec) ? spec : json_object_get(spec, "values");
}

static bool listed(json_t *values, const char *value) {
    size_t i;
    json_t *item;
    json_array_foreach(values, i, item) {
        if (!json_is_string(item))
            refuse("a label value of the table is no text");
        if (strcmp(json_string_value(item), value) == 0)
            return true;
    }
    return false;
}

static void check_value(const char *family, const struct exposed_sample *sample, const char *name,
                        const char *value, json_t *spec) {
    json_t *values = values_of(spec);
    const char *pattern = json_string_value(json_object_get(spec, "pattern"));
    if (json_is_string(spec)) {
        if (strcmp(json_string_value(spec), "any") != 0)
            refuse("%s: label %s: only \"any\" is a word here", family, name);
        if (*value == '\0')
            difference("%s: line %zu: the label %s is empty", family, sample->line, name);
    } else if (values != NULL) {
        if (!listed(values, value))
            difference("%s: line %zu: %s=\"%s\" is not among the values that the document lists",
                       family, sample->line, name, value);
    } else if (pattern == NULL) {
        refuse("%s: label %s says neither values nor a pattern", family, name);
    } else if (!matches(pattern, value)) {
        difference("%s: line %zu: %s=\"%s\" does not look like %s", family, sample->line, name,
                   value, pattern);
    }
}

/* What the sample must have besides its declared labels: le on buckets, quantile on quantiles. */
static const char *own_label(const struct exposed_family *family,
                             const struct exposed_sample *sample) {
    size_t len = strlen(family->name);
    if (strcmp(family->type, "histogram") == 0 && strcmp(sample->name + len, "_bucket") == 0)
        return "le";
    if (strcmp(family->type, "summary") == 0 && sample->name[len] == '\0')
        return "quantile";
    return NULL;
}

static void check_labels(const struct exposed_family *family, json_t *labels, json_t *everywhere) {
    for (size_t i = 0; i < family->sample_count; i++) {
        const struct exposed_sample *sample = &family->samples[i];
        const char *own = own_label(family, sample);
        const char *name;
        json_t *spec;
        for (int part = 0; part < 2; part++)
            json_object_foreach(part == 0 ? labels : everywhere, name, spec) {
                const char *value = sample_label(sample, name);
                if (value == NULL)
                    difference("%s: line %zu lacks the label %s", family->name, sample->line, name);
                else
                    check_value(family->name, sample, name, value, spec);
            }
        for (size_t j = 0; j < sample->label_count; j++) {
            name = sample->labels[j].name;
            if ((own == NULL || strcmp(own, name) != 0) && json_object_get(labels, name) == NULL &&
                json_object_get(everywhere, name) == NULL)
                difference("%s: line %zu has the label %s, of which the document knows nothing",
                           family->name, sample->line, name);
        }
        if (own != NULL && sample_label(sample, own) == NULL)
            difference("%s: line %zu lacks the label %s", family->name, sample->line, own);
    }
}

/* Every value of a complete label occurs. */
static void check_complete(const struct exposed_family *family, json_t *labels) {
    const char *name;
    json_t *spec;
    json_object_foreach(labels, name, spec) {
        if (!json_is_true(json_object_get(spec, "complete")))
            continue;
        size_t i;
        json_t *item;
        json_array_foreach(values_of(spec), i, item) {
            bool found = false;
            for (size_t j = 0; j < family->sample_count && !found; j++) {
                const char *value = sample_label(&family->samples[j], name);
                found = value != NULL && strcmp(value, json_string_value(item)) == 0;
            }
            if (!found)
                difference("%s has no series with %s=\"%s\"", family->name, name,
                           json_string_value(item));
        }
    }
}

/* ---- histograms and summaries: all parts of a series, and its bounds ---- */

static const struct exposed_sample *part_of(const struct exposed_family *family,
                                            const struct exposed_sample *like, const char *own,
                                            const char *suffix) {
    for (size_t i = 0; i < family->sample_count; i++) {
        const struct exposed_sample *sample = &family->samples[i];
        if (strcmp(sample->name + strlen(family->name), suffix) == 0 &&
            samples_alike(sample, like, own))
            return sample;
    }
    return NULL;
}

/* The next sample with the label `own` behind *at in the series of `like`. */
static const struct exposed_sample *next_bound(const struct exposed_family *family,
                                               const struct exposed_sample *like, const char *own,
                                               size_t *at) {
    while (*at < family->sample_count) {
        const struct exposed_sample *sample = &family->samples[(*at)++];
        if (sample_label(sample, own) != NULL && samples_alike(sample, like, own))
            return sample;
    }
    return NULL;
}

/* The bounds of one series, in order, against the table's. */
static void check_bounds(const struct exposed_family *family, const struct exposed_sample *like,
                         const char *own, json_t *bounds) {
    bool histogram = strcmp(own, "le") == 0;
    const struct exposed_sample *sample;
    double last_bound = -INFINITY;
    double last_value = 0;
    size_t at = 0;
    size_t count = 0;
    while ((sample = next_bound(family, like, own, &at)) != NULL) {
        double bound = strtod(sample_label(sample, own), NULL);
        json_t *expected = json_array_get(bounds, count++);
        if (count > 1 && bound <= last_bound)
            difference("%s: line %zu: %s=\"%s\" is out of order", family->name, sample->line, own,
                       sample_label(sample, own));
        last_bound = bound;
        if (histogram && sample->value < last_value)
            difference("%s: line %zu: a bucket has less than the one before", family->name,
                       sample->line);
        last_value = sample->value;
        bool infinite = histogram && isinf(bound);
        if (json_is_array(bounds) &&
            (infinite ? expected != NULL : json_number_value(expected) != bound))
            difference("%s: line %zu: %s=\"%s\" is not the next one that the document has",
                       family->name, sample->line, own, sample_label(sample, own));
    }
    if (histogram && (count == 0 || !isinf(last_bound)))
        difference("%s: the series of line %zu has no bucket +Inf", family->name, like->line);
    size_t finite = histogram && count > 0 ? count - 1 : count;
    if (json_is_array(bounds) && finite != json_array_size(bounds))
        difference("%s: the series of line %zu has %zu %s, the document %zu", family->name,
                   like->line, finite, histogram ? "finite buckets" : "quantiles",
                   json_array_size(bounds));
    const struct exposed_sample *total = part_of(family, like, own, "_count");
    if (total != NULL && histogram && total->value != last_value)
        difference("%s: line %zu: the count is not that of the last bucket", family->name,
                   total->line);
}

static void check_series(const struct exposed_family *family, const char *own, json_t *bounds) {
    for (size_t i = 0; i < family->sample_count; i++) {
        const struct exposed_sample *sample = &family->samples[i];
        bool first = true;
        for (size_t j = 0; j < i && first; j++)
            first = !samples_alike(&family->samples[j], sample, own);
        if (!first)
            continue;
        for (size_t j = 0; j < 2; j++) {
            static const char *const suffixes[] = {"_sum", "_count"};
            if (part_of(family, sample, own, suffixes[j]) == NULL)
                difference("%s: the series of line %zu has no %s%s", family->name, sample->line,
                           family->name, suffixes[j]);
        }
        check_bounds(family, sample, own, bounds);
    }
}

static void check_numbers(const struct exposed_family *family, json_t *range) {
    bool counter = strcmp(family->type, "counter") == 0 || strcmp(family->type, "histogram") == 0;
    for (size_t i = 0; i < family->sample_count; i++) {
        const struct exposed_sample *sample = &family->samples[i];
        if (isnan(sample->value))
            difference("%s: line %zu is NaN", family->name, sample->line);
        else if (counter && (sample->value < 0 || isinf(sample->value)))
            difference("%s: line %zu: no counter has the value %g", family->name, sample->line,
                       sample->value);
        else if (range != NULL && (sample->value < json_number_value(json_array_get(range, 0)) ||
                                   sample->value > json_number_value(json_array_get(range, 1))))
            difference("%s: line %zu: %g is out of the range that the document tells", family->name,
                       sample->line, sample->value);
    }
}

/* ---- families ---- */

static void check_entry(const char *name, json_t *entry) {
    static const char *const keys[] = {"type",      "labels", "help",     "buckets",
                                       "quantiles", "range",  "presence", "everywhere"};
    const char *key;
    json_t *value;
    if (!json_is_string(json_object_get(entry, "type")))
        refuse("%s has no type", name);
    json_object_foreach(entry, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
            known = known || strcmp(keys[i], key) == 0;
        if (!known)
            refuse("%s: '%s' is no key of a family", name, key);
    }
}

static void check_family(const struct exposed_family *family, json_t *entry, json_t *everywhere) {
    const char *type = json_string_value(json_object_get(entry, "type"));
    const char *help = json_string_value(json_object_get(entry, "help"));
    if (strcmp(family->type, type) != 0) {
        difference("%s has the type %s, but %s in the document", family->name, family->type, type);
        return;
    }
    if (help != NULL && (family->help == NULL || strcmp(family->help, help) != 0))
        difference("%s: its help is '%s', in the document '%s'", family->name,
                   family->help == NULL ? "" : family->help, help);
    json_t *labels = json_object_get(entry, "labels");
    check_labels(family, labels,
                 json_is_false(json_object_get(entry, "everywhere")) ? NULL : everywhere);
    check_complete(family, labels);
    check_numbers(family, json_object_get(entry, "range"));
    if (strcmp(type, "histogram") == 0)
        check_series(family, "le", json_object_get(entry, "buckets"));
    else if (strcmp(type, "summary") == 0)
        check_series(family, "quantile", json_object_get(entry, "quantiles"));
}

static void check_presence(const char *name, const struct exposed_family *family, json_t *entry,
                           bool idle) {
    const char *presence = json_string_value(json_object_get(entry, "presence"));
    presence = presence == NULL ? "samples" : presence;
    bool always = strcmp(presence, "always") == 0;
    bool samples = strcmp(presence, "samples") == 0;
    if (!always && !samples && strcmp(presence, "used") != 0)
        refuse("%s: '%s' is no presence", name, presence);
    bool there = family != NULL && family->sample_count > 0;
    if (!there && (always || !idle))
        difference("%s is missing", name);
    else if (there && samples && idle)
        difference("%s is there, but nothing was sent yet", name);
}

static size_t compare(const struct exposition *exposition, json_t *endpoint, bool idle) {
    json_t *families = json_object_get(endpoint, "families");
    json_t *everywhere = json_object_get(endpoint, "everywhere");
    const char *name;
    json_t *entry;
    size_t series = 0;
    json_object_foreach(families, name, entry) {
        check_entry(name, entry);
        const struct exposed_family *family = exposition_find(exposition, name);
        check_presence(name, family, entry, idle);
        if (family != NULL && family->sample_count > 0)
            check_family(family, entry, everywhere);
    }
    for (size_t i = 0; i < exposition->family_count; i++) {
        const struct exposed_family *family = &exposition->families[i];
        series += family->sample_count;
        if (json_object_get(families, family->name) == NULL)
            difference("%s is there (line %zu), but the document does not know it", family->name,
                       family->line);
    }
    return series;
}

/* ---- files ---- */

static char *read_all(FILE *file, size_t *ret_len) {
    size_t size = 1 << 16;
    size_t len = 0;
    char *text = malloc(size);
    while (text != NULL) {
        len += fread(text + len, 1, size - len, file);
        if (len < size)
            break;
        size *= 2;
        char *grown = realloc(text, size);
        if (grown == NULL)
            free(text);
        text = grown;
    }
    if (text == NULL || ferror(file))
        refuse("standard input can't be read");
    *ret_len = len;
    return text;
}

int main(int argc, char **argv) {
    bool idle = argc > 1 && strcmp(argv[1], "--idle") == 0;
    if (argc != 3 + idle) {
        fprintf(stderr, "usage: statgate-compare [--idle] TABLE ENDPOINT <EXPOSITION\n");
        return 2;
    }
    json_error_t error;
    json_t *table = json_load_file(argv[1 + idle], JSON_REJECT_DUPLICATES, &error);
    if (table == NULL)
        refuse("%s:%d: %s", argv[1 + idle], error.line, error.text);
    json_t *endpoint = json_object_get(json_object_get(table, "endpoints"), argv[2 + idle]);
    if (!json_is_object(json_object_get(endpoint, "families")))
        refuse("%s has no endpoint %s", argv[1 + idle], argv[2 + idle]);
    struct exposition exposition;
    char sentence[600];
    size_t len;
    char *text = read_all(stdin, &len);
    if (!exposition_read(&exposition, text, len, sentence, sizeof(sentence)))
        difference("no exposition: %s", sentence);
    else {
        size_t series = compare(&exposition, endpoint, idle);
        if (differences == 0)
            printf("%s: %zu families, %zu samples, as the document says\n", argv[2 + idle],
                   exposition.family_count, series);
    }
    exposition_done(&exposition);
    json_decref(table);
    return differences > 0;
}
