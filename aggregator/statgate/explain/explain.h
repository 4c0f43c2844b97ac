/*
 * explain.h - what the gate does with a line, step by step. Private to statgate/.
 *
 * The verdict, its reason, place and series are the real gate's, on a store of its own. Beside them
 * stands what a person wants to see: the fields, each label's fate, what to do.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLAIN_H
#define STATGATE_STATGATE_EXPLAIN_EXPLAIN_H

#include "base/num.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "settings/endpoint_plan.h"
#include "statgate/command.h"
#include "store/store.h"

extern const struct command explain_command;

/** Everything that stands behind a socket. */
struct explain_world {
    const struct catalog_set *set; /**< borrowed */
    const char *include;           /**< the settings of groups, borrowed; for people */
    const char *exclude;
    const struct endpoint_plan *plan; /**< endpoints, borrowed; NULL: the default one alone */
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    struct gate_origin origin; /**< who sends, and through which socket */
    struct store_time now;
};

/** False when out of memory. Lines find what those before them left. */
bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now);
void explain_world_done(struct explain_world *world);

/** A terminated copy, cut, for look-ups of what is near. */
struct word {
    char text[CATALOG_NAME_MAX + 1];
};

static inline struct word word_of(struct sg_span span) {
    struct word word = {{0}};
    const size_t len = span.len < sizeof word.text - 1 ? span.len : sizeof word.text - 1;
    if (len > 0)
        memcpy(word.text, span.at, len);
    return word;
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
    bool is_item; /**< tells which item of a series is meant: the state of a stateset, the quantile
                     of a relayed summary */
    enum label_fate fate;
    enum sg_reject reason;                /**< FATE_FOLDED */
    const struct catalog_label *declared; /**< NULL: not declared; a quantile */
    struct sg_span becomes;               /**< as exposed; at == NULL: nothing */
};

enum { EXPLAIN_LABELS_MAX = SG_LABELS_MAX + 2 + CATALOG_LABELS_MAX, EXPLAIN_BAD_MAX = 5 };

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
    enum sg_reject bad_reason;   /**< of the first of them */
    char quantile[NUM_TEXT_MAX]; /**< what the label `quantile` is exposed as */
    bool has_series;             /**< gate.series is there, with the line's values in it */
};

/** Apply one line. Pointers in *ret lead into the line and the world, until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct explanation *ret);

/** What the name says of a relayed summary: RELAYED_SUM, RELAYED_COUNT; else -1. */
int family_item(const struct catalog_family *family, struct sg_span name);

/** True when this is the family's name on the wire, one of its aliases, or that of one of its
 * items. */
bool family_answers(const struct catalog_family *family, struct sg_span name);

/** Why samples were folded: the reason of the first label that was. SG_REJECT_NONE: none was. */
enum sg_reject explain_fold_reason(const struct explanation *why);

/** The labels' fates (labels.c). */
void explain_labels(const struct explain_world *world, struct explanation *why);

/** The fault lies in the line's values or in what belongs to them, and its labels are good. */
bool explain_is_value_fault(const struct explanation *why);

/* ---- names (names.c) ---- */

/** Of a name that no family of this socket has, and of one that several services declare. */
void names_hint_unknown(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why);
void names_hint_ambiguous(struct strbuf *out, const struct explain_world *world,
                          const struct explanation *why);

/* ---- attempts and jobs (machine.c) ---- */

/** A line that the declaration takes, as an example. */
void machine_put_example(struct strbuf *out, const struct catalog_family *machine,
                         enum sg_letter letter);
/** Which letters it takes. */
void machine_hint_letter(struct strbuf *out, const struct explanation *why);
/** Why an outcome, a state or an event was rejected, for `reason`. */
void machine_hint_word(struct strbuf *out, const struct explanation *why, enum sg_reject reason,
                       size_t offset);
/** Why an event was ignored. */
void machine_hint_repeated(struct strbuf *out, const struct explain_world *world,
                           const struct explanation *why);
/** What else is to be known of accepted events. */
void machine_hint_taken(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why);
/** The lines of the derived series that the line changed. */
void machine_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct explanation *why);

/** Append the lines of one series. */
void explain_put_series(struct strbuf *out, const struct explain_world *world,
                        const struct catalog_family *family, const struct series *series);

/** "a " or "an ", or nothing before a plural. */
const char *explain_article(enum family_type type);

/** A name or value from outside, in quotes. */
void explain_put_quoted(struct strbuf *out, const char *text);
/** "did you mean "worked"?" when one of `words` (ended by NULL) is near. */
void explain_put_near(struct strbuf *out, struct sg_span sent, const char *const *words);

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
