#include "statgate/explain/fates.h"

#include <string.h>

#include "statgate/explain/family.h"

static struct sg_span value_span(const struct catalog_label *label, int32_t id) {
    return (struct sg_span){label->values[id].text, label->values[id].len};
}

static int find_label(const struct catalog_family *family, struct sg_span name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(name, family->labels[i].name))
            return (int)i;
    return -1;
}

/* True when the gate got as far as the labels. */
static bool looked_at_labels(const struct explanation *why) {
    if (why->gate.family == NULL || !why->gate.family->exposed)
        return false;
    return why->gate.verdict != VERDICT_REJECTED ||
           (why->gate.reason != SG_REJECT_FORBIDDEN_SENDER &&
            why->gate.reason != SG_REJECT_TYPE_MISMATCH);
}

/* A declared label's value by the catalog alone: full tables come later. */
static void judge_value(struct explain_label *item) {
    const struct catalog_label *label = item->declared;
    const char *text = item->sent.at != NULL ? item->sent.at : "";
    const int32_t id = catalog_label_find(label, text, item->sent.len);
    item->fate = FATE_ALLOWED;
    if (id >= 0) {
        item->becomes = value_span(label, id);
    } else if (label->kind == LABEL_PATTERN &&
               pattern_match(label->pattern, text, item->sent.len)) {
        item->becomes = item->sent;
    } else if (label->otherwise >= 0) {
        item->fate = FATE_FOLDED;
        item->reason = SG_REJECT_LABEL_VALUE;
        item->becomes = value_span(label, label->otherwise);
    } else {
        item->fate = FATE_REJECTED;
    }
}

/* True for the label that says which item of a series the value is. */
static bool is_item(const struct explanation *why, struct sg_span name) {
    const struct catalog_family *family = why->gate.family;
    if (family->state_label != NULL)
        return sg_span_is(name, family->name);
    return family_is_relayed(family) && explain_family_item(family, why->line.name) < 0 &&
           sg_span_is(name, "quantile");
}

static void judge_quantile(struct explanation *why, struct explain_label *item) {
    const struct catalog_family *family = why->gate.family;
    double quantile;
    item->fate = FATE_REJECTED;
    if (item->sent.at == NULL || !sg_number_parse(item->sent.at, item->sent.len, &quantile))
        return;
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        if (family->quantiles[i] != quantile)
            continue;
        item->fate = FATE_ALLOWED;
        item->becomes = (struct sg_span){why->quantile, num_put_go(why->quantile, quantile)};
    }
}

static void judge(struct explanation *why, struct explain_label *item) {
    const struct catalog_family *family = why->gate.family;
    if (item->is_item && item->declared == NULL)
        judge_quantile(why, item);
    else if (item->declared != NULL)
        judge_value(item);
    else if (sg_span_is(item->name, "service"))
        item->fate = FATE_ROUTED;
    else if (catalog_ignores(family->catalog, item->name.at, item->name.len))
        item->fate = FATE_STRIPPED;
    else
        item->fate = FATE_REJECTED;
}

/* The labels that the line has. */
static void take_sent(struct explanation *why, bool judged) {
    const struct catalog_family *family = judged ? why->gate.family : NULL;
    const bool rejected = why->gate.verdict == VERDICT_REJECTED;
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    bool sealed = false;
    sg_tags_init(&tags, why->line.tags);
    while (sg_tags_next(&tags, &tag, &reason)) {
        struct explain_label *item = &why->labels[why->label_count++];
        *item = (struct explain_label){.name = tag.key, .sent = tag.value, .in_line = true};
        item->is_item = family != NULL && is_item(why, tag.key);
        const int index = family != NULL && !item->is_item ? find_label(family, tag.key) : -1;
        item->declared = index >= 0      ? &family->labels[index]
                         : item->is_item ? family->state_label
                                         : NULL;
        const struct sg_span last = tag.value.at != NULL ? tag.value : tag.key;
        const size_t start = (size_t)(tag.key.at - why->text.at);
        const size_t end = (size_t)(last.at - why->text.at) + last.len;
        const bool here = judged && rejected && why->gate.offset >= start &&
                          why->gate.offset <= end && why->gate.reason != SG_REJECT_MISSING_LABEL &&
                          why->gate.reason != SG_REJECT_LABEL_OVERFLOW &&
                          why->gate.reason != SG_REJECT_SERIES_LIMIT;
        if (here) {
            item->fate = FATE_REJECTED;
            sealed = true;
        } else if (judged && !sealed) {
            judge(why, item);
        }
    }
}

