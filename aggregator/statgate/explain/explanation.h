/*
 * explanation.h - what the gate does with a line, and beside it what a person wants to see: the
 * fields, each label's fate. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLANATION_H
#define STATGATE_STATGATE_EXPLAIN_EXPLANATION_H

#include "base/num.h"
#include "gate/gate.h"
#include "gate/trace.h"

/** "allowed", "folded", ...: for scripts. Static. */
const char *explain_fate_text(enum trace_fate fate);

struct explain_label {
    struct sg_span name;
    struct sg_span sent; /**< at == NULL: valueless, or not in the line */
    bool in_line;
    bool is_item; /**< says which item of a series is meant: the state of a stateset, the quantile
                     of a relayed summary */
    enum trace_fate fate;
    enum sg_reject reason;                /**< FATE_FOLDED */
    const struct catalog_label *declared; /**< NULL: not declared; a quantile */
    struct sg_span becomes;               /**< as exposed; at == NULL: nothing */
};

enum { EXPLAIN_LABELS_MAX = SG_LABELS_MAX + 2 + CATALOG_LABELS_MAX, EXPLAIN_BAD_MAX = 5 };

struct explanation {
    struct sg_span text;
    bool is_parsed;
    struct sg_line line;             /**< when parsed */
    struct gate_trace gate;          /**< verdict of the first value */
    uint64_t samples[VERDICT_COUNT]; /**< of all values */
    struct explain_label labels[EXPLAIN_LABELS_MAX];
    size_t label_count;
    size_t bad_offsets[EXPLAIN_BAD_MAX]; /**< where the first rejected values start, when others of
                                            the line are good */
    size_t bad_count;
    enum sg_reject bad_reason;   /**< of the first of them */
    char quantile[NUM_TEXT_MAX]; /**< what the label `quantile` is exposed as */
    bool has_series;             /**< gate.series is there, with the line's values in it */
};

/** Why samples were folded: the reason of the first label that was. SG_REJECT_NONE: none was. */
enum sg_reject explain_fold_reason(const struct explanation *why);

/** The fault lies in the line's values or in what belongs to them, and its labels are good. */
bool explain_is_value_fault(const struct explanation *why);

/** True when one of the line's values is this word. */
bool explain_says(const struct explanation *why, const char *word);

#endif
