/* Records decisions about a line; makes none itself. */
#include "gate/trace_private.h"

#include <string.h>

#include "gate/gate_private.h"

void trace_init(struct gate_trace *trace, struct sg_span text) {
    *trace = (struct gate_trace){.text = text,
                                 .step = STEP_FORM,
                                 .verdict = VERDICT_IGNORED,
                                 .label = -1,
                                 .named_item = -1,
                                 .full_label = -1};
}

void trace_fault(struct gate_trace *trace, struct sg_fault fault) {
    trace->verdict = VERDICT_REJECTED;
    trace->reason = fault.reason;
    trace->offset = fault.offset;
}

void trace_line(struct gate_trace *trace, const struct sg_line *line) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    trace->line = *line;
    trace->step = STEP_ADMISSION;
    if (line->kind != SG_LINE_METRIC)
        return;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason))
        trace->labels[trace->label_count++] =
            (struct trace_label){.name = tag.key, .sent = tag.value, .in_line = true};
}

/* ---- the name ---- */

static bool is_before(const struct catalog_family *family, const struct catalog_family *other) {
    return family->catalog->index < other->catalog->index;
}

/* Insert another family of the name, in order; if there is no room, the last one is dropped. */
static void add_family(struct gate_trace *trace, const struct catalog_family *family) {
    size_t at = trace->family_count;
    if (at < TRACE_FAMILIES_MAX) {
        trace->family_count++;
    } else {
        trace->family_rest++;
        if (!is_before(family, trace->families[--at]))
            return;
    }
    for (; at > 0 && is_before(family, trace->families[at - 1]); at--)
        trace->families[at] = trace->families[at - 1];
    trace->families[at] = family;
}

/* The family of a catalog that has this name in lines, or NULL. */
static const struct catalog_family *find_in(const struct gate *gate, const struct catalog *catalog,
                                            struct sg_span name) {
    if (catalog->internal)
        return catalog_family_find(catalog, name.at, name.len);
    uint64_t hash;
    const struct name_entry *entry = names_find(&gate->names, gate_scope_of(catalog), name, &hash);
    while (entry != NULL && entry->family->catalog != catalog)
        entry = entry->same;
    return entry != NULL ? entry->family : NULL;
}

void trace_name(struct gate_trace *trace, const struct gate *gate, const struct name_entry *entry) {
    for (size_t i = 0; entry == NULL && trace->elsewhere == NULL && i < gate->set->count; i++)
        trace->elsewhere = find_in(gate, gate->set->catalogs[i], trace->line.name);
    for (; entry != NULL; entry = entry->same)
        add_family(trace, entry->family);
}

void trace_family(struct gate_trace *trace, const struct name_entry *entry) {
    trace->family = entry->family;
    trace->named_item = entry->item != ITEM_BY_LABEL ? entry->item : -1;
}

/* ---- labels ---- */

static struct sg_span declared_text(const struct catalog_label *label, int32_t id) {
    return (struct sg_span){label->values[id].text, label->values[id].len};
}

static struct sg_span text_of(const struct catalog_label *label, const struct store_label *taken) {
    return taken->id >= 0 ? declared_text(label, taken->id)
                          : (struct sg_span){taken->text, taken->len};
}

static struct trace_label *in_hand(struct gate_trace *trace) {
    return &trace->labels[trace->seen - 1];
}

void trace_next_label(struct gate_trace *trace) {
    trace->seen++;
}

void trace_taken_label(struct gate_trace *trace, const struct catalog_label *label, enum fit fit,
                       const struct store_label *taken) {
    struct trace_label *item = in_hand(trace);
    item->declared = label;
    item->fate = fit == LABEL_FOLDS ? FATE_FOLDED : FATE_ALLOWED;
    item->reason = fit == LABEL_FOLDS ? SG_REJECT_LABEL_VALUE : SG_REJECT_NONE;
    item->becomes = text_of(label, taken);
}

void trace_item(struct gate_trace *trace, const struct catalog_family *family, uint8_t item) {
    struct trace_label *label = in_hand(trace);
    label->is_item = true;
    label->declared = family->state_label;
    if (item == ITEM_BY_LABEL)
        return;
    label->fate = FATE_ALLOWED;
    if (family->state_label != NULL)
        label->becomes = declared_text(family->state_label, item);
    else
        label->becomes = (struct sg_span){
            trace->quantile,
            num_put_go(trace->quantile, family->quantiles[item - RELAYED_QUANTILES])};
}

void trace_passed_label(struct gate_trace *trace, bool routes) {
    in_hand(trace)->fate = routes ? FATE_ROUTED : FATE_STRIPPED;
}

