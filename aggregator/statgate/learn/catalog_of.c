/* SPDX-License-Identifier: MIT */
/* catalog_of.c - the catalog for traffic that was seen: each guess with its evidence. */
#include "statgate/learn/learn_private.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "catalog/catalog.h"

enum {
    SERIES_MAX = 1000, /* of a family whose labels together allow more */
    LISTED_MAX = 16,   /* values of a label that are listed; of more, a pattern is made */
    FEW_LINES = 3,     /* a name that was seen less often, among too many, is left out */
    LIKE_MIN = 3,      /* names that differ in one part, for an alias with a label */
    BUCKETS_MAX = 16,
    PART_TEXT_MAX = 2 * SG_NAME_MAX
};

struct learning {
    struct traffic *traffic;
    json_t *families;
    json_t *attempts;
    json_t *jobs;
    json_t *ignored;
    struct strbuf *evidence;
    size_t left_out;
    bool lists_only; /* labels of this family cannot be patterns */
    json_t *present; /* the catalog that is there, as far as it has been added to */
};

/* The sections of a catalog whose members have names on the wire. */
static const char *const sections[] = {"families", "attempts", "jobs"};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

bool learn_lists(const json_t *list, const char *text) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *item = json_string_value(json_array_get(list, i));
        if (item != NULL && strcmp(item, text) == 0)
            return true;
    }
    return false;
}

/* ---- evidence ---- */

static void say(struct learning *learning, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct learning *learning, const char *what, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    terminal_put_visible(learning->evidence, what, strlen(what));
    strbuf_puts(learning->evidence, ": ");
    terminal_put_visible(learning->evidence, text, strlen(text));
    strbuf_putc(learning->evidence, '\n');
}

static struct traffic_label *find_label(struct traffic_name *name, const char *key) {
    for (size_t i = 0; i < name->label_count; i++)
        if (strcmp(name->labels[i].key, key) == 0)
            return &name->labels[i];
    return NULL;
}

/* ---- names that differ in one part ---- */

/* A name with one part left out, which a label can stand for. */
struct likeness {
    char *key; /* the name with U+0001 for what differs */
    struct traffic_name *name;
    char value[SG_NAME_MAX + 1];
};

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct likeness *)a)->key, ((const struct likeness *)b)->key);
}

/* Note the name without the bytes from `from` to `to`. */
static void note_likeness(struct likeness *item, struct traffic_name *name, const char *from,
                          const char *to) {
    const size_t before = (size_t)(from - name->name);
    const size_t size = strlen(name->name) + 2;
    item->name = name;
    (void)snprintf(item->value, sizeof item->value, "%.*s", (int)(to - from), from);
    item->key = memory_alloc(size);
    (void)snprintf(item->key, size, "%.*s\x01%s", (int)before, name->name, to);
}

/* What differs is data, not the name of a metric: it has digits. Of upstream_rq_200 only these;
 * else the whole part. */
static size_t note_name(struct traffic_name *name, struct likeness *items) {
    size_t count = 0;
    if (strchr(name->name, '.') == NULL)
        return 0;
    for (const char *at = name->name; *at != '\0';) {
        const char *end = strchrnul(at, '.');
        const char *digit = at;
        while (digit < end && !isdigit((unsigned char)*digit))
            digit++;
        const char *behind = end;
        while (behind > digit && !isdigit((unsigned char)behind[-1]))
            behind--;
        if (digit < end)
            note_likeness(&items[count++], name, digit > at && digit[-1] == '_' ? digit : at,
                          digit > at && digit[-1] == '_' ? behind : end);
        at = *end == '.' ? end + 1 : end;
    }
    return count;
}

static const char *label_for(const struct likeness *items, size_t count) {
    bool codes = true;
    bool numbers = true;
    for (size_t i = 0; i < count; i++) {
        const size_t digits = strspn(items[i].value, "0123456789");
        numbers = numbers && items[i].value[digits] == '\0';
        codes =
            codes && numbers && digits == 3 && items[i].value[0] >= '1' && items[i].value[0] <= '5';
    }
    return codes ? "code" : numbers ? "number" : "part";
}

static enum sg_letter letter_of(const struct traffic_name *name) {
    enum sg_letter most = SG_LETTER_C;
    for (int letter = 0; letter < SG_LETTER_COUNT; letter++)
        if (name->letters[letter] > name->letters[most])
            most = (enum sg_letter)letter;
    return most;
}

/* Read a text that holds one label. */
static void read_template(const char *text, struct catalog_alias *ret_alias) {
    char name[PART_TEXT_MAX] = "";
    struct catalog_label label = {.name = name};
    const struct catalog_family family = {.labels = &label, .label_count = 1};
    struct error ignored;
    const char *open = strchr(text, '{');
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(open + 1, "}"), open + 1);
    (void)catalog_alias_parse(ret_alias, &family, text, &ignored);
}

