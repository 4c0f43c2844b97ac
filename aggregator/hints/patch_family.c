/* SPDX-License-Identifier: MIT */
/* patch_family.c - the family and the labels of such a change. */
#include "hints/hints_private.h"

#include <stdio.h>
#include <string.h>

/* ---- patch labels ---- */

static const char OTHERWISE[] = "other";
static const char FALLBACK[] = "none";

enum { IGNORED_MAX = 256 }; /* the most labels that a catalog may list */

/* ---- declared labels ---- */

static int find_label(const struct catalog_family *family, struct sg_span name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(name, family->labels[i].name))
            return (int)i;
    return -1;
}

static bool patch_labels_is_taken(const struct catalog_label *label, struct sg_span value) {
    const char *text = value.at != NULL ? value.at : "";
    return catalog_label_find(label, text, value.len) >= 0 || label->otherwise >= 0 ||
           (label->kind == LABEL_PATTERN && catalog_pattern_match(label->pattern, text, value.len));
}

/* Whether the value is a template: a path, perhaps after a method. */
static bool is_template(struct sg_span value) {
    char key[CATALOG_VALUE_MAX + 1];
    return catalog_template_key(value.at, value.len, key) > 0 &&
           memchr(value.at, '/', value.len) != NULL;
}

/* Whether the file lists the label's values, and this one can be added. */
static bool can_list(const struct catalog_label *label, struct sg_span value) {
    return label->kind == LABEL_VALUES && !catalog_label_is_outside(label) && value.at != NULL &&
           patch_text_is_value(value) && label->value_count < PATCH_VALUES_MAX &&
           catalog_label_find(label, value.at, value.len) < 0 &&
           catalog_label_find_text(label, value.at, value.len) < 0 &&
           (!label->templates || is_template(value));
}

static bool take_value(struct patch_labels *labels, uint32_t index, struct sg_span value) {
    const struct catalog_label *label = &labels->family->labels[index];
    if (label->kind == LABEL_CONST)
        return false;
    if (can_list(label, value))
        labels->changes[index].value = value;
    else if (label->otherwise < 0)
        labels->changes[index].otherwise = OTHERWISE;
    else
        return false;
    return true;
}

static void lack(struct patch_labels *labels, uint32_t index) {
    const struct catalog_label *label = &labels->family->labels[index];
    labels->changes[index].fallback =
        label->otherwise >= 0 ? label->values[label->otherwise].text : FALLBACK;
}

/* ---- other labels ---- */

/* Whether a constant label of the catalog has this name. */
static bool is_constant(const struct catalog *catalog, struct sg_span name) {
    char label[CATALOG_NAME_MAX + 1];
    for (size_t i = 0; i < catalog->resource_declared; i++) {
        catalog_attribute_label(catalog->resource[i].key, label);
        if (sg_span_is(name, label))
            return true;
    }
    return false;
}

static bool begins(struct sg_span text, const char *with) {
    const size_t len = strlen(with);
    return text.len >= len && memcmp(text.at, with, len) == 0;
}

/* Whether families derived from attempts or jobs have a label of this name. */
static bool is_of_machine(const struct catalog_family *family, struct sg_span name) {
    return !family_has_lines(family) &&
           (sg_span_is(name, "outcome") || sg_span_is(name, "state") ||
            (family->jobs != NULL && sg_span_is(name, family->jobs->state_label)));
}

static bool can_declare(const struct patch_labels *labels, const struct sg_tag *tag) {
    const struct catalog_family *family = labels->family;
    return !is_of_machine(family, tag->key) && patch_text_is_name(tag->key) &&
           tag->value.at != NULL && patch_text_is_value(tag->value) && !begins(tag->key, "__") &&
           !begins(tag->key, "otel_scope_") && !sg_span_is(tag->key, "le") &&
           !sg_span_is(tag->key, "quantile") && !is_constant(family->catalog, tag->key) &&
           family->label_count + labels->added_count < CATALOG_LABELS_MAX;
}

static bool can_ignore(const struct catalog *catalog, struct sg_span name) {
    if (!patch_text_is_whole_name(name))
        return false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (find_label(family, name) >= 0 ||
            (family->state_label != NULL && sg_span_is(name, family->name)))
            return false;
    }
    return true;
}

