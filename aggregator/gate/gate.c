/* SPDX-License-Identifier: MIT */
/* gate.c - samples from the wire to the store, a batch at a time, and the trace of a decision. */
#include "gate/gate_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/heap.h"

/* ---- intake ----
 * handles a datagram as a whole: its sender, and the report in its first line. Private
 * to gate/.
 */

/* Limit of changed words of senders that wait for the next line's commit. */
enum { INTAKE_WAITING_WORDS = 64 };

static void intake_tell_of(struct gate *gate, const struct sender *sender);
static void intake_resume(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                          struct store_time now);
static void intake_take_report(struct gate *gate, size_t index, struct store_time now);

static inline void intake_meet(struct gate *gate, const struct sender *sender, bool is_new) {
    struct intake *in = &gate->intake;
    if (is_new)
        intake_tell_of(gate, sender);
    in->midway = true;
    in->reported = false;
    in->next_line = 0;
    in->sender = sender;
    in->reports = false;
    in->samples = 0;
}

/* Count a datagram in its sender's row. The next line's commit also records that the datagram was
 * begun. */
static inline void intake_begin_new(struct gate *gate, const struct gate_origin *origin,
                                    size_t index, struct store_time now) {
    bool is_new;
    const struct sender *sender =
        ledger_sender(gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms, &is_new);
    intake_meet(gate, sender, is_new);
    gate->begun = (uint16_t)(gate->first + index + 1);
    progress_put_counts(gate);
    if (is_new || undo_count(gate->undo) > INTAKE_WAITING_WORDS)
        gate_progress_commit_whole(gate);
}

/* Find the sender of the call's datagram number `index`, and begin the datagram. */
static inline void intake_begin(struct gate *gate, const struct gate_datagram *datagram,
                                size_t index, struct store_time now) {
    if (index == 0 || index < gate->resume.begun)
        intake_resume(gate, datagram, index, now);
    else
        intake_begin_new(gate, &datagram->origin, index, now);
}

/* All lines of the datagram were looked at: take its report. Without a report it makes no
 * difference whether the position says that the datagram has ended. */
static inline void intake_end(struct gate *gate, size_t index, struct store_time now) {
    gate->intake.midway = false;
    if (gate->intake.reports && !gate->intake.reported)
        intake_take_report(gate, index, now);
}

static inline void intake_note_report(struct intake *in, const struct sg_line *line) {
    in->reports = true;
    in->handle = line->handle;
    in->sent = line->sent;
    in->lost = line->lost;
}

/* Count the line's samples, and return their number. */
static inline size_t intake_count(struct intake *in, const struct sg_line *line) {
    const size_t count = line->kind == SG_LINE_METRIC ? sg_line_samples(line) : 1;
    in->samples += count;
    return count;
}

void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg) {
    gate->on_new_sender = fn;
    gate->on_new_sender_arg = arg;
}

/* Note the report of a line that is not valid; the report still holds. */
static void intake_note_fault(struct intake *in, struct sg_span text, bool first) {
    in->samples++;
    if (first)
        in->reports = sg_report_find(text, &in->handle, &in->sent, &in->lost);
}

/* Scan the lines that another process applied, only for the datagram's report and number of
 * samples. */
static void recount(struct intake *in, const struct gate_datagram *datagram, size_t end) {
    struct sg_lines lines;
    struct sg_span text;
    struct sg_line line;
    struct sg_fault fault;
    bool first = true;
    sg_lines_init(&lines, datagram->data, end);
    for (; sg_lines_next(&lines, &text, NULL); first = false) {
        if (sg_line_parse(text, &line, &fault) != SG_REJECT_NONE) {
            intake_note_fault(in, text, first);
            continue;
        }
        if (first && line.has_report)
            intake_note_report(in, &line);
        (void)intake_count(in, &line);
    }
    in->next_line = end;
}

/* Call the callback for a new sender. */
static void intake_tell_of(struct gate *gate, const struct sender *sender) {
    if (gate->on_new_sender == NULL)
        return;
    gate->extra_units += NEW_SENDER_UNITS;
    gate_progress_flush(gate);
    gate->on_new_sender(gate->on_new_sender_arg, sender);
}

/* Begin a datagram that another process has already begun. */
static void begin_again(struct gate *gate, const struct gate_origin *origin,
                        struct store_time now) {
    bool is_new;
    const struct sender *sender = ledger_sender_again(gate->ledger, origin->pid, origin->uid,
                                                      origin->gid, now.real_ms, &is_new);
    intake_meet(gate, sender, is_new);
    gate_progress_commit_whole(gate);
}

