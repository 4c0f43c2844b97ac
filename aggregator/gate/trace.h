/*
 * trace.h - what the gate decided about one line, step by step, for people.
 *
 * The trace is filled where the decisions are made (resolve.c, labels.c, apply.c), so it reports
 * what the gate did and why, not what it would have done. Pointers lead into the line, the set and
 * the store.
 */
#ifndef STATGATE_GATE_TRACE_H
#define STATGATE_GATE_TRACE_H

#include "base/num.h"
#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

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
        labels[TRACE_LABELS_MAX]; /**< labels of the line, then those that it lacks */
    size_t label_count;
    size_t seen;                 /**< labels of the line recorded so far; private to gate/ */
    char quantile[NUM_TEXT_MAX]; /**< text that `becomes` of a label may point to */

    enum sg_reject full; /**< label_overflow or series_limit: no room for the series */
    int full_label;      /**< the pattern label without room, or -1 */
    bool made;           /**< the series did not exist before this line */
    enum sg_reject fold; /**< why its values were folded, or SG_REJECT_NONE */
    owner_id owner;      /**< owner of the part, or OWNER_NONE */
    bool shows;          /**< the series took a value and still exists */
    const struct series
        *series; /**< the series if `shows`; NULL: none, or a tried line would make it */

    struct trace_values refused;
    struct trace_values repeated; /**< words that repeat what a machine knows */
};

#endif