/* Ignore a label, once even if the line has it twice. */
static bool ignore(struct patch_labels *labels, struct sg_span name) {
    const struct catalog *catalog = labels->family->catalog;
    if (patch_text_is_among(labels->ignored, labels->ignored_count, name))
        return true;
    /* `outcome=ok` is a label that was written as in an exposition, which no catalog wants. */
    if (catalog->ignore_label_count + labels->ignored_count >= IGNORED_MAX ||
        memchr(name.at, '=', name.len) != NULL || !can_ignore(catalog, name))
        return false;
    labels->ignored[labels->ignored_count++] = name;
    return true;
}

static bool is_added(const struct patch_labels *labels, struct sg_span name) {
    for (size_t i = 0; i < labels->added_count; i++)
        if (sg_span_same(labels->added[i].key, name))
            return true;
    return false;
}

static bool take_unknown(struct patch_labels *labels, const struct sg_tag *tag) {
    if (is_added(labels, tag->key))
        return false;
    if (patch_text_is_among(labels->ignored, labels->ignored_count, tag->key) ||
        !can_declare(labels, tag))
        return ignore(labels, tag->key);
    labels->added[labels->added_count++] = *tag;
    return true;
}

bool hints_patch_labels_ignore(struct patch_labels *labels) {
    for (; labels->added_count > 0; labels->added_count--)
        if (!ignore(labels, labels->added[labels->added_count - 1].key))
            return false;
    return true;
}

/* ---- of a line, of a group ---- */

/* Whether each line needs a tag that is not a label: the state of a stateset or the quantile of a
 * relayed summary. No patch can replace one that is missing. */
static bool needs_item(const struct catalog_family *family) {
    return family->state_label != NULL || family_is_relayed(family);
}

static bool is_item(const struct catalog_family *family, struct sg_span name) {
    if (family->state_label != NULL)
        return sg_span_is(name, family->name);
    return family_is_relayed(family) && sg_span_is(name, "quantile");
}

static bool take_tag(struct patch_labels *labels, const struct sg_tag *tag, uint32_t *seen) {
    const struct catalog_family *family = labels->family;
    const int index = find_label(family, tag->key);
    if (index < 0)
        return sg_span_is(tag->key, "service") ||
               catalog_ignores(family->catalog, tag->key.at, tag->key.len) ||
               take_unknown(labels, tag);
    if (*seen >> index & 1u)
        return false;
    *seen |= 1u << index;
    return patch_labels_is_taken(&family->labels[index], tag->value) ||
           take_value(labels, (uint32_t)index, tag->value);
}

static bool has_quantile(const struct catalog_family *family, struct sg_span text) {
    double number;
    if (!sg_number_parse(text.at, text.len, &number))
        return false;
    for (uint32_t i = 0; i < family->quantile_count; i++)
        if (family->quantiles[i] == number)
            return true;
    return false;
}

static bool has_item(const struct catalog_family *family, struct sg_span item) {
    if (item.at == NULL)
        return false;
    return family->state_label != NULL
               ? catalog_label_find(family->state_label, item.at, item.len) >= 0
               : has_quantile(family, item);
}

/* Take all tags except a state or a quantile, which *ret_item receives; at == NULL if there is
 * none. */
static bool take_tags(struct patch_labels *labels, struct sg_span tags, struct sg_span *ret_item) {
    const struct catalog_family *family = labels->family;
    struct sg_tags walk;
    struct sg_tag tag;
    enum sg_reject reason;
    uint32_t seen = 0;
    struct sg_span item = {0};
    sg_tags_init(&walk, tags);
    while (sg_tags_next(&walk, &tag, &reason)) {
        const bool is_the_item = is_item(family, tag.key);
        if (reason != SG_REJECT_NONE || (is_the_item && item.at != NULL))
            return false;
        if (is_the_item)
            item = tag.value;
        else if (!take_tag(labels, &tag, &seen))
            return false;
    }
    *ret_item = item;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (!(seen >> i & 1u) && family->labels[i].default_value < 0)
            lack(labels, i);
    return true;
}