/* Begin a datagram that another process may have begun. Begin without repeating what another
 * process did with the datagram. */
static void intake_resume(struct gate *gate, const struct gate_datagram *datagram, size_t index,
                          struct store_time now) {
    const struct resume *resume = &gate->resume;
    if (index < resume->begun)
        begin_again(gate, &datagram->origin, now);
    else
        intake_begin_new(gate, &datagram->origin, index, now);
    gate->intake.reported = index < resume->ended;
    if (index == 0 && resume->offset > 0)
        recount(&gate->intake, datagram,
                resume->offset < datagram->len ? resume->offset : datagram->len);
}

static void intake_take_report(struct gate *gate, size_t index, struct store_time now) {
    const struct intake *in = &gate->intake;
    const struct ledger_claim claim = {in->handle, in->sent, in->lost, in->samples};
    gate->ended = (uint16_t)(gate->first + index + 1);
    progress_put_counts(gate);
    ledger_report(gate->ledger, in->sender, &claim, now.mono_ms);
    gate_progress_commit_whole(gate);
}

/* ---- telemetry ----
 * What DogStatsD clients report about themselves: shown per sender, but not samples of a
 * service.
 */

static uint64_t sum_of(const struct sg_line *line) {
    struct sg_values values;
    enum sg_reject reason;
    double value;
    uint64_t sum = 0;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL))
        if (reason == SG_REJECT_NONE && value >= 0 && value <= 9007199254740992.0)
            sum += (uint64_t)value;
    return sum;
}

/* Add its values to the sender's row. */
static void telemetry_take(struct ledger *ledger, const struct sg_line *line,
                           const struct sender *sender) {
    const size_t prefix_len = sizeof telemetry_prefix - 1;
    const char *rest = line->name.at + prefix_len;
    const size_t rest_len = line->name.len - prefix_len;
    for (int i = 0; i < TELEMETRY_COUNT; i++) {
        const enum client_telemetry which = (enum client_telemetry)i;
        if (!text_is(rest, rest_len, ledger_telemetry_text(which)))
            continue;
        ledger_sender_telemetry(ledger, sender, which, sum_of(line));
        return;
    }
}

/* ---- batch: Batches of datagrams, and their way through the gate. ---- */

/*
 * Lines go through three steps, several lines apart, so that memory that a step needs is being
 * fetched while other lines are worked on: hash and touch the table; touch key and series; apply.
 * The order is kept, also by lines that only get a verdict: a line changes things only in the third
 * step, so one position says what is done (gate_private.h). Above some ten thousand series, waiting
 * for memory is most of the cost.
 */
enum { PIPE_SIZE = 32, PIPE_PROBE = 8, PIPE_APPLY = 16, PIPE_TOUCH = 4, PIPE_FETCH = 2 };

struct pipe {
    struct gate_line items[PIPE_SIZE];
    struct gate_line *next; /* place of the next line */
    size_t in;
    size_t probed;
    size_t applied;
};

/* Whether labels can be stripped that nobody named. */
static bool gate_ignores_all(const struct catalog_set *set) {
    bool all = false;
    for (size_t i = 0; i < set->count; i++)
        all = all || set->catalogs[i]->ignores_all;
    return all;
}

struct gate *gate_new(struct object *object, const struct catalog_set *set, struct store *store,
                      struct ledger *ledger, struct breakers_jobs *breakers_jobs, uint64_t seed) {
    struct gate *gate = memory_alloc(sizeof *gate);
    gate->set = set;
    gate->store = store;
    gate->ledger = ledger;
    gate->breakers_jobs = breakers_jobs;
    gate->owners = store_owners(store);
    gate->undo = object_undo(object);
    gate->has_object = object != NULL;
    if (gate_ignores_all(set))
        gate->ignored = memory_array(GATE_IGNORED_MAX, sizeof *gate->ignored);
    gate_names_init(&gate->names, set, seed);
    known_init(&gate->known, set, seed);
    return gate;
}

void gate_free(struct gate *gate) {
    if (gate == NULL)
        return;
    gate_names_done(&gate->names);
    for (size_t i = 0; i < gate->way_count; i++) {
        free(gate->ways[i].services);
        free(gate->ways[i].own);
    }
    free(gate->ways);
    known_done(&gate->known);
    if (gate->ignored != NULL)
        free(gate->ignored);
    free(gate);
}

