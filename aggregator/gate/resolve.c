/* A line that is not known: family, type and labels by the catalogs, series by the store. */
#include <string.h>

#include "gate/fit.h"
#include "gate/gate_private.h"
#include "gate/resolve.h"

/* Which letters a family takes (PROTOCOL.md has the table): of a breaker only what reports its own
 * may be reported. */
static bool takes_letter(const struct catalog_family *family, enum sg_letter letter) {
    return family->source == SOURCE_DATAGRAMS && (family->kind->letters >> letter & 1u) &&
           (letter != SG_LETTER_B || family->attempts->breaker.reported);
}

/* `label` is the one at fault, or -1: that of a fold before is not to blame. */
static void reject(struct outcome *out, enum sg_reject reason, int label,
                   const struct sg_line *line, const char *at) {
    out->verdict = VERDICT_REJECTED;
    out->reason = reason;
    out->label = label;
    out->offset = at != NULL ? (size_t)(at - line->text.at) : 0;
}

/* The value of the line's first label `service`, which tells apart families of the same name. */
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
    const struct name_entry *entry = names_find(&gate->names, scope, line->name);
    if (entry == NULL) {
        reject(out, SG_REJECT_UNKNOWN_FAMILY, -1, line, line->name.at);
        return NULL;
    }
    if (entry->same == NULL)
        return entry;
    const struct sg_span service = route_label(line);
    for (; service.at != NULL && entry != NULL; entry = entry->same)
        if (sg_span_is(service, entry->family->catalog->service))
            return entry;
    reject(out, SG_REJECT_AMBIGUOUS, -1, line, line->name.at);
    return NULL;
}

static int label_index(const struct catalog_family *family, struct sg_span key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(key, family->labels[i].name))
            return (int)i;
    return -1;
}

/* Decide on one label's value. False: rejected in *out. */
static bool take_label(const struct catalog_label *label, int index, const struct sg_line *line,
                       const struct sg_tag *tag, struct store_label *ret_label,
                       struct outcome *out) {
    switch (fit_value(label, tag->value, ret_label)) {
    case LABEL_FITS:
        break;
    case LABEL_FOLDS:
        if (out->verdict == VERDICT_FOLDED)
            break;
        out->verdict = VERDICT_FOLDED;
        out->reason = SG_REJECT_LABEL_VALUE;
        out->label = index;
        break;
    case LABEL_REFUSED:
        reject(out, SG_REJECT_LABEL_VALUE, index, line,
               tag->value.at != NULL ? tag->value.at : tag->key.at);
        return false;
    }
    return true;
}

/*
 * Labels that say which item of a series is meant, not which series: the state of a stateset, the
 * quantile of a relayed summary.
 */

static bool is_item_label(const struct catalog_family *family, struct sg_span key,
                          const struct outcome *out) {
    if (family->state_label != NULL)
        return sg_span_is(key, family->name);
    return family_is_relayed(family) && out->item >= RELAYED_QUANTILES &&
           sg_span_is(key, "quantile");
}

/* The item that the label names. False: rejected in *out. */
static bool take_item(const struct catalog_family *family, const struct sg_line *line,
                      const struct sg_tag *tag, struct outcome *out) {
    const char *text = tag->value.at != NULL ? tag->value.at : "";
    double quantile;
    if (out->item != ITEM_BY_LABEL) {
        reject(out, SG_REJECT_DUPLICATE_LABEL, -1, line, tag->key.at);
        return false;
    }
    if (family->state_label != NULL) {
        const int32_t id = catalog_label_find(family->state_label, text, tag->value.len);
        if (id >= 0)
            out->item = (uint8_t)id;
    } else if (sg_number_parse(text, tag->value.len, &quantile)) {
        for (uint32_t i = 0; i < family->quantile_count; i++)
            if (family->quantiles[i] == quantile)
                out->item = (uint8_t)(RELAYED_QUANTILES + i);
    }
    if (out->item != ITEM_BY_LABEL)
        return true;
    reject(out, SG_REJECT_LABEL_VALUE, -1, line,
           tag->value.at != NULL ? tag->value.at : tag->key.at);
    return false;
}

