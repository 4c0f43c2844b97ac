/* Applies a line: from its text to numbers and verdicts. */
#include <string.h>

#include "gate/answer.h"
#include "gate/apply.h"
#include "gate/gate_private.h"
#include "gate/number.h"
#include "gate/owner.h"
#include "gate/progress.h"
#include "gate/resolve.h"
#include "gate/trace_private.h"
#include "store/store.h"

static void remember(struct gate *gate, const struct gate_line *item, const struct outcome *out) {
    if (out->verdict == VERDICT_FOLDED || out->verdict == VERDICT_REJECTED) {
        repeats_note(&gate->repeats, item->hash, item->origin->scope, &item->line, out);
        shapes_note(gate->shapes, item->origin->scope, &item->line, out);
        return;
    }
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
    if (outcome_is_plain(out, VERDICT_ACCEPTED))
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

/* Apply an event of a job. Without an owner the job counts all the same, but is never lost. */
static enum machines_result apply_job(struct gate *gate, const struct gate_line *item,
                                      const struct outcome *out, struct sg_span word,
                                      const struct who *who, struct store_time now) {
    enum job_event event;
    if (!job_event_find(word, &event))
        return MACHINES_BAD_WORD;
    const owner_id owner =
        job_event_owns(event) ? gate_owner_of(gate, item->sender, now) : OWNER_NONE;
    return machines_job(gate->machines, out->series, event, item->line.instance, owner, who, now);
}

/* Apply a word to the machine of the series. */
static enum sg_reject apply_word(struct gate *gate, const struct gate_line *item,
                                 const struct outcome *out, struct sg_span word,
                                 struct store_time now, bool *ret_repeated) {
    struct who who;
    enum machines_result result;
    ledger_who(item->sender, &who);
    if (item->line.letter == SG_LETTER_J) {
        result = apply_job(gate, item, out, word, &who, now);
    } else if (item->line.letter == SG_LETTER_B) {
        result = machines_breaker_report(gate->machines, out->series, word, &who, now);
    } else {
        result = machines_attempt(gate->machines, out->series, word, &who, now);
    }
    *ret_repeated = result == MACHINES_REPEATED;
    switch (result) {
    case MACHINES_TAKEN:
    case MACHINES_REPEATED:
        return SG_REJECT_NONE;
    case MACHINES_BAD_WORD:
        return SG_REJECT_BAD_VALUE;
    case MACHINES_BAD_INSTANCE:
        return item->line.instance.len == 0 ? SG_REJECT_MALFORMED : SG_REJECT_TOO_LONG;
    case MACHINES_FULL:
        break;
    }
    return SG_REJECT_SERIES_LIMIT;
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
                                 .spelled = out->spelled,
                                 .spelled_hash = out->spelled_hash,
                                 .waits = true,
                                 .mark = out->mark};
}

/* Count a line that reached its series, if it is not simply accepted. */
static void count_rare(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                       const struct applied *applied) {
    const struct ledger_entry entry = outcome_entry(out);
    if (applied->taken > 0 && out->verdict == VERDICT_FOLDED) {
        ledger_fold(gate->ledger, item->sender, &entry, applied->taken);
        gate->family_samples[2 * (size_t)out->family->index + 1] += (uint32_t)applied->taken;
    }
    if (applied->repeated > 0)
        ledger_ignore(gate->ledger, item->sender, &entry, applied->repeated);
}

static inline void count(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                         const struct applied *applied) {
    if (applied->taken > 0 && out->verdict == VERDICT_ACCEPTED) {
        progress_accept(gate, item->sender, out->service->index, applied->taken);
        gate->family_samples[2 * (size_t)out->family->index] += (uint32_t)applied->taken;
    }
    if (applied->repeated > 0 || out->verdict == VERDICT_FOLDED)
        count_rare(gate, item, out, applied);
}

/* Commit the first `values` values. A traced line is committed as a whole. */
static void commit_part(struct gate *gate, const struct gate_line *item, const struct outcome *out,
                        uint32_t values, struct applied *applied) {
    if (out->trace != NULL)
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
    const struct ledger_entry entry = {.service = out->service,
                                       .family = out->family,
                                       .label = -1,
                                       .reason = reason,
                                       .waits = true};
    const size_t offset = (size_t)(text.at - item->line.text.at);
    ledger_reject(gate->ledger, item->sender, &entry, item->line.text, offset, 1, now.real_ms);
    if (out->trace != NULL)
        trace_value(out->trace, reason, flaw, text);
}

static void apply_numbers(struct gate *gate, const struct gate_line *item,
                          const struct outcome *out, owner_id owner, struct store_time now,
                          struct applied *applied) {
    const struct catalog_family *family = out->family;
    const bool may_end = family->has_absent && owner == OWNER_NONE;
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
        const enum sg_reject reason = apply_word(gate, item, out, word, now, &repeated);
        if (reason != SG_REJECT_NONE) {
            reject_value(gate, item, out, reason, FLAW_NONE, word, now);
            continue;
        }
        if (repeated && out->trace != NULL)
            trace_value(out->trace, SG_REJECT_NONE, FLAW_NONE, word);
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

/* Recall the outcome of a line folded or refused before. False if the answer may have changed. */
static bool recall_repeat(struct gate *gate, const struct gate_line *item, struct store_time now,
                          struct outcome *out) {
    const gate_scope scope = item->origin->scope;
    struct repeat *repeat = repeats_find(&gate->repeats, item->hash, scope, &item->line);
    if (repeat == NULL ||
        (repeat->series != NULL && repeat->series->generation != repeat->generation))
        return false;
    repeats_recall(repeat, gate->set, scope, &item->line, out);
    if (out->family != NULL && (gate_forbids(out->service, item->origin) ||
                                !repeats_have_room(repeat, gate->store, out->family, now)))
        return false;
    store_room_count(gate->store, &repeat->room);
    repeat->used = true;
    return true;
}

/* Find the owner, if the family's values belong to processes. False: the sender can own nothing
 * now, and the line is rejected. */
static bool find_owner(struct gate *gate, const struct gate_line *item, struct outcome *out,
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
        trace_applied(out->trace, out, owner, !ends && applied.any);
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
    if (known == NULL && trace == NULL && recall_repeat(gate, item, now, &out)) {
        gate->hits++;
    } else if (known != NULL || (trace == NULL && (known = look_up(gate, item)) != NULL)) {
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
    const bool owns = !good || find_owner(gate, item, &out, now, &owner);
    if (good && owns) {
        apply_series(gate, item, &out, owner, now);
        return;
    }
    if (trace != NULL)
        trace_outcome(trace, &out);
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
