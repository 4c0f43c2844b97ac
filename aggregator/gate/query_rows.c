/* Rows of queries: their label values are checked against the same catalogs as those of
 * datagrams. */
#include <math.h>

#include "gate/fit.h"
#include "gate/gate_private.h"
#include "store/store.h"

static void refuse(struct gate_row_verdict *out, enum sg_reject reason, int label) {
    out->verdict = VERDICT_REJECTED;
    out->reason = reason;
    out->label = label;
}

/* Find a row's value as it is exposed: unlike a line, a row can carry any text. (The spelling of
 * lines is accepted, too.) */
static enum fit row_fit(const struct catalog_label *label, struct sg_span value,
                        struct store_label *ret_label) {
    const int32_t id = catalog_label_find_text(label, value.at, value.len);
    if (id < 0)
        return fit_value(label, value, ret_label);
    *ret_label = (struct store_label){.id = id};
    return LABEL_FITS;
}

/* Read all labels of the row into `labels`. False: rejected in *out. */
static bool take_labels(const struct catalog_family *family, const struct sg_span *values,
                        struct store_label *labels, struct gate_row_verdict *out) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (values[i].at == NULL) {
            if (fit_default(&family->labels[i], &labels[i]))
                continue;
            refuse(out, SG_REJECT_MISSING_LABEL, (int)i);
            return false;
        }
        switch (row_fit(&family->labels[i], values[i], &labels[i])) {
        case LABEL_FITS:
            break;
        case LABEL_FOLDS:
            if (out->verdict == VERDICT_FOLDED)
                break;
            *out = (struct gate_row_verdict){
                .verdict = VERDICT_FOLDED, .reason = SG_REJECT_LABEL_VALUE, .label = (int)i};
            break;
        case LABEL_REFUSED:
            refuse(out, SG_REJECT_LABEL_VALUE, (int)i);
            return false;
        }
    }
    return true;
}

/* Find or make the series in the set under way. NULL: rejected in *out. */
static const struct series *find_series(struct gate *gate, const struct catalog_family *family,
                                        const struct store_label *labels, struct store_time now,
                                        struct gate_row_verdict *out, bool *ret_made) {
    const struct series *series = NULL;
    int label = -1;
    enum sg_reject reason;
    const enum verdict verdict = fit_verdict(
        store_set_series(gate->store, family, labels, now, &series, &label, ret_made), &reason);
    if (verdict == VERDICT_REJECTED) {
        refuse(out, reason, label);
        return NULL;
    }
    if (verdict == VERDICT_FOLDED)
        *out = (struct gate_row_verdict){.verdict = verdict, .reason = reason, .label = label};
    return series;
}

static double combined(enum query_combine combine, double known, double value) {
    switch (combine) {
    case COMBINE_SUM:
        return known + value;
    case COMBINE_MIN:
        return value < known ? value : known;
    case COMBINE_MAX:
        return value > known ? value : known;
    case COMBINE_REFUSE:
        break;
    }
    return known;
}

static void put_value(struct gate *gate, const struct catalog_family *family,
                      const struct sg_span *values, double value, enum query_combine combine,
                      struct store_time now, struct gate_row_verdict *out) {
    if (family->source != SOURCE_QUERY || !family->kind->from_query) {
        refuse(out, SG_REJECT_TYPE_MISMATCH, -1);
        return;
    }
    if (!isfinite(value) || (family->kind->only_grows && value < 0)) {
        refuse(out, SG_REJECT_BAD_VALUE, -1);
        return;
    }
    struct store_label labels[CATALOG_LABELS_MAX];
    if (!take_labels(family, values, labels, out))
        return;
    bool made = false;
    const struct series *series = find_series(gate, family, labels, now, out, &made);
    if (series == NULL)
        return;
    if (!made && combine == COMBINE_REFUSE) {
        refuse(out, SG_REJECT_NONE, -1);
        out->duplicate = true;
        return;
    }
    if (!made)
        value = combined(combine, series->value, value);
    if (!series_write(gate->store, series, value, now)) /* the sum is not finite */
        refuse(out, SG_REJECT_BAD_VALUE, -1);
}

struct gate_row_verdict gate_row(struct gate *gate, const struct catalog_family *family,
                                 const struct sg_span *values, double value,
                                 enum query_combine combine, struct store_time now) {
    struct gate_row_verdict verdict = {.verdict = VERDICT_ACCEPTED, .label = -1};
    put_value(gate, family, values, value, combine, now, &verdict);
    if (!verdict.duplicate && verdict.verdict != VERDICT_ACCEPTED) {
        const struct ledger_entry entry = {.service = family->catalog,
                                           .family = family,
                                           .label = verdict.label,
                                           .reason = verdict.reason};
        ledger_row(gate->ledger, &entry, verdict.verdict, now.real_ms);
    }
    undo_commit(gate->undo);
    return verdict;
}
