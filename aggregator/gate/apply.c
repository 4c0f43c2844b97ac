/* SPDX-License-Identifier: MIT */
/* apply.c - what a sample does to its series, or why it is rejected. */
#include "gate/gate_private.h"

#include <math.h>

/* ---- owner ----
 * senders that own values.
 *
 * Senders that own values: finds or makes the owner for a sender's process.
 */

/* Cost of becoming an owner, in work units: a descriptor and an inspection of the process. */
enum { OWN_UNITS = 150, REFUSED_MS_MAX = 60000 };

void gate_on_new_owner(struct gate *gate, gate_owner_fn fn, void *arg) {
    gate->on_new_owner = fn;
    gate->on_new_owner_arg = arg;
}

/* The wall clock may be set back meanwhile: a refusal never lasts longer than intended. */
static bool is_refused(const struct sender *sender, struct store_time now) {
    const int64_t left_ms = sender->no_owner_until_ms - now.real_ms;
    return left_ms > 0 && left_ms <= REFUSED_MS_MAX;
}

/* Find or make the sender's live owner. OWNER_NONE if it can own nothing now. */
static owner_id gate_owner_of(struct gate *gate, const struct sender *sender,
                              struct store_time now) {
    if (owners_live(gate->owners, sender->owner) != NULL)
        return sender->owner;
    owner_id owner = OWNER_NONE;
    if (sender->pid > 0 && !is_refused(sender, now)) {
        gate->extra_units += OWN_UNITS;
        owner = gate->on_new_owner != NULL ? gate->on_new_owner(gate->on_new_owner_arg, sender)
                                           : owners_begin(gate->owners, sender->pid);
    }
    ledger_sender_own(gate->ledger, sender, owner);
    return owner;
}

/* ---- progress ---- */

static size_t beyond(size_t count, size_t done) {
    return count > done ? count - done : 0;
}

static struct undo_position where(const struct gate *gate) {
    return gate->has_object ? *undo_position(gate->undo) : (struct undo_position){0};
}

void gate_progress_start(struct gate *gate) {
    const bool midway = gate->intake.midway;
    const struct undo_position at = where(gate);
    gate->skip = midway ? 0 : at.values & PROGRESS_VALUES;
    gate->empty = !midway && (at.values & PROGRESS_EMPTY) != 0;
    if (!midway) {
        gate->first = at.datagram;
        gate->begun = at.begun;
        gate->ended = at.ended;
    }
    gate->resume = (struct resume){
        .begun = beyond(gate->begun, gate->first),
        .ended = beyond(gate->ended, gate->first),
        .offset = midway ? 0 : at.offset,
    };
    gate->at = (struct undo_words){
        0}; /* samples of another process are already counted (ledger_restore) */
    progress_put_counts(gate);
}

void gate_progress_stop(struct gate *gate, size_t done) {
    const struct resume *resume = &gate->resume;
    const bool midway = gate->intake.midway;
    const size_t begun = beyond(resume->begun, done);
    const uint16_t datagram = (uint16_t)(gate->first + done);
    gate_progress_flush(gate);
    gate->first = datagram;
    gate->begun = (uint16_t)(datagram + (midway && begun == 0 ? 1 : begun));
    gate->ended = (uint16_t)(datagram + beyond(resume->ended, done));
    gate->skip = 0;
    gate->empty = false;
    const struct undo_position at = {.datagram = datagram,
                                     .begun = gate->begun,
                                     .ended = gate->ended,
                                     .offset = midway ? (uint32_t)gate->intake.next_line : 0};
    undo_commit_at(gate->undo, &at);
}

void gate_progress_flush(struct gate *gate) {
    const uint32_t accepted = undo_second(gate->at.samples);
    if (accepted > 0)
        ledger_accept(gate->ledger, gate->run.sender, gate->run.service, accepted);
    gate->at.samples = 0;
    gate->run.sender = NULL;
}

void gate_progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service) {
    gate_progress_flush(gate);
    gate->run = (struct accepted_run){.sender = sender, .service = service};
    gate->at.line = undo_pair(0, (uint32_t)ledger_sender_index(gate->ledger, sender));
    gate->at.samples = undo_pair(service, 0);
}

/* Commit at this line, of which the first `values` values are applied. */
static void commit(struct gate *gate, uint16_t datagram, uint32_t offset, uint32_t values) {
    struct undo_words words = gate->at;
    words.counts = undo_counts(datagram, gate->begun, gate->ended, (uint16_t)values);
    words.line |= undo_pair(offset, 0);
    undo_commit_words(gate->undo, words);
}

