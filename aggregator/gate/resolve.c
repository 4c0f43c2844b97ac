/* SPDX-License-Identifier: MIT */
/* resolve.c - which series a line means: its name, its labels, and what the catalogs say of both.
 */
#include "gate/gate_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"

/* ---- names ----
 * Maps names in lines to families, by socket scope; aliases and the names of relayed summaries are
 * included. Built once.
 */

static uint64_t name_hash(const struct gate_names *names, gate_scope scope, const char *name,
                          size_t len) {
    return hash_bytes(name, len, names->seed + scope);
}

static void add(struct gate_names *names, gate_scope scope, const char *name, uint8_t item,
                const struct catalog_family *family) {
    struct name_entry *entry = &names->entries[names->count++];
    *entry = (struct name_entry){.scope = scope,
                                 .name = name,
                                 .len = (uint32_t)strlen(name),
                                 .item = item,
                                 .family = family};
    const uint32_t hash = (uint32_t)name_hash(names, scope, name, entry->len);
    uint32_t at = hash;
    uint32_t row;
    while ((row = bare_slots_next(&names->slots, &at)) != SLOTS_NONE) {
        struct name_entry *other = &names->entries[row];
        if (other->scope == scope && other->len == entry->len &&
            memcmp(other->name, name, entry->len) == 0) {
            entry->same = other->same;
            other->same = entry;
            return;
        }
    }
    bare_slots_add(&names->slots, hash, (uint32_t)names->count - 1);
}

static size_t relayed_size(const char *name) {
    return strlen(name) + sizeof "_count";
}

/* Add a name of the family. A relayed summary has two further ones, with `_sum` and `_count`: they
 * are written to `room`; returns their end. */
static char *add_names(struct gate_names *names, gate_scope scope,
                       const struct catalog_family *family, const char *name, char *room) {
    static const char *const suffixes[] = {[RELAYED_SUM] = "_sum", [RELAYED_COUNT] = "_count"};
    const size_t size = relayed_size(name);
    add(names, scope, name, ITEM_BY_LABEL, family);
    for (int item = 0; family_is_relayed(family) && item < RELAYED_QUANTILES; item++) {
        (void)snprintf(room, size, "%s%s", name, suffixes[item]);
        add(names, scope, room, (uint8_t)item, family);
        room += size;
    }
    return room;
}

static size_t relayed_bytes(const struct catalog_set *set) {
    size_t bytes = 0;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (!family_is_relayed(family))
            continue;
        bytes += RELAYED_QUANTILES * relayed_size(family->name);
        for (size_t j = 0; j < family->alias_count; j++)
            bytes += RELAYED_QUANTILES * relayed_size(family->aliases[j]);
    }
    return bytes;
}

/* The most names that the set can have, and the slots needed for them. */
static size_t count_names(const struct catalog_set *set, size_t *ret_capacity) {
    enum { NAMES_OF_RELAYED = 3 };
    size_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        total += NAMES_OF_RELAYED + (family_is_relayed(set->families[i]) ? NAMES_OF_RELAYED : 1) *
                                        set->families[i]->alias_count;
    size_t capacity = 16;
    while (capacity < total * 2)
        capacity *= 2;
    *ret_capacity = capacity;
    return total;
}

/* ---- aliases that hold labels: found by the parts that are text ---- */

static size_t count_templates(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (!set->families[i]->catalog->internal)
            count += set->families[i]->template_count;
    return count;
}

static uint32_t texts_of(const struct catalog_alias *alias) {
    uint32_t texts = 0;
    for (uint32_t i = 0; i < alias->count; i++)
        texts |= alias->segments[i].label < 0 ? 1u << i : 0;
    return texts;
}

