/* Batches of datagrams, and their way through the gate. */
#include "base/heap.h"
#include "gate/apply.h"
#include "gate/gate_private.h"
#include "gate/intake.h"
#include "gate/plain.h"
#include "gate/progress.h"
#include "gate/telemetry.h"
#include "gate/trace_private.h"
#include "store/store.h"

/*
 * Lines go through three steps, several lines apart, so that memory that a step needs is being
 * fetched while other lines are worked on: hash and touch the table; touch key and series; apply.
 * The order is kept, also by lines that only get a verdict: a line changes things only in the third
 * step, so one position says what is done (progress.h). Above some ten thousand series, waiting for
 * memory is most of the cost.
 */
enum { PIPE_SIZE = 32, PIPE_PROBE = 8, PIPE_APPLY = 16, PIPE_TOUCH = 4, PIPE_FETCH = 2 };

struct pipe {
    struct gate_line items[PIPE_SIZE];
    struct gate_line *next; /* place of the next line */
    size_t in;
    size_t probed;
    size_t applied;
};

struct gate *gate_new(const struct memory *memory, struct object *object,
                      const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      struct machines *machines, uint64_t seed) {
    struct gate *gate = memory_alloc(memory, sizeof *gate);
    if (gate == NULL)
        return NULL;
    gate->memory = memory;
    gate->set = set;
    gate->store = store;
    gate->ledger = ledger;
    gate->machines = machines;
    gate->owners = store_owners(store);
    gate->undo = object_undo(object);
    gate->has_object = object != NULL;
    gate->family_samples =
        memory_array(memory, set->family_count + 1, 2 * sizeof *gate->family_samples);
    if (gate->family_samples == NULL || !names_init(&gate->names, memory, set, seed) ||
        !known_init(&gate->known, memory, set, seed) || !repeats_init(&gate->repeats, memory) ||
        !shapes_init(&gate->shapes, memory)) {
        gate_free(gate);
        return NULL;
    }
    return gate;
}

void gate_free(struct gate *gate) {
    if (gate == NULL)
        return;
    names_done(&gate->names);
    known_done(&gate->known);
    repeats_done(&gate->repeats);
    memory_release(gate->memory, gate->shapes);
    memory_release(gate->memory, gate->family_samples);
    memory_release(gate->memory, gate);
}

void gate_figures(const struct gate *gate, struct gate_figures *ret_figures) {
    *ret_figures = (struct gate_figures){
        .lines = gate->known.entries + gate->repeats.lines,
        .capacity = gate->known.mask + 1 + REPEATS_MAX,
        .evictions = gate->known.evictions + gate->repeats.evictions,
        .hits = gate->hits,
        .misses = gate->misses,
        .bytes = (gate->known.mask + 1 + KNOWN_WINDOW) * sizeof(struct known) +
                 gate->known.key_bytes + repeats_bytes() + shapes_bytes()};
}

uint64_t gate_known_bytes(const struct catalog_set *set) {
    return known_bytes(set) + repeats_bytes() + shapes_bytes();
}

uint64_t gate_names_bytes(const struct catalog_set *set) {
    return names_bytes(set) + heap_bytes((set->family_count + 1) * sizeof(uint32_t));
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
    item->repeat = repeats_guess(&gate->repeats, item->hash);
    if (item->repeat == NULL)
        return;
    __builtin_prefetch(item->repeat, 1);
    __builtin_prefetch(item->repeat->key);
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
    const gate_scope scope = item->origin->scope;
    const struct ledger_entry entry = {.service = scope > 0 ? gate->set->catalogs[scope - 1] : NULL,
                                       .label = -1,
                                       .reason = item->fault.reason,
                                       .waits = true};
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

void gate_watch(struct gate *gate, gate_watch_fn fn, void *arg) {
    gate->watch = fn;
    gate->watch_arg = arg;
}

static __attribute__((noinline)) void show(struct gate *gate, const struct gate_line *item,
                                           struct store_time now) {
    const bool truncated = item->fate == LINE_REFUSE && item->fault.reason == SG_REJECT_TRUNCATED;
    const struct gate_watched watched = {.text = item->line.text,
                                         .origin = item->origin,
                                         .sender = item->sender,
                                         .truncated = truncated,
                                         .now = now};
    gate->extra_units += gate->watch(gate->watch_arg, &watched);
}

/* Apply a line that is not simply accepted into a series of the host. */
static __attribute__((noinline)) void apply_other(struct gate *gate, struct gate_line *item,
                                                  struct store_time now) {
    const bool done = plain_is_own(item)
                          ? plain_own(gate, item, now)
                          : plain_repeat(gate, item, now) || shapes_apply(gate, item, now);
    if (!done)
        apply_line(gate, item, now, NULL);
}

static inline void apply_one(struct gate *gate, struct pipe *pipe, struct store_time now) {
    bring_parts(gate, pipe);
    struct gate_line *item = &pipe->items[pipe->applied++ % PIPE_SIZE];
    if (__builtin_expect(gate->watch != NULL, 0))
        show(gate, item, now);
    if (item->fate != LINE_APPLY)
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
    progress_start(gate);
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
    progress_stop(gate, done);
    return done;
}

bool gate_is_midway(const struct gate *gate) {
    return gate->intake.midway;
}

const uint32_t *gate_family_samples(const struct gate *gate) {
    return gate->family_samples;
}

/* Explain a single line that is not part of a datagram. */
static void explain_line(struct gate *gate, struct gate_line *item, struct sg_span text,
                         struct store_time now, struct gate_trace *ret_trace) {
    if (sg_line_parse(text, &item->line, &item->fault) != 0) {
        item->line.text = text;
        reject_line(gate, item, now);
        trace_fault(ret_trace, item->fault);
        return;
    }
    trace_line(ret_trace, &item->line);
    item->hash = known_hash(&gate->known, item->origin->scope, &item->line);
    item->fate = fate_of(&item->line);
    if (item->fate == LINE_APPLY)
        apply_line(gate, item, now, ret_trace);
    else
        settle_line(gate, item, now);
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
    trace_init(ret_trace, text);
    explain_line(gate, &item, text, now, ret_trace);
    progress_flush(gate);
    ledger_settle(gate->ledger);
    undo_commit(gate->undo);
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_trace->samples[i] = after->by_verdict[i] - before.by_verdict[i];
}
