/*
 * gate.h - decides on each sample: datagrams in, verdicts into the ledger, numbers into the store.
 *
 * A known line (same socket scope, name, letter and tag bytes) is found by one hash look-up in a
 * bounded table and is not validated again; what is new is resolved against the catalogs once.
 * Pure: time and sender facts are arguments.
 */
#ifndef STATGATE_GATE_GATE_H
#define STATGATE_GATE_GATE_H

#include "base/memory.h"
#include "catalog/catalog.h"
#include "gate/origin.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/owners.h"
#include "store/store.h"

struct gate;

/** A gate over a finished set, writing to store, ledger and machines (all borrowed), which were made
 * with the same object. NULL when out of memory. Later it allocates only the keys of known lines; a
 * line whose key cannot be allocated is resolved each time. */
struct gate *gate_new(const struct memory *memory, struct object *object,
                      const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      struct machines *machines, uint64_t seed);
void gate_free(struct gate *gate);

/** One received datagram. */
struct gate_datagram {
    const char *data; /**< borrowed until gate_batch returns; never written to */
    size_t len;
    bool truncated; /**< the kernel cut it: an unended last line is `truncated` */
    struct gate_origin origin;
};

/** Called for a sender seen for the first time, so that the caller can describe it. */
typedef void (*gate_sender_fn)(void *arg, const struct sender *sender);
void gate_on_new_sender(struct gate *gate, gate_sender_fn fn, void *arg);

/** Called when a sender first sends something that it would own. Returns the owner that its process
 * is, or OWNER_NONE (then it may call ledger_sender_disown). Without a callback every pid above 0 may
 * own, and the gate's caller reports ends by owners_end. */
typedef owner_id (*gate_owner_fn)(void *arg, const struct sender *sender);
void gate_on_new_owner(struct gate *gate, gate_owner_fn fn, void *arg);

/** A line that is about to be applied. */
struct gate_watched {
    struct sg_span text; /**< as everything here, good for the call only */
    const struct gate_origin *origin;
    const struct sender *sender;
    bool truncated; /**< the datagram was cut within it: it is rejected */
    struct store_time now;
};
/** Called with each line before it is applied, for somebody who watches: gate_try says what will become of it. It must
 * change nothing, and returns the work units that it took. NULL: nobody watches. */
typedef size_t (*gate_watch_fn)(void *arg, const struct gate_watched *watched);
void gate_watch(struct gate *gate, gate_watch_fn fn, void *arg);

/**
 * Apply datagrams in order. Returns how many were applied whole: fewer than `count` if `budget`
 * (work units of about 100 ns) ran out; pass the rest again later. A datagram that needs more than a
 * budget by itself is cut between two lines: gate_is_midway is true then, and the next call must
 * begin with the same datagram at the same address; it goes on with its next line. SIZE_MAX: all.
 *
 * With an object, each line is committed with the position behind it (object/undo.h), of long lines a
 * part at a time, and datagrams[0] is the one that the position names when the call begins. What
 * another process did of it and of those behind it is not done again: a datagram that was begun
 * is not counted for its sender, its lines before the position are only looked at for its report,
 * and one that ended reports no more. If a line was applied in part, the first call takes that line
 * alone, whatever its budget. Who passes datagrams that are in no inbox need not care: the position then
 * counts datagrams, and wraps.
 */
size_t gate_batch(struct gate *gate, const struct gate_datagram *datagrams, size_t count,
                  size_t budget, struct store_time now);
/** True while a datagram is applied in part: numbers must not be shown now. */
bool gate_is_midway(const struct gate *gate);

/** Samples accepted since the gate was made, by the family's index in the set. For people: they wrap,
 * and end with the process. */
const uint32_t *gate_family_samples(const struct gate *gate);

/* ---- rows of queries ---- */

/** What became of one value of a row. */
struct gate_row_verdict {
    enum verdict verdict;  /**< accepted, folded, rejected */
    enum sg_reject reason; /**< of a fold or a rejection */
    int label;             /**< index in the family of the label at fault, or -1 */
    bool duplicate;        /**< rejected: another row met on this series, and `combine` refuses */
};

/**
 * Put a row's value into the family's set under way (store_set_begin), its label values checked as
 * those of a datagram are. `values` holds label_count spans in the family's order; one with at ==
 * NULL is missing (SQL's NULL): its default, or rejected. A gauge takes any finite value, a counter
 * none below 0. Folds and rejections count in the ledger's books of the family, not as samples.
 */
struct gate_row_verdict gate_row(struct gate *gate, const struct catalog_family *family,
                                 const struct sg_span *values, double value,
                                 enum query_combine combine, struct store_time now);

/** The table of known lines. */
struct gate_figures {
    uint64_t lines;     /**< known lines */
    uint64_t capacity;  /**< most of them */
    uint64_t evictions; /**< known lines that made room for others */
    uint64_t hits;
    uint64_t misses;
    uint64_t bytes;
};
void gate_figures(const struct gate *gate, struct gate_figures *ret_figures);
/** Most bytes that the table takes, when the set's bound is `series_bound`. */
uint64_t gate_known_bytes(uint64_t series_bound);
/** Bytes of the table that leads from names on the wire to the families of a set, and of a count for
 * each. */
uint64_t gate_names_bytes(const struct catalog_set *set);

struct gate_trace;
/** Apply one line and report what was decided about it, and why (`statgate explain`). It is resolved
 * even if it is known. The numbers change as with any line, so use a store of its own. */
void gate_explain(struct gate *gate, struct sg_span line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *ret_trace);
/** Report what would be decided about a line now, and why, without changing anything: no series, value, sender, owner,
 * known line or count is made. What the trace says of the series and of samples is what they would be.
 * `origin` NULL: from a process that may send, can own, and sent nothing so far. */
void gate_try(const struct gate *gate, struct sg_span line, gate_scope scope,
              const struct gate_origin *origin, struct gate_trace *ret_trace);

#endif