/* Of the parts that are text in this shape. */
static uint32_t parts_hash(const struct gate_names *names, uint32_t shape,
                           const struct catalog_part *parts) {
    uint64_t hash = names->seed + shape;
    for (uint32_t i = 0; i < names->shapes[shape].count; i++)
        if ((names->shapes[shape].texts >> i & 1u) != 0)
            hash = hash_bytes(parts[i].at, parts[i].len, hash);
    return (uint32_t)hash;
}

static uint32_t shape_of(struct gate_names *names, const struct catalog_alias *alias) {
    const struct template_shape wanted = {alias->count, texts_of(alias)};
    size_t i = 0;
    while (i < names->shape_count && memcmp(&names->shapes[i], &wanted, sizeof wanted) != 0)
        i++;
    if (i == names->shape_count)
        names->shapes[names->shape_count++] = wanted;
    return (uint32_t)i;
}

static void add_template(struct gate_names *names, const struct catalog_family *family,
                         const struct catalog_alias *alias) {
    struct catalog_part parts[CATALOG_SEGMENTS_MAX];
    const uint32_t row = (uint32_t)names->template_count++;
    for (uint32_t i = 0; i < alias->count; i++)
        parts[i] = (struct catalog_part){alias->segments[i].before, alias->segments[i].before_len};
    names->templates[row] =
        (struct template_entry){.entry = {.scope = gate_scope_of(family->catalog),
                                          .name = alias->text,
                                          .item = ITEM_BY_LABEL,
                                          .family = family,
                                          .alias = alias},
                                .shape = shape_of(names, alias)};
    bare_slots_add(&names->template_slots, parts_hash(names, names->templates[row].shape, parts),
                   row);
}

static void add_templates(struct gate_names *names, const struct catalog_set *set) {
    const size_t count = count_templates(set);
    if (count == 0)
        return;
    names->templates = memory_array(count, sizeof *names->templates);
    names->shapes = memory_array(count, sizeof *names->shapes);
    bare_slots_init(&names->template_slots, count);
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        for (size_t j = 0; !family->catalog->internal && j < family->template_count; j++)
            add_template(names, family, &family->templates[j]);
    }
}

static bool matches(const struct catalog_alias *alias, const struct catalog_part *parts) {
    struct catalog_part value;
    for (uint32_t i = 0; i < alias->count; i++)
        if (!catalog_segment_take(&alias->segments[i], &parts[i], &value))
            return false;
    return true;
}

/* Add a meaning, unless the scope does not reach it or another service is asked for. Returns
 * whether further ones matter. */
static bool mean(const struct gate *gate, gate_scope scope, const struct name_entry *entry,
                 struct gate_meanings *meanings) {
    const struct catalog *catalog = entry->family->catalog;
    if (!gate_reaches(gate, scope, catalog) ||
        (meanings->service.at != NULL && !sg_span_is(meanings->service, catalog->service)))
        return true;
    if (meanings->count++ == 0)
        meanings->first = entry;
    if (meanings->trace != NULL)
        gate_trace_meaning(meanings->trace, entry->family);
    return meanings->trace != NULL || meanings->count < 2;
}

/* Names that aliases with labels match. */
static void mean_by_parts(const struct gate *gate, gate_scope scope, struct sg_span name,
                          struct gate_meanings *meanings) {
    const struct gate_names *names = &gate->names;
    struct catalog_part parts[CATALOG_SEGMENTS_MAX];
    const uint32_t count =
        names->template_count > 0 ? catalog_name_split(name.at, name.len, parts) : 0;
    for (uint32_t shape = 0; count > 0 && shape < names->shape_count; shape++) {
        if (names->shapes[shape].count != count)
            continue;
        uint32_t at = parts_hash(names, shape, parts);
        uint32_t row;
        while ((row = bare_slots_next(&names->template_slots, &at)) != SLOTS_NONE) {
            const struct template_entry *template = &names->templates[row];
            if (template->shape == shape && matches(template->entry.alias, parts) &&
                !mean(gate, scope, &template->entry, meanings))
                return;
        }
    }
}

