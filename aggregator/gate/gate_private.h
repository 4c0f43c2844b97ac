/* SPDX-License-Identifier: MIT */
/*
 * gate_private.h - the struct behind gate.h, and the costs of work. Private to gate/.
 *
 *   datagram ─ lines ─▶ hash of (scope, letter, name, tags)
 *   gate.c                 │
 *               known.c    ├─ known line ──────────────▶ series ─ apply.c ─▶ number, verdict
 *                          │                               ▲
 *               resolve.c  └─ new line ─▶ family           │
 *                                         labels ─▶ store ─┘  (and remembered, with what the
 *                                                              answer depends on)
 *
 * apply.c keeps the position and commits, takes rows of queries, and makes owners of senders;
 * gate.c records what the others decide about a line, for gate_explain.
 */
#ifndef STATGATE_GATE_GATE_PRIVATE_H
#define STATGATE_GATE_GATE_PRIVATE_H

#include <string.h>

#include "base/hash.h"
#include "base/slots.h"
#include "base/text.h"
#include "gate/gate.h"

/* ---- known: the table of known lines. ---- */

enum known_flags {
    KNOWN_USED = 1,    /* second chance: hit since the search for a slot last passed */
    KNOWN_IGNORED = 4, /* the family is not exposed; there is no series */
    KNOWN_OWNED = 8,   /* the value goes to the sender's own part */
    KNOWN_PLAIN = 16   /* see gate_private.h */
};

/* The bytes that identify a known line: scope and letter, name, tags. */
struct known_key {
    uint32_t scope_letter;
    uint16_t name_len;
    uint16_t tags_len;
    char bytes[]; /* name, then tags */
};

/* 32 bytes, two in a cache line. */
struct known {
    uint64_t hash;
    struct known_key *key;       /* NULL: empty */
    const struct series *series; /* NULL with KNOWN_IGNORED */
    uint32_t generation;         /* the series' generation when the line was remembered */
    uint16_t family;             /* index in the set */
    uint8_t item;                /* item of a series with several: a relayed summary, a stateset */
    uint8_t flags;               /* enum known_flags */
};

struct known_table {
    void *piece; /* the allocation that holds the slots */
    struct known *slots;
    size_t mask;
    uint64_t key_bytes;
    uint64_t key_bytes_max;
    uint64_t entries;
    uint64_t evictions;
    struct hash_keys keys;
};

enum { KNOWN_WINDOW = 16, KNOWN_KEY_MAX = GATE_KNOWN_BYTES_MAX };

void known_init(struct known_table *table, const struct catalog_set *set, uint64_t seed);
void known_done(struct known_table *table);
/* The most memory that the table takes. */
uint64_t known_bytes(const struct catalog_set *set);
/* Find the slot of this line, or NULL. */
struct known *known_find(const struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);
/* Find or make the line's slot, evicting one not used lately if necessary. NULL: the line is not
 * worth keeping. The caller fills series, generation, family, item and
 * flags. */
struct known *known_make(struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);

static inline struct known *known_home(const struct known_table *table, uint64_t hash) {
    return &table->slots[hash & table->mask];
}

static inline uint32_t known_scope_letter(gate_scope scope, const struct sg_line *line) {
    return scope << 8 | line->letter;
}

static inline uint64_t known_hash(const struct known_table *table, gate_scope scope,
                                  const struct sg_line *line) {
    return hash_pair(known_scope_letter(scope, line), line->name.at, line->name.len, line->tags.at,
                     line->tags.len, table->keys);
}

/* Whether the slot belongs to this line. */
static inline bool known_matches(const struct known *known, uint64_t hash, gate_scope scope,
                                 const struct sg_line *line) {
    const struct known_key *key = known->key;
    return known->hash == hash && key != NULL &&
           key->scope_letter == known_scope_letter(scope, line) &&
           key->name_len == line->name.len && key->tags_len == line->tags.len &&
           text_same(key->bytes, line->name.at, line->name.len) &&
           text_same(key->bytes + line->name.len, line->tags.at, line->tags.len);
}

