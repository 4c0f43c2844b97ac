/* Batches of datagrams through the gate. */
#include "gate/apply.h"
#include "gate/gate_private.h"
#include "gate/telemetry.h"
#include "gate/trace_private.h"

/*
 * Lines go through in three steps some lines apart, so that the memory a step needs is on its way
 * while others are worked on: hash and touch the table, then touch key and series, then apply.
 * Order is kept. Above some ten thousand series the waits for memory are most of the cost.
 */
enum { PIPE_SIZE = 32, PIPE_PROBE = 8, PIPE_APPLY = 16, PIPE_TOUCH = 7, PIPE_FETCH = 4 };

struct pipe {
    struct gate_line items[PIPE_SIZE];
    size_t in;
    size_t probed;
    size_t applied;
};

struct gate *gate_new(const struct memory *memory, struct object *object,
                      const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      struct machines *machines, uint64_t seed) {
    (void)object;
    struct gate *gate = memory_alloc(memory, sizeof *gate);
    if (gate == NULL)
        return NULL;
    gate->memory = memory;
    gate->set = set;
    gate->store = store;
    gate->ledger = ledger;
    gate->machines = machines;
    gate->owners = store_owners(store);
    if (!names_init(&gate->names, memory, set, seed) ||
        !known_init(&gate->known, memory, set->bound, seed)) {
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
    memory_release(gate->memory, gate);
}

void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg) {
    gate->on_new_sender = fn;
    gate->on_new_sender_arg = arg;
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

uint64_t gate_known_bytes(uint64_t series_bound) {
    return known_bytes(series_bound);
}

uint64_t gate_names_bytes(const struct catalog_set *set) {
    return names_bytes(set);
}

static void probe_one(struct gate *gate, struct pipe *pipe) {
    struct gate_line *item = &pipe->items[pipe->probed++ % PIPE_SIZE];
    struct known *home = known_home(&gate->known, item->hash);
    for (size_t i = 0; i < KNOWN_WINDOW && home[i].key != NULL; i++) {
        if (home[i].hash != item->hash)
            continue;
        item->slot = &home[i];
        __builtin_prefetch(home[i].key);
        __builtin_prefetch(home[i].series, 1);
        item->owned = (home[i].flags & KNOWN_OWNED) != 0;
        if (item->owned) /* its body, which is about as long as a series' fixed part */
            __builtin_prefetch((const char *)(home[i].series + 2) - 8, 1);
        return;
    }
}

/* Lines that will be applied soon, whose series was brought when they were probed: bring the part,
 * unless the sender was the last to write. */
static void bring_parts(const struct gate *gate, const struct pipe *pipe) {
    const size_t touched = pipe->applied + PIPE_TOUCH;
    const size_t fetched = pipe->applied + PIPE_FETCH;
    const struct gate_line *item = &pipe->items[touched % PIPE_SIZE];
    if (touched < pipe->probed && item->owned && item->slot->series != NULL)
        store_own_touch(gate->store, item->slot->series, item->sender->owner);
    item = &pipe->items[fetched % PIPE_SIZE];
    if (fetched < pipe->probed && item->owned && item->slot->series != NULL)
        store_own_fetch(gate->store, item->slot->series, item->sender->owner);
}

static void apply_one(struct gate *gate, struct pipe *pipe, struct store_time now) {
    bring_parts(gate, pipe);
    apply_line(gate, &pipe->items[pipe->applied++ % PIPE_SIZE], now, NULL);
}

static void push(struct gate *gate, struct pipe *pipe, const struct sg_line *line,
                 const struct gate_origin *origin, const struct sender *sender,
                 struct store_time now) {
    struct gate_line *item = &pipe->items[pipe->in++ % PIPE_SIZE];
    item->line = *line;
    item->origin = origin;
    item->sender = sender;
    item->slot = NULL;
    item->owned = false;
    item->hash = known_hash(&gate->known, origin->scope, line);
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

static void reject_line(struct gate *gate, const struct sender *sender, gate_scope scope,
                        struct sg_span text, struct sg_fault fault, struct store_time now) {
    const struct ledger_entry entry = {.service = scope > 0 ? gate->set->catalogs[scope - 1] : NULL,
                                       .label = -1,
                                       .reason = fault.reason};
    ledger_reject(gate->ledger, sender, &entry, text, fault.offset, 1, now.real_ms);
}

/* True when the line is a metric to look up; else it has its verdict already. */
static bool admit(struct gate *gate, const struct sender *sender, const struct sg_line *line) {
    static const struct ledger_entry nothing = {.label = -1};
    if (line->kind == SG_LINE_METRIC && !telemetry_take(gate->ledger, line, sender))
        return true;
    const uint64_t samples = line->kind == SG_LINE_METRIC ? sg_line_samples(line) : 1;
    ledger_ignore(gate->ledger, sender, &nothing, samples);
    return false;
}

/* Meet the datagram's sender. */
static void begin_datagram(struct gate *gate, const struct gate_datagram *datagram,
                           struct store_time now) {
    const struct gate_origin *origin = &datagram->origin;
    bool is_new = false;
    const struct sender *sender =
        ledger_sender(gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms, &is_new);
    if (is_new && gate->on_new_sender != NULL) {
        gate->extra_units += NEW_SENDER_UNITS;
        gate->on_new_sender(gate->on_new_sender_arg, sender);
    }
    gate->intake = (struct intake){.midway = true, .sender = sender};
}

static void end_datagram(struct gate *gate, struct store_time now) {
    struct intake *in = &gate->intake;
    if (in->reports) {
        const struct ledger_claim claim = {in->handle, in->sent, in->lost, in->samples};
        ledger_report(gate->ledger, in->sender, &claim, now.mono_ms);
    }
    in->midway = false;
}

static bool has_words(const struct sg_line *line) {
    return line->letter == SG_LETTER_A || line->letter == SG_LETTER_B ||
           line->letter == SG_LETTER_J;
}

/* What applying the line's values takes, beyond one. */
static size_t value_units(const struct sg_line *line, size_t values) {
    return has_words(line) ? values * WORD_UNITS : values / VALUES_A_UNIT;
}

/* A line that is none. Its report is true all the same. */
static void refuse_line(struct gate *gate, const struct gate_datagram *datagram,
                        struct sg_span text, struct sg_fault fault, bool first,
                        struct store_time now) {
    struct intake *in = &gate->intake;
    in->samples++;
    if (first)
        in->reports = sg_report_find(text, &in->handle, &in->sent, &in->lost);
    reject_line(gate, in->sender, datagram->origin.scope, text, fault, now);
}

static void note_report(struct intake *in, const struct sg_line *line) {
    in->reports = true;
    in->handle = line->handle;
    in->sent = line->sent;
    in->lost = line->lost;
}

/* Count the line's samples. Returns the work units that they take beyond one. */
static size_t count_samples(struct intake *in, const struct sg_line *line) {
    const size_t count = line->kind == SG_LINE_METRIC ? sg_line_samples(line) : 1;
    in->samples += count;
    return value_units(line, count);
}

/* Lines of the datagram in hand into the pipe until its end (true), or until `most` work
 * units are used. */
static bool take_lines(struct gate *gate, struct pipe *pipe, const struct gate_datagram *datagram,
                       size_t most, size_t *used, struct store_time now) {
    enum { SHORT_VALUES = 16 }; /* bytes that are not worth counting */
    struct intake *in = &gate->intake;
    const struct sender *sender = in->sender;
    struct sg_lines lines;
    struct sg_span text;
    bool ended;
    struct sg_line line;
    size_t units = *used;
    bool first = in->next_line == 0;
    bool more = false;
    sg_lines_init(&lines, datagram->data + in->next_line, datagram->len - in->next_line);
    while (!more && sg_lines_next(&lines, &text, &ended)) {
        struct sg_fault fault = {.reason = SG_REJECT_TRUNCATED, .offset = text.len};
        units++;
        if ((datagram->truncated && !ended) || sg_line_parse(text, &line, &fault) != 0) {
            refuse_line(gate, datagram, text, fault, first, now);
        } else {
            if (first && line.has_report)
                note_report(in, &line);
            if (in->reports || line.values.len > SHORT_VALUES || has_words(&line))
                units += count_samples(in, &line);
            if (admit(gate, sender, &line))
                push(gate, pipe, &line, &datagram->origin, sender, now);
        }
        first = false;
        more = units + gate->extra_units >= most && lines.next != lines.end;
    }
    *used = units;
    in->next_line = (size_t)(lines.next - datagram->data);
    return !more;
}

size_t gate_batch(struct gate *gate, const struct gate_datagram *datagrams, size_t count,
                  size_t budget, struct store_time now) {
    const size_t most = budget < SIZE_MAX / 2 ? 2 * budget : SIZE_MAX; /* of a cut datagram */
    struct pipe pipe;
    pipe.in = pipe.probed = pipe.applied = 0;
    size_t done = 0;
    size_t used = 0;
    gate->extra_units = 0;
    while (done < count && (used == 0 || used + gate->extra_units < budget)) {
        const struct gate_datagram *datagram = &datagrams[done];
        if (!gate->intake.midway)
            begin_datagram(gate, datagram, now);
        used++;
        if (!take_lines(gate, &pipe, datagram, most, &used, now))
            break;
        end_datagram(gate, now);
        done++;
    }
    drain(gate, &pipe, now);
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
    const struct sender *sender =
        ledger_sender(gate->ledger, origin->pid, origin->uid, origin->gid, now.real_ms, &is_new);
    struct sg_line line;
    struct sg_fault fault;
    trace_init(ret_trace, text);
    if (sg_line_parse(text, &line, &fault) != 0) {
        reject_line(gate, sender, origin->scope, text, fault, now);
        trace_fault(ret_trace, fault);
    } else {
        trace_line(ret_trace, &line);
        struct gate_line item = {.line = line,
                                 .origin = origin,
                                 .sender = sender,
                                 .hash = known_hash(&gate->known, origin->scope, &line)};
        if (admit(gate, sender, &line))
            apply_line(gate, &item, now, ret_trace);
    }
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_trace->samples[i] = after->by_verdict[i] - before.by_verdict[i];
}