/* Names that are declared whole, on the socket of scope `at`. */
static void mean_whole(const struct gate *gate, gate_scope scope, gate_scope at,
                       struct sg_span name, struct gate_meanings *meanings) {
    const struct name_entry *entry = gate_names_find(&gate->names, at, name);
    while (entry != NULL && mean(gate, scope, entry, meanings))
        entry = entry->same;
}

void gate_names_mean(const struct gate *gate, gate_scope scope, struct sg_span name,
                     struct gate_meanings *meanings) {
    const struct gate_way *way = gate_way_of(gate, scope);
    meanings->count = 0;
    mean_whole(gate, scope, way != NULL ? 0 : scope, name, meanings);
    for (size_t i = 0; way != NULL && i < way->own_count; i++)
        mean_whole(gate, scope, way->own[i], name, meanings);
    if (meanings->count == 0)
        mean_by_parts(gate, scope, name, meanings);
}

/* ---- inputs ---- */

enum { WAY_BITS = 64 };

const struct gate_way *gate_way_of(const struct gate *gate, gate_scope scope) {
    const size_t sockets = gate->set->count + 1;
    return scope >= sockets && scope - sockets < gate->way_count ? &gate->ways[scope - sockets]
                                                                 : NULL;
}

bool gate_reaches(const struct gate *gate, gate_scope scope, const struct catalog *catalog) {
    const struct gate_way *way = gate_way_of(gate, scope);
    if (way == NULL)
        return gate_scope_of(catalog) == scope;
    return way->services == NULL
               ? gate_scope_of(catalog) == 0
               : (way->services[catalog->index / WAY_BITS] >> catalog->index % WAY_BITS & 1) != 0;
}

const struct catalog *gate_only_service(const struct gate *gate, gate_scope scope) {
    const struct gate_way *way = gate_way_of(gate, scope);
    if (way != NULL)
        return way->only;
    return scope > 0 ? gate->set->catalogs[scope - 1] : NULL;
}

bool gate_takes_changes(const struct gate *gate, gate_scope scope,
                        const struct catalog_family *family) {
    const struct gate_way *way = gate_way_of(gate, scope);
    return way != NULL && way->statsd_gauges && family->kind == &catalog_kind_rows[KIND_GAUGE];
}

static void init_way(struct gate *gate, const struct gate_input *input, struct gate_way *way) {
    const size_t words = gate->set->count / WAY_BITS + 1;
    *way = (struct gate_way){.anonymous = input->anonymous, .statsd_gauges = input->statsd_gauges};
    if (input->services == NULL)
        return;
    way->services = memory_array(words, sizeof *way->services);
    way->own = memory_array(input->service_count, sizeof *way->own);
    for (size_t i = 0; i < input->service_count; i++) {
        const struct catalog *service = input->services[i];
        way->services[service->index / WAY_BITS] |= UINT64_C(1) << service->index % WAY_BITS;
        if (service->socket != NULL)
            way->own[way->own_count++] = gate_scope_of(service);
    }
    if (input->service_count == 1)
        way->only = input->services[0];
}

void gate_set_inputs(struct gate *gate, const struct gate_input *inputs, size_t count) {
    gate->ways = memory_array(count + 1, sizeof *gate->ways);
    gate->way_count = count;
    for (size_t i = 0; i < count; i++)
        init_way(gate, &inputs[i], &gate->ways[i]);
}

uint64_t gate_names_table_bytes(const struct catalog_set *set) {
    size_t capacity;
    const size_t total = count_names(set, &capacity);
    const size_t templates = count_templates(set);
    return heap_bytes((total + 1) * sizeof(struct name_entry)) +
           heap_bytes(capacity * BARE_SLOTS_CELL_BYTES) + heap_bytes(relayed_bytes(set)) +
           (templates > 0 ? heap_bytes(templates * sizeof(struct template_entry)) +
                                heap_bytes(templates * sizeof(struct template_shape)) +
                                bare_slots_bytes(templates)
                          : 0);
}