/* ---- names: finds the families that a name in a line may mean. ---- */

/* The name alone does not select an item of a series. */
enum { ITEM_BY_LABEL = UINT8_MAX };

struct name_entry {
    gate_scope scope;
    const char *name;
    uint32_t len;
    uint8_t item; /* RELAYED_SUM or RELAYED_COUNT; ITEM_BY_LABEL for all other names */
    const struct catalog_family *family;
    const struct catalog_alias *alias; /* the name holds labels; NULL: it does not */
    const struct name_entry *same;     /* another family with this name in this scope: ambiguous */
};

/* An alias that holds labels. `entry` has no `same`: which of several services is meant is decided
 * when a name is found. */
struct template_entry {
    struct name_entry entry;
    uint32_t shape;
};

/* What aliases have in common: how many parts, and which of them are text alone. */
struct template_shape {
    uint32_t count;
    uint32_t texts; /* bits */
};

struct gate_names {
    struct template_entry *templates;
    size_t template_count;
    struct template_shape *shapes;
    size_t shape_count;
    struct bare_slots template_slots; /* by shape and texts */
    char *relayed; /* texts of the names ending in `_sum` and `_count`, which no catalog holds */
    struct name_entry *entries;
    size_t count;
    struct bare_slots slots;
    uint64_t seed;
};

void gate_names_init(struct gate_names *names, const struct catalog_set *set, uint64_t seed);
void gate_names_done(struct gate_names *names);
/* Memory of the table for a set. */
uint64_t gate_names_table_bytes(const struct catalog_set *set);
/* The first family of this name on the socket of this scope, which is no input's; `same` leads to
 * the others. NULL if there is none. */
const struct name_entry *gate_names_find(const struct gate_names *names, gate_scope scope,
                                         struct sg_span name);

/* What a name in a line can mean. */
struct gate_meanings {
    struct sg_span service; /* only that service's families, unless at == NULL */
    struct gate_trace
        *trace; /* gets every family; NULL: two are enough, as the name is ambiguous */
    const struct name_entry *first;
    size_t count;
};

/* ---- input: what an input's lines can reach. ---- */

struct gate_way {
    uint64_t *services; /* bits of catalogs; NULL: those of the shared socket */
    gate_scope *own;    /* scopes of those with a socket of their own */
    size_t own_count;
    const struct catalog *only; /* the only service; NULL: there are several */
    bool anonymous;
    bool statsd_gauges;
};

/* The input of the scope; NULL: it is a socket's. */
const struct gate_way *gate_way_of(const struct gate *gate, gate_scope scope);
/* Whether numbers with a sign change this family's values instead of setting them. */
bool gate_takes_changes(const struct gate *gate, gate_scope scope,
                        const struct catalog_family *family);
/* The only service of the scope; NULL: there are several. */
const struct catalog *gate_only_service(const struct gate *gate, gate_scope scope);
/* Find the families that the name means on the sockets that the scope reaches: those that are
 * declared with it whole, else those of aliases with labels that match it. */
void gate_names_mean(const struct gate *gate, gate_scope scope, struct sg_span name,
                     struct gate_meanings *meanings);

/* ---- outcome ----
 * what was decided about a line as a whole, before its values are judged. Private to
 * gate/.
 */

struct outcome {
    enum verdict verdict; /* ACCEPTED or FOLDED: series is set */
    enum sg_reject reason;
    size_t offset;          /* offset of the fault, if rejected */
    int label;              /* index of the label at fault, or -1 */
    enum trace_step step;   /* last step reached; not set for a known line */
    struct sg_span spelled; /* as in ledger_entry */
    uint8_t item;           /* as in known */
    bool made;              /* the series did not exist before this line */
    bool lasting; /* accepted or ignored: the same bytes get the same answer while the series lives
                   */
    const struct catalog *service;
    const struct catalog_family *family;
    const struct series *series;
    const struct catalog_alias *alias; /* the name holds labels; NULL: it does not */
    struct gate_trace *trace;          /* NULL: not traced */
};