/* ---- labels that are stripped though nobody named them ---- */

void gate_note_ignored(struct gate *gate, const struct catalog *service, struct sg_span label) {
    for (size_t i = 0; i < gate->ignored_count; i++) {
        struct ignored_label *item = &gate->ignored[i];
        if (item->service == service && item->len == label.len &&
            memcmp(item->text, label.at, label.len) == 0) {
            item->spellings++;
            return;
        }
    }
    if (gate->ignored_count == GATE_IGNORED_MAX || label.len > GATE_IGNORED_BYTES_MAX) {
        gate->ignored_rest++;
        return;
    }
    struct ignored_label *item = &gate->ignored[gate->ignored_count++];
    *item = (struct ignored_label){.service = service, .spellings = 1, .len = (uint16_t)label.len};
    memcpy(item->text, label.at, label.len);
}

bool gate_ignored_at(const struct gate *gate, size_t index, struct gate_ignored *ret_ignored) {
    if (index >= gate->ignored_count)
        return false;
    const struct ignored_label *item = &gate->ignored[index];
    *ret_ignored =
        (struct gate_ignored){item->service->service, item->text, item->len, item->spellings};
    return true;
}

uint64_t gate_ignored_rest(const struct gate *gate) {
    return gate->ignored_rest;
}

void gate_figures(const struct gate *gate, struct gate_figures *ret_figures) {
    *ret_figures = (struct gate_figures){
        .lines = gate->known.entries,
        .capacity = gate->known.mask + 1,
        .evictions = gate->known.evictions,
        .hits = gate->hits,
        .misses = gate->misses,
        .bytes =
            (gate->known.mask + 1 + KNOWN_WINDOW) * sizeof(struct known) + gate->known.key_bytes};
}

uint64_t gate_known_bytes(const struct catalog_set *set) {
    return known_bytes(set);
}

uint64_t gate_names_bytes(const struct catalog_set *set) {
    return gate_names_table_bytes(set) + heap_bytes((set->family_count + 1) * sizeof(uint32_t)) +
           (gate_ignores_all(set) ? heap_bytes(GATE_IGNORED_MAX * sizeof(struct ignored_label))
                                  : 0);
}

/* Prefetch the parts of key and series that a line needs: the key's first and last byte; the fixed
 * part of the series, or its buckets and write time. Without a branch, since letters come mixed. */
static inline void bring(const struct known *known, const struct sg_line *line) {
    enum { CACHE_LINE = 64, FIXED_END = sizeof *known->series - 1 };
    const bool observes = line->letter >= SG_LETTER_H && line->letter <= SG_LETTER_MS;
    const uintptr_t step = observes ? CACHE_LINE : FIXED_END / 2;
    const uintptr_t key = (uintptr_t)known->key;
    const uintptr_t series = (uintptr_t)known->series;
    __builtin_prefetch((const void *)key);
    __builtin_prefetch(
        (const void *)(key + sizeof *known->key + line->name.len + line->tags.len - 1));
    __builtin_prefetch((const void *)series, 1);
    __builtin_prefetch((const void *)(series + step), 1);
    __builtin_prefetch((const void *)(series + 2 * step), 1);
}

static void probe_one(struct gate *gate, struct pipe *pipe) {
    struct gate_line *item = &pipe->items[pipe->probed++ % PIPE_SIZE];
    struct known *home = known_home(&gate->known, item->hash);
    for (size_t i = 0; i < KNOWN_WINDOW && home[i].key != NULL; i++) {
        if (home[i].hash != item->hash)
            continue;
        item->slot = &home[i];
        bring(&home[i], &item->line);
        item->owned = (home[i].flags & KNOWN_OWNED) != 0;
        if (item->owned)
            store_own_bring(home[i].series, item->sender->owner);
        return;
    }
}

/* The slot that was found ahead may be another line's by now. */
static inline bool leads_to_parts(const struct gate_line *item) {
    return item->owned && (item->slot->flags & KNOWN_OWNED) != 0 && item->slot->series != NULL;
}

/* Prefetch parts for lines that will be applied soon, unless the value is in the series. The series
 * were prefetched when the lines were probed, and have arrived by now. */