void trace_refused_label(struct gate_trace *trace, const struct catalog_family *family, int index,
                         enum sg_reject reason) {
    struct trace_label *item = in_hand(trace);
    if (index >= 0)
        item->declared = &family->labels[index];
    item->fate = FATE_REJECTED;
    item->reason = reason;
}

static struct trace_label *add_lacking(struct gate_trace *trace, const char *name) {
    struct trace_label *item = &trace->labels[trace->label_count++];
    *item = (struct trace_label){.name = {name, strlen(name)}, .fate = FATE_MISSING};
    return item;
}

void trace_lacks_label(struct gate_trace *trace, const struct catalog_label *label,
                       const struct store_label *taken) {
    struct trace_label *item = add_lacking(trace, label->name);
    item->declared = label;
    if (taken == NULL)
        return;
    item->fate = label->kind == LABEL_CONST ? FATE_CONST : FATE_DEFAULT;
    item->becomes = text_of(label, taken);
}

void trace_lacks_item(struct gate_trace *trace, const struct catalog_family *family,
                      const char *name) {
    struct trace_label *item = add_lacking(trace, name);
    item->is_item = true;
    item->declared = family->state_label;
}

/* ---- the series ---- */

static struct trace_label *find_declared(struct gate_trace *trace,
                                         const struct catalog_label *label) {
    for (size_t i = 0; i < trace->label_count; i++)
        if (trace->labels[i].declared == label)
            return &trace->labels[i];
    return NULL;
}

/* Record the labels in which the series differs from those asked for: a declared value replaced
 * another, or a new value of a pattern. */
static void note_folds(struct gate_trace *trace, const struct catalog_family *family,
                       const struct store_label *asked, const uint32_t *ids,
                       enum sg_reject reason) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        struct trace_label *item = find_declared(trace, label);
        if (item == NULL || ids[i] >= label->value_count || (int64_t)ids[i] == asked[i].id)
            continue;
        item->fate = FATE_FOLDED;
        item->reason = reason;
        item->becomes = declared_text(label, (int32_t)ids[i]);
    }
}

void trace_series(struct gate_trace *trace, const struct catalog_family *family,
                  const struct store_label *asked, const uint32_t *ids, enum sg_reject reason,
                  int label) {
    trace->full = reason;
    trace->full_label = reason == SG_REJECT_LABEL_OVERFLOW ? label : -1;
    if (reason == SG_REJECT_NONE)
        return;
    if (ids != NULL)
        note_folds(trace, family, asked, ids, reason);
    if (ids != NULL || trace->full_label < 0)
        return;
    struct trace_label *item = find_declared(trace, &family->labels[label]);
    item->fate = FATE_REJECTED;
    item->reason = reason;
}

/* ---- values ---- */

void trace_value(struct gate_trace *trace, enum sg_reject reason, enum trace_flaw flaw,
                 struct sg_span text) {
    struct trace_values *values = reason != SG_REJECT_NONE ? &trace->refused : &trace->repeated;
    if (values->count == TRACE_VALUES_MAX) {
        values->rest++;
        return;
    }
    values->items[values->count++] = (struct trace_value){
        .reason = reason, .flaw = flaw, .text = text, .offset = (size_t)(text.at - trace->text.at)};
}

/* ---- the end ---- */

/* Whether the first of these values is the line's first value. */
static bool begins(const struct gate_trace *trace, const struct trace_values *values) {
    return values->count > 0 && values->items[0].text.at == trace->line.values.at;
}

void trace_outcome(struct gate_trace *trace, const struct outcome *out) {
    trace->step = out->step;
    trace->verdict = out->verdict;
    trace->reason = out->reason;
    trace->offset = out->offset;
    trace->label = out->label;
    trace->made = out->made;
}

void trace_applied(struct gate_trace *trace, const struct outcome *out, owner_id owner,
                   bool shows) {
    trace_outcome(trace, out);
    trace->step = STEP_VALUES;
    trace->fold = out->verdict == VERDICT_FOLDED ? out->reason : SG_REJECT_NONE;
    trace->owner = owner;
    trace->shows = shows;
    trace->series = shows ? out->series : NULL;
    if (begins(trace, &trace->repeated))
        trace->verdict = VERDICT_IGNORED;
    if (begins(trace, &trace->refused)) {
        trace->verdict = VERDICT_REJECTED;
        trace->reason = trace->refused.items[0].reason;
        trace->offset = trace->refused.items[0].offset;
        trace->label = -1;
    }
}