/* Whether the line is accepted and its numbers may take a fast path. */
static inline bool outcome_is_plain(const struct outcome *out) {
    return out->verdict == VERDICT_ACCEPTED && family_has_lines(out->family) &&
           !out->family->has_absent && !out->service->senders_restricted;
}

/* Reject the line. `label` is the index of the label at fault, or -1; it replaces that of an
 * earlier fold. */
static inline void outcome_reject(struct outcome *out, enum sg_reject reason, int label,
                                  const struct sg_line *line, const char *at) {
    out->verdict = VERDICT_REJECTED;
    out->reason = reason;
    out->label = label;
    out->offset = at != NULL ? (size_t)(at - line->text.at) : 0;
}

/* ---- apply: applies the values of a line to its series. ---- */

/* What is to be done with a line. */
enum line_fate {
    LINE_APPLY,     /* look it up, and apply its values */
    LINE_TELEMETRY, /* telemetry of a DogStatsD client */
    LINE_IGNORE,    /* an event or a service check */
    LINE_REFUSE     /* not a valid line */
};

/* One line on its way through the pipeline. */
struct gate_line {
    struct sg_line line;
    const struct gate_origin *origin;
    const struct sender *sender;
    uint64_t hash;
    struct known *slot; /* slot that may hold the line; NULL: none */
    bool owned;         /* slot leads to parts; the sender's part may have to be prefetched */
    enum line_fate fate;
    uint16_t next_datagram; /* the position behind the line */
    uint32_t next_offset;
    struct sg_fault fault; /* LINE_REFUSE */
};

/* Look the line up or resolve it, and apply its values; the caller commits. With `trace` (else
 * NULL) it is resolved even if it is known, and each decision is recorded. */
void apply_line(struct gate *gate, struct gate_line *item, struct store_time now,
                struct gate_trace *trace);
/* Handle a known line with one number for the sender's own part, which the store refused. */
void apply_refused(struct gate *gate, const struct gate_line *item, enum store_own result,
                   struct store_time now);

/* Progress within the datagram that is being applied. */
struct intake {
    bool midway;      /* the datagram was begun */
    bool reported;    /* another process has taken the datagram's report */
    size_t next_line; /* offset of the first line that was not examined yet */
    const struct sender *sender;
    bool reports; /* the first line is a report about this handle: */
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;
    uint64_t samples; /* samples so far; counted only if `reports` is set */
};

/* What another process had done with a batch when it ended; all 0 if there was none. */
struct resume {
    size_t begun;  /* number of datagrams already counted for their sender */
    size_t ended;  /* number of datagrams whose report was taken */
    size_t offset; /* of the first unapplied line in the first datagram not applied completely */
};

/* Consecutive accepted samples of one sender and service. Their number is kept in the position. */
struct accepted_run {
    const struct sender *sender; /* NULL: no run */
    uint32_t service;
};

/* A label of gate_ignored_at. */
struct ignored_label {
    const struct catalog *service;
    uint64_t spellings;
    uint16_t len;
    char text[GATE_IGNORED_BYTES_MAX];
};

