/* What would become of a line. Everything is only read: the tables are const here. */
#include "gate/answer.h"
#include "gate/fit.h"
#include "gate/gate_private.h"
#include "gate/number.h"
#include "gate/resolve.h"
#include "gate/telemetry.h"
#include "gate/trace_private.h"
#include "machines/trial.h"
#include "store/store.h"

struct trying {
    const struct gate *gate;
    const struct gate_origin *origin; /* NULL: anybody who may send */
    struct gate_trace *trace;
    const struct sg_line *line;
    struct outcome out;
    owner_id owner;
    uint64_t taken;
    uint64_t repeated;
};

/* ---- values ---- */

static void refuse_value(const struct trying *trying, enum sg_reject reason, enum trace_flaw flaw,
                         struct sg_span text) {
    trying->trace->samples[VERDICT_REJECTED]++;
    trace_value(trying->trace, reason, flaw, text);
}

static enum sg_reject try_number(const struct trying *trying, struct store_trial *trial,
                                 double value, enum trace_flaw *ret_flaw) {
    const struct sg_line *line = trying->line;
    value = number_in_unit(line, trial->family, value);
    const enum store_number result = store_trial_number(trial, value, line->rate, trying->out.item);
    return answer_of_number(result, ret_flaw);
}

static enum sg_reject try_own(const struct trying *trying, struct store_trial *trial, double value,
                              enum trace_flaw *ret_flaw) {
    if (trying->line->rate != 1)
        value /= trying->line->rate;
    return answer_of_part(store_trial_own(trying->gate->store, trial, value, trying->out.item),
                          ret_flaw);
}

/* Try the line's numbers. True if the series exists afterwards. */
static bool try_numbers(struct trying *trying) {
    const struct catalog_family *family = trying->out.family;
    const bool owned = family_is_owned(family);
    struct store_trial trial;
    struct sg_values values;
    struct sg_span text;
    enum sg_reject reason;
    double value;
    store_trial_begin(trying->gate->store, family, trying->out.series, trying->owner, &trial);
    sg_values_init(&values, trying->line);
    while (sg_values_next(&values, &value, &reason, &text)) {
        enum trace_flaw flaw = FLAW_FORM;
        if (reason == SG_REJECT_NONE)
            reason = owned ? try_own(trying, &trial, value, &flaw)
                           : try_number(trying, &trial, value, &flaw);
        if (reason == SG_REJECT_NONE)
            trying->taken++;
        else
            refuse_value(trying, reason, flaw, text);
    }
    return trying->taken > 0 && !store_trial_is_vacant(&trial);
}

static enum sg_reject reason_of(enum machines_result result, const struct sg_line *line) {
    switch (result) {
    case MACHINES_TAKEN:
    case MACHINES_REPEATED:
        return SG_REJECT_NONE;
    case MACHINES_BAD_WORD:
        return SG_REJECT_BAD_VALUE;
    case MACHINES_BAD_INSTANCE:
        return line->instance.len == 0 ? SG_REJECT_MALFORMED : SG_REJECT_TOO_LONG;
    case MACHINES_FULL:
        break;
    }
    return SG_REJECT_SERIES_LIMIT;
}

static bool try_words(struct trying *trying) {
    const struct sg_line *line = trying->line;
    struct machines_trial trial;
    struct sg_values values;
    struct sg_span word;
    machines_trial_begin(trying->gate->machines, trying->out.series, line->instance,
                         trying->origin != NULL ? trying->origin->pid : 0, &trial);
    sg_values_init(&values, line);
    while (sg_words_next(&values, &word)) {
        const enum machines_result result = machines_trial_word(&trial, line->letter, word);
        const enum sg_reject reason = reason_of(result, line);
        if (reason != SG_REJECT_NONE) {
            refuse_value(trying, reason, FLAW_NONE, word);
        } else if (result == MACHINES_REPEATED) {
            trace_value(trying->trace, SG_REJECT_NONE, FLAW_NONE, word);
            trying->repeated++;
        } else {
            trying->taken++;
        }
    }
    return trying->taken > 0;
}