bool hints_patch_labels_of_line(struct patch_labels *ret_labels,
                                const struct catalog_family *family, struct sg_span tags) {
    struct sg_span item;
    *ret_labels = (struct patch_labels){.family = family};
    return take_tags(ret_labels, tags, &item) && (!needs_item(family) || has_item(family, item));
}

bool hints_patch_labels_are_right(const struct catalog_family *family, struct sg_span tags) {
    struct patch_labels labels = {.family = family};
    struct sg_span item;
    return take_tags(&labels, tags, &item) && item.at != NULL && !hints_patch_labels_has(&labels) &&
           labels.ignored_count == 0;
}

static bool raise_max(struct patch_labels *labels, uint32_t index) {
    const struct catalog_label *label = &labels->family->labels[index];
    if (label->kind != LABEL_PATTERN || label->max > UINT32_MAX / 2)
        return false;
    labels->changes[index].max = 2 * label->max;
    return true;
}

bool hints_patch_labels_of_group(struct patch_labels *ret_labels, const struct hints_group *group) {
    *ret_labels = (struct patch_labels){.family = group->family};
    if (group->label.at == NULL)
        return false;
    if (group->reason == SG_REJECT_UNKNOWN_LABEL)
        return take_unknown(ret_labels,
                            &(struct sg_tag){.key = group->label, .value = group->value});
    const int index = find_label(group->family, group->label);
    if (index < 0)
        return false;
    if (group->reason == SG_REJECT_LABEL_OVERFLOW)
        return raise_max(ret_labels, (uint32_t)index);
    if (group->reason == SG_REJECT_MISSING_LABEL) {
        lack(ret_labels, (uint32_t)index);
        return true;
    }
    return take_value(ret_labels, (uint32_t)index, group->value);
}

/* ---- arithmetic ---- */

static bool is_new(const struct catalog_label *label, const char *text) {
    return text != NULL && catalog_label_find_text(label, text, strlen(text)) < 0;
}

uint64_t hints_patch_labels_bound(const struct patch_labels *labels, uint32_t index) {
    const struct catalog_label *label = &labels->family->labels[index];
    const struct label_change *change = &labels->changes[index];
    return label->bound + (change->value.at != NULL) + is_new(label, change->otherwise) +
           is_new(label, change->fallback) + (change->max > 0 ? change->max - label->max : 0);
}

uint64_t hints_patch_labels_added_bound(const struct patch_labels *labels, size_t index) {
    const struct sg_span value = labels->added[index].value;
    uint64_t bound = 1;
    bound += !sg_span_is(value, OTHERWISE);
    bound += !labels->all_new && !sg_span_is(value, FALLBACK);
    return bound;
}

/* ---- writing ---- */

static void write_value(struct json_writer *w, const struct catalog_label *label, uint32_t id) {
    const char *text = label->values[id].text;
    const char *wire = catalog_label_wire(label, id);
    if (label->templates || strcmp(text, wire) == 0) {
        json_text(w, text);
        return;
    }
    json_open(w, '{');
    json_member_text(w, "value", text);
    json_member_text(w, "wire", wire);
    json_close(w, '}');
}

/* Whether a value may be left out of the list: it is declared beside it (`otherwise`, `default`)
 * and is not a template. */
static bool is_beside(const struct catalog_label *label, uint32_t id) {
    if (label->templates && strpbrk(label->values[id].text, "{}") != NULL)
        return false;
    return (int32_t)id == label->otherwise || (int32_t)id == label->default_value;
}

static void write_list(struct json_writer *w, const struct catalog_label *label,
                       const struct label_change *change) {
    size_t written = 0;
    json_open_member(w, label->templates ? "templates" : "values", '[');
    for (uint32_t id = 0; id < label->value_count; id++)
        if (!is_beside(label, id)) {
            write_value(w, label, id);
            written++;
        }
    for (uint32_t id = 0; written == 0 && change->value.at == NULL && id < label->value_count; id++)
        if (label->values[id].len > 0)
            write_value(w, label, id);
    if (change->value.at != NULL)
        json_bytes(w, change->value.at, change->value.len);
    json_close(w, ']');
}