void gate_names_init(struct gate_names *names, const struct catalog_set *set, uint64_t seed) {
    size_t capacity;
    const size_t total = count_names(set, &capacity);
    *names = (struct gate_names){.seed = seed};
    names->entries = memory_array(total + 1, sizeof *names->entries);
    names->relayed = memory_alloc(relayed_bytes(set));
    names->slots.cells = memory_array(capacity, BARE_SLOTS_CELL_BYTES);
    names->slots.mask = (uint32_t)(capacity - 1);
    char *room = names->relayed;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->catalog->internal)
            continue;
        const gate_scope scope = gate_scope_of(family->catalog);
        room = add_names(names, scope, family, family->name, room);
        for (size_t j = 0; j < family->alias_count; j++)
            if (!catalog_alias_is_template(family->aliases[j]))
                room = add_names(names, scope, family, family->aliases[j], room);
    }
    add_templates(names, set);
}

void gate_names_done(struct gate_names *names) {
    if (names->entries == NULL)
        return;
    free(names->entries);
    free(names->relayed);
    bare_slots_done(&names->slots);
    if (names->templates != NULL) {
        free(names->templates);
        free(names->shapes);
        bare_slots_done(&names->template_slots);
    }
    *names = (struct gate_names){0};
}

const struct name_entry *gate_names_find(const struct gate_names *names, gate_scope scope,
                                         struct sg_span name) {
    const uint32_t hash = (uint32_t)name_hash(names, scope, name.at, name.len);
    uint32_t at = hash;
    uint32_t row;
    while ((row = bare_slots_next(&names->slots, &at)) != SLOTS_NONE) {
        const struct name_entry *entry = &names->entries[row];
        if (entry->scope == scope && entry->len == name.len &&
            memcmp(entry->name, name.at, name.len) == 0)
            return entry;
    }
    return NULL;
}

/* ---- labels: Labels of a new line, checked against the catalog. ---- */

/* A line, and the family that its name means. */
struct request {
    struct gate *gate;
    const struct catalog_family *family;
    const struct sg_line *line;
    struct store_label *labels; /* in the family's order */
    uint32_t seen;              /* bit i: the line has label i */
    /* The label that selects an item of the series: the state of a stateset, the quantile of a
     * relayed summary. NULL: the line needs none. */
    const char *item_label;
};

static const char *item_label(const struct catalog_family *family, uint8_t item) {
    if (family->state_label != NULL)
        return family->name;
    return family_is_relayed(family) && item == ITEM_BY_LABEL ? "quantile" : NULL;
}

static int label_index(const struct catalog_family *family, struct sg_span key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(key, family->labels[i].name))
            return (int)i;
    return -1;
}

/* Reject the line because of this label. `index` is its index in the family, or -1. Returns
 * false. */
static bool refuse(const struct request *request, enum sg_reject reason, int index,
                   const struct sg_tag *tag, struct outcome *out) {
    const bool value = reason == SG_REJECT_LABEL_VALUE && tag->value.at != NULL;
    outcome_reject(out, reason, index, request->line, value ? tag->value.at : tag->key.at);
    if (out->trace != NULL)
        gate_trace_refused_label(out->trace, request->family, index, reason);
    return false;
}

/* Decide on the value of label `index`. False: rejected in *out. */
static bool take_value(struct request *request, int index, const struct sg_tag *tag,
                       struct outcome *out) {
    const struct catalog_label *label = &request->family->labels[index];
    struct store_label *taken = &request->labels[index];
    const enum fit fit = gate_fit_value(label, tag->value, taken);
    if (fit == LABEL_REFUSED)
        return refuse(request, SG_REJECT_LABEL_VALUE, index, tag, out);
    if (out->trace != NULL)
        gate_trace_taken_label(out->trace, label, fit, taken);
    if (fit == LABEL_FOLDS && out->verdict != VERDICT_FOLDED) {
        out->verdict = VERDICT_FOLDED;
        out->reason = SG_REJECT_LABEL_VALUE;
        out->label = index;
    }
    return true;
}