static void bring_parts(const struct gate *gate, struct pipe *pipe) {
    const size_t touched = pipe->applied + PIPE_TOUCH;
    const size_t fetched = pipe->applied + PIPE_FETCH;
    struct gate_line *item = &pipe->items[touched % PIPE_SIZE];
    if (touched < pipe->probed && leads_to_parts(item))
        item->owned = store_own_touch(gate->store, item->slot->series, item->sender->owner);
    item = &pipe->items[fetched % PIPE_SIZE];
    if (fetched < pipe->probed && leads_to_parts(item))
        store_own_fetch(gate->store, item->slot->series, item->sender->owner);
}

static void reject_line(struct gate *gate, const struct gate_line *item, struct store_time now) {
    const struct ledger_entry entry = {.service = gate_only_service(gate, item->origin->scope),
                                       .label = -1,
                                       .reason = item->fault.reason};
    ledger_reject(gate->ledger, item->sender, &entry, item->line.text, item->fault.offset, 1,
                  now.real_ms);
}

/* Count a line whose verdict needs no look-up. */
static __attribute__((noinline)) void settle_line(struct gate *gate, const struct gate_line *item,
                                                  struct store_time now) {
    static const struct ledger_entry nothing = {.label = -1};
    size_t samples = 1;
    if (item->fate == LINE_REFUSE) {
        reject_line(gate, item, now);
        return;
    }
    if (item->fate == LINE_TELEMETRY) {
        telemetry_take(gate->ledger, &item->line, item->sender);
        samples = sg_line_samples(&item->line);
    }
    ledger_ignore(gate->ledger, item->sender, &nothing, samples);
}

static enum line_fate fate_of(const struct sg_line *line) {
    if (line->kind != SG_LINE_METRIC)
        return LINE_IGNORE;
    return telemetry_is(line) ? LINE_TELEMETRY : LINE_APPLY;
}

/* Apply a line, and record what is decided about it. */
static void apply_traced(struct gate *gate, struct gate_line *item, struct store_time now,
                         struct gate_trace *trace) {
    gate_trace_init(trace, item->line.text);
    if (item->fate == LINE_REFUSE)
        gate_trace_fault(trace, item->fault);
    else
        gate_trace_line(trace, &item->line);
    if (item->fate == LINE_APPLY)
        apply_line(gate, item, now, trace);
    else
        settle_line(gate, item, now);
}

void gate_watch(struct gate *gate, const struct gate_watcher *watcher) {
    gate->watcher = watcher;
}

/* Apply a line if it is watched. False: it is not. */
static __attribute__((noinline)) bool apply_watched(struct gate *gate, struct gate_line *item,
                                                    struct store_time now) {
    const struct gate_watcher *watcher = gate->watcher;
    struct gate_trace *trace = watcher->wants(watcher->arg, item->origin);
    if (trace == NULL)
        return false;
    apply_traced(gate, item, now, trace);
    const struct gate_watched watched = {
        .origin = item->origin, .sender = item->sender, .trace = trace, .now = now};
    gate->extra_units += watcher->applied(watcher->arg, &watched);
    return true;
}

/* Apply a line that is not simply accepted into a series of the host. */
static __attribute__((noinline)) void apply_other(struct gate *gate, struct gate_line *item,
                                                  struct store_time now) {
    if (!plain_is_own(item) || !gate_plain_own(gate, item, now))
        apply_line(gate, item, now, NULL);
}

static inline void apply_one(struct gate *gate, struct pipe *pipe, struct store_time now) {
    bring_parts(gate, pipe);
    struct gate_line *item = &pipe->items[pipe->applied++ % PIPE_SIZE];
    if (__builtin_expect(gate->watcher != NULL, 0) && apply_watched(gate, item, now))
        ;
    else if (item->fate != LINE_APPLY)
        settle_line(gate, item, now);
    else if (!plain_apply(gate, item, now))
        apply_other(gate, item, now);
    progress_commit_line(gate, item);
}

/* Push the line that the caller has filled in at pipe->next. */
static void push(struct gate *gate, struct pipe *pipe, struct store_time now) {
    struct gate_line *item = pipe->next;
    pipe->next = item + 1 == pipe->items + PIPE_SIZE ? pipe->items : item + 1;
    pipe->in++;
    item->slot = NULL;
    item->owned = false;
    item->hash = 0;
    if (item->fate == LINE_APPLY)
        item->hash = known_hash(&gate->known, item->origin->scope, &item->line);
    __builtin_prefetch(known_home(&gate->known, item->hash));
    if (pipe->in - pipe->probed > PIPE_PROBE)
        probe_one(gate, pipe);
    if (pipe->in - pipe->applied > PIPE_APPLY)
        apply_one(gate, pipe, now);
}