/* One of the merged names that could match what this text does. NULL: there is none. */
static const char *find_clash(const char *text, struct traffic_name *const *merged, size_t count) {
    char both[PART_TEXT_MAX];
    struct catalog_alias alias;
    struct catalog_alias other;
    read_template(text, &alias);
    for (size_t i = 0; i < count; i++) {
        read_template(merged[i]->name, &other);
        if (catalog_aliases_clash(&alias, &other, both, sizeof both))
            return merged[i]->name;
    }
    return NULL;
}

/* Make one name of those that are alike. NULL: it could not be told from one of the merged. */
static struct traffic_name *merge_alike(struct learning *learning, struct likeness *items,
                                        size_t count, struct traffic_name *const *merged_before,
                                        size_t merged_count) {
    char text[PART_TEXT_MAX];
    const char *mark = strchr(items[0].key, '\x01');
    const char *label = label_for(items, count);
    for (size_t i = 0; i < count; i++)
        if (find_label(items[i].name, label) != NULL)
            label = "segment"; /* the lines have that one already */
    (void)snprintf(text, sizeof text, "%.*s{%s}%s", (int)(mark - items[0].key), items[0].key, label,
                   mark + 1);
    const char *clash = find_clash(text, merged_before, merged_count);
    if (clash != NULL) {
        say(learning, text,
            "%zu names differ in this part, as %s and %s, and stay whole: %s matches some, too",
            count, items[0].name->name, items[1].name->name, clash);
        return NULL;
    }
    struct traffic_name *merged = traffic_name_new(text);
    for (size_t i = 0; i < count; i++) {
        traffic_merge(merged, items[i].name);
        traffic_count_label(merged, label, strlen(label), items[i].value, strlen(items[i].value),
                            items[i].name->lines, false);
        items[i].name->estimate = 0; /* it has been dealt with */
    }
    say(learning, text, "%zu names differ in this part alone, as %s and %s: it is a label", count,
        items[0].name->name, items[1].name->name);
    return merged;
}

/* Those of the group that are not in another, larger one yet, and have its letter. */
static size_t gather(struct likeness *items, size_t count, struct likeness *ret_alike) {
    size_t alike = 0;
    for (size_t i = 0; i < count; i++)
        if (items[i].name->estimate > 0 && letter_of(items[i].name) == letter_of(items[0].name))
            ret_alike[alike++] = items[i];
    return alike;
}

static size_t find_alike(struct learning *learning, struct traffic_name **ret_merged) {
    const struct traffic *traffic = learning->traffic;
    struct likeness *items = memory_array(traffic->count * CATALOG_SEGMENTS_MAX + 1, sizeof *items);
    struct likeness *alike = memory_array(traffic->count + 1, sizeof *alike);
    size_t count = 0;
    size_t merged = 0;
    for (size_t i = 0; i < traffic->count; i++) {
        struct catalog_part parts[CATALOG_SEGMENTS_MAX];
        const char *name = traffic->names[i]->name;
        if (catalog_name_split(name, strlen(name), parts) > 0)
            count += note_name(traffic->names[i], &items[count]);
    }
    qsort(items, count, sizeof *items, by_key);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && by_key(&items[from], &items[to]) == 0;)
            to++;
        const size_t found = to - from >= LIKE_MIN ? gather(&items[from], to - from, alike) : 0;
        if (found < LIKE_MIN)
            continue;
        ret_merged[merged] = merge_alike(learning, alike, found, ret_merged, merged);
        merged += ret_merged[merged] != NULL;
    }
    for (size_t i = 0; i < count; i++)
        free(items[i].key);
    free(items);
    free(alike);
    return merged;
}

/* ---- labels ---- */

static bool is_label_name(const char *text) {
    return !text_begins(text, "__") && strcmp(text, "le") != 0 && strcmp(text, "quantile") != 0 &&
           *text != '\0' && !isdigit((unsigned char)*text) &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] ==
               '\0';
}

/* Labels that DogStatsD clients put on every line: of several names, always with one value. */
static bool is_of_client(const struct traffic *traffic, const char *key) {
    static const char *const keys[] = {"env", "version", "host"};
    const char *value = NULL;
    size_t known = 0;
    size_t names = 0;
    while (known < sizeof keys / sizeof keys[0] && strcmp(keys[known], key) != 0)
        known++;
    for (size_t i = 0; known < sizeof keys / sizeof keys[0] && i < traffic->count; i++) {
        const struct traffic_label *label = find_label(traffic->names[i], key);
        if (label == NULL || label->count == 0)
            continue;
        if (label->count > 1 || (value != NULL && strcmp(value, label->values[0].text) != 0))
            return false;
        value = label->values[0].text;
        names++;
    }
    return names > 1;
}

