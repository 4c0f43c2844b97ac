/*
 * gate.h - judges each sample: datagrams in, verdicts into the ledger, numbers into the store.
 *
 * A known line (same socket scope, name, letter and tag bytes) is found by one hash look-up in a
 * bounded table and is not validated again; a new line is resolved against the catalogs once. Pure:
 * time and sender facts are arguments.
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
#include "store/store.h"

struct gate;

/** Create a gate over a finished set, which writes to store, ledger and machines (all borrowed),
 * made with the same object. NULL when out of memory. Later it allocates only the keys of known
 * lines; a line whose key cannot be allocated is resolved each time. */
struct gate *gate_new(const struct memory *memory, struct object *object,
                      const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      struct machines *machines, uint64_t seed);
void gate_free(struct gate *gate);

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

/** A line that is about to be applied. */
struct gate_watched {
    struct sg_span text; /**< valid for the call only, like all pointers here */
    const struct gate_origin *origin;
    const struct sender *sender;
    bool truncated; /**< the datagram was cut within this line, which is rejected */
    struct store_time now;
};
/** Called with each line before it is applied, for a watcher: gate_try says what will become of it.
 * It must change nothing, and returns the work units that it took. NULL: nobody watches. */
typedef size_t (*gate_watch_fn)(void *arg, const struct gate_watched *watched);
void gate_watch(struct gate *gate, gate_watch_fn fn, void *arg);

/**
 * Apply datagrams in order. Returns how many were applied whole: fewer than `count` if `budget`
 * (work units of about 100 ns; SIZE_MAX: no limit) ran out; pass the rest again later. A datagram
 * that alone needs more than a budget is cut between two lines: gate_is_midway is true then, and
 * the next call must begin with the same datagram at the same address; it continues with the next
 * line.
 *
 * With an object, each line is committed with the position behind it (object/undo.h), a long line
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

/** Samples taken since the gate was made, two counts for each family of the set: those accepted,
 * and those folded. They wrap, and end with the process. */
const uint32_t *gate_family_samples(const struct gate *gate);

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
/** The most bytes that the table of known lines takes: room for each series of the set, by its
 * longest line (up to 200 bytes). */
uint64_t gate_known_bytes(const struct catalog_set *set);
/** Bytes of the table from names in lines to families of a set, and of one count per family. */
uint64_t gate_names_bytes(const struct catalog_set *set);

struct gate_trace;
/** Apply one line and report what was decided about it, and why (`statgate explain`). A known line
 * is resolved, too. The numbers change as with any line, so use a separate store. */
void gate_explain(struct gate *gate, struct sg_span line, const struct gate_origin *origin,
                  struct store_time now, struct gate_trace *ret_trace);
/** Report what would be decided about a line now, and why, without changing anything: no series,
 * value, sender, owner, known line or count is made. What the trace says of the series and of
 * samples is what they would be. `origin` NULL: a process that may send, can own values, and has
 * sent nothing so far. */
void gate_try(const struct gate *gate, struct sg_span line, gate_scope scope,
              const struct gate_origin *origin, struct gate_trace *ret_trace);

#endif
