/* Resolves a line that is not known: family, type and labels by the catalogs, the series by the
 * store. */
#include "gate/resolve.h"

#include "base/hash.h"
#include "gate/fit.h"
#include "gate/gate_private.h"
#include "gate/labels.h"
#include "gate/trace_private.h"

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
                                          gate_scope scope, uint64_t *ret_hash,
                                          struct outcome *out) {
    const struct name_entry *entry = names_find(&gate->names, scope, line->name, ret_hash);
    if (out->trace != NULL)
        trace_name(out->trace, gate, entry);
    if (entry == NULL) {
        out->spelled = line->name;
        outcome_reject(out, SG_REJECT_UNKNOWN_FAMILY, -1, line, line->name.at);
        return NULL;
    }
    if (entry->same == NULL)
        return entry;
    const struct sg_span service = route_label(line);
    for (; service.at != NULL && entry != NULL; entry = entry->same)
        if (sg_span_is(service, entry->family->catalog->service))
            return entry;
    outcome_reject(out, SG_REJECT_AMBIGUOUS, -1, line, line->name.at);
    return NULL;
}

/* ---- the series ---- */

/* Work units spent on finding or making a series. */
static size_t find_units(const struct catalog_family *family, enum store_result result, bool made) {
    size_t units = result == STORE_FOUND ? 0 : REFUSED_SERIES_UNITS;
    if (made)
        units += NEW_SERIES_UNITS + family->body_words / NEW_WORDS_A_UNIT;
    if (made && family->kind->has_window)
        units += NEW_WINDOW_UNITS;
    return units;
}

static void find_series(struct gate *gate, const struct sg_line *line,
                        const struct store_label *labels, struct store_time now,
                        struct outcome *out) {
    const struct catalog_family *family = out->family;
    int label = -1;
    const enum store_result result = store_obtain(gate->store, family, labels, now, &out->series,
                                                  &label, &out->made, &out->room);
    enum sg_reject reason;
    const enum verdict verdict = fit_verdict(result, &reason);
    gate->extra_units += find_units(family, result, out->made);
    if (out->trace != NULL)
        trace_series(out->trace, family, labels,
                     out->series != NULL ? series_ids(family, out->series) : NULL, reason, label);
    out->lasting = result != STORE_NO_MEMORY;
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

bool resolve_labels_of(const struct gate *gate, const struct sg_line *line, gate_scope scope,
                       const struct gate_origin *origin, struct gate_trace *trace,
                       uint64_t *ret_hash, struct outcome *ret_outcome,
                       struct store_label *ret_labels) {
    struct outcome *out = ret_outcome;
    *out = (struct outcome){.verdict = VERDICT_ACCEPTED,
                            .label = -1,
                            .step = STEP_NAME,
                            .item = ITEM_BY_LABEL,
                            .trace = trace};
    if (scope > 0)
        out->service = gate->set->catalogs[scope - 1];
    const struct name_entry *entry = find_name(gate, line, scope, ret_hash, out);
    if (entry == NULL)
        return false;
    if (trace != NULL)
        trace_family(trace, entry);
    const struct catalog_family *family = entry->family;
    out->item = entry->item;
    out->family = family;
    out->service = family->catalog;
    out->step = STEP_SENDER;
    if (origin != NULL && gate_forbids(out->service, origin)) {
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
    if (!labels_take(line, out, ret_labels))
        return false;
    out->step = STEP_SERIES;
    return true;
}

uint32_t resolve_spelled_hash(const struct gate *gate, const struct catalog_family *family,
                              int label, enum sg_reject reason, struct sg_span text) {
    const uint32_t label_reason = (uint32_t)(uint8_t)label << 8 | (uint8_t)reason;
    const uint64_t place = (uint64_t)family->index << 16 | label_reason;
    return (uint32_t)hash_bytes(text.at, text.len,
                                gate->names.seed + place * 0x9E3779B97F4A7C15ull);
}

void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *trace, struct outcome *ret_outcome) {
    struct store_label labels[SG_LABELS_MAX];
    struct outcome *out = ret_outcome;
    uint64_t name_hash;
    if (resolve_labels_of(gate, line, origin->scope, origin, trace, &name_hash, out, labels))
        find_series(gate, line, labels, now, out);
    else if (out->verdict == VERDICT_REJECTED)
        out->lasting = out->reason != SG_REJECT_FORBIDDEN_SENDER;
    if (out->verdict == VERDICT_FOLDED && out->label >= 0)
        out->spelled = labels_value(line, out->family->labels[out->label].name);
    if (out->reason == SG_REJECT_UNKNOWN_FAMILY)
        out->spelled_hash = (uint32_t)name_hash;
    else if (out->spelled.at != NULL)
        out->spelled_hash =
            resolve_spelled_hash(gate, out->family, out->label, out->reason, out->spelled);
}