/* The first named pattern that all values match. */
static const char *pattern_for(const struct traffic_label *label) {
    static const char *const named[] = {"status_code", "integer", "uuid", "semver", "slug"};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        struct error error;
        struct pattern *pattern = catalog_pattern_new(named[i], &error);
        bool all = pattern != NULL;
        for (size_t j = 0; all && j < label->count; j++)
            all = catalog_pattern_match(pattern, label->values[j].text,
                                        strlen(label->values[j].text));
        catalog_pattern_free(pattern);
        if (all)
            return named[i];
    }
    return ".+";
}

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct traffic_value *)a)->text, ((const struct traffic_value *)b)->text);
}

static json_t *list_values(struct traffic_value *values, size_t count) {
    json_t *list = json_array();
    qsort(values, count, sizeof *values, by_text);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(values[i].text));
    return list;
}

static json_t *pattern_label(struct learning *learning, const char *family,
                             const struct traffic_label *label) {
    const char *pattern = pattern_for(label);
    const bool grows = label->further > 0 || label->late * 10 > label->lines;
    const int max = label->further > 0 ? 1000 : 200;
    say(learning, family, "label %s: pattern %s, as %s%zu values were seen in %" PRIu64 " lines",
        label->key, pattern, label->further > 0 ? "more than " : "", label->count, label->lines);
    if (grows)
        say(learning, family,
            "label %s: new values keep coming, so somebody outside may choose them: at most %d are "
            "kept, the others become \"other\"",
            label->key, max);
    return json_pack("{s:s, s:i, s:s}", "pattern", pattern, "max", max, "otherwise", "other");
}

static void put_label(struct learning *learning, const char *family,
                      const struct traffic_name *name, struct traffic_label *label,
                      json_t *labels) {
    json_t *declared;
    if (!learning->lists_only && (label->count > LISTED_MAX || label->further > 0)) {
        declared = pattern_label(learning, family, label);
    } else {
        declared = json_pack("{s:o, s:s}", "values", list_values(label->values, label->count),
                             "otherwise", "other");
        say(learning, family,
            "label %s: %zu value%s in %" PRIu64 " line%s; any other becomes \"other\"", label->key,
            label->count, text_plural(label->count), label->lines, text_plural(label->lines));
    }
    if (label->lines < name->lines) {
        json_object_set_new(declared, "optional", json_true());
        say(learning, family, "label %s: optional, as %" PRIu64 " of %" PRIu64 " lines lack it",
            label->key, name->lines - label->lines, name->lines);
    }
    json_object_set_new(labels, label->key, declared);
}

static void ignore(struct learning *learning, const char *family, const char *key,
                   const char *why) {
    if (learn_lists(learning->ignored, key))
        return;
    json_array_append_new(learning->ignored, json_string(key));
    say(learning, family, "label %s: stripped from all lines, as %s", key, why);
}

/* Whether the catalog that is there strips the label from all lines. */
static bool is_stripped(const json_t *present, const char *key, bool by_star) {
    const json_t *ignored = json_object_get(present, "ignore_labels");
    /* "*": all that no family declares */
    return json_is_string(ignored) ? by_star : learn_lists(ignored, key);
}

/* Whether one of the catalog's families has the label. */
static bool is_declared(const json_t *catalog, const char *key) {
    for (size_t i = 0; i < SECTIONS; i++) {
        const char *name;
        json_t *family;
        json_object_foreach(json_object_get(catalog, sections[i]), name, family) {
            if (json_object_get(json_object_get(family, "labels"), key) != NULL)
                return true;
        }
    }
    return false;
}

/* The labels but `item`, which selects an item of the family; NULL: there are none. */
static json_t *labels_of(struct learning *learning, const char *family, struct traffic_name *name,
                         const char *item) {
    json_t *labels = json_object();
    for (size_t i = 0; i < name->label_count; i++) {
        struct traffic_label *label = &name->labels[i];
        if (label->count == 0 || (item != NULL && strcmp(label->key, item) == 0) ||
            is_stripped(learning->present, label->key, false))
            continue;
        if (!is_label_name(label->key))
            ignore(learning, family, label->key, "no label of Prometheus has this name");
        else if (is_of_client(learning->traffic, label->key) &&
                 !is_declared(learning->present, label->key))
            ignore(learning, family, label->key,
                   "clients put it on every line, always with the same value");
        else
            put_label(learning, family, name, label, labels);
    }
    if (json_object_size(labels) > 0)
        return labels;
    json_decref(labels);
    return NULL;
}

/* ---- buckets ---- */