/* The item that the label selects, or ITEM_BY_LABEL if there is no such item. */
static uint8_t find_item(const struct catalog_family *family, struct sg_span value) {
    const char *text = value.at != NULL ? value.at : "";
    double quantile;
    if (family->state_label != NULL) {
        const int32_t id = catalog_label_find(family->state_label, text, value.len);
        return id >= 0 ? (uint8_t)id : (uint8_t)ITEM_BY_LABEL;
    }
    if (sg_number_parse(text, value.len, &quantile))
        for (uint32_t i = 0; i < family->quantile_count; i++)
            if (family->quantiles[i] == quantile)
                return (uint8_t)(RELAYED_QUANTILES + i);
    return ITEM_BY_LABEL;
}

/* Decide on the label that selects the item. */
static bool take_item(const struct request *request, const struct sg_tag *tag,
                      struct outcome *out) {
    if (out->item != ITEM_BY_LABEL)
        return refuse(request, SG_REJECT_DUPLICATE_LABEL, -1, tag, out);
    out->item = find_item(request->family, tag->value);
    if (out->trace != NULL)
        gate_trace_item(out->trace, request->family, out->item);
    if (out->item == ITEM_BY_LABEL)
        return refuse(request, SG_REJECT_LABEL_VALUE, -1, tag, out);
    return true;
}

/* Decide on a label that the family does not declare. */
static bool pass_label(const struct request *request, const struct sg_tag *tag,
                       struct outcome *out) {
    const bool routes = sg_span_is(tag->key, "service");
    const struct catalog *service = request->family->catalog;
    if (!routes && !catalog_ignores(service, tag->key.at, tag->key.len)) {
        out->spelled = tag->key;
        return refuse(request, SG_REJECT_UNKNOWN_LABEL, -1, tag, out);
    }
    if (!routes && service->ignores_all)
        gate_note_ignored(request->gate, service, tag->key);
    if (out->trace != NULL)
        gate_trace_passed_label(out->trace, routes);
    return true;
}

static bool take_label(struct request *request, const struct sg_tag *tag, struct outcome *out) {
    if (request->item_label != NULL && sg_span_is(tag->key, request->item_label))
        return take_item(request, tag, out);
    const int index = label_index(request->family, tag->key);
    if (index < 0)
        return pass_label(request, tag, out);
    if (request->seen >> index & 1u)
        return refuse(request, SG_REJECT_DUPLICATE_LABEL, index, tag, out);
    request->seen |= 1u << index;
    return take_value(request, index, tag, out);
}

/* Decide on the labels of the line. False: rejected in *out. */
static bool take_sent(struct request *request, struct outcome *out) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, request->line->tags);
    while (sg_tags_next(&tags, &tag, &reason)) {
        if (out->trace != NULL)
            gate_trace_next_label(out->trace);
        if (reason != SG_REJECT_NONE)
            return refuse(request, reason, -1, &tag, out);
        if (!take_label(request, &tag, out))
            return false;
    }
    return true;
}

/* The value of a label that the name holds; at == NULL: it holds none. */
static struct sg_span named_value(const struct sg_line *line, const struct catalog_alias *alias,
                                  uint32_t segment) {
    struct catalog_part parts[CATALOG_SEGMENTS_MAX];
    struct catalog_part value;
    if (alias->segments[segment].label < 0 ||
        catalog_name_split(line->name.at, line->name.len, parts) != alias->count ||
        !catalog_segment_take(&alias->segments[segment], &parts[segment], &value))
        return (struct sg_span){0};
    return (struct sg_span){value.at, value.len};
}