void gate_progress_commit_whole(struct gate *gate) {
    const struct undo_position *was = undo_position(gate->undo);
    commit(gate, was->datagram, was->offset, was->values);
}

/* Commit part of a line: the first `values` of its values. Commit a part of a line that is the
 * first of its datagram, or follows a line that was applied. */
static void progress_commit_values(struct gate *gate, const struct gate_line *item,
                                   uint32_t values) {
    const struct undo_position *was = undo_position(gate->undo);
    const uint16_t datagram = (uint16_t)(item->next_datagram - (item->next_offset == 0 ? 1 : 0));
    commit(gate, datagram, was->datagram == datagram ? was->offset : 0, values);
}

/* ---- query rows ----
 * Rows of queries: their label values are checked against the same catalogs as those of
 * datagrams.
 */

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
        return gate_fit_value(label, value, ret_label);
    *ret_label = (struct store_label){.id = id};
    return LABEL_FITS;
}

/* Read all labels of the row into `labels`. False: rejected in *out. */
static bool take_labels(const struct catalog_family *family, const struct sg_span *values,
                        struct store_label *labels, struct gate_row_verdict *out) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (values[i].at == NULL) {
            if (gate_fit_default(&family->labels[i], &labels[i]))
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
    const enum verdict verdict = gate_fit_verdict(
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

/* ---- apply: Applies a line: from its text to numbers and verdicts. ---- */

/** SG_REJECT_NONE if the number was taken; else *ret_flaw is what was wrong with it. */
static inline enum sg_reject answer_of_number(enum store_number result, enum trace_flaw *ret_flaw) {
    if (result == NUMBER_TAKEN)
        return SG_REJECT_NONE;
    *ret_flaw = result == NUMBER_BAD ? FLAW_KIND : FLAW_TOTAL;
    return SG_REJECT_BAD_VALUE;
}

/** The same for a process's own part. Having no place for a part is no flaw of the number. */
static inline enum sg_reject answer_of_part(enum store_own result, enum trace_flaw *ret_flaw) {
    switch (result) {
    case OWN_TAKEN:
        return SG_REJECT_NONE;
    case OWN_FULL:
        *ret_flaw = FLAW_NONE;
        return SG_REJECT_NO_OWNER;
    case OWN_BEYOND:
        *ret_flaw = FLAW_TOTAL;
        break;
    case OWN_BAD_VALUE:
        *ret_flaw = FLAW_KIND;
        break;
    }
    return SG_REJECT_BAD_VALUE;
}

static void remember(struct gate *gate, const struct gate_line *item, const struct outcome *out) {
    struct known *slot = known_make(&gate->known, item->hash, item->origin->scope, &item->line);
    if (slot == NULL)
        return;
    slot->series = out->series;
    slot->generation = out->series != NULL ? out->series->generation : 0;
    slot->family = (uint16_t)out->family->index;
    slot->item = out->item;
    slot->flags = 0;
    if (out->verdict == VERDICT_IGNORED)
        slot->flags |= KNOWN_IGNORED;
    if (family_is_owned(out->family))
        slot->flags |= KNOWN_OWNED;
    if (outcome_is_plain(out) && !gate_takes_changes(gate, item->origin->scope, out->family))
        slot->flags |= KNOWN_PLAIN;
}

static bool leads_to_series(const struct known *known) {
    return known->series == NULL || known->series->generation == known->generation;
}

/* The known slot of the line, if it still leads to a live series; NULL otherwise. */
static struct known *look_up(struct gate *gate, const struct gate_line *item) {
    const gate_scope scope = item->origin->scope;
    struct known *known = known_find(&gate->known, item->hash, scope, &item->line);
    return known != NULL && leads_to_series(known) ? known : NULL;
}

/* The slot found ahead, if it holds this line and its series is live; NULL otherwise. */
static struct known *look_ahead(const struct gate_line *item) {
    struct known *known = item->slot;
    const gate_scope scope = item->origin->scope;
    return known != NULL && known_matches(known, item->hash, scope, &item->line) &&
                   leads_to_series(known)
               ? known
               : NULL;
}

/* ---- one value ---- */

/* Apply a number to a series that the whole host shares. If it is refused, *ret_flaw says why. */
static enum sg_reject apply_number(struct gate *gate, const struct gate_line *item,
                                   const struct outcome *out, double value, struct store_time now,
                                   enum trace_flaw *ret_flaw) {
    value = number_in_unit(&item->line, out->family, value);
    const enum store_number result =
        store_number(gate->store, out->family, out->series, value, item->line.rate, out->item, now);
    return answer_of_number(result, ret_flaw);
}

/* Apply a number to the sender's own part. */
static enum sg_reject apply_owned(struct gate *gate, const struct gate_line *item,
                                  const struct outcome *out, owner_id owner, double value,
                                  struct store_time now, enum trace_flaw *ret_flaw) {
    value = number_as_own(&item->line, value);
    return answer_of_part(
        store_own(gate->store, out->family, out->series, owner, out->item, value, now), ret_flaw);
}

/* What a number with a sign makes of a gauge: the value so far, plus it. */
static double changed(const struct gate *gate, const struct outcome *out, owner_id owner,
                      struct sg_span text, double value) {
    if (text.at[0] != '+' && text.at[0] != '-')
        return value;
    return value + (owner != OWNER_NONE
                        ? store_own_value(gate->store, out->family, out->series, owner)
                        : out->series->value);
}

/* Apply an event of a job. Without an owner the job counts all the same, but is never lost. */
static enum breakers_jobs_result apply_job(struct gate *gate, const struct gate_line *item,
                                           const struct outcome *out, struct sg_span word,
                                           const struct sg_job *said, const struct who *who,
                                           struct store_time now) {
    enum job_event event;
    if (!job_event_find(word, &event))
        return BREAKERS_JOBS_BAD_WORD;
    const bool owns = job_event_owns(event) && !said->unowned;
    const owner_id owner = owns ? gate_owner_of(gate, item->sender, now) : OWNER_NONE;
    return jobs_event(gate->breakers_jobs, out->series, event, item->line.instance, said, owner,
                      who, now);
}

static enum sg_reject reason_of(enum breakers_jobs_result result, const struct sg_line *line) {
    switch (result) {
    case BREAKERS_JOBS_TAKEN:
    case BREAKERS_JOBS_REPEATED:
        return SG_REJECT_NONE;
    case BREAKERS_JOBS_BAD_WORD:
        return SG_REJECT_BAD_VALUE;
    case BREAKERS_JOBS_BAD_INSTANCE:
        return line->instance.len == 0 ? SG_REJECT_MALFORMED : SG_REJECT_TOO_LONG;
    case BREAKERS_JOBS_FULL:
        break;
    }
    return SG_REJECT_SERIES_LIMIT;
}

/* What a line says beside its words. */
union said {
    struct sg_attempt attempt; /* letter a */
    struct sg_job job;         /* letter j */
};

/* False: *ret_bad is a field that cannot be read, for which each word is refused. */
static bool read_said(const struct sg_line *line, union said *ret_said, struct sg_span *ret_bad) {
    if (line->letter == SG_LETTER_A)
        return sg_attempt_read(line, &ret_said->attempt, ret_bad);
    return line->letter != SG_LETTER_J || sg_job_read(line, &ret_said->job, ret_bad);
}

/* Apply a word to the machine of the series. */
static enum sg_reject apply_word(struct gate *gate, const struct gate_line *item,
                                 const struct outcome *out, struct sg_span word,
                                 const union said *said, struct store_time now,
                                 bool *ret_repeated) {
    struct who who;
    enum breakers_jobs_result result;
    ledger_who(item->sender, &who);
    if (item->line.letter == SG_LETTER_J)
        result = apply_job(gate, item, out, word, &said->job, &who, now);
    else if (item->line.letter == SG_LETTER_B)
        result = breakers_report(gate->breakers_jobs, out->series, word, &who, now);
    else
        result =
            breakers_attempt(gate->breakers_jobs, out->series, word, &said->attempt, &who, now);
    *ret_repeated = result == BREAKERS_JOBS_REPEATED;
    return reason_of(result, &item->line);
}

/* ---- all values of a line ---- */

/* Counts of values since the last commit; values in neither count were rejected. */
struct applied {
    uint64_t taken;
    uint64_t repeated;
    bool any;   /* some values were taken before that */
    bool ended; /* the last value was the gauge's `absent` */
};

static struct ledger_entry outcome_entry(const struct outcome *out) {
    return (struct ledger_entry){.service = out->service,
                                 .family = out->family,
                                 .label = out->label,
                                 .reason = out->reason,
                                 .spelled = out->spelled};
}

/* Count a line that reached its series, if it is not simply accepted. */
static void count_rare(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                       const struct applied *applied) {
    const struct ledger_entry entry = outcome_entry(out);
    if (applied->taken > 0 && out->verdict == VERDICT_FOLDED)
        ledger_fold(gate->ledger, item->sender, &entry, applied->taken);
    if (applied->repeated > 0)
        ledger_ignore(gate->ledger, item->sender, &entry, applied->repeated);
}

static inline void count(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                         const struct applied *applied) {
    if (applied->taken > 0 && out->verdict == VERDICT_ACCEPTED)
        progress_accept(gate, item->sender, out->service->index, applied->taken);
    if (applied->repeated > 0 || out->verdict == VERDICT_FOLDED)
        count_rare(gate, item, out, applied);
}

/* Commit the first `values` values. A line that is explained is in no datagram, and is committed as
 * a whole. */
static void commit_part(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                        uint32_t values, struct applied *applied) {
    if (gate->explains)
        return;
    applied->any |= applied->taken > 0;
    count(gate, item, out, applied);
    applied->taken = 0;
    applied->repeated = 0;
    const bool empty = out->made && !applied->any;
    progress_commit_values(gate, item, values | (empty ? PROGRESS_EMPTY : 0));
}

static void reject_value(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                         enum sg_reject reason, enum trace_flaw flaw, struct sg_span text,
                         struct store_time now) {
    const struct ledger_entry entry = {
        .service = out->service, .family = out->family, .label = -1, .reason = reason};
    const size_t offset = (size_t)(text.at - item->line.text.at);
    ledger_reject(gate->ledger, item->sender, &entry, item->line.text, offset, 1, now.real_ms);
    if (out->trace != NULL)
        gate_trace_value(out->trace, reason, flaw, text);
}

static void apply_numbers(struct gate *gate, const struct gate_line *item,
                          const struct outcome *out, owner_id owner, struct store_time now,
                          struct applied *applied) {
    const struct catalog_family *family = out->family;
    const bool may_end = family->has_absent && owner == OWNER_NONE;
    const bool changes = gate_takes_changes(gate, item->origin->scope, family);
    struct sg_values values;
    struct sg_span text;
    enum sg_reject reason;
    double value;
    uint32_t done = 0;
    sg_values_init(&values, &item->line);
    while (done < gate->skip && sg_values_next(&values, &value, &reason, &text))
        done++;
    uint32_t part = done + PROGRESS_NUMBERS;
    for (; sg_values_next(&values, &value, &reason, &text); done++) {
        enum trace_flaw flaw = FLAW_FORM;
        if (done == part) {
            commit_part(gate, item, out, done, applied);
            part += PROGRESS_NUMBERS;
        }
        if (reason == SG_REJECT_NONE && changes)
            value = changed(gate, out, owner, text, value);
        if (reason == SG_REJECT_NONE)
            reason = owner != OWNER_NONE ? apply_owned(gate, item, out, owner, value, now, &flaw)
                                         : apply_number(gate, item, out, value, now, &flaw);
        if (reason == SG_REJECT_NONE) {
            applied->ended = may_end && value == family->absent;
            applied->taken++;
            continue;
        }
        reject_value(gate, item, out, reason, flaw, text, now);
    }
}

static void apply_words(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                        struct store_time now, struct applied *applied) {
    struct sg_values values;
    struct sg_span word;
    union said said;
    struct sg_span bad;
    const bool legible = read_said(&item->line, &said, &bad);
    uint32_t done = 0;
    progress_commit_met(gate); /* machines note fewer words if nothing is under way */
    sg_values_init(&values, &item->line);
    while (done < gate->skip && sg_words_next(&values, &word))
        done++;
    uint32_t part = done + PROGRESS_WORDS;
    for (; sg_words_next(&values, &word); done++) {
        bool repeated = false;
        if (done == part) {
            commit_part(gate, item, out, done, applied);
            part += PROGRESS_WORDS;
        }
        const enum sg_reject reason = legible
                                          ? apply_word(gate, item, out, word, &said, now, &repeated)
                                          : SG_REJECT_BAD_VALUE;
        if (reason != SG_REJECT_NONE) {
            reject_value(gate, item, out, reason, FLAW_NONE, legible ? word : bad, now);
            continue;
        }
        if (repeated && out->trace != NULL)
            gate_trace_value(out->trace, SG_REJECT_NONE, FLAW_NONE, word);
        applied->repeated += repeated;
        applied->taken += !repeated;
    }
}

/* Set the outcome for a known line, as resolve_line would. */
static void recall(const struct gate *gate, const struct known *known, struct outcome *out) {
    *out = (struct outcome){.verdict = VERDICT_ACCEPTED,
                            .label = -1,
                            .item = known->item,
                            .family = gate->set->families[known->family],
                            .series = known->series};
    out->service = out->family->catalog;
    if (known->flags & KNOWN_IGNORED)
        out->verdict = VERDICT_IGNORED;
}

/* Find the owner, if the family's values belong to processes. False: the sender can own nothing
 * now, and the line is rejected. */
static bool apply_find_owner(struct gate *gate, const struct gate_line *item, struct outcome *out,
                             struct store_time now, owner_id *ret_owner) {
    *ret_owner = OWNER_NONE;
    if (!family_is_owned(out->family))
        return true;
    *ret_owner = gate_owner_of(gate, item->sender, now);
    if (*ret_owner != OWNER_NONE)
        return true;
    out->step = STEP_OWNER;
    outcome_reject(out, SG_REJECT_NO_OWNER, -1, &item->line, NULL);
    return false;
}

static void apply_series(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                         owner_id owner, struct store_time now) {
    struct applied applied = {.any = gate->skip > 0 && !gate->empty};
    if (family_has_lines(out->family))
        apply_numbers(gate, item, out, owner, now, &applied);
    else
        apply_words(gate, item, out, now, &applied);
    count(gate, item, out, &applied);
    applied.any |= applied.taken > 0;
    if (out->lasting && (applied.any || !out->made))
        remember(gate, item, out);
    /* A series begins with its first good value, and an owned series ends with its last part. */
    const bool ends = applied.ended || (out->made && !applied.any) ||
                      (owner != OWNER_NONE && store_is_vacant(out->family, out->series));
    if (ends)
        store_remove(gate->store, out->series);
    if (out->trace != NULL)
        gate_trace_applied(out->trace, out, owner, !ends && applied.any);
}

void apply_refused(struct gate *gate, const struct gate_line *item, enum store_own result,
                   struct store_time now) {
    struct outcome out;
    enum trace_flaw flaw = FLAW_NONE;
    recall(gate, item->slot, &out);
    const enum sg_reject reason = answer_of_part(result, &flaw);
    reject_value(gate, item, &out, reason, flaw, item->line.values, now);
    if (store_is_vacant(out.family, out.series))
        store_remove(gate->store, out.series);
}

void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_trace *trace) {
    struct outcome out;
    /* A known line skips the decisions; a trace needs them to be made again. */
    struct known *known = trace == NULL ? look_ahead(item) : NULL;
    if (known != NULL || (trace == NULL && (known = look_up(gate, item)) != NULL)) {
        gate->hits++;
        known->flags |= KNOWN_USED;
        recall(gate, known, &out);
        if (gate_forbids(out.service, item->origin))
            outcome_reject(&out, SG_REJECT_FORBIDDEN_SENDER, -1, &item->line, NULL);
    } else {
        gate->misses++;
        progress_commit_met(gate); /* series that end to make room are committed in parts */
        gate->extra_units += NEW_LINE_UNITS;
        resolve_line(gate, &item->line, item->origin, now, trace, &out);
    }
    out.made |= gate->empty;
    const bool good = out.verdict == VERDICT_ACCEPTED || out.verdict == VERDICT_FOLDED;
    owner_id owner = OWNER_NONE;
    const bool owns = !good || apply_find_owner(gate, item, &out, now, &owner);
    if (good && owns) {
        apply_series(gate, item, &out, owner, now);
        return;
    }
    if (trace != NULL)
        gate_trace_outcome(trace, &out);
    if (good && out.made)
        store_remove(gate->store, out.series);
    if (!good && out.lasting)
        remember(gate, item, &out);
    const struct ledger_entry entry = outcome_entry(&out);
    const size_t all = sg_line_samples(&item->line);
    const uint64_t samples = all > gate->skip ? all - gate->skip : 0;
    if (out.verdict == VERDICT_REJECTED) {
        ledger_reject(gate->ledger, item->sender, &entry, item->line.text, out.offset, samples,
                      now.real_ms);
        return;
    }
    ledger_ignore(gate->ledger, item->sender, &entry, samples);
}
