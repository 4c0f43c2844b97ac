/* From a line to numbers and verdicts. */
#include "gate/gate_private.h"

static void remember(struct gate *gate, const struct gate_line *item, const struct outcome *out) {
    struct known *slot = known_make(&gate->known, item->hash, item->origin->scope, &item->line);
    if (!slot)
        return;
    slot->series = out->series;
    slot->generation = out->series ? out->series->generation : 0;
    slot->service = (uint16_t)out->family->catalog->index;
    slot->flags = 0;
    if (out->verdict == VERDICT_IGNORED)
        slot->flags |= KNOWN_IGNORED;
    if (out->verdict == VERDICT_FOLDED)
        slot->flags |= KNOWN_FOLDED;
    slot->label = (uint8_t)(out->label < 0 ? UINT8_MAX : out->label);
}

/* The known slot of the line, if it still leads to a live series; NULL otherwise. */
static struct known *look_up(struct gate *gate, const struct gate_line *item) {
    const gate_scope scope = item->origin->scope;
    struct known *known = item->slot;
    if (!known || !known_matches(known, item->hash, scope, &item->line))
        known = known_find(&gate->known, item->hash, scope, &item->line);
    if (!known)
        return NULL;
    if (known->series && known->series->generation != known->generation)
        return NULL;
    return known;
}

/* One number into the series. False: the type cannot take it. */
static bool apply_value(const struct catalog_family *family, struct series *series,
                        const struct sg_line *line, double value, struct store_time now) {
    switch ((enum family_type)series->type) {
    case FAMILY_COUNTER:
    case FAMILY_UPDOWNCOUNTER:
        return series_add(family, series, line->rate == 1 ? value : value / line->rate);
    case FAMILY_GAUGE:
        return series_write(series, value, now);
    case FAMILY_HISTOGRAM:
        if (line->letter == SG_LETTER_MS)
            value *= family->ms_scale;
        return series_observe(family, series, value, line->rate == 1 ? 1 : 1 / line->rate);
    case FAMILY_TYPE_COUNT:
        break;
    }
    return false;
}

/* All values of the line; bad ones are rejected each with its place. Returns how many were taken;
 * *ret_ended tells whether the last was the gauge's `absent`. */
static uint64_t apply_values(struct gate *gate, const struct gate_line *item,
                             const struct outcome *out, struct store_time now,
                             struct gate_explanation *ret_why, bool *ret_ended) {
    const struct catalog_family *family = out->family;
    uint64_t taken = 0;
    struct sg_values values;
    struct sg_span text;
    enum sg_reject reason;
    double value;
    sg_values_init(&values, &item->line);
    while (sg_values_next(&values, &value, &reason, &text)) {
        if (reason == SG_REJECT_NONE && apply_value(family, out->series, &item->line, value, now)) {
            *ret_ended = family->has_absent && value == family->absent;
            taken++;
            continue;
        }
        const struct ledger_entry entry = {
            .service = out->service, .family = family, .label = -1, .reason = SG_REJECT_BAD_VALUE};
        const size_t offset = (size_t)(text.at - item->line.text.at);
        ledger_reject(gate->ledger, item->sender, &entry, item->line.text, offset, 1, now.real_ms);
        if (ret_why && taken == 0 && ret_why->verdict != VERDICT_REJECTED) {
            ret_why->verdict = VERDICT_REJECTED;
            ret_why->reason = SG_REJECT_BAD_VALUE;
            ret_why->offset = offset;
            ret_why->label = -1;
        }
    }
    return taken;
}

static void explain(struct gate_explanation *ret_why, const struct outcome *out) {
    *ret_why = (struct gate_explanation){.verdict = out->verdict,
                                         .reason = out->reason,
                                         .offset = out->offset,
                                         .family = out->family,
                                         .label = out->label,
                                         .series = out->series};
}

/* What is known of the line, as resolve_line would say it. */
static void recall(const struct gate *gate, const struct known *known, struct outcome *out) {
    *out = (struct outcome){.verdict = VERDICT_ACCEPTED,
                            .label = -1,
                            .service = gate->set->catalogs[known->service],
                            .series = known->series};
    if (known->flags & KNOWN_IGNORED) {
        out->verdict = VERDICT_IGNORED;
        return;
    }
    out->family = gate->set->families[known->series->family];
    if (known->flags & KNOWN_FOLDED) {
        out->verdict = VERDICT_FOLDED;
        out->reason = SG_REJECT_LABEL_VALUE;
        out->label = known->label;
    }
}

static void apply_series(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                         struct store_time now, struct gate_explanation *ret_why) {
    bool ended = false;
    const uint64_t taken = apply_values(gate, item, out, now, ret_why, &ended);
    if (taken > 0 && out->verdict == VERDICT_FOLDED) {
        const struct ledger_entry entry = {.service = out->service,
                                           .family = out->family,
                                           .label = out->label,
                                           .reason = out->reason};
        ledger_fold(gate->ledger, item->sender, &entry, taken);
    } else if (taken > 0) {
        ledger_accept(gate->ledger, item->sender, out->family->catalog->index, taken);
    }
    if (out->lasting && (taken > 0 || !out->made))
        remember(gate, item, out);
    if (ended || (out->made && taken == 0))
        store_remove(gate->store, out->series); /* a series begins with its first good value */
}

void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_explanation *ret_why) {
    struct outcome out;
    struct known *known = look_up(gate, item);
    if (known) {
        gate->hits++;
        known->flags |= KNOWN_USED;
        recall(gate, known, &out);
        if (is_forbidden(out.service, item->origin)) {
            out.verdict = VERDICT_REJECTED;
            out.reason = SG_REJECT_FORBIDDEN_SENDER;
            out.label = -1;
        }
    } else {
        gate->misses++;
        resolve_line(gate, &item->line, item->origin, now, &out);
    }
    if (ret_why)
        explain(ret_why, &out);
    if (out.service)
        item->sender->service = (int32_t)out.service->index;
    if (out.verdict == VERDICT_ACCEPTED || out.verdict == VERDICT_FOLDED) {
        apply_series(gate, item, &out, now, ret_why);
        return;
    }
    const struct ledger_entry entry = {
        .service = out.service, .family = out.family, .label = out.label, .reason = out.reason};
    const uint64_t samples = sg_line_samples(&item->line);
    if (out.verdict == VERDICT_REJECTED) {
        ledger_reject(gate->ledger, item->sender, &entry, item->line.text, out.offset, samples,
                      now.real_ms);
        return;
    }
    ledger_ignore(gate->ledger, item->sender, &entry, samples);
    if (out.lasting)
        remember(gate, item, &out);
}
