/* SPDX-License-Identifier: MIT */
/*
 * gate.h - judges each sample: datagrams in, verdicts into the ledger, numbers into the store.
 *
 * A known line (same socket scope, name, letter and tag bytes) is found by one hash look-up in a
 * bounded table and is not validated again; a new line is resolved against the catalogs once. Pure:
 * time and sender facts are arguments.
 */
#ifndef STATGATE_GATE_GATE_H
#define STATGATE_GATE_GATE_H

#include <stdint.h>

#include "base/memory.h"
#include "base/num.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/store.h"

/* ---- origin: who sent a datagram, and through which socket. ---- */

/** The scope of a socket: 0 for the shared socket, otherwise the service's own (its catalog's index
 * + 1). */
typedef uint32_t gate_scope;

/** The scope of the socket for a service: its own socket, or the shared one. */
static inline gate_scope gate_scope_of(const struct catalog *catalog) {
    return catalog->socket != NULL ? catalog->index + 1 : 0;
}

/** What the lines of an input can reach: a way in beside the sockets that the catalogs name. */
struct gate_input {
    /** Borrowed for gate_set_inputs; NULL: those of the shared socket. */
    const struct catalog *const *services;
    size_t service_count;
    bool anonymous; /**< the kernel does not say who sends: the letters a, b and j are refused */
    bool statsd_gauges; /**< `+1|g` and `-1|g` change a gauge instead of setting it */
};

/** The scope of input number `index`. */
static inline gate_scope gate_scope_of_input(const struct catalog_set *set, size_t index) {
    return (gate_scope)(set->count + 1 + index);
}

/** Who sent a datagram, and through which socket. */
struct gate_origin {
    gate_scope scope;
    int32_t pid; /**< from the kernel; 0: unknown */
    uint32_t uid;
    uint32_t gid;
};

struct gate;

/** Create a gate over a finished set, which writes to store, ledger and machines (all borrowed),
 * made with the same object. Later it allocates only the keys of known lines. */
struct gate *gate_new(struct object *object, const struct catalog_set *set, struct store *store,
                      struct ledger *ledger, struct breakers_jobs *breakers_jobs, uint64_t seed);
void gate_free(struct gate *gate);
/** Make the scopes of these inputs known; once, before their first datagram. */
void gate_set_inputs(struct gate *gate, const struct gate_input *inputs, size_t count);
/** Whether lines of the scope can mean families of this service. */
bool gate_reaches(const struct gate *gate, gate_scope scope, const struct catalog *catalog);

/** One received datagram. */
struct gate_datagram {
    const char *data; /**< borrowed until gate_batch returns; never written to */
    size_t len;
    bool truncated; /**< cut by the kernel: an unended last line is `truncated` */
    struct gate_origin origin;
};

/** Called for each sender seen for the first time, so that the caller can describe it. */
typedef void (*gate_sender_fn)(void *arg, const struct sender *sender);
void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg);

/** Called when a sender first sends a value that it would own. Returns the owner for its process,
 * or OWNER_NONE (then it may call ledger_sender_disown). Without a callback, every pid above 0 may
 * own values, and the gate's caller reports ends by owners_end. */
typedef owner_id (*gate_owner_fn)(void *arg, const struct sender *sender);
void gate_on_new_owner(struct gate *gate, gate_owner_fn fn, void *arg);

struct gate_trace;
/** A line that was applied. */
struct gate_watched {
    const struct gate_origin *origin; /**< valid for the call only, like all pointers here */
    const struct sender *sender;
    const struct gate_trace *trace; /**< what was decided about it; `samples` is not counted */
    struct store_time now;
};
/** Someone who watches lines. A line that is traced is resolved even if it is known. */
struct gate_watcher {
    /** Called before each line is applied: returns the trace to fill, or NULL to leave it out. */
    struct gate_trace *(*wants)(void *arg, const struct gate_origin *origin);
    /** Called after a wanted line was applied. It must change nothing, and returns the work units
     * that it took. */
    size_t (*applied)(void *arg, const struct gate_watched *watched);
    void *arg;
};
/** Borrowed. NULL: no one watches. */
void gate_watch(struct gate *gate, const struct gate_watcher *watcher);