static void write_fixed(struct json_writer *w, const char *key, const struct catalog_label *label,
                        const char *changed, int32_t id) {
    if (changed != NULL) {
        json_member_text(w, key, changed);
    } else if (id >= 0) {
        json_key(w, key);
        write_value(w, label, (uint32_t)id);
    }
}

/* Write the whole label, since the file may have it in short form, as a list or the name of a
 * set. */
static void write_label(struct json_writer *w, const struct catalog_label *label,
                        const struct label_change *change) {
    json_open_member(w, label->name, '{');
    if (label->kind == LABEL_PATTERN) {
        json_member_text(w, "pattern", catalog_pattern_source(label->pattern));
        json_member_u64(w, "max", change->max > 0 ? change->max : label->max);
    } else if (!catalog_label_is_outside(label)) {
        write_list(w, label, change);
    }
    write_fixed(w, "otherwise", label, change->otherwise, label->otherwise);
    if (catalog_label_is_optional(label))
        json_member_bool(w, "optional", true);
    else
        write_fixed(w, "default", label, change->fallback, label->default_value);
    json_close(w, '}');
}

/* Write a new label that is declared because of one value: that value, and room for others. */
static void patch_labels_write_new(struct json_writer *w, const struct sg_tag *tag, bool may_lack) {
    json_bytes(w, tag->key.at, tag->key.len);
    strbuf_putc(w->out, ':');
    w->comma = false;
    json_open(w, '{');
    json_open_member(w, "values", '[');
    json_bytes(w, tag->value.at, tag->value.len);
    json_close(w, ']');
    json_member_text(w, "otherwise", OTHERWISE);
    if (may_lack)
        json_member_text(w, "default", FALLBACK);
    json_close(w, '}');
}

static bool is_changed(const struct label_change *change) {
    return change->value.at != NULL || change->otherwise != NULL || change->fallback != NULL ||
           change->max > 0;
}

bool hints_patch_labels_has(const struct patch_labels *labels) {
    bool has = labels->added_count > 0;
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        has |= is_changed(&labels->changes[i]);
    return has;
}

void hints_patch_labels_write(struct json_writer *w, const struct patch_labels *labels) {
    json_open_member(w, "labels", '{');
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        if (is_changed(&labels->changes[i]))
            write_label(w, &labels->family->labels[i], &labels->changes[i]);
    for (size_t i = 0; i < labels->added_count; i++)
        patch_labels_write_new(w, &labels->added[i], !labels->all_new);
    json_close(w, '}');
}

void hints_patch_labels_write_ignored(struct json_writer *w, const struct catalog *catalog,
                                      const struct sg_span *ignored, size_t count) {
    if (count == 0)
        return;
    json_open_member(w, "ignore_labels", '[');
    for (size_t i = 0; i < catalog->ignore_label_count; i++)
        json_text(w, catalog->ignore_labels[i]);
    for (size_t i = 0; i < count; i++)
        json_bytes(w, ignored[i].at, ignored[i].len);
    json_close(w, ']');
}

/* ---- patch family ---- */

enum { ALIASES_MAX = 32 }; /* aliases of a family */

static const char TOTAL[] = "_total";     /* the end of a counter's name */
static const char SECONDS[] = "_seconds"; /* of the name of what `ms` observes */

/* ---- whose it is ---- */

static bool is_reached(const struct hints_world *world, const struct catalog *catalog) {
    return !catalog->internal &&
           (world->origin == NULL || gate_scope_of(catalog) == world->origin->scope);
}

/* Whether the name begins with the service's: "image-server" names its metrics image_server_x or
 * image-server.x. */
static bool is_prefix(const char *service, struct sg_span name) {
    size_t at = 0;
    for (; service[at] != '\0' && at < name.len; at++) {
        const bool joint = strchr("-._", service[at]) != NULL;
        if (joint ? strchr("-._", name.at[at]) == NULL : service[at] != name.at[at])
            return false;
    }
    return service[at] == '\0' && at < name.len && strchr("-._", name.at[at]) != NULL;
}

/* The service that the line names; the first label `service` counts, as in the gate. */
static const struct catalog *find_named(const struct hints_world *world,
                                        const struct sg_line *line) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, "service") && tag.value.at != NULL)
            return catalog_set_find(world->set, tag.value.at, tag.value.len);
    return NULL;
}