static bool is_sent(const struct explanation *why, const struct catalog_label *label) {
    for (size_t i = 0; i < why->label_count; i++)
        if (why->labels[i].declared == label)
            return true;
    return false;
}

/* The label that says the item, where the line lacks it. */
static void take_missing_item(struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    const char *name = family->state_label != NULL ? family->name : "quantile";
    const struct sg_span span = {name, strlen(name)};
    if (!is_item(why, span))
        return;
    for (size_t i = 0; i < why->label_count; i++)
        if (why->labels[i].is_item)
            return;
    why->labels[why->label_count++] = (struct explain_label){
        .name = span, .is_item = true, .declared = family->state_label, .fate = FATE_MISSING};
}

/* The labels that the family has and the line has not. */
static void take_missing(struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    take_missing_item(why);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (is_sent(why, label))
            continue;
        struct explain_label *item = &why->labels[why->label_count++];
        *item = (struct explain_label){
            .name = {label->name, strlen(label->name)}, .declared = label, .fate = FATE_MISSING};
        if (label->default_value < 0)
            continue;
        item->fate = label->kind == LABEL_CONST ? FATE_CONST : FATE_DEFAULT;
        item->becomes = value_span(label, label->default_value);
    }
}

/* Why a value that the catalog allows was folded. The gate says it, unless the line's first value
 * was bad, which it says instead. */
static enum sg_reject full_reason(const struct explain_world *world,
                                  const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    if (why->gate.reason != SG_REJECT_BAD_VALUE)
        return why->gate.reason;
    const bool cut = family->bound < family->combinations;
    return cut && store_family_count(world->store, family) >= family->bound - family->reserved
               ? SG_REJECT_SERIES_LIMIT
               : SG_REJECT_LABEL_OVERFLOW;
}

/* What a full table made of it. */
static void take_truth(const struct explain_world *world, struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    const uint32_t *ids = series_ids(family, why->gate.series);
    for (size_t i = 0; i < why->label_count; i++) {
        struct explain_label *item = &why->labels[i];
        if (item->declared == NULL || item->is_item)
            continue;
        const uint32_t index = (uint32_t)(item->declared - family->labels);
        const struct catalog_value *value =
            store_label_value(world->store, family, index, ids[index]);
        const struct sg_span truth = {value->text, value->len};
        if (!sg_span_same(item->becomes, truth)) {
            item->fate = FATE_FOLDED;
            item->reason = full_reason(world, why);
        }
        item->becomes = truth;
    }
}

void explain_labels(const struct explain_world *world, struct explanation *why) {
    const bool judged = looked_at_labels(why);
    take_sent(why, judged);
    if (!judged)
        return;
    const bool all_seen = why->gate.verdict != VERDICT_REJECTED ||
                          why->gate.reason == SG_REJECT_MISSING_LABEL ||
                          why->gate.reason == SG_REJECT_LABEL_OVERFLOW ||
                          why->gate.reason == SG_REJECT_SERIES_LIMIT ||
                          why->gate.reason == SG_REJECT_NO_OWNER || explain_is_value_fault(why);
    if (all_seen)
        take_missing(why);
    if (why->has_series)
        take_truth(world, why);
    else if (why->gate.reason == SG_REJECT_LABEL_OVERFLOW && why->gate.label >= 0)
        for (size_t i = 0; i < why->label_count; i++)
            if (why->labels[i].declared == &why->gate.family->labels[why->gate.label])
                why->labels[i].fate = FATE_REJECTED;
}