static bool lacks_item(const struct catalog_family *family, const struct outcome *out) {
    return out->item == ITEM_BY_LABEL && (family->state_label != NULL || family_is_relayed(family));
}

/* All labels of the line into `labels`. False: rejected in *out. */
static bool take_labels(const struct catalog_family *family, const struct sg_line *line,
                        struct store_label *labels, struct outcome *out) {
    uint32_t seen = 0; /* bit i: label i was in the line */
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason)) {
        if (reason != SG_REJECT_NONE) {
            reject(out, reason, -1, line, tag.key.at);
            return false;
        }
        if (is_item_label(family, tag.key, out)) {
            if (!take_item(family, line, &tag, out))
                return false;
            continue;
        }
        const int index = label_index(family, tag.key);
        if (index < 0) {
            if (sg_span_is(tag.key, "service") ||
                catalog_ignores(family->catalog, tag.key.at, tag.key.len))
                continue;
            reject(out, SG_REJECT_UNKNOWN_LABEL, -1, line, tag.key.at);
            out->unknown = tag.key;
            return false;
        }
        if (seen >> index & 1u) {
            reject(out, SG_REJECT_DUPLICATE_LABEL, index, line, tag.key.at);
            return false;
        }
        seen |= 1u << index;
        if (!take_label(&family->labels[index], index, line, &tag, &labels[index], out))
            return false;
    }
    if (lacks_item(family, out)) {
        reject(out, SG_REJECT_MISSING_LABEL, -1, line, line->tags.at);
        return false;
    }
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (seen >> i & 1u)
            continue;
        if (!fit_default(&family->labels[i], &labels[i])) {
            reject(out, SG_REJECT_MISSING_LABEL, (int)i, line, line->tags.at);
            return false;
        }
    }
    return true;
}

/* What finding or making a series took. */
static size_t find_units(const struct catalog_family *family, enum store_result result, bool made) {
    size_t units = result == STORE_FOUND ? 0 : REFUSED_SERIES_UNITS;
    if (made)
        units += NEW_SERIES_UNITS;
    if (made && family->kind->has_window)
        units += NEW_WINDOW_UNITS;
    return units;
}

static void find_series(struct gate *gate, const struct catalog_family *family,
                        const struct store_label *labels, const struct sg_line *line,
                        struct store_time now, struct outcome *out) {
    int label = -1;
    const enum store_result result =
        store_obtain(gate->store, family, labels, now, &out->series, &label, &out->made);
    enum sg_reject reason;
    const enum verdict verdict = fit_verdict(result, &reason);
    gate->extra_units += find_units(family, result, out->made);
    if (verdict == VERDICT_ACCEPTED) {
        out->lasting = true;
        return;
    }
    if (verdict == VERDICT_REJECTED) {
        reject(out, reason, label, line, line->tags.at);
        return;
    }
    /* Folded because a table is full: another day the same bytes may fit, so this is not
     * remembered. */
    out->verdict = VERDICT_FOLDED;
    out->reason = reason;
    out->label = label;
}

void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct outcome *ret_outcome) {
    struct outcome *out = ret_outcome;
    *out = (struct outcome){.verdict = VERDICT_ACCEPTED, .label = -1, .item = ITEM_BY_LABEL};
    if (origin->scope > 0)
        out->service = gate->set->catalogs[origin->scope - 1];
    const struct name_entry *entry = find_name(gate, line, origin->scope, out);
    if (entry == NULL)
        return;
    const struct catalog_family *family = entry->family;
    out->item = entry->item;
    out->family = family;
    out->service = family->catalog;
    if (is_forbidden(out->service, origin)) {
        reject(out, SG_REJECT_FORBIDDEN_SENDER, -1, line, line->name.at);
        return;
    }
    if (!takes_letter(family, line->letter)) {
        reject(out, SG_REJECT_TYPE_MISMATCH, -1, line, line->values.at + line->values.len + 1);
        return;
    }
    if (!family->exposed) {
        out->verdict = VERDICT_IGNORED;
        out->lasting = true;
        return;
    }
    struct store_label labels[SG_LABELS_MAX];
    if (take_labels(family, line, labels, out))
        find_series(gate, family, labels, line, now, out);
}