static void drain(struct gate *gate, struct pipe *pipe, struct store_time now) {
    while (pipe->probed < pipe->in)
        probe_one(gate, pipe);
    while (pipe->applied < pipe->in)
        apply_one(gate, pipe, now);
}

static bool has_words(const struct sg_line *line) {
    return line->letter == SG_LETTER_A || line->letter == SG_LETTER_B ||
           line->letter == SG_LETTER_J;
}

/* Work units for applying the line's values beyond the first. */
static size_t value_units(const struct sg_line *line, size_t values) {
    return has_words(line) ? values * WORD_UNITS : values / VALUES_A_UNIT;
}

static void refuse_line(struct intake *in, struct gate_line *item, bool first) {
    intake_note_fault(in, item->line.text, first);
    item->fate = LINE_REFUSE;
}

/* Put lines of datagram number `index` of the call into the pipe, until the datagram ends (true) or
 * `most` work units are used. */
static bool take_lines(struct gate *gate, struct pipe *pipe, const struct gate_datagram *datagram,
                       size_t index, size_t most, size_t *used, struct store_time now) {
    enum { SHORT_VALUES = 16 }; /* too few bytes to be worth counting */
    struct intake *in = &gate->intake;
    const struct sender *sender = in->sender;
    struct sg_lines lines;
    bool ended;
    struct gate_line *last = NULL;
    const uint16_t number = (uint16_t)(gate->first + index);
    size_t units = *used;
    bool first = in->next_line == 0;
    bool more = false;
    sg_lines_init(&lines, datagram->data + in->next_line, datagram->len - in->next_line);
    while (!more && sg_lines_parse(&lines, &pipe->next->line, &ended, &pipe->next->fault)) {
        struct gate_line *item = pipe->next;
        struct sg_line *line = &item->line;
        units++;
        if (datagram->truncated && !ended) {
            refuse_line(in, item, first);
            item->fault = (struct sg_fault){SG_REJECT_TRUNCATED, line->text.len};
        } else if (item->fault.reason != SG_REJECT_NONE) {
            refuse_line(in, item, first);
        } else {
            if (first && line->has_report)
                intake_note_report(in, line);
            if (in->reports || line->values.len > SHORT_VALUES || has_words(line))
                units += value_units(line, intake_count(in, line));
            item->fate = fate_of(line);
        }
        item->origin = &datagram->origin;
        item->sender = sender;
        item->next_datagram = number;
        item->next_offset = (uint32_t)(lines.next - datagram->data);
        push(gate, pipe, now);
        last = item;
        first = false;
        more = units + gate->extra_units >= most && lines.next != lines.end;
    }
    if (last != NULL && !more) /* the last line is still in the pipe */
        progress_behind_datagram(last);
    *used = units;
    in->next_line = (size_t)(lines.next - datagram->data);
    return !more;
}

size_t gate_batch(struct gate *gate, const struct gate_datagram *datagrams, size_t count,
                  size_t budget, struct store_time now) {
    struct pipe pipe;
    pipe.in = pipe.probed = pipe.applied = 0;
    pipe.next = pipe.items;
    size_t done = 0;
    size_t used = 0;
    gate->extra_units = 0;
    gate_progress_start(gate);
    if (gate->skip > 0)
        budget = 0;                                                    /* that line alone */
    const size_t most = budget < SIZE_MAX / 2 ? 2 * budget : SIZE_MAX; /* of a cut datagram */
    while (done < count && (used == 0 || used + gate->extra_units < budget)) {
        const struct gate_datagram *datagram = &datagrams[done];
        if (!gate->intake.midway)
            intake_begin(gate, datagram, done, now);
        used++;
        if (!take_lines(gate, &pipe, datagram, done, most, &used, now))
            break;
        intake_end(gate, done, now);
        done++;
    }
    drain(gate, &pipe, now);
    gate_progress_stop(gate, done);
    return done;
}

bool gate_is_midway(const struct gate *gate) {
    return gate->intake.midway;
}