/* ---- the line ---- */

static void look_for_series(struct trying *trying, const struct store_label *labels) {
    struct outcome *out = &trying->out;
    struct store_peeked peeked;
    enum sg_reject reason;
    const enum store_result result = store_peek(trying->gate->store, out->family, labels, &peeked);
    const enum verdict verdict = fit_verdict(result, &reason);
    const bool refused = verdict == VERDICT_REJECTED;
    trace_series(trying->trace, out->family, labels, refused ? NULL : peeked.ids, reason,
                 peeked.label);
    out->series = peeked.series;
    out->made = !refused && peeked.series == NULL;
    if (refused)
        outcome_reject(out, reason, peeked.label, trying->line, trying->line->tags.at);
    if (verdict != VERDICT_FOLDED)
        return;
    out->verdict = VERDICT_FOLDED;
    out->reason = reason;
    out->label = peeked.label;
}

static bool has_room(const struct owners *owners) {
    struct owners_figures figures;
    owners_figures(owners, &figures);
    return figures.live + figures.ended < figures.max;
}

/* Whether the sender can own a value; an unknown sender can, while there is room. */
static bool find_owner(struct trying *trying) {
    const struct owners *owners = trying->gate->owners;
    const int32_t pid = trying->origin != NULL ? trying->origin->pid : 0;
    if (!family_is_owned(trying->out.family))
        return true;
    if (pid > 0)
        trying->owner = owners_find(owners, pid);
    if (trying->owner != OWNER_NONE || (has_room(owners) && (pid > 0 || trying->origin == NULL)))
        return true;
    trying->out.step = STEP_OWNER;
    outcome_reject(&trying->out, SG_REJECT_NO_OWNER, -1, trying->line, NULL);
    return false;
}

static void finish(struct trying *trying) {
    const struct outcome *out = &trying->out;
    const bool shows = family_has_lines(out->family) ? try_numbers(trying) : try_words(trying);
    struct gate_trace *trace = trying->trace;
    trace->samples[out->verdict] += trying->taken;
    trace->samples[VERDICT_IGNORED] += trying->repeated;
    trace_applied(trace, out, trying->owner, shows);
}

static bool is_good(const struct outcome *out) {
    return out->verdict == VERDICT_ACCEPTED || out->verdict == VERDICT_FOLDED;
}

static void try_metric(struct trying *trying, gate_scope scope) {
    struct store_label labels[SG_LABELS_MAX];
    struct outcome *out = &trying->out;
    uint64_t hash;
    if (resolve_labels_of(trying->gate, trying->line, scope, trying->origin, trying->trace, &hash,
                          out, labels))
        look_for_series(trying, labels);
    if (is_good(out) && find_owner(trying)) {
        finish(trying);
        return;
    }
    trying->trace->samples[out->verdict] = sg_line_samples(trying->line);
    trace_outcome(trying->trace, out);
}

void gate_try(const struct gate *gate, struct sg_span text, gate_scope scope,
              const struct gate_origin *origin, struct gate_trace *ret_trace) {
    struct sg_line line;
    struct sg_fault fault;
    struct trying trying = {.gate = gate, .origin = origin, .trace = ret_trace, .line = &line};
    trace_init(ret_trace, text);
    if (sg_line_parse(text, &line, &fault) != 0) {
        trace_fault(ret_trace, fault);
        ret_trace->samples[VERDICT_REJECTED] = 1;
        return;
    }
    trace_line(ret_trace, &line);
    if (line.kind != SG_LINE_METRIC)
        ret_trace->samples[VERDICT_IGNORED] = 1;
    else if (telemetry_is(&line))
        ret_trace->samples[VERDICT_IGNORED] = sg_line_samples(&line);
    else
        try_metric(&trying, scope);
}