struct gate {
    const struct catalog_set *set;
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct owners *owners; /* owned by the store */
    struct gate_names names;
    struct gate_way *ways; /* of inputs */
    size_t way_count;
    struct known_table known;
    uint64_t hits;
    uint64_t misses;
    struct ignored_label
        *ignored; /* NULL: no service ignores all labels that it does not declare */
    size_t ignored_count;
    uint64_t ignored_rest;
    gate_sender_fn on_new_sender;
    void *on_new_sender_arg;
    gate_owner_fn on_new_owner;
    void *on_new_owner_arg;
    const struct gate_watcher *watcher;
    bool explains; /* within gate_explain: the line is in no datagram */
    struct undo *undo;
    bool has_object;
    uint16_t begun; /* counts, as in the position */
    uint16_t ended;
    struct accepted_run run;
    struct undo_words at; /* words that the next commit writes in addition to the line */
    uint16_t first;       /* position of this call's first datagram */
    struct resume resume; /* what this call resumes */
    /* Another process began the line of this call, which takes that line alone: */
    uint16_t skip; /* how many of its values that process applied */
    bool empty;    /* ... it made the series, but found no good value */
    struct intake intake;
    size_t extra_units; /* work of this batch besides its lines */
};

/* Costs in work units, about 100 ns each: a known line takes one. */
enum {
    VALUES_A_UNIT = 4,      /* packed numbers per unit, good or bad */
    WORD_UNITS = 6,         /* one event of a machine */
    NEW_SENDER_UNITS = 150, /* making the sender's row, and inspecting the process */
    NEW_LINE_UNITS = 10,
    SOCKETS_A_UNIT = 4,    /* looked up for a name, of services with sockets of their own */
    NEW_SERIES_UNITS = 30, /* includes the page faults of a table's first series */
    NEW_WORDS_A_UNIT = 32, /* 8-byte words of a new series' body per unit, page faults included */
    NEW_WINDOW_UNITS = 40,
    REFUSED_SERIES_UNITS = 20 /* searching a full table for expired entries */
};

/* ---- fit ----
 * decisions that lines and query rows share: how a label's value fits its declaration, and
 * what the store's answer means. Private to gate/.
 */

/* How a label's value fits the catalog: unchanged, as the label's `otherwise`, or not at all.
 * Unless it is refused, *ret_label is set and borrows the text. */
enum fit { LABEL_FITS, LABEL_FOLDS, LABEL_REFUSED };
enum fit gate_fit_value(const struct catalog_label *label, struct sg_span value,
                        struct store_label *ret_label);
/* Use the label's default where the label is missing. False if it has none. */
bool gate_fit_default(const struct catalog_label *label, struct store_label *ret_label);
/* Turn the store's answer into a verdict, and the reason unless it is accepted. */
enum verdict gate_fit_verdict(enum store_result result, enum sg_reject *ret_reason);

/* ---- labels ----
 * checks the labels of a new line against those that its family declares. Private to
 * gate/.
 */

/* Note a label that the service strips since it ignores all that are not declared. */
void gate_note_ignored(struct gate *gate, const struct catalog *service, struct sg_span label);

/* ---- number: converts a number of a line to its family's unit. ---- */

/* Convert a value; milliseconds are the only other unit that a line can have. */
static inline double number_in_unit(const struct sg_line *line, const struct catalog_family *family,
                                    double value) {
    if (line->letter == SG_LETTER_MS)
        value *= family->ms_scale;
    return value;
}

/* Scale a number by the sample rate, for the sender's own part. */
static inline double number_as_own(const struct sg_line *line, double value) {
    return line->rate == 1 ? value : value / line->rate;
}

/* ---- progress ----
 * how far the datagrams are applied, for a process that takes over. Private to gate/.
 *
 * What a line changes is committed (object/object.h) with the position behind it: its values, its
 * verdicts, and the accepted samples. Accepted samples form runs of one sender and service. A run
 * is part of the position and goes to the ledger when it ends, so a line within a run costs the
 * books nothing. A run ends before gate_batch returns, so that the ledger is up to date for
 * everyone else.
 *
 * A datagram from a known sender has no commit of its own: the change of the sender's row waits for
 * the commit of the next line, of whatever datagram, whose `begun` says that the datagram is
 * counted.
 */

/* The most numbers or words of a line between two commits. */
enum { PROGRESS_NUMBERS = 64, PROGRESS_WORDS = 8 };