/* The service that the line names, else the one whose name begins the family's, else the only
 * one. */
static const struct catalog *find_service(const struct hints_world *world,
                                          const struct sg_line *line) {
    const struct catalog *only = NULL;
    const struct catalog *best = find_named(world, line);
    size_t count = 0;
    if (best != NULL)
        return is_reached(world, best) ? best : NULL;
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        if (!is_reached(world, catalog))
            continue;
        only = catalog;
        count++;
        if (is_prefix(catalog->service, line->name) &&
            (best == NULL || strlen(catalog->service) > strlen(best->service)))
            best = catalog;
    }
    return best != NULL ? best : count == 1 ? only : NULL;
}

/* ---- what it is called ---- */

struct family_name {
    char text[CATALOG_NAME_MAX + 1];
    bool aliased; /* the name on the wire is different */
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool ends_with(const char *text, const char *end) {
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* End the name with the suffix, in place of a unit that observations of `ms` lose by division. */
static void put_suffix(struct family_name *name, const char *suffix) {
    static const char *const units[] = {"_ms", "_msec", "_millis", "_milliseconds"};
    size_t len = strlen(name->text);
    for (size_t i = 0; suffix == SECONDS && i < sizeof units / sizeof units[0]; i++)
        if (ends_with(name->text, units[i]) && len > strlen(units[i])) {
            len -= strlen(units[i]);
            break;
        }
    memcpy(name->text + len, suffix, strlen(suffix) + 1);
    name->aliased = true;
}

static bool make_name(struct sg_span wire, const char *suffix, struct family_name *ret_name) {
    struct family_name name = {{0}, false};
    if (!patch_text_is_whole_name(wire) || wire.len + sizeof SECONDS > sizeof name.text ||
        !is_letter(wire.at[0]))
        return false;
    for (size_t i = 0; i < wire.len; i++) {
        const char c = wire.at[i];
        const bool kept = is_letter(c) || (c >= '0' && c <= '9');
        name.text[i] = kept ? c : '_';
        name.aliased |= !kept;
    }
    if (suffix != NULL && !ends_with(name.text, suffix))
        put_suffix(&name, suffix);
    *ret_name = name;
    return true;
}

/* Suffixes that sample names of another family may have. */
static const char *const ends[] = {"_total", "_sum",    "_count", "_bucket", "_created",
                                   "_info",  "_gcount", "_gsum",  NULL};

/* Whether any service has a family of this name. */
static bool has_family(const struct hints_world *world, const char *name, size_t len) {
    const struct sg_span wanted = {name, len};
    const size_t place = hints_order_of_family(world->set, wanted);
    return place < world->set->family_count &&
           sg_span_is(wanted, world->set->families[place]->name);
}

/* Whether a family of any service has this name, or could be mistaken for its samples. */
static bool patch_family_is_taken(const struct hints_world *world, const char *name, size_t len) {
    if (has_family(world, name, len))
        return true;
    for (size_t i = 0; ends[i] != NULL; i++) {
        char longer[CATALOG_NAME_MAX + 16];
        const size_t end = strlen(ends[i]);
        memcpy(longer, name, len);
        memcpy(longer + len, ends[i], end);
        if (has_family(world, longer, len + end))
            return true;
        if (len > end && memcmp(name + len - end, ends[i], end) == 0 &&
            has_family(world, name, len - end))
            return true;
    }
    return false;
}

/* Whether the name is taken. A counter also needs its name without the suffix, for OpenMetrics. */
static bool clashes(const struct hints_world *world, const struct family_name *name) {
    const size_t len = strlen(name->text);
    return patch_family_is_taken(world, name->text, len) ||
           (ends_with(name->text, TOTAL) &&
            patch_family_is_taken(world, name->text, len - strlen(TOTAL)));
}

/* Whether a family derived from attempts or jobs of this name would have too long a name, or one
 * that is taken. */
static bool parts_clash(const struct hints_world *world, const struct family_name *name,
                        const struct sg_line *line) {
    struct family_name part;
    const char *end;
    for (size_t i = 0; (end = patch_machine_part(line, i)) != NULL; i++) {
        const size_t room = sizeof part.text;
        const int len = snprintf(part.text, room, "%s_%s", name->text, end);
        if (len < 0 || (size_t)len >= room || clashes(world, &part))
            return true;
    }
    return false;
}

/* ---- what it is ---- */

static bool is_negative(const struct sg_line *line) {
    struct sg_values values;
    double value;
    enum sg_reject reason;
    bool negative = false;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL))
        negative |= reason == SG_REJECT_NONE && value < 0;
    return negative;
}

