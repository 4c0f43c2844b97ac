#include "hints/patch_labels.h"

#include <string.h>

#include "catalog/pattern.h"
#include "hints/patch.h"
#include "hints/patch_text.h"

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

static bool is_taken(const struct catalog_label *label, struct sg_span value) {
    const char *text = value.at != NULL ? value.at : "";
    return catalog_label_find(label, text, value.len) >= 0 || label->otherwise >= 0 ||
           (label->kind == LABEL_PATTERN && pattern_match(label->pattern, text, value.len));
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

bool patch_labels_ignore(struct patch_labels *labels) {
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
    return is_taken(&family->labels[index], tag->value) ||
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

bool patch_labels_of_line(struct patch_labels *ret_labels, const struct catalog_family *family,
                          struct sg_span tags) {
    struct sg_span item;
    *ret_labels = (struct patch_labels){.family = family};
    return take_tags(ret_labels, tags, &item) && (!needs_item(family) || has_item(family, item));
}

bool patch_labels_are_right(const struct catalog_family *family, struct sg_span tags) {
    struct patch_labels labels = {.family = family};
    struct sg_span item;
    return take_tags(&labels, tags, &item) && item.at != NULL && !patch_labels_has(&labels) &&
           labels.ignored_count == 0;
}

static bool raise_max(struct patch_labels *labels, uint32_t index) {
    const struct catalog_label *label = &labels->family->labels[index];
    if (label->kind != LABEL_PATTERN || label->max > UINT32_MAX / 2)
        return false;
    labels->changes[index].max = 2 * label->max;
    return true;
}

bool patch_labels_of_group(struct patch_labels *ret_labels, const struct hints_group *group) {
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

uint64_t patch_labels_bound(const struct patch_labels *labels, uint32_t index) {
    const struct catalog_label *label = &labels->family->labels[index];
    const struct label_change *change = &labels->changes[index];
    return label->bound + (change->value.at != NULL) + is_new(label, change->otherwise) +
           is_new(label, change->fallback) + (change->max > 0 ? change->max - label->max : 0);
}

uint64_t patch_labels_added_bound(const struct patch_labels *labels, size_t index) {
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
        json_member_text(w, "pattern", pattern_source(label->pattern));
        json_member_u64(w, "max", change->max > 0 ? change->max : label->max);
    } else if (!catalog_label_is_outside(label)) {
        write_list(w, label, change);
    }
    write_fixed(w, "otherwise", label, change->otherwise, label->otherwise);
    write_fixed(w, "default", label, change->fallback, label->default_value);
    json_close(w, '}');
}

/* Write a new label that is declared because of one value: that value, and room for others. */
static void write_new(struct json_writer *w, const struct sg_tag *tag, bool may_lack) {
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

bool patch_labels_has(const struct patch_labels *labels) {
    bool has = labels->added_count > 0;
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        has |= is_changed(&labels->changes[i]);
    return has;
}

void patch_labels_write(struct json_writer *w, const struct patch_labels *labels) {
    json_open_member(w, "labels", '{');
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        if (is_changed(&labels->changes[i]))
            write_label(w, &labels->family->labels[i], &labels->changes[i]);
    for (size_t i = 0; i < labels->added_count; i++)
        write_new(w, &labels->added[i], !labels->all_new);
    json_close(w, '}');
}

void patch_labels_write_ignored(struct json_writer *w, const struct catalog *catalog,
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