/* Decide on the labels that the name holds. False: rejected in *out. */
static bool take_named(struct request *request, struct outcome *out) {
    const struct catalog_alias *alias = out->alias;
    for (uint32_t i = 0; alias != NULL && i < alias->count; i++) {
        const int index = alias->segments[i].label;
        if (index < 0)
            continue;
        const char *name = request->family->labels[index].name;
        const struct sg_tag tag = {.key = {name, strlen(name)},
                                   .value = named_value(request->line, alias, i)};
        if (out->trace != NULL)
            gate_trace_named_label(out->trace, &tag);
        if (request->seen >> index & 1u) {
            outcome_reject(out, SG_REJECT_DUPLICATE_LABEL, index, request->line, tag.value.at);
            if (out->trace != NULL)
                gate_trace_refused_label(out->trace, request->family, index,
                                         SG_REJECT_DUPLICATE_LABEL);
            return false;
        }
        request->seen |= 1u << index;
        if (!take_value(request, index, &tag, out))
            return false;
    }
    return true;
}

/* Decide on the labels that the line lacks. False: rejected for the first one without a default. */
static bool take_missing(struct request *request, struct outcome *out) {
    const struct catalog_family *family = request->family;
    const char *at = request->line->tags.at;
    bool complete = request->item_label == NULL || out->item != ITEM_BY_LABEL;
    if (!complete) {
        outcome_reject(out, SG_REJECT_MISSING_LABEL, -1, request->line, at);
        if (out->trace != NULL)
            gate_trace_lacks_item(out->trace, family, request->item_label);
    }
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (request->seen >> i & 1u)
            continue;
        const bool has_default = gate_fit_default(&family->labels[i], &request->labels[i]);
        if (out->trace != NULL)
            gate_trace_lacks_label(out->trace, &family->labels[i],
                                   has_default ? &request->labels[i] : NULL);
        if (complete && !has_default)
            outcome_reject(out, SG_REJECT_MISSING_LABEL, (int)i, request->line, at);
        complete &= has_default;
    }
    return complete;
}

/* The value of the label that was folded. */
static struct sg_span folded_value(const struct sg_line *line, const struct outcome *out) {
    const char *label = out->family->labels[out->label].name;
    for (uint32_t i = 0; out->alias != NULL && i < out->alias->count; i++)
        if (out->alias->segments[i].label == out->label)
            return named_value(line, out->alias, i);
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, label))
            return tag.value;
    return (struct sg_span){0};
}

/* Check the line's labels against out->family and fill in defaults: sets ret_labels, in the
 * family's order, and out->item. False if the line is rejected; *out has the reason. */
static bool labels_take(struct gate *gate, const struct sg_line *line, struct outcome *out,
                        struct store_label *ret_labels) {
    struct request request = {.gate = gate,
                              .family = out->family,
                              .line = line,
                              .labels = ret_labels,
                              .item_label = item_label(out->family, out->item)};
    if (out->trace != NULL)
        out->trace->item_label = request.item_label;
    return take_sent(&request, out) && take_named(&request, out) && take_missing(&request, out);
}

/* ---- fit: How label values fit the catalog, for lines and for rows of queries. ---- */

enum fit gate_fit_value(const struct catalog_label *label, struct sg_span value,
                        struct store_label *ret_label) {
    const char *text = value.at != NULL ? value.at : "";
    const int32_t id = catalog_label_find(label, text, value.len);
    if (id >= 0) {
        *ret_label = (struct store_label){.id = id};
        return LABEL_FITS;
    }
    if (label->kind == LABEL_PATTERN && catalog_pattern_match(label->pattern, text, value.len)) {
        *ret_label = (struct store_label){.id = -1, .text = text, .len = value.len};
        return LABEL_FITS;
    }
    if (label->otherwise < 0)
        return LABEL_REFUSED;
    *ret_label = (struct store_label){.id = label->otherwise};
    return LABEL_FOLDS;
}

bool gate_fit_default(const struct catalog_label *label, struct store_label *ret_label) {
    if (label->default_value < 0)
        return false;
    *ret_label = (struct store_label){.id = label->default_value};
    return true;
}

