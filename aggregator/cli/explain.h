/*
 * explain.h - what the gate does with a line, step by step. Private to cli/.
 *
 * The verdict, its reason, place and series are the real gate's, on a store of its own. Beside them
 * stands what a person wants to see: the fields, each label's fate, what to do.
 */
#ifndef STATGATE_CLI_EXPLAIN_H
#define STATGATE_CLI_EXPLAIN_H

#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "store/store.h"

/** Everything that stands behind a socket. */
struct explain_world {
    const struct catalog_set *set; /**< borrowed */
    const char *include;           /**< the settings of groups, borrowed; for people */
    const char *exclude;
    struct store *store;
    struct ledger *ledger;
    struct gate *gate;
    struct gate_origin origin; /**< who sends, and through which socket */
    struct store_time now;
};

/** False when memory is out. Lines find what those before them left. */
bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now);
void explain_world_done(struct explain_world *world);

/** Bytes alike; a span that is not there is like an empty one. */
static inline bool span_same(struct sg_span a, struct sg_span b) {
    return a.len == b.len && (a.len == 0 || (a.at && b.at && memcmp(a.at, b.at, a.len) == 0));
}

enum label_fate {
    FATE_UNSEEN,   /**< the line's fate was sealed before */
    FATE_ALLOWED,  /**< kept; `becomes` is its value as exposed */
    FATE_FOLDED,   /**< became `otherwise`, for `reason` */
    FATE_STRIPPED, /**< in ignore_labels */
    FATE_ROUTED,   /**< `service`, which only chooses the service */
    FATE_DEFAULT,  /**< not in the line; the label's default */
    FATE_CONST,    /**< not in the line; the label's one value */
    FATE_MISSING,  /**< not in the line, and no default */
    FATE_REJECTED  /**< what the line is rejected for */
};

/** "allowed", "folded", ...: for scripts. Static. */
const char *label_fate_text(enum label_fate fate);

struct explain_label {
    struct sg_span name;
    struct sg_span sent; /**< at == NULL: valueless, or not in the line */
    bool in_line;
    enum label_fate fate;
    enum sg_reject reason;                /**< FATE_FOLDED */
    const struct catalog_label *declared; /**< NULL: not declared */
    struct sg_span becomes;               /**< as exposed; at == NULL: nothing */
};

enum { EXPLAIN_LABELS_MAX = SG_LABELS_MAX + 1 + CATALOG_LABELS_MAX, EXPLAIN_BAD_MAX = 5 };

struct explanation {
    struct sg_span text;
    bool is_parsed;
    struct sg_line line;             /**< when parsed */
    struct gate_explanation gate;    /**< verdict of the first value */
    uint64_t samples[VERDICT_COUNT]; /**< of all values */
    struct explain_label labels[EXPLAIN_LABELS_MAX];
    size_t label_count;
    size_t bad_offsets[EXPLAIN_BAD_MAX]; /**< where the first rejected values begin, when others of
                                            the line are good */
    size_t bad_count;
    bool has_series; /**< gate.series is there, with the line's values in it */
};

/** Apply one line. Pointers in *ret lead into the line and the world, until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct explanation *ret);

/** True when this is the family's name on the wire, or one of its aliases. */
bool family_answers(const struct catalog_family *family, struct sg_span name);

/** Why samples were folded: the reason of the first label that was. SG_REJECT_NONE: none was. */
enum sg_reject explain_fold_reason(const struct explanation *why);

/** The labels' fates (explain_labels.c). */
void explain_labels(const struct explain_world *world, struct explanation *why);

/** Why it was so and what to do, a sentence a line; nothing for a line without trouble. */
void explain_put_hints(struct strbuf *out, const struct explain_world *world,
                       const struct explanation *why);

/** The series as a scrape shows it, all its lines. */
void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct explanation *why);

void explain_write_text(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why);
/** One object on a line. */
void explain_write_json(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why);

#endif