/* The kind that the line suggests; NULL: none. */
static const struct kind_row *kind_of(const struct sg_line *line) {
    switch (line->letter) {
    case SG_LETTER_C: /* a negative increment: the number goes up and down */
        return &catalog_kind_rows[is_negative(line) ? KIND_UPDOWNCOUNTER : KIND_COUNTER];
    case SG_LETTER_G:
        return &catalog_kind_rows[KIND_GAUGE];
    case SG_LETTER_H:
    case SG_LETTER_D:
    case SG_LETTER_MS:
        return &catalog_kind_rows[KIND_HISTOGRAM];
    case SG_LETTER_A:
        return &catalog_kind_rows[KIND_ATTEMPTS];
    case SG_LETTER_J:
        return line->instance.at != NULL ? &catalog_kind_rows[KIND_JOBS] : NULL;
    default:
        return NULL;
    }
}

/* The end that the family's name gets; NULL: none. */
static const char *suffix_of(const struct kind_row *kind, const struct sg_line *line) {
    if (kind == &catalog_kind_rows[KIND_COUNTER])
        return TOTAL;
    return line->letter == SG_LETTER_MS ? SECONDS : NULL;
}

/* Write buckets in seconds if the name says so; else in powers of ten, for the author to change. */
static void write_buckets(struct json_writer *w, const char *name, bool negative) {
    static const double seconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    static const double powers[] = {1, 10, 100, 1000, 10000};
    const bool timed = ends_with(name, "_seconds");
    const size_t count =
        timed ? sizeof seconds / sizeof seconds[0] : sizeof powers / sizeof powers[0];
    json_open_member(w, "buckets", '[');
    if (negative)
        json_number(w, -1);
    for (size_t i = 0; i < count; i++)
        json_number(w, timed ? seconds[i] : powers[i]);
    json_close(w, ']');
}

/* Whether a family declared for the line would take its values. */
static bool has_values(const struct kind_row *kind, const struct sg_line *line) {
    const struct catalog_family family = {.kind = kind};
    if (kind == &catalog_kind_rows[KIND_ATTEMPTS])
        return patch_machine_has_outcomes(line);
    return kind->is_machine ? patch_values_fit(&family, line)
                            : patch_values_are_numbers(&family, line);
}

/* ---- the whole ---- */

static void open_key(struct json_writer *w, const char *section, const char *key) {
    json_open_member(w, section, '{');
    json_open_member(w, key, '{');
}

static void write_head(struct json_writer *w, const struct patch_labels *labels,
                       const struct patch_room *room) {
    const struct catalog *catalog = labels->family->catalog;
    json_open(w, '{');
    json_member_text(w, "service", catalog->service);
    hints_patch_labels_write_ignored(w, catalog, labels->ignored, labels->ignored_count);
    if (room->service > 0)
        json_member_u64(w, "max_series", room->service);
}

static void write_aliases(struct json_writer *w, const struct catalog_family *family,
                          struct sg_span wire) {
    json_open_member(w, "aliases", '[');
    for (size_t i = 0; i < family->alias_count; i++)
        json_text(w, family->aliases[i]);
    json_bytes(w, wire.at, wire.len);
    json_close(w, ']');
}

/* Write the declaration of a kind that takes lines. */
static void write_declared(struct json_writer *w, const struct catalog_family *family,
                           const struct sg_line *line, bool aliased) {
    json_member_text(w, "type", family->kind->type);
    json_member_text(w, "help", "To be described.");
    if (line->letter == SG_LETTER_MS)
        json_member_text(w, "unit", "seconds");
    if (aliased)
        write_aliases(w, family, line->name);
    if (family->kind->keys & KEY_BUCKETS)
        write_buckets(w, family->name, is_negative(line));
}