enum verdict gate_fit_verdict(enum store_result result, enum sg_reject *ret_reason) {
    switch (result) {
    case STORE_FOUND:
        *ret_reason = SG_REJECT_NONE;
        return VERDICT_ACCEPTED;
    case STORE_FOLDED_LABEL:
        *ret_reason = SG_REJECT_LABEL_OVERFLOW;
        return VERDICT_FOLDED;
    case STORE_FOLDED_SERIES:
        *ret_reason = SG_REJECT_SERIES_LIMIT;
        return VERDICT_FOLDED;
    case STORE_LABEL_FULL:
        *ret_reason = SG_REJECT_LABEL_OVERFLOW;
        return VERDICT_REJECTED;
    case STORE_SERIES_FULL:
        break;
    }
    *ret_reason = SG_REJECT_SERIES_LIMIT;
    return VERDICT_REJECTED;
}

/* ---- plain ----
 * The fast paths for lines that are not simply accepted into a series of the host.
 */

bool gate_plain_own(struct gate *gate, const struct gate_line *item, struct store_time now) {
    struct known *known = item->slot;
    const struct sg_line *line = &item->line;
    const owner_id owner = item->sender->owner;
    double value;
    if (gate->skip > 0 || owners_live(gate->owners, owner) == NULL ||
        !known_matches(known, item->hash, item->origin->scope, line) ||
        known->series->generation != known->generation || !sg_line_number(line, &value))
        return false;
    const struct catalog_family *family = gate->set->families[known->family];
    const enum store_own result = store_own(gate->store, family, known->series, owner, known->item,
                                            number_as_own(line, value), now);
    gate->hits++;
    known->flags |= KNOWN_USED;
    if (result == OWN_TAKEN) {
        progress_accept(gate, item->sender, family->catalog->index, 1);
    } else {
        apply_refused(gate, item, result, now);
    }
    return true;
}

/* ---- resolve ----
 * Resolves a line that is not known: family, type and labels by the catalogs, the series by the
 * store.
 */

/* Whether the family takes this letter (see the table in PROTOCOL.md). `b` also needs a reported
 * breaker. */
static bool takes_letter(const struct catalog_family *family, enum sg_letter letter) {
    return family->source == SOURCE_DATAGRAMS && (family->kind->letters >> letter & 1u) &&
           (letter != SG_LETTER_B || family->attempts->breaker.reported);
}

/* ---- the name ---- */

/* The value of the line's first label `service`, which selects among families of the same name. */
static struct sg_span route_label(const struct sg_line *line) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, "service") && tag.value.at != NULL)
            return tag.value;
    return (struct sg_span){0};
}

static const struct name_entry *find_name(const struct gate *gate, const struct sg_line *line,
                                          gate_scope scope, struct outcome *out) {
    struct gate_meanings found = {.trace = out->trace};
    gate_names_mean(gate, scope, line->name, &found);
    if (found.count == 0) {
        if (out->trace != NULL)
            gate_trace_no_meaning(out->trace, gate);
        out->spelled = line->name;
        outcome_reject(out, SG_REJECT_UNKNOWN_FAMILY, -1, line, line->name.at);
        return NULL;
    }
    if (found.count > 1) {
        found = (struct gate_meanings){.service = route_label(line)};
        if (found.service.at != NULL)
            gate_names_mean(gate, scope, line->name, &found);
        if (found.count == 0) {
            outcome_reject(out, SG_REJECT_AMBIGUOUS, -1, line, line->name.at);
            return NULL;
        }
    }
    out->alias = found.first->alias;
    return found.first;
}

/* Whether the sender must be known and is not: whoever may send to an input of unknown senders
 * could open any breaker. */
static bool needs_sender(const struct gate *gate, gate_scope scope, enum sg_letter letter) {
    const struct gate_way *way = gate_way_of(gate, scope);
    return way != NULL && way->anonymous &&
           (letter == SG_LETTER_A || letter == SG_LETTER_B || letter == SG_LETTER_J);
}