/**
 * Apply datagrams in order. Returns how many were applied whole: fewer than `count` if `budget`
 * (work units of about 100 ns; SIZE_MAX: no limit) ran out; pass the rest again later. A datagram
 * that alone needs more than a budget is cut between two lines: gate_is_midway is true then, and
 * the next call must begin with the same datagram at the same address; it continues with the next
 * line.
 *
 * With an object, each line is committed with the position behind it (object/object.h), a long line
 * in several parts. When the call begins, the position names datagrams[0]. What another process did
 * with this datagram and the following ones is not done again: a datagram that it began is not
 * counted for its sender, lines before the position are only searched for the report, and a
 * datagram that it ended reports nothing more. If it applied part of a line, the first call takes
 * that line alone, whatever its budget. A caller whose datagrams are in no inbox can ignore this:
 * the position then counts datagrams, and wraps.
 */
size_t gate_batch(struct gate *gate, const struct gate_datagram *datagrams, size_t count,
                  size_t budget, struct store_time now);
/** True while a datagram is applied in part: numbers must not be shown then. */
bool gate_is_midway(const struct gate *gate);

/* ---- rows of queries ---- */

/** What became of one row of a query. */
struct gate_row_verdict {
    enum verdict verdict;  /**< accepted, folded, rejected */
    enum sg_reject reason; /**< why it was folded or rejected */
    int label;             /**< the family's index of the label at fault, or -1 */
    bool duplicate;        /**< rejected: another row has this series, and `combine` refuses */
};

/**
 * Put a row's value into the family's set under way (store_set_begin), with its label values
 * checked like those of a datagram. `values` holds label_count spans in the family's order; one
 * with at == NULL is missing (SQL's NULL) and gets its default, or the row is rejected. A gauge
 * takes any finite value, a counter none below 0. Folds and rejections count in the ledger's books
 * of the family, not as samples.
 */
struct gate_row_verdict gate_row(struct gate *gate, const struct catalog_family *family,
                                 const struct sg_span *values, double value,
                                 enum query_combine combine, struct store_time now);

/** Figures of the table of known lines. */
enum { GATE_KNOWN_BYTES_MAX = 1024 /**< name and tags of a line that is remembered */ };

struct gate_figures {
    uint64_t lines;     /**< known lines */
    uint64_t capacity;  /**< the most known lines */
    uint64_t evictions; /**< known lines evicted for others */
    uint64_t hits;
    uint64_t misses;
    uint64_t bytes;
};
void gate_figures(const struct gate *gate, struct gate_figures *ret_figures);
/** A label that was stripped since its service ignores all that are not declared. */
struct gate_ignored {
    const char *service;
    const char *label; /**< not terminated */
    size_t len;
    uint64_t spellings; /**< lines with it that were not known yet */
};
enum { GATE_IGNORED_MAX = 64, GATE_IGNORED_BYTES_MAX = 200 };
/** The item at this index, in the order in which they came. False: there are no more. */
bool gate_ignored_at(const struct gate *gate, size_t index, struct gate_ignored *ret_ignored);
/** Spellings with labels that had no room in that list. */
uint64_t gate_ignored_rest(const struct gate *gate);
/** The most bytes that the table of known lines takes: room for each series of the set, by its
 * longest line (up to 200 bytes). */
uint64_t gate_known_bytes(const struct catalog_set *set);
/** Bytes of the table from names in lines to families of a set, and of one count per family. */
uint64_t gate_names_bytes(const struct catalog_set *set);

/** Apply one line and report what was decided about it, and why (`statgate explain`). A known line
 * is resolved, too. The numbers change as with any line, so use a separate store. */
void gate_explain(struct gate *gate, struct sg_span line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *ret_trace);
/* ---- trace ----
 * what the gate decided about one line, step by step, for people.
 *
 * The trace is filled where the decisions are made (resolve.c, apply.c), so it reports
 * what the gate did and why, not what it would have done. Pointers lead into the line, the set and
 * the store.
 */

enum {
    TRACE_FAMILIES_MAX = 64,
    TRACE_LABELS_MAX = SG_LABELS_MAX + 2 + CATALOG_LABELS_MAX, /* one too many, and an item */
    TRACE_VALUES_MAX = 16
};

