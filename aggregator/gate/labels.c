/* Labels of a new line, checked against the catalog. */
#include "gate/labels.h"

#include "gate/fit.h"
#include "gate/names.h"
#include "gate/trace_private.h"

/* A line, and the family that its name means. */
struct request {
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
        trace_refused_label(out->trace, request->family, index, reason);
    return false;
}

/* Decide on the value of label `index`. False: rejected in *out. */
static bool take_value(struct request *request, int index, const struct sg_tag *tag,
                       struct outcome *out) {
    const struct catalog_label *label = &request->family->labels[index];
    struct store_label *taken = &request->labels[index];
    const enum fit fit = fit_value(label, tag->value, taken);
    if (fit == LABEL_REFUSED)
        return refuse(request, SG_REJECT_LABEL_VALUE, index, tag, out);
    if (out->trace != NULL)
        trace_taken_label(out->trace, label, fit, taken);
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
        trace_item(out->trace, request->family, out->item);
    if (out->item == ITEM_BY_LABEL)
        return refuse(request, SG_REJECT_LABEL_VALUE, -1, tag, out);
    return true;
}

/* Decide on a label that the family does not declare. */
static bool pass_label(const struct request *request, const struct sg_tag *tag,
                       struct outcome *out) {
    const bool routes = sg_span_is(tag->key, "service");
    if (!routes && !catalog_ignores(request->family->catalog, tag->key.at, tag->key.len)) {
        out->spelled = tag->key;
        return refuse(request, SG_REJECT_UNKNOWN_LABEL, -1, tag, out);
    }
    if (out->trace != NULL)
        trace_passed_label(out->trace, routes);
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
            trace_next_label(out->trace);
        if (reason != SG_REJECT_NONE)
            return refuse(request, reason, -1, &tag, out);
        if (!take_label(request, &tag, out))
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
            trace_lacks_item(out->trace, family, request->item_label);
    }
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (request->seen >> i & 1u)
            continue;
        const bool has_default = fit_default(&family->labels[i], &request->labels[i]);
        if (out->trace != NULL)
            trace_lacks_label(out->trace, &family->labels[i],
                              has_default ? &request->labels[i] : NULL);
        if (complete && !has_default)
            outcome_reject(out, SG_REJECT_MISSING_LABEL, (int)i, request->line, at);
        complete &= has_default;
    }
    return complete;
}

struct sg_span labels_value(const struct sg_line *line, const char *label) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, label))
            return tag.value;
    return (struct sg_span){0};
}

bool labels_take(const struct sg_line *line, struct outcome *out, struct store_label *ret_labels) {
    struct request request = {.family = out->family,
                              .line = line,
                              .labels = ret_labels,
                              .item_label = item_label(out->family, out->item)};
    if (out->trace != NULL)
        out->trace->item_label = request.item_label;
    return take_sent(&request, out) && take_missing(&request, out);
}
