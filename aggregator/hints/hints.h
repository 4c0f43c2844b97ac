/* SPDX-License-Identifier: MIT */
/*
 * hints.h - what a person can do about a line: for each reason, the facts that follow from the
 * catalog.
 *
 * Only this library words them: for one line from the gate's trace, and for many lines that were
 * rejected or folded for one reason from what the ledger keeps of them. Pure.
 */
#ifndef STATGATE_HINTS_HINTS_H
#define STATGATE_HINTS_HINTS_H

#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "sg_proto.h"

/* ---- world: what hints know besides the catalog of a line: the reader, and live state. ---- */

/** All borrowed. */
struct hints_world {
    const struct catalog_set *set;
    const struct breakers_jobs *breakers_jobs; /**< NULL: live jobs are not considered */
    const struct endpoints *endpoints;         /**< NULL: one endpoint, described by the next two */
    const char *include;                       /**< its choice of groups */
    const char *exclude;
    const struct gate_origin *origin; /**< sender and socket; NULL: unknown */
    bool tried; /**< for a person who tries lines on their own tables, and may change flags */
};

/** Append the cause and what to do, one sentence per line; nothing for a line without trouble.
 * Texts of the line are made visible (base/terminal.h). */
void hints_put(struct strbuf *out, const struct hints_world *world, const struct gate_trace *trace);

/* ---- group ----
 * what to do about many lines that were rejected or folded for one reason, as the ledger
 * counts them.
 */

/** The facts about such a group. A span whose `at` is NULL is unknown. */
struct hints_group {
    const struct catalog_family *family; /**< NULL: unknown */
    struct sg_span label;                /**< label at fault: one of the family's, or the sender's
                                              key */
    enum sg_reject reason;
    bool folded;          /**< the lines were folded, not rejected */
    struct sg_span value; /**< the most frequent value: of the label, else the number or word; with
                               SG_REJECT_UNKNOWN_FAMILY the name */
    struct sg_span line;  /**< one of the lines */
};

/** Append what to do, worded as hints_put words it for a line; if there is no such advice, what the
 * reason means. At least one sentence. */
void hints_of_group(struct strbuf *out, const struct hints_world *world,
                    const struct hints_group *group);

/* ---- kinds ----
 * the sentences about each kind of family.
 *
 * One row for each row of catalog/kinds.def. Nothing else in hints/ names a kind.
 */

struct hints_kind {
    const char *takes;    /**< the letters that it takes; NULL: see hints.c */
    const char *value;    /**< what a `g` means if the host owns the values; NULL: a value as it
                               is */
    const char *own;      /**< the same if processes own the values */
    bool changes;         /**< a `c` means the same as a `g`, not an increment */
    const char *refuses;  /**< why it refuses a number; NULL if it takes no lines */
    const char *no_owner; /**< what to declare if no process can own values; NULL: nothing */
};

/** The row of the family's kind. Static. */
const struct hints_kind *hints_kind(const struct catalog_family *family);
/** Append "a counter", "an info", "jobs". */
void hints_put_type(struct strbuf *out, const struct catalog_family *family);

/* ---- latest ----
 * the latest line of a group that the ledger keeps: an example of what its lines have in
 * common.
 */

/**
 * Find the latest line that was rejected as the group says, and complete the group from it: the
 * label at fault, the value, and the line itself if it is whole and can be read. A line that was
 * cut or is malformed is used only if there is no other. Returns NULL if none is kept. Everything
 * is borrowed until the next rejection.
 */
const struct recent *hints_latest_find(const struct ledger *ledger, struct hints_group *group);

/* ---- values: hints for types and numbers that a family does not take. ---- */

/** Refused values of a line that are shown one by one, at most. */
enum { VALUES_SHOWN = 5 };

/** Whether some values of the line were refused and others were not. */
bool hints_values_differ(const struct gate_trace *trace);

/* ---- words: words of a line in hints: quoted, and compared with known words. ---- */

/** A terminated copy, cut if necessary, to search for similar words. */
struct words_copy {
    char text[CATALOG_NAME_MAX + 1];
};

/** Whether one of the line's values is this word. */
bool hints_says(const struct gate_trace *trace, const char *word);

#endif