/* ---- the series ---- */

/* Work units spent on finding or making a series. */
static size_t find_units(const struct catalog_family *family, enum store_result result, bool made) {
    size_t units = result == STORE_FOUND ? 0 : REFUSED_SERIES_UNITS;
    if (made)
        units += NEW_SERIES_UNITS + family->body_words / NEW_WORDS_A_UNIT;
    if (made && family_has_window(family))
        units += NEW_WINDOW_UNITS;
    return units;
}

static void find_series(struct gate *gate, const struct sg_line *line,
                        const struct store_label *labels, struct store_time now,
                        struct outcome *out) {
    const struct catalog_family *family = out->family;
    int label = -1;
    const enum store_result result =
        store_obtain(gate->store, family, labels, now, &out->series, &label, &out->made);
    enum sg_reject reason;
    const enum verdict verdict = gate_fit_verdict(result, &reason);
    gate->extra_units += find_units(family, result, out->made);
    if (out->trace != NULL)
        gate_trace_series(out->trace, family, labels,
                          out->series != NULL ? series_ids(family, out->series) : NULL, reason,
                          label);
    out->lasting = verdict == VERDICT_ACCEPTED && out->verdict == VERDICT_ACCEPTED;
    if (verdict == VERDICT_ACCEPTED)
        return;
    if (verdict == VERDICT_REJECTED) {
        outcome_reject(out, reason, label, line, line->tags.at);
        return;
    }
    out->verdict = VERDICT_FOLDED;
    out->reason = reason;
    out->label = label;
}

/* Find the family and check the labels. True: the labels have a series if there is room. */
static bool resolve_labels_of(struct gate *gate, const struct sg_line *line,
                              const struct gate_origin *origin, struct gate_trace *trace,
                              struct outcome *out, struct store_label *ret_labels) {
    const gate_scope scope = origin->scope;
    *out = (struct outcome){.verdict = VERDICT_ACCEPTED,
                            .label = -1,
                            .step = STEP_NAME,
                            .item = ITEM_BY_LABEL,
                            .trace = trace};
    out->service = gate_only_service(gate, scope);
    const struct gate_way *way = gate_way_of(gate, scope);
    if (way != NULL)
        gate->extra_units += way->own_count / SOCKETS_A_UNIT;
    const struct name_entry *entry = find_name(gate, line, scope, out);
    if (entry == NULL)
        return false;
    if (trace != NULL)
        gate_trace_family(trace, entry);
    const struct catalog_family *family = entry->family;
    out->item = entry->item;
    out->family = family;
    out->service = family->catalog;
    out->step = STEP_SENDER;
    if (gate_forbids(out->service, origin) || needs_sender(gate, scope, line->letter)) {
        outcome_reject(out, SG_REJECT_FORBIDDEN_SENDER, -1, line, line->name.at);
        return false;
    }
    out->step = STEP_LETTER;
    if (!takes_letter(family, line->letter)) {
        outcome_reject(out, SG_REJECT_TYPE_MISMATCH, -1, line,
                       line->values.at + line->values.len + 1);
        return false;
    }
    out->step = STEP_EXPOSURE;
    if (!family->exposed) {
        out->verdict = VERDICT_IGNORED;
        out->lasting = true;
        return false;
    }
    out->step = STEP_LABELS;
    if (!labels_take(gate, line, out, ret_labels))
        return false;
    out->step = STEP_SERIES;
    return true;
}

void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *trace, struct outcome *ret_outcome) {
    struct store_label labels[SG_LABELS_MAX];
    struct outcome *out = ret_outcome;
    if (resolve_labels_of(gate, line, origin, trace, out, labels))
        find_series(gate, line, labels, now, out);
    if (out->verdict == VERDICT_FOLDED && out->label >= 0)
        out->spelled = folded_value(line, out);
}