/** The last step that the line reached: where it was refused or ignored, or STEP_VALUES. */
enum trace_step {
    STEP_FORM,      /**< is it in the wire's format? */
    STEP_ADMISSION, /**< is it a metric, not an event, a service check or a client's telemetry? */
    STEP_NAME,      /**< is its family known and unambiguous? */
    STEP_SENDER,    /**< does the catalog list its sender? */
    STEP_LETTER,    /**< does the family take its letter? */
    STEP_EXPOSURE,  /**< does an endpoint show the family? */
    STEP_LABELS,    /**< do its labels fit those of the family? */
    STEP_SERIES,    /**< is there room for the series? */
    STEP_OWNER,     /**< can its sender own a value, if the family's values belong to processes? */
    STEP_VALUES     /**< can the series take each value? */
};

/** What happened to a label. */
enum trace_fate {
    FATE_UNSEEN,   /**< not looked at: the line was refused earlier */
    FATE_ALLOWED,  /**< kept; `becomes` is the exposed value */
    FATE_FOLDED,   /**< became `otherwise`, for `reason` */
    FATE_STRIPPED, /**< listed in ignore_labels */
    FATE_ROUTED,   /**< the label `service`, which only selects the service */
    FATE_DEFAULT,  /**< not in the line; the label's default applies */
    FATE_CONST,    /**< not in the line; the label's one value applies */
    FATE_MISSING,  /**< not in the line, and there is no default */
    FATE_REJECTED  /**< the line is rejected because of this label, for `reason` */
};

/** A label of the line, or one that the line lacks. */
struct trace_label {
    struct sg_span name;
    struct sg_span sent; /**< at == NULL: without a value, or not in the line */
    bool in_line;
    bool is_item; /**< selects an item of the series: a state of a stateset, a quantile */
    enum trace_fate fate;
    enum sg_reject reason;
    const struct catalog_label *declared; /**< NULL: not declared, not looked at, or a quantile */
    struct sg_span becomes;               /**< exposed value; at == NULL: none */
};

/** What is wrong with a number. */
enum trace_flaw {
    FLAW_NONE,
    FLAW_FORM, /**< not a number */
    FLAW_KIND, /**< this kind, or this item, does not take it */
    FLAW_TOTAL /**< the total would not be finite */
};

/** A value or word that changed nothing. */
struct trace_value {
    enum sg_reject reason; /**< SG_REJECT_NONE: the word was a repetition */
    enum trace_flaw flaw;
    struct sg_span text;
    size_t offset; /**< offset of the text in the line */
};

/** The first values in their order, and the number of further ones. */
struct trace_values {
    struct trace_value items[TRACE_VALUES_MAX];
    size_t count;
    uint64_t rest; /**< number of values not in items */
};

struct gate_trace {
    struct sg_span text;
    struct sg_line line;             /**< set once the line has passed STEP_FORM */
    uint64_t samples[VERDICT_COUNT]; /**< number of values by verdict */
    enum trace_step step;

    enum verdict verdict;  /**< verdict of the first value */
    enum sg_reject reason; /**< reason, if that value is rejected or folded */
    size_t offset;         /**< offset in the line, if rejected */
    int label;             /**< family's index of the label at fault, or -1 */

    /** Families of this name on this socket, by service. With several, the name is ambiguous
     * unless the line's label `service` selects one. */
    const struct catalog_family *families[TRACE_FAMILIES_MAX];
    size_t family_count;
    size_t family_rest;                     /**< number of families not in families */
    const struct catalog_family *elsewhere; /**< otherwise, a family of this name on another socket;
                                             * or NULL */
    const struct catalog_family *family;    /**< the selected one; NULL: none */
    int named_item;         /**< RELAYED_SUM or RELAYED_COUNT if the name ends in it; else -1 */
    const char *item_label; /**< the label that has to select the item; NULL: none */

    struct trace_label
        labels[TRACE_LABELS_MAX]; /**< labels of the line, those of its name, those that it lacks */
    size_t label_count;
    size_t seen;                 /**< labels of the line recorded so far; private to gate/ */
    char quantile[NUM_TEXT_MAX]; /**< text that `becomes` of a label may point to */

    enum sg_reject full;         /**< label_overflow or series_limit: no room for the series */
    int full_label;              /**< the pattern label without room, or -1 */
    bool made;                   /**< the series did not exist before this line */
    enum sg_reject fold;         /**< why its values were folded, or SG_REJECT_NONE */
    owner_id owner;              /**< owner of the part, or OWNER_NONE */
    bool shows;                  /**< the series took a value and still exists */
    const struct series *series; /**< the series if `shows`, else NULL */

    struct trace_values refused;
    struct trace_values repeated; /**< words that repeat what a machine knows */
};

#endif