/* Bits of the position's `values`. PROGRESS_EMPTY: the line made its series, which has no value
 * yet. */
enum { PROGRESS_EMPTY = 0x8000, PROGRESS_VALUES = 0x7fff };

/* Begin a call of gate_batch: find where its datagrams begin, and what another process did with
 * them. */
void gate_progress_start(struct gate *gate);
/* End a call: `done` datagrams are applied whole, and no line waits. */
void gate_progress_stop(struct gate *gate, size_t done);

/* Give the run to the ledger, without a commit of its own. */
void gate_progress_flush(struct gate *gate);
/* Begin a run of this sender and service. */
void gate_progress_begin_run(struct gate *gate, const struct sender *sender, uint32_t service);

/* Update the position after gate->begun or gate->ended changed. */
static inline void progress_put_counts(struct gate *gate) {
    gate->at.counts = undo_counts(0, gate->begun, gate->ended, 0);
}

/* Commit the changes made so far, without moving the position to another line. */
void gate_progress_commit_whole(struct gate *gate);

static inline void progress_accept(struct gate *gate, const struct sender *sender, uint32_t service,
                                   uint64_t count) {
    if (gate->run.sender != sender || gate->run.service != service)
        gate_progress_begin_run(gate, sender, service);
    gate->at.samples += undo_pair(0, (uint32_t)count);
}

/* The line is the last of its datagram: the position behind it is the next datagram. */
static inline void progress_behind_datagram(struct gate_line *item) {
    item->next_datagram++;
    item->next_offset = 0;
}

/* Commit a line that is applied whole. */
static inline void progress_commit_line(struct gate *gate, const struct gate_line *item) {
    struct undo_words words = gate->at;
    words.counts |= undo_counts(item->next_datagram, 0, 0, 0);
    words.line |= undo_pair(item->next_offset, 0);
    undo_commit_words(gate->undo, words);
}

/* Commit what senders changed before this line, where it must not wait for the next commit. */
static inline void progress_commit_met(struct gate *gate) {
    if (undo_count(gate->undo) > 0)
        gate_progress_commit_whole(gate);
}

/* ---- plain ----
 * the fast paths for the most frequent lines: known lines with one number, for a series
 * that the host shares or for the sender's part. Private to gate/.
 */

/* Do what apply_line would do with a plain line. False if the line is not plain, or is refused;
 * nothing was changed. */
static inline bool plain_apply(struct gate *gate, const struct gate_line *item,
                               struct store_time now) {
    struct known *known = item->slot;
    const struct sg_line *line = &item->line;
    double value;
    if (known == NULL || (known->flags & ~KNOWN_USED) != KNOWN_PLAIN || gate->skip > 0 ||
        !known_matches(known, item->hash, item->origin->scope, line) ||
        known->series->generation != known->generation || !sg_line_number(line, &value))
        return false;
    const struct catalog_family *family = gate->set->families[known->family];
    const double number = number_in_unit(line, family, value);
    if (store_number(gate->store, family, known->series, number, line->rate, known->item, now) !=
        NUMBER_TAKEN)
        return false;
    gate->hits++;
    known->flags |= KNOWN_USED;
    progress_accept(gate, item->sender, family->catalog->index, 1);
    return true;
}

/* The same for a known line whose number belongs to the sender's part (plain_is_own); the store may
 * refuse it. */
bool gate_plain_own(struct gate *gate, const struct gate_line *item, struct store_time now);

static inline bool plain_is_own(const struct gate_line *item) {
    const struct known *known = item->slot;
    return known != NULL && (known->flags & ~KNOWN_USED) == (KNOWN_PLAIN | KNOWN_OWNED);
}

/* ---- resolve: resolves a new line against the catalogs. ---- */

struct store_label;

/* Resolve a line: its family, labels and series. `trace` records each decision unless it is
 * NULL. */