void gate_explain(struct gate *gate, struct sg_span text, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *ret_trace) {
    const struct tally before = *ledger_total(gate->ledger);
    const struct tally *after = ledger_total(gate->ledger);
    bool is_new;
    struct gate_line item = {
        .origin = origin,
        .sender = ledger_sender(gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms,
                                &is_new),
    };
    if (sg_line_parse(text, &item.line, &item.fault) != 0) {
        item.line.text = text;
        item.fate = LINE_REFUSE;
    } else {
        item.fate = fate_of(&item.line);
        item.hash = known_hash(&gate->known, origin->scope, &item.line);
    }
    gate->explains = true;
    apply_traced(gate, &item, now, ret_trace);
    gate->explains = false;
    gate_progress_flush(gate);
    undo_commit(gate->undo);
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_trace->samples[i] = after->by_verdict[i] - before.by_verdict[i];
}

/* ---- trace: Records decisions about a line; makes none itself. ---- */

void gate_trace_init(struct gate_trace *trace, struct sg_span text) {
    *trace = (struct gate_trace){.text = text,
                                 .step = STEP_FORM,
                                 .verdict = VERDICT_IGNORED,
                                 .label = -1,
                                 .named_item = -1,
                                 .full_label = -1};
}

void gate_trace_fault(struct gate_trace *trace, struct sg_fault fault) {
    trace->verdict = VERDICT_REJECTED;
    trace->reason = fault.reason;
    trace->offset = fault.offset;
}

void gate_trace_line(struct gate_trace *trace, const struct sg_line *line) {
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

/* They are kept in order; if there is no room, the last one is dropped. */
void gate_trace_meaning(struct gate_trace *trace, const struct catalog_family *family) {
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
    const struct name_entry *entry = gate_names_find(&gate->names, gate_scope_of(catalog), name);
    while (entry != NULL && entry->family->catalog != catalog)
        entry = entry->same;
    return entry != NULL ? entry->family : NULL;
}

void gate_trace_no_meaning(struct gate_trace *trace, const struct gate *gate) {
    for (size_t i = 0; trace->elsewhere == NULL && i < gate->set->count; i++)
        trace->elsewhere = find_in(gate, gate->set->catalogs[i], trace->line.name);
}

void gate_trace_family(struct gate_trace *trace, const struct name_entry *entry) {
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

void gate_trace_next_label(struct gate_trace *trace) {
    trace->seen++;
}

void gate_trace_named_label(struct gate_trace *trace, const struct sg_tag *tag) {
    trace->labels[trace->label_count++] =
        (struct trace_label){.name = tag->key, .sent = tag->value, .in_line = true};
    trace->seen = trace->label_count;
}

void gate_trace_taken_label(struct gate_trace *trace, const struct catalog_label *label,
                            enum fit fit, const struct store_label *taken) {
    struct trace_label *item = in_hand(trace);
    item->declared = label;
    item->fate = fit == LABEL_FOLDS ? FATE_FOLDED : FATE_ALLOWED;
    item->reason = fit == LABEL_FOLDS ? SG_REJECT_LABEL_VALUE : SG_REJECT_NONE;
    item->becomes = text_of(label, taken);
}

void gate_trace_item(struct gate_trace *trace, const struct catalog_family *family, uint8_t item) {
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

void gate_trace_passed_label(struct gate_trace *trace, bool routes) {
    in_hand(trace)->fate = routes ? FATE_ROUTED : FATE_STRIPPED;
}

void gate_trace_refused_label(struct gate_trace *trace, const struct catalog_family *family,
                              int index, enum sg_reject reason) {
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

void gate_trace_lacks_label(struct gate_trace *trace, const struct catalog_label *label,
                            const struct store_label *taken) {
    struct trace_label *item = add_lacking(trace, label->name);
    item->declared = label;
    if (taken == NULL)
        return;
    item->fate = label->kind == LABEL_CONST ? FATE_CONST : FATE_DEFAULT;
    item->becomes = text_of(label, taken);
}

void gate_trace_lacks_item(struct gate_trace *trace, const struct catalog_family *family,
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

void gate_trace_series(struct gate_trace *trace, const struct catalog_family *family,
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

void gate_trace_value(struct gate_trace *trace, enum sg_reject reason, enum trace_flaw flaw,
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

void gate_trace_outcome(struct gate_trace *trace, const struct outcome *out) {
    trace->step = out->step;
    trace->verdict = out->verdict;
    trace->reason = out->reason;
    trace->offset = out->offset;
    trace->label = out->label;
    trace->made = out->made;
}

void gate_trace_applied(struct gate_trace *trace, const struct outcome *out, owner_id owner,
                        bool shows) {
    gate_trace_outcome(trace, out);
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