static void write_machine(struct json_writer *w, const struct catalog_family *family,
                          const struct sg_line *line, bool aliased) {
    if (aliased)
        write_aliases(w, family, line->name);
    if (line->letter == SG_LETTER_J)
        write_buckets(w, "_seconds", false);
    else
        patch_machine_write_outcomes(w, line);
}

static bool find_room(const struct hints_world *world, const struct patch_labels *labels,
                      const struct sg_line *line, struct patch_room *ret_room) {
    if (family_has_lines(labels->family))
        return patch_room_of_labels(world->set, labels, ret_room);
    if (line->letter == SG_LETTER_J && !patch_room_has_live(world->set, CATALOG_LIVE_DEFAULT))
        return false;
    return patch_room_of_new_machine(world->set, labels, patch_machine_series(line), ret_room);
}

static bool patch_family_write_new(struct json_writer *w, const struct hints_world *world,
                                   const struct catalog *catalog, const struct family_name *name,
                                   const struct kind_row *kind, const struct sg_line *line) {
    const struct catalog_family family = {
        .catalog = catalog, .name = name->text, .kind = kind, .max_series = UINT64_MAX};
    struct patch_labels labels;
    struct patch_room room;
    if (!hints_patch_labels_of_line(&labels, &family, line->tags))
        return false;
    labels.all_new = true;
    if (!find_room(world, &labels, line, &room))
        return false;
    write_head(w, &labels, &room);
    if (kind->is_machine) {
        open_key(w, line->letter == SG_LETTER_J ? "jobs" : "attempts", name->text);
        write_machine(w, &family, line, name->aliased);
    } else {
        open_key(w, "families", name->text);
        write_declared(w, &family, line, name->aliased);
    }
    if (labels.added_count > 0)
        hints_patch_labels_write(w, &labels);
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return true;
}

/* Find the family of this kind and name, whose lines lack the suffix. */
static const struct catalog_family *find_suffixed(const struct catalog *catalog,
                                                  const struct family_name *name,
                                                  const struct kind_row *kind) {
    const struct catalog_family *family =
        name->aliased ? catalog_family_find(catalog, name->text, strlen(name->text)) : NULL;
    return family != NULL && family->kind == kind && family->source == SOURCE_DATAGRAMS &&
                   family->alias_count < ALIASES_MAX
               ? family
               : NULL;
}

static bool write_alias(struct json_writer *w, const struct hints_world *world,
                        const struct catalog_family *family, const struct sg_line *line) {
    struct patch_labels labels;
    struct patch_room room;
    if (!hints_patch_labels_of_line(&labels, family, line->tags) ||
        !patch_room_of_labels(world->set, &labels, &room))
        return false;
    write_head(w, &labels, &room);
    open_key(w, "families", family->name);
    write_aliases(w, family, line->name);
    if (room.family > 0)
        json_member_u64(w, "max_series", room.family);
    if (hints_patch_labels_has(&labels))
        hints_patch_labels_write(w, &labels);
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return true;
}

bool patch_family_write(struct json_writer *w, const struct hints_world *world,
                        struct sg_span text) {
    struct sg_line line;
    struct sg_fault fault;
    struct family_name name;
    if (text.at == NULL || sg_line_parse(text, &line, &fault) != SG_REJECT_NONE ||
        line.kind != SG_LINE_METRIC)
        return false;
    const struct kind_row *kind = kind_of(&line);
    const struct catalog *catalog = find_service(world, &line);
    if (kind == NULL || catalog == NULL || !has_values(kind, &line) ||
        !make_name(line.name, suffix_of(kind, &line), &name))
        return false;
    const struct catalog_family *suffixed =
        suffix_of(kind, &line) != NULL ? find_suffixed(catalog, &name, kind) : NULL;
    if (suffixed != NULL)
        return write_alias(w, world, suffixed, &line);
    if (clashes(world, &name) || (kind->is_machine && parts_clash(world, &name, &line)))
        return false;
    return patch_family_write_new(w, world, catalog, &name, kind, &line);
}