void resolve_line(struct gate *gate, const struct sg_line *line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *trace, struct outcome *ret_outcome);

/* Whether the service lists its senders and this one is not among them. */
static inline bool gate_forbids(const struct catalog *service, const struct gate_origin *origin) {
    return service->senders_restricted && !catalog_admits(service, origin->uid, origin->gid);
}

/* ---- telemetry: reads what DogStatsD clients report about themselves. ---- */

static const char telemetry_prefix[] = "datadog.dogstatsd.client.";

/* Whether the line is telemetry of a DogStatsD client. */
static inline bool telemetry_is(const struct sg_line *line) {
    const size_t len = sizeof telemetry_prefix - 1;
    return line->name.len > len && memcmp(line->name.at, telemetry_prefix, len) == 0;
}

/* ---- trace ----
 * records decisions in a trace, called where the decisions are made.
 */

/* Start an empty trace of this line. */
void gate_trace_init(struct gate_trace *trace, struct sg_span text);
/* The line could not be parsed. */
void gate_trace_fault(struct gate_trace *trace, struct sg_fault fault);
/* The line was parsed; none of its labels is recorded yet. */
void gate_trace_line(struct gate_trace *trace, const struct sg_line *line);

/* ---- the name ---- */

/* A family that the name can mean. */
void gate_trace_meaning(struct gate_trace *trace, const struct catalog_family *family);
/* The name means no family of the scope. */
void gate_trace_no_meaning(struct gate_trace *trace, const struct gate *gate);
/* The selected family. */
void gate_trace_family(struct gate_trace *trace, const struct name_entry *entry);

/* ---- labels ---- */

/* Go to the next label of the line; the functions below record what happened to it. */
void gate_trace_next_label(struct gate_trace *trace);
/* Add a label that the name holds; it is the next one. */
void gate_trace_named_label(struct gate_trace *trace, const struct sg_tag *tag);
void gate_trace_taken_label(struct gate_trace *trace, const struct catalog_label *label,
                            enum fit fit, const struct store_label *taken);
/* The label selects an item; ITEM_BY_LABEL: the family has no such item. */
void gate_trace_item(struct gate_trace *trace, const struct catalog_family *family, uint8_t item);
/* The label is stripped, or (`routes`) selected the service. */
void gate_trace_passed_label(struct gate_trace *trace, bool routes);
/* The line is rejected because of this label. `index` is its index in the family, or -1. */
void gate_trace_refused_label(struct gate_trace *trace, const struct catalog_family *family,
                              int index, enum sg_reject reason);
/* The line lacks this label; `taken` is its default, or NULL. */
void gate_trace_lacks_label(struct gate_trace *trace, const struct catalog_label *label,
                            const struct store_label *taken);
/* The line lacks the label of this name, which would select the item. */
void gate_trace_lacks_item(struct gate_trace *trace, const struct catalog_family *family,
                           const char *name);

/* ---- the series ---- */

/* The store's answer for these labels. `reason` is why there was no room, or SG_REJECT_NONE;
 * `label` is then the pattern label without room, or -1. `ids` are those of the series, NULL if it
 * was refused. */
void gate_trace_series(struct gate_trace *trace, const struct catalog_family *family,
                       const struct store_label *asked, const uint32_t *ids, enum sg_reject reason,
                       int label);

/* ---- values ---- */

/* A value or word that was refused, or (SG_REJECT_NONE) repeated. */
void gate_trace_value(struct gate_trace *trace, enum sg_reject reason, enum trace_flaw flaw,
                      struct sg_span text);

/* ---- the end ---- */

/* The whole line was refused or ignored. */
void gate_trace_outcome(struct gate_trace *trace, const struct outcome *out);
/* The line's values were applied; `shows`: the series took one and still exists. */
void gate_trace_applied(struct gate_trace *trace, const struct outcome *out, owner_id owner,
                        bool shows);

#endif