static int by_number(const void *a, const void *b) {
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* 1, 2.5, 5, 10, ... around what was seen; of values below 0, as many below. */
static json_t *buckets_of(struct learning *learning, const char *family, struct traffic_name *name,
                          double scale) {
    static const double steps[] = {1, 2.5, 5};
    const size_t count =
        name->number_count < TRAFFIC_NUMBERS_MAX ? (size_t)name->number_count : TRAFFIC_NUMBERS_MAX;
    json_t *buckets = json_array();
    qsort(name->numbers, count, sizeof name->numbers[0], by_number);
    const double most = fmax(fabs(name->least), fabs(name->most)) * scale;
    const double middle = count > 0 ? fabs(name->numbers[count / 20]) * scale : 0;
    const double low = middle > 0 ? middle : most / 1000;
    /* Of 16 bounds, three to a power of ten, the highest is to be above the values. */
    const bool usual = most > 1e-300 && most < 1e300;
    const double least = usual ? fmax(low, most / 30000) : 0;
    double bound = usual ? pow(10, floor(log10(least))) : 0.1;
    if (name->least < 0)
        json_array_append_new(buckets, json_real(-most));
    for (size_t step = 0; step < 3 * (size_t)BUCKETS_MAX && json_array_size(buckets) < BUCKETS_MAX;
         step++) {
        const double next = bound * steps[step % 3];
        if (next >= least / 2 || next >= most)
            json_array_append_new(buckets, next == floor(next) && next < 1e15
                                               ? json_integer((json_int_t)next)
                                               : json_real(next));
        if (next >= most)
            break;
        bound *= step % 3 == 2 ? 10 : 1;
    }
    say(learning, family, "buckets around the values seen, %.6g to %.6g", name->least * scale,
        name->most * scale);
    return buckets;
}

/* ---- families ---- */

/* [a-zA-Z_][a-zA-Z0-9_]* of a name on the wire, without the parts that are labels, and with this
 * end in place of those of `cut`. */
static void exposed_name(const char *name, const char *const *cut, const char *end, char *out,
                         size_t size) {
    size_t len = 0;
    bool in_label = false;
    for (; *name != '\0' && len + 32 < size; name++) {
        in_label = (in_label || *name == '{') && *name != '}';
        if (in_label || *name == '}')
            continue;
        const bool good = isalnum((unsigned char)*name) || *name == '_';
        if (good && !(len == 0 && isdigit((unsigned char)*name)))
            out[len++] = *name;
        else if (len > 0 && out[len - 1] != '_')
            out[len++] = '_';
    }
    while (len > 0 && out[len - 1] == '_')
        len--;
    out[len] = '\0';
    if (len == 0)
        len = (size_t)snprintf(out, size, "metric");
    const size_t end_len = strlen(end);
    if (len > end_len && strcmp(out + len - end_len, end) == 0)
        return;
    for (; *cut != NULL; cut++) {
        const size_t cut_len = strlen(*cut);
        if (len > cut_len && strcmp(out + len - cut_len, *cut) == 0) {
            len -= cut_len;
            break;
        }
    }
    (void)snprintf(out + len, size - len, "%s", end);
}

/* Whether another family has the name, in the catalog that is there or in this one, or will have
 * it, as it is sent so. */
static bool is_taken(const struct learning *learning, const char *key, const char *sent) {
    for (size_t i = 0; i < SECTIONS; i++)
        if (json_object_get(json_object_get(learning->present, sections[i]), key) != NULL)
            return true;
    for (size_t i = 0; i < learning->traffic->count && strcmp(key, sent) != 0; i++)
        if (strcmp(learning->traffic->names[i]->name, key) == 0)
            return true;
    return json_object_get(learning->families, key) != NULL ||
           json_object_get(learning->attempts, key) != NULL ||
           json_object_get(learning->jobs, key) != NULL;
}

/* Add a family to the section. It gets another name if that is taken, and the one that is sent as
 * an alias. */
static void put_member(struct learning *learning, json_t *section, const char *exposed,
                       const char *sent, json_t *family) {
    char numbered[PART_TEXT_MAX + 8];
    const char *key = exposed;
    for (int i = 2; is_taken(learning, key, sent); i++) {
        const char *dot = strrchr(exposed, '_');
        const int stem = dot != NULL ? (int)(dot - exposed) : (int)strlen(exposed);
        (void)snprintf(numbered, sizeof numbered, "%.*s_%d%s", stem, exposed, i, exposed + stem);
        key = numbered;
    }
    if (key != exposed)
        say(learning, key, "the name of %s, as another one is %s", sent, exposed);
    if (strcmp(key, sent) != 0)
        json_object_set_new(family, "aliases", json_pack("[s]", sent));
    json_object_set_new(section, key, family);
}

static void put_family(struct learning *learning, const char *exposed, const char *sent,
                       json_t *family) {
    put_member(learning, learning->families, exposed, sent, family);
}

static json_t *new_family(const char *type) {
    return json_pack("{s:s, s:s}", "type", type, "help", "To be described.");
}

/* The most series that the labels allow. */
static double series_of(const json_t *labels) {
    double series = 1;
    const char *key;
    json_t *label;
    json_object_foreach((json_t *)labels, key, label) {
        const json_t *max = json_object_get(label, "max");
        series *= 2 + (max != NULL ? (double)json_integer_value(max)
                                   : (double)json_array_size(json_object_get(label, "values")));
    }
    return series;
}

static void put_labels(struct learning *learning, const char *family, struct traffic_name *name,
                       const char *item, json_t *object) {
    json_t *labels = labels_of(learning, family, name, item);
    if (labels == NULL)
        return;
    json_object_set_new(object, "labels", labels);
    if (series_of(labels) <= SERIES_MAX || json_object_get(object, "success") != NULL)
        return;
    json_object_set_new(object, "max_series", json_integer(SERIES_MAX));
    say(learning, family, "max_series %d, as its labels together allow more", SERIES_MAX);
}

static void learn_counter(struct learning *learning, struct traffic_name *name) {
    static const char *const none[] = {NULL};
    char family[PART_TEXT_MAX];
    if (name->number_count > 0 && name->least < 0) {
        exposed_name(name->name, none, "", family, sizeof family);
        json_t *object = new_family("updowncounter");
        say(learning, family, "updowncounter, as the letter c brought %.6g", name->least);
        put_labels(learning, family, name, NULL, object);
        put_family(learning, family, name->name, object);
        return;
    }
    exposed_name(name->name, none, "_total", family, sizeof family);
    json_t *object = new_family("counter");
    say(learning, family, "counter, by the letter c in %" PRIu64 " line%s", name->lines,
        text_plural(name->lines));
    put_labels(learning, family, name, NULL, object);
    put_family(learning, family, name->name, object);
}

static void learn_observations(struct learning *learning, struct traffic_name *name) {
    static const char *const times[] = {"_milliseconds", "_ms", "_time", "_seconds", NULL};
    static const char *const none[] = {NULL};
    const bool in_ms = letter_of(name) == SG_LETTER_MS;
    char family[PART_TEXT_MAX];
    exposed_name(name->name, in_ms ? times : none, in_ms ? "_seconds" : "", family, sizeof family);
    json_t *object = new_family("histogram");
    say(learning, family,
        in_ms ? "histogram in seconds, by the letter ms in %" PRIu64 " line%s"
              : "histogram, by the letter h or d in %" PRIu64 " line%s",
        name->lines, text_plural(name->lines));
    if (in_ms)
        json_object_set_new(object, "unit", json_string("seconds"));
    json_object_set_new(object, "buckets", buckets_of(learning, family, name, in_ms ? 0.001 : 1));
    put_labels(learning, family, name, NULL, object);
    put_family(learning, family, name->name, object);
}

/* A summary that its process computes: X|g|#quantile:0.5, X_sum and X_count. */
static void learn_summary(struct learning *learning, struct traffic_name *name) {
    static const char *const none[] = {NULL};
    struct traffic_label *quantile = find_label(name, "quantile");
    double numbers[TRAFFIC_VALUES_MAX];
    json_t *quantiles = json_array();
    char family[PART_TEXT_MAX];
    exposed_name(name->name, none, "", family, sizeof family);
    json_t *object = new_family("summary");
    for (size_t i = 0; i < quantile->count; i++)
        if (!sg_number_parse(quantile->values[i].text, strlen(quantile->values[i].text),
                             &numbers[i]))
            numbers[i] = 0;
    qsort(numbers, quantile->count, sizeof numbers[0], by_number);
    for (size_t i = 0; i < quantile->count; i++)
        if (i == 0 || numbers[i] > numbers[i - 1])
            json_array_append_new(quantiles, json_real(numbers[i]));
    say(learning, family, "summary that its process computes, by the label quantile");
    json_object_set_new(object, "reading", json_string("absolute"));
    json_object_set_new(object, "quantiles", quantiles);
    put_labels(learning, family, name, "quantile", object);
    put_family(learning, family, name->name, object);
}

static void say_processes(struct learning *learning, const char *family,
                          const struct traffic_name *name) {
    if (name->pid_count > 1)
        say(learning, family,
            "%s%zu processes send it, and the last write wins; \"merge\": \"sum\", \"min\" or "
            "\"max\" shows what live ones have: a person has to decide",
            name->pid_count > TRAFFIC_PIDS_MAX ? "more than " : "",
            name->pid_count > TRAFFIC_PIDS_MAX ? (size_t)TRAFFIC_PIDS_MAX : name->pid_count);
}

static void learn_gauge(struct learning *learning, struct traffic_name *name) {
    static const char *const none[] = {NULL};
    const bool ones = name->number_count > 0 && name->least == 1 && name->most == 1;
    const bool switches =
        name->number_count > 0 && name->whole && name->least >= 0 && name->most <= 1;
    char family[PART_TEXT_MAX];
    exposed_name(name->name, none, "", family, sizeof family);
    const size_t len = strlen(family);
    const bool total = len > 6 && strcmp(family + len - 6, "_total") == 0;
    const bool info = len > 5 && strcmp(family + len - 5, "_info") == 0;
    struct traffic_label *quantile = find_label(name, "quantile");
    if (quantile != NULL && quantile->count > 0) {
        learn_summary(learning, name);
        return;
    }
    json_t *object = NULL;
    if (ones && info && name->label_count > 0) {
        object = new_family("info");
        say(learning, family, "info, by its name and as its value is always 1");
    } else if (switches && find_label(name, family) != NULL) {
        object = new_family("stateset");
        say(learning, family, "stateset, as a label has its name and its values are 0 and 1");
        put_labels(learning, family, name, family, object);
        if (json_object_get(object, "labels") == NULL)
            json_object_set_new(object, "labels", json_object());
        struct traffic_label *states = find_label(name, family);
        json_object_set_new(json_object_get(object, "labels"), family,
                            list_values(states->values, states->count));
        put_family(learning, family, name->name, object);
        return;
    } else if (total && name->rises && !name->falls) {
        object = new_family("counter");
        json_object_set_new(object, "reading", json_string("absolute"));
        say(learning, family,
            "counter of readings, as it ends in _total, comes with the letter g, and only rises");
    } else {
        object = new_family("gauge");
        say(learning, family, "gauge, by the letter g in %" PRIu64 " line%s", name->lines,
            text_plural(name->lines));
        say_processes(learning, family, name);
    }
    put_labels(learning, family, name, NULL, object);
    put_family(learning, family, name->name, object);
}

/* ---- attempts and jobs ---- */

static bool means_failure(const char *word) {
    static const char *const parts[] = {"err",    "fail",      "timeout", "refus",
                                        "reject", "bad",       "abort",   "unavail",
                                        "down",   "exception", "lost",    "denied"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcasestr(word, parts[i]) != NULL)
            return true;
    return false;
}

static void learn_attempts(struct learning *learning, struct traffic_name *name) {
    static const char *const none[] = {NULL};
    char family[PART_TEXT_MAX];
    json_t *success = json_array();
    json_t *failure = json_array();
    exposed_name(name->name, none, "", family, sizeof family);
    for (size_t i = 0; i < name->word_count; i++)
        json_array_append_new(means_failure(name->words[i].text) ? failure : success,
                              json_string(name->words[i].text));
    if (json_array_size(success) == 0)
        json_array_append_new(success, json_string("ok"));
    if (json_array_size(failure) == 0)
        json_array_append_new(failure, json_string("error"));
    json_t *object = json_pack("{s:o, s:o}", "success", success, "failure", failure);
    say(learning, family,
        "attempts, by the letter a; which outcomes are failures is a guess by their words");
    if (name->word_count == TRAFFIC_WORDS_MAX)
        say(learning, family, "more than %d outcomes: the others are left out", TRAFFIC_WORDS_MAX);
    learning->lists_only = true; /* each combination has a breaker, so none comes with the lines */
    put_labels(learning, family, name, NULL, object);
    learning->lists_only = false;
    put_member(learning, learning->attempts, family, name->name, object);
}

static void learn_jobs(struct learning *learning, struct traffic_name *name) {
    static const char *const none[] = {NULL};
    char family[PART_TEXT_MAX];
    exposed_name(name->name, none, "", family, sizeof family);
    json_t *object = json_object();
    say(learning, family, "jobs, by the letter j in %" PRIu64 " line%s", name->lines,
        text_plural(name->lines));
    learning->lists_only = true;
    put_labels(learning, family, name, NULL, object);
    learning->lists_only = false;
    put_member(learning, learning->jobs, family, name->name, object);
}

/* ---- a name ---- */

/* X_sum and X_count of a relayed summary X. */
static bool is_of_summary(const struct traffic *traffic, const struct traffic_name *name) {
    static const char *const ends[] = {"_sum", "_count"};
    for (size_t e = 0; e < 2; e++) {
        const size_t len = strlen(name->name);
        const size_t end = strlen(ends[e]);
        if (len <= end || strcmp(name->name + len - end, ends[e]) != 0)
            continue;
        for (size_t i = 0; i < traffic->count; i++)
            if (strlen(traffic->names[i]->name) == len - end &&
                memcmp(traffic->names[i]->name, name->name, len - end) == 0 &&
                find_label(traffic->names[i], "quantile") != NULL)
                return true;
    }
    return false;
}

/* A family takes one letter, or one group of them: the lines of another are refused. */
static void say_other_letters(struct learning *learning, const struct traffic_name *name) {
    const enum sg_letter most = letter_of(name);
    for (int letter = 0; letter < SG_LETTER_COUNT; letter++)
        if (letter != (int)most && name->letters[letter] > 0)
            say(learning, name->name,
                "the letter %s came as well, in %" PRIu64 " line%s, which may be refused: "
                "%s came in %" PRIu64,
                sg_letter_text((enum sg_letter)letter), (uint64_t)name->letters[letter],
                text_plural(name->letters[letter]), sg_letter_text(most),
                (uint64_t)name->letters[most]);
}

static void learn_name(struct learning *learning, struct traffic_name *name) {
    say_other_letters(learning, name);
    switch (letter_of(name)) {
    case SG_LETTER_C:
        learn_counter(learning, name);
        return;
    case SG_LETTER_G:
        learn_gauge(learning, name);
        return;
    case SG_LETTER_H:
    case SG_LETTER_D:
    case SG_LETTER_MS:
        learn_observations(learning, name);
        return;
    case SG_LETTER_A:
        learn_attempts(learning, name);
        return;
    case SG_LETTER_J:
        learn_jobs(learning, name);
        return;
    case SG_LETTER_S:
        say(learning, name->name, "left out: no family takes sets, the letter s");
        return;
    case SG_LETTER_B:
        say(learning, name->name,
            "left out: a breaker that its service runs belongs to attempts, with \"breaker\": "
            "\"reported\"");
        return;
    case SG_LETTER_COUNT:
        break;
    }
}

/* ---- what is declared already ---- */

/* Where the alias holds labels, and the name is one that it matches: the labels and their values,
 * borrowed from both. */
struct held {
    const char *labels[CATALOG_SEGMENTS_MAX];
    struct catalog_part values[CATALOG_SEGMENTS_MAX];
    size_t count;
};

/* Whether a name on the wire is that of the family's alias, which may hold labels. */
static bool is_alias(json_t *family, const char *alias, const char *sent, struct held *ret_held) {
    struct catalog_label labels[CATALOG_LABELS_MAX] = {0};
    struct catalog_family model = {.labels = labels};
    struct catalog_part parts[CATALOG_SEGMENTS_MAX];
    struct catalog_alias parsed;
    struct error ignored;
    const char *name;
    json_t *label;
    if (!catalog_alias_is_template(alias))
        return strcmp(alias, sent) == 0;
    json_object_foreach(json_object_get(family, "labels"), name, label) {
        if (model.label_count < CATALOG_LABELS_MAX)
            labels[model.label_count++] = (struct catalog_label){.name = name};
    }
    if (!catalog_alias_parse(&parsed, &model, alias, &ignored) ||
        catalog_name_split(sent, strlen(sent), parts) != parsed.count)
        return false;
    *ret_held = (struct held){.count = 0};
    for (uint32_t i = 0; i < parsed.count; i++) {
        struct catalog_part *value = &ret_held->values[ret_held->count];
        if (!catalog_segment_take(&parsed.segments[i], &parts[i], value)) {
            ret_held->count = 0;
            return false;
        }
        if (parsed.segments[i].label >= 0)
            ret_held->labels[ret_held->count++] = labels[parsed.segments[i].label].name;
    }
    return true;
}

/* The family that answers to a name on the wire, in a section of a catalog that is there. */
static json_t *declared_in(json_t *section, const char *sent, const char **ret_name,
                           struct held *ret_held) {
    const char *key;
    json_t *family;
    json_object_foreach(section, key, family) {
        size_t index;
        json_t *alias;
        *ret_name = key;
        if (strcmp(key, sent) == 0)
            return family;
        json_array_foreach(json_object_get(family, "aliases"), index, alias) {
            if (json_is_string(alias) && is_alias(family, json_string_value(alias), sent, ret_held))
                return family;
        }
    }
    return NULL;
}

static json_t *declared_of(json_t *present, const char *sent, const char **ret_name,
                           struct held *ret_held) {
    json_t *family = NULL;
    *ret_held = (struct held){0};
    for (size_t i = 0; family == NULL && i < SECTIONS; i++)
        family = declared_in(json_object_get(present, sections[i]), sent, ret_name, ret_held);
    return family;
}

/* Add outcomes that the attempts lack. */
static void add_words(struct learning *learning, const char *key, const struct traffic_name *name,
                      json_t *family) {
    json_t *success = json_object_get(family, "success");
    json_t *failure = json_object_get(family, "failure");
    for (size_t i = 0; i < name->word_count && json_is_array(success) && json_is_array(failure);
         i++) {
        const char *word = name->words[i].text;
        const bool fails = means_failure(word);
        if (learn_lists(success, word) || learn_lists(failure, word) ||
            json_array_append_new(fails ? failure : success, json_string(word)) != 0)
            continue; /* the second: it is no UTF-8 */
        say(learning, key, "the outcome %s is added, by its word a %s", word,
            fails ? "failure" : "success");
    }
}

/* Add the values that a list lacks. */
static void add_values(struct learning *learning, const char *family, struct traffic_label *label,
                       json_t *declared) {
    json_t *list = json_is_array(declared) ? declared : json_object_get(declared, "values");
    for (size_t i = 0; json_is_array(list) && i < label->count; i++) {
        if (learn_lists(list, label->values[i].text))
            continue;
        json_array_append_new(list, json_string(label->values[i].text));
        say(learning, family, "label %s: the value %s is added", label->key, label->values[i].text);
    }
}

/* A family is only added to: what its lines were refused for, if a value or a label is missing. */
static void extend(struct learning *learning, const char *key, struct traffic_name *name,
                   const struct held *held, json_t *family) {
    const char *type = json_string_value(json_object_get(family, "type"));
    const bool summary = type != NULL && strcmp(type, "summary") == 0;
    const bool machine = type == NULL;
    json_t *labels = json_object_get(family, "labels");
    if (labels == NULL) {
        labels = json_object();
        json_object_set_new(family, "labels", labels);
    }
    for (size_t i = 0; i < held->count; i++)
        traffic_count_label(name, held->labels[i], strlen(held->labels[i]), held->values[i].at,
                            held->values[i].len, name->lines, false);
    if (machine)
        add_words(learning, key, name, family);
    learning->lists_only = machine;
    for (size_t i = 0; i < name->label_count; i++) {
        struct traffic_label *label = &name->labels[i];
        json_t *declared = json_object_get(labels, label->key);
        const bool no_label = is_stripped(learning->present, label->key, true) ||
                              (summary && strcmp(label->key, "quantile") == 0);
        if (declared != NULL) {
            add_values(learning, key, label, declared);
        } else if (!no_label && label->count > 0 && is_label_name(label->key)) {
            put_label(learning, key, name, label, labels);
            json_object_set_new(json_object_get(labels, label->key), "optional", json_true());
        }
    }
    learning->lists_only = false;
    if (json_object_size(labels) == 0)
        json_object_del(family, "labels");
}

/* ---- all ---- */

static int by_name(const void *a, const void *b) {
    return strcmp((*(struct traffic_name *const *)a)->name,
                  (*(struct traffic_name *const *)b)->name);
}

static void learn_all(struct learning *learning, json_t *present) {
    struct traffic *traffic = learning->traffic;
    struct traffic_name **merged = memory_array(traffic->count + 1, sizeof *merged);
    struct traffic_name **names = memory_array(2 * traffic->count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < traffic->count; i++) {
        struct traffic_name *name = traffic->names[i];
        const char *key;
        struct held held;
        json_t *family = declared_of(present, name->name, &key, &held);
        if (family != NULL)
            extend(learning, key, name, &held, family);
        if (family != NULL || (traffic->dropped > 0 && name->lines < FEW_LINES)) {
            learning->left_out += family == NULL;
            name->estimate = 0;
        }
    }
    const size_t merged_count = find_alike(learning, merged);
    for (size_t i = 0; i < traffic->count; i++)
        if (traffic->names[i]->estimate > 0 && !is_of_summary(traffic, traffic->names[i]))
            names[count++] = traffic->names[i];
    for (size_t i = 0; i < merged_count; i++)
        names[count++] = merged[i];
    qsort(names, count, sizeof(struct traffic_name *), by_name);
    for (size_t i = 0; i < count; i++)
        learn_name(learning, names[i]);
    for (size_t i = 0; i < merged_count; i++)
        traffic_name_free(merged[i]);
    free(merged);
    free(names);
}

/* Put the members of `more` into the section, if it has some. */
static void put_section(json_t *catalog, const char *section, json_t *more) {
    json_t *there = json_object_get(catalog, section);
    if (json_object_size(more) > 0 && there == NULL)
        json_object_set(catalog, section, more);
    else if (json_object_size(more) > 0)
        json_object_update_missing(there, more);
    json_decref(more);
}

static void put_ignored(json_t *catalog, json_t *ignored) {
    json_t *there = json_object_get(catalog, "ignore_labels");
    size_t index;
    json_t *key;
    if (json_array_size(ignored) > 0 && there == NULL)
        json_object_set(catalog, "ignore_labels", ignored);
    json_array_foreach(ignored, index, key) {
        if (json_is_array(there) && !learn_lists(there, json_string_value(key)))
            json_array_append(there, key);
    }
    json_decref(ignored);
}

json_t *learn_catalog(struct traffic *traffic, const char *service, json_t *present,
                      struct strbuf *evidence) {
    struct learning learning = {.traffic = traffic,
                                .families = json_object(),
                                .attempts = json_object(),
                                .jobs = json_object(),
                                .ignored = json_array(),
                                .evidence = evidence};
    json_t *catalog = present != NULL
                          ? json_deep_copy(present)
                          : json_pack("{s:s, s:i, s:s}", "$schema", "catalog.schema.json",
                                      "statgate", 1, "service", service);
    learning.present = catalog;
    learn_all(&learning, catalog);
    put_ignored(catalog, learning.ignored);
    put_section(catalog, "families", learning.families);
    put_section(catalog, "attempts", learning.attempts);
    put_section(catalog, "jobs", learning.jobs);
    if (learning.left_out > 0 || traffic->dropped > 0)
        strbuf_printf(evidence,
                      "left out: %zu names that came once or twice, and those of %" PRIu64
                      " names that made way for others\n",
                      learning.left_out, traffic->dropped);
    if (traffic->unreadable > 0)
        strbuf_printf(evidence, "left out: %" PRIu64 " line%s of no metric\n", traffic->unreadable,
                      text_plural(traffic->unreadable));
    return catalog;
}
