/*
 * trace.h - what the gate decided about one line, step by step, for people.
 *
 * gate_explain() has it filled where the decisions are made (resolve.c, apply.c), so it says what
 * the gate did and why, never what it would have done. Pointers lead into the line and the set.
 */
#ifndef STATGATE_GATE_TRACE_H
#define STATGATE_GATE_TRACE_H

#include "base/num.h"
#include "catalog/catalog.h"
#include "ledger/tally.h"
#include "sg_proto.h"
#include "store/owners.h"
#include "store/store.h"

enum {
    TRACE_FAMILIES_MAX = 64,
    TRACE_LABELS_MAX = SG_LABELS_MAX + 2 + CATALOG_LABELS_MAX, /* the one too many, and an item */
    TRACE_VALUES_MAX = 16
};

/** The last step that the line reached: there it was refused, ignored, or came to its end. */
enum trace_step {
    STEP_FORM,      /**< is it in the wire's format? */
    STEP_ADMISSION, /**< is it for a family? Not: events, service checks, a client's telemetry */
    STEP_NAME,      /**< which family is meant? */
    STEP_SENDER,    /**< does the catalog list its sender? */
    STEP_LETTER,    /**< does the family take its letter? */
    STEP_EXPOSURE,  /**< does an endpoint show the family? */
    STEP_LABELS,    /**< are its labels those of the family? */
    STEP_SERIES,    /**< is there room for the series? */
    STEP_OWNER,     /**< can its sender own a value, where the family's belong to processes? */
    STEP_VALUES     /**< is each value one that the series can take? */
};

/** What became of a label. */
enum trace_fate {
    FATE_UNSEEN,   /**< the line was refused before */
    FATE_ALLOWED,  /**< kept; `becomes` is its value as exposed */
    FATE_FOLDED,   /**< became `otherwise`, for `reason` */
    FATE_STRIPPED, /**< in ignore_labels */
    FATE_ROUTED,   /**< `service`, which only chooses the service */
    FATE_DEFAULT,  /**< not in the line; the label's default */
    FATE_CONST,    /**< not in the line; the label's one value */
    FATE_MISSING,  /**< not in the line, and no default */
    FATE_REJECTED  /**< what the line is rejected for, for `reason` */
};

/** A label of the line, or one that the line lacks. */
struct trace_label {
    struct sg_span name;
    struct sg_span sent; /**< at == NULL: valueless, or not in the line */
    bool in_line;
    bool is_item; /**< says which item of a series is meant: the state of a stateset, the quantile
                     of a relayed summary */
    enum trace_fate fate;
    enum sg_reject reason;
    const struct catalog_label *declared; /**< NULL: not declared, not seen; a quantile */
    struct sg_span becomes;               /**< as exposed; at == NULL: nothing */
};

/** What is wrong with a number. */
enum trace_flaw {
    FLAW_NONE,
    FLAW_FORM, /**< it is none */
    FLAW_KIND, /**< families of this kind do not take it, or not for this item */
    FLAW_TOTAL /**< with it the total would not be finite */
};

/** A value or word that was not taken. */
struct trace_value {
    enum sg_reject reason; /**< SG_REJECT_NONE: the word said nothing new */
    enum trace_flaw flaw;
    struct sg_span text;
    size_t offset; /**< of the text in the line */
};

/** The first of some values, in their order. */
struct trace_values {
    struct trace_value items[TRACE_VALUES_MAX];
    size_t count;
    uint64_t rest; /**< further ones */
};

struct gate_trace {
    struct sg_span text;
    struct sg_line line;             /**< beyond STEP_FORM */
    uint64_t samples[VERDICT_COUNT]; /**< of all values */
    enum trace_step step;

    enum verdict verdict;  /**< of the first value, */
    enum sg_reject reason; /**< with the reason of a rejection or a fold, */
    size_t offset;         /**< for a rejection its place in the line */
    int label;             /**< and the index of the family's label at fault, or -1 */

    /** Families that have this name on this socket, by service; the name is ambiguous where there
     * are several and the line's label `service` chooses none. */
    const struct catalog_family *families[TRACE_FAMILIES_MAX];
    size_t family_count;
    size_t family_rest;                     /**< further ones */
    const struct catalog_family *elsewhere; /**< there is none: one that this socket does not lead
                                               to. NULL: nobody has the name */
    const struct catalog_family *family;    /**< the one that was meant; NULL: unknown */
    int named_item;         /**< RELAYED_SUM or RELAYED_COUNT, where the name says it; else -1 */
    const char *item_label; /**< the label that has to say the item; NULL: none */

    struct trace_label labels[TRACE_LABELS_MAX]; /**< as in the line, then those that it lacks */
    size_t label_count;
    size_t seen;                 /**< of those in the line; private to gate/ */
    char quantile[NUM_TEXT_MAX]; /**< text that `becomes` of a label may point to */

    enum sg_reject full; /**< label_overflow, series_limit: there was no room for the series */
    int full_label;      /**< the pattern label without room, or -1 */
    bool made;           /**< the series did not exist before this line */
    enum sg_reject fold; /**< why its values count as folded, or SG_REJECT_NONE */
    owner_id owner;      /**< whose part it is, or OWNER_NONE */
    const struct series *series; /**< what took a value and is still there, or NULL */

    struct trace_values refused;
    struct trace_values repeated; /**< words that a machine had heard already */
};

#endif
